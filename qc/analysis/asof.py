"""A plant's records as they stood at an earlier instant, from the revisions that corrections left behind.

It reads plainly, row by row, and shares no code with the columns that verdicts are made from: the two check each other.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db.models import Q

from qc.analysis.data import Column, Dataset, Exposure, LotUse, days, minutes
from qc.analysis.database import DIMENSIONS, LOOK_BACK, NAMES, TEXT_COLUMNS
from qc.models import Defect, DefectRevision, Plant, ProductionCount
from qc.models import LotUse as LotUseRow

ASIDE = ("void", "duplicate")
KEYS = {column: f"{column}_id" for column in DIMENSIONS.values() if column not in TEXT_COLUMNS}
FIELDS = ("status", "occurred_at", "production_on", "counts_as_id", "defect_type_id", "serial", "is_distinct")


def as_of(plant: Plant, *, until: dt.datetime, at: dt.datetime | None = None) -> Dataset:
    """As `from_database`, with every record as it stood at the instant `at` (now when None).

    Units made and lots used are not kept in versions: they are read as they are today.
    """
    since = until - LOOK_BACK
    low, high = math.floor(since.timestamp()), math.floor(until.timestamp())
    kept = [row for row in _rows(plant, at) if low <= math.floor(row["occurred_at"].timestamp()) <= high]
    kept = [row for row in kept if row["status"] not in ASIDE]
    zone = plant.zone
    return Dataset.of(
        minutes([row["occurred_at"].astimezone(zone).replace(tzinfo=None) for row in kept]),
        _texts("type", [row["counts_as_id"] for row in kept]),
        {name: _dimension(kept, column) for name, column in DIMENSIONS.items()},
        day=days([row["production_on"] for row in kept]),
        identity=Column.of("" if row["is_distinct"] else row["serial"] for row in kept),
        production=_production(plant, since.date()),
        lots=_lots(plant, since.date(), until.date()),
        mapping={"database": plant.code},
    )


def _rows(plant: Plant, at: dt.datetime | None) -> list[dict[str, Any]]:
    """The records' values, those that were corrected after `at` taken back to what they were."""
    names = [*FIELDS, *KEYS.values(), *TEXT_COLUMNS]
    records = Defect.objects.filter(plant=plant).order_by("pk")
    if at is None:
        return list(records.values("pk", *names))
    undone = _undone(at)
    # A record that has moved to another plant since was one of ours, and the other way round.
    moved = Q(plant=plant) | Q(pk__in=DefectRevision.objects.filter(replaced_at__gt=at).values("defect"))
    recorded = Defect.objects.filter(moved, recorded_at__lte=at).order_by("pk").values("pk", "plant_id", *names)
    rows = [{**row, **_plain(undone.get(row["pk"]), names)} for row in recorded.iterator(chunk_size=5000)]
    return [row for row in rows if row["plant_id"] == plant.pk]


def _undone(at: dt.datetime) -> dict[int, dict[str, Any]]:
    """What each record corrected since was at `at`: the oldest of its later revisions."""
    later = DefectRevision.objects.filter(replaced_at__gt=at).order_by("defect_id", "-version")
    return {revision.defect_id: revision.values for revision in later.iterator(chunk_size=2000)}


def _plain(values: dict[str, Any] | None, names: Sequence[str]) -> dict[str, Any]:
    """The values of a revision, which are texts without the empty ones, as the columns have them."""
    if values is None:
        return {}
    fields = {field.attname: field for field in Defect._meta.concrete_fields}
    empty = {name: "" if name in (*TEXT_COLUMNS, "serial") else None for name in names}
    told = {name: fields[name].to_python(values[name]) for name in [*names, "plant_id"] if name in values}
    told.setdefault("counts_as_id", told.get("defect_type_id"))
    return {**empty, "is_distinct": False, **told}


def _dimension(rows: Sequence[dict[str, Any]], column: str) -> Column:
    if column in TEXT_COLUMNS:
        return Column.of(row[column] for row in rows)
    return _texts(column, [row[KEYS[column]] for row in rows])


def _texts(name: str, keys: Sequence[int | None]) -> Column:
    model, code = NAMES[name]
    texts = dict(model._default_manager.values_list("pk", code))
    return Column.of(texts[key] if key is not None else None for key in keys)


def _production(plant: Plant, since: dt.date) -> Exposure | None:
    counts = ProductionCount.objects.filter(line__plant=plant, production_on__gte=since).order_by("pk")
    rows = list(counts.values_list("production_on", "units", "line__code", "shift__code", "product__code"))
    if not rows:
        return None
    day, units, line, shift, product = zip(*rows, strict=True)
    dimensions = {"line": Column.of(line), "shift": Column.of(shift), "product": Column.of(product)}
    used = {name: column for name, column in dimensions.items() if column.labels}
    return Exposure(days(day), np.array(units, dtype=np.float64), used)


def _lots(plant: Plant, since: dt.date, until: dt.date) -> LotUse | None:
    uses = LotUseRow.objects.filter(line__plant=plant).exclude(last_on__lt=since).order_by("pk")
    lot = "supplier_lot__code", "supplier_lot__part__number", "supplier_lot__part__supplier__code"
    rows = list(uses.values_list(*lot, "line__code", "first_on", "last_on", "units"))
    if not rows:
        return None
    code, part, supplier, line, first, last, units = zip(*rows, strict=True)
    return LotUse(
        part=Column.of(part),
        supplier=Column.of(supplier),
        supplier_lot=Column.of(code),
        line=Column.of(line),
        first_day=days(first),
        last_day=days([day or until for day in last]),
        units=np.array([count or 0 for count in units], dtype=np.float64),
    )
