"""A plant's records as the engine's columns: the same `Dataset` that files give."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

from qc.analysis.data import Column, Dataset, Exposure, Floats, LotUse, days, minutes
from qc.models import Defect, Plant, ProductionCount
from qc.models import LotUse as LotUseRow

# Engine dimension -> the field that holds its code. The engine calls whoever finds a defect the operator.
DIMENSIONS = {
    "line": "line__code",
    "station": "station__code",
    "machine": "machine__code",
    "tool": "tool",
    "cavity": "cavity",
    "shift": "shift__code",
    "product": "product__code",
    "part": "part__number",
    "supplier": "supplier__code",
    "supplier_lot": "supplier_lot__code",
    "operator": "inspector",
}
LOOK_BACK = dt.timedelta(days=730)


def from_database(plant: Plant, *, until: dt.datetime) -> Dataset:
    """Every counted defect of a plant in the two years before `until`, with its production counts and lot use.

    Times are the plant's wall clock; production dates are the ones the records carry. An empty plant gives an empty
    dataset.
    """
    since = until - LOOK_BACK
    names = list(DIMENSIONS)
    fields = ("occurred_at", "production_on", "defect_type__code", "serial", *DIMENSIONS.values())
    records = Defect.objects.filter(plant=plant, occurred_at__gte=since, occurred_at__lte=until).counted()
    rows = list(records.order_by("pk").values_list(*fields).iterator(chunk_size=5000))
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) if rows else [()] * len(fields)
    zone = plant.zone
    local = [instant.astimezone(zone).replace(tzinfo=None) for instant in columns[0]]
    return Dataset.of(
        minutes(local),
        Column.of(columns[2]),
        {name: Column.of(columns[4 + place]) for place, name in enumerate(names)},
        day=days(columns[1]),
        identity=Column.of(columns[3]),
        production=_production(plant, since.date()),
        lots=_lots(plant, since.date(), until.date()),
        mapping={"database": plant.code},
    )


def _production(plant: Plant, since: dt.date) -> Exposure | None:
    counts = ProductionCount.objects.filter(line__plant=plant, production_on__gte=since).order_by("pk")
    rows = list(counts.values_list("production_on", "units", "line__code", "shift__code", "product__code"))
    if not rows:
        return None
    day, units, line, shift, product = zip(*rows, strict=True)
    dimensions = {"line": Column.of(line), "shift": Column.of(shift), "product": Column.of(product)}
    used = {name: column for name, column in dimensions.items() if column.labels}
    return Exposure(days(day), _floats(units), used)


def _lots(plant: Plant, since: dt.date, until: dt.date) -> LotUse | None:
    uses = LotUseRow.objects.filter(line__plant=plant).exclude(last_on__lt=since).order_by("pk")
    fields = (
        "supplier_lot__part__number",
        "supplier_lot__part__supplier__code",
        "supplier_lot__code",
        "line__code",
        "first_on",
        "last_on",
        "units",
    )
    rows = list(uses.values_list(*fields))
    if not rows:
        return None
    part, supplier, lot, line, first, last, units = zip(*rows, strict=True)
    return LotUse(
        part=Column.of(part),
        supplier=Column.of(supplier),
        supplier_lot=Column.of(lot),
        line=Column.of(line),
        first_day=days(first),
        last_day=days([day or until for day in last]),
        units=_floats([count or 0 for count in units]),
    )


def _floats(values: Sequence[int]) -> Floats:
    return np.array(values, dtype=np.float64)
