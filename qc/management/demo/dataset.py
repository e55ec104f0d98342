"""The story as the engine's columns, without a database: the same that `qc.analysis.database` reads back."""

from __future__ import annotations

import numpy as np

from qc.analysis.data import Column, Dataset, Exposure, Floats, LotUse, days, minutes
from qc.management.demo.records import SITE_OF
from qc.management.demo.story import Story
from qc.management.demo.world import Site

DIMENSIONS = ("line", "station", "machine", "cavity", "shift", "product", "part", "supplier", "supplier_lot")


def dataset(story: Story, site: Site) -> Dataset:
    """One plant's records, production and lot use."""
    own = [one for one in story.records if one.site is site]
    made = [cell for cell in story.cells if cell.site is site]
    used = [use for use in story.uses if SITE_OF[use.line] is site]
    dimensions = {name: Column.of(getattr(one, name) for one in own) for name in DIMENSIONS}
    dimensions["operator"] = Column.of(one.inspector for one in own)
    production = Exposure(
        days([cell.day for cell in made]),
        _floats([cell.units for cell in made]),
        {
            "line": Column.of(cell.line.code for cell in made),
            "shift": Column.of(cell.shift.code for cell in made),
            "product": Column.of(cell.product for cell in made),
        },
    )
    lots = LotUse(
        part=Column.of(use.lot.part for use in used),
        supplier=Column.of(use.lot.supplier for use in used),
        supplier_lot=Column.of(use.lot.code for use in used),
        line=Column.of(use.line for use in used),
        first_day=days([use.first_on for use in used]),
        last_day=days([use.last_on for use in used]),
        units=_floats([use.units for use in used]),
    )
    return Dataset.of(
        minutes([one.minute for one in own]),
        Column.of(one.code for one in own),
        dimensions,
        day=days([one.day for one in own]),
        identity=Column.of(one.serial for one in own),
        production=production,
        lots=lots,
        mapping={"demo": site.code},
    )


def _floats(values: list[int]) -> Floats:
    return np.array(values, dtype=np.float64)
