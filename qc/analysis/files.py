"""Files into the columns that the engine reads."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from qc.analysis.crowd import searched
from qc.analysis.data import NOT_DIMENSIONS, Column, Dataset, Exposure, Ints, LotUse, as_date
from qc.analysis.hours import around_the_clock, by_the_hour
from qc.ingest import rows as ingest
from qc.ingest.columns import DEFECTS
from qc.ingest.problems import FileRefused, shown

DAY = 24 * 60  # minutes
_WITHOUT = "leave this file out to judge without it"


def from_files(
    defects: Path | bytes,
    production: Path | bytes | None = None,
    lots: Path | bytes | None = None,
    *,
    mapping: Mapping[str, str] | None = None,
) -> Dataset:
    """Read files into a dataset; `mapping` is known name or new dimension -> column of the defects file."""
    read = ingest.read_defects(defects, mapping)
    if not len(read):
        why = f"; the first problem: {read.dropped[0].sentence()}" if read.dropped else ""
        raise FileRefused(f"{read.name} has headings but no record that can be used{why}.")
    text = {name: _column(read, name) for name in read.names}
    dimensions = {name: column for name, column in text.items() if name not in NOT_DIMENSIONS}
    further = [name for name in dimensions if name not in DEFECTS]
    dimensions, crowd = searched(dimensions, text["defect_type"], further, read.mapping)
    minute = read.of["occurred_at"]
    made = _exposure(ingest.read_production(production)) if production else None
    hourly = lots is None and around_the_clock(minute, dimensions, made)
    unit = read.of.get("serial", read.of.get("ref"))
    return Dataset.of(
        minute,
        text["defect_type"],
        dimensions,
        day=minute // 60 if hourly else None,
        per_day=24 if hourly else 1,
        identity=None if unit is None else Column(unit, ()),
        production=by_the_hour(minute, made) if hourly and made else made,
        lots=_lot_use(ingest.read_lots(lots)) if lots else None,
        rows=read.total,
        mapping=read.mapping,
        dropped=(*crowd, *read.dropped),
    )


def _column(read: ingest.Rows, name: str) -> Column:
    return Column.named(read.of[name], read.names[name])


def _exposure(read: ingest.Rows) -> Exposure:
    units = _some(read).of["units"]
    if not units.any():
        raise FileRefused(f"{read.name}: every value of column {read.mapping['units']!r} is 0; {_WITHOUT}.")
    return Exposure(_days(read, "date"), units, {name: _column(read, name) for name in read.names})


def _days(read: ingest.Rows, name: str) -> Ints:
    return read.of[name] // DAY


def _some(read: ingest.Rows) -> ingest.Rows:
    if not len(read):
        raise FileRefused(f"{read.name} has headings but no row below them; {_WITHOUT}.")
    return read


def _lot_use(read: ingest.Rows) -> LotUse:
    size = len(_some(read))
    first, last = _days(read, "first_day"), _days(read, "last_day")
    lots, lines, suppliers = (
        read.texts(name) if name in read.names else [""] * size for name in ("supplier_lot", "lines", "supplier")
    )
    for at in np.flatnonzero(last < first)[:1]:
        raise FileRefused(
            f"{read.name}: lot {shown(lots[at])!r} ends on {as_date(last[at])}, "
            f"before it starts on {as_date(first[at])}."
        )
    used_on = [[line.strip() for line in cell.split(";")] for cell in lines]
    each = np.repeat(np.arange(size), [len(names) for names in used_on])
    return LotUse(
        part=_column(read, "part").take(each),
        supplier=Column.of(suppliers).take(each),
        supplier_lot=_column(read, "supplier_lot").take(each),
        line=Column.of(name for names in used_on for name in names),
        first_day=first[each],
        last_day=last[each],
        units=np.nan_to_num(read.of.get("units", np.zeros(size)))[each],
    )
