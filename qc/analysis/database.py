"""A plant's records as the engine's columns: the same `Dataset` that files give."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from django.db import models
from numpy.typing import NDArray

from qc.analysis import bulk, columns
from qc.analysis.data import Column, Dataset, Exposure, Ints, LotUse, spelt
from qc.models import (
    DefectType,
    Machine,
    Part,
    Plant,
    Product,
    ProductionLine,
    Shift,
    Station,
    Supplier,
    SupplierLot,
)

# Engine dimension -> the records' column. The engine calls whoever finds a defect the operator.
DIMENSIONS = {
    **{name: name for name in ("line", "station", "machine", "tool", "cavity", "shift", "product", "part")},
    **{name: name for name in ("supplier", "supplier_lot")},
    "operator": "inspector",
}
TEXT_COLUMNS = columns.TEXTS
NAMES: dict[str, tuple[type[models.Model], str]] = {
    "type": (DefectType, "code"),
    "line": (ProductionLine, "code"),
    "station": (Station, "code"),
    "machine": (Machine, "code"),
    "shift": (Shift, "code"),
    "product": (Product, "code"),
    "part": (Part, "number"),
    "supplier": (Supplier, "code"),
    "supplier_lot": (SupplierLot, "code"),
}
LOOK_BACK = dt.timedelta(days=730)
MOST_KEYS = 500  # that are asked for by name; above it the whole table is read
EPOCH = dt.date(1970, 1, 1)


def from_database(plant: Plant, *, until: dt.datetime, fresh: bool = False) -> Dataset:
    """Every counted defect of a plant in the two years before `until`, with its production counts and lot use.

    Times are the plant's wall clock; production dates are the ones the records carry; a merged code counts as the one
    it was merged into. An empty plant gives an empty dataset. `fresh` reads everything again, also what this process
    has read before.
    """
    since = until - LOOK_BACK
    held = columns.of(plant, since=_second(since), fresh=fresh)
    at = held.of["at"]
    inside = np.flatnonzero((at >= _second(since)) & (at <= _second(until)))
    taken = held.of if len(inside) == len(at) else {name: values[inside] for name, values in held.of.items()}
    return Dataset.of(
        wall_clock(taken["at"], plant.zone),
        _named("type", taken["type"]),
        {name: _dimension(held, column, taken[column]) for name, column in DIMENSIONS.items()},
        day=taken["day"].astype(np.int64),
        identity=Column(taken["serial"], ()),
        production=_production(plant, since.date()),
        lots=_lots(plant, since.date(), until.date()),
        mapping={"database": plant.code},
    )


def _dimension(held: columns.Columns, column: str, keys: NDArray[Any]) -> Column:
    return _coded(keys, dict(enumerate(held.texts[column]))) if column in held.texts else _named(column, keys)


def _second(instant: dt.datetime) -> int:
    return math.floor(instant.timestamp())


def wall_clock(seconds: Ints, zone: ZoneInfo) -> Ints:
    """Minutes since 1970 on the clocks of a zone, from seconds since 1970.

    The zone is asked once a day, and every quarter of an hour on days on which its clocks are changed.
    """
    if not len(seconds):
        return seconds
    day = seconds // 86400
    first = int(day.min())
    starts = np.array([_offset(one * 86400, zone) for one in range(first, int(day.max()) + 2)], dtype=np.int64)
    shift = starts[day - first]
    changing = np.flatnonzero(np.diff(starts))[None, :] + first
    on_change = np.flatnonzero(np.isin(day, changing))
    quarters, which = np.unique(seconds[on_change] // 900, return_inverse=True)
    exact = np.array([_offset(int(one) * 900, zone) for one in quarters], dtype=np.int64)
    if len(quarters):
        shift[on_change] = exact[which]
    return np.asarray((seconds + shift) // 60)


def _offset(second: int, zone: ZoneInfo) -> int:
    offset = dt.datetime.fromtimestamp(second, zone).utcoffset()
    return round(offset.total_seconds()) if offset else 0


def _named(name: str, keys: NDArray[Any]) -> Column:
    """References as a column of their rows' codes."""
    model, code = NAMES[name]
    used = np.flatnonzero(np.bincount(keys + 1)[1:]).tolist() if len(keys) else []
    rows = model._default_manager.all()
    asked = rows.filter(pk__in=used) if len(used) <= MOST_KEYS else rows
    return _coded(keys, dict(asked.values_list("pk", code)))


def _coded(keys: NDArray[Any], names: Mapping[int, str]) -> Column:
    """As `Column.of` the names, without making a text of every record."""
    counts = np.bincount(keys + 1, minlength=1)
    used = np.flatnonzero(counts[1:]).tolist()
    often: dict[str, int] = {}
    for one in used:
        if names[one]:
            often[names[one]] = often.get(names[one], 0) + int(counts[one + 1])
    labels, code_of = spelt(often)
    table = np.full(len(counts), -1, dtype=np.int32)
    for one in used:
        table[one + 1] = code_of.get(names[one], -1)
    return Column(table[keys + 1], labels)


def _production(plant: Plant, since: dt.date) -> Exposure | None:
    """Units made; a row of the table each, in the order in which they were entered."""
    select = ["c.id", bulk.days("c.production_on"), "c.units", "c.line_id", "COALESCE(c.shift_id, -1)"]
    select.append("COALESCE(c.product_id, -1)")
    source = (
        "FROM qc_productioncount c JOIN qc_productionline l ON l.id = c.line_id "
        "WHERE l.plant_id = %s AND c.production_on >= %s ORDER BY c.id"
    )
    kinds = [np.int64, np.int64, np.float64, np.int32, np.int32, np.int32]
    _, day, units, *keys = bulk.rows(select, source, [plant.pk, since], kinds)
    if not len(day):
        return None
    dimensions = {name: _named(name, key) for name, key in zip(("line", "shift", "product"), keys, strict=True)}
    return Exposure(day, units, {name: column for name, column in dimensions.items() if column.labels})


def _lots(plant: Plant, since: dt.date, until: dt.date) -> LotUse | None:
    """Which lot fed which line from when to when; a use without an end goes on."""
    open_end = f"COALESCE({bulk.days('u.last_on')}, {(until - EPOCH).days})"
    keys = ["u.id", "u.supplier_lot_id", "o.part_id", "p.supplier_id", "u.line_id"]
    select = [*keys, bulk.days("u.first_on"), open_end, "COALESCE(u.units, 0)"]
    source = (
        "FROM qc_lotuse u JOIN qc_supplierlot o ON o.id = u.supplier_lot_id JOIN qc_part p ON p.id = o.part_id "
        "JOIN qc_productionline l ON l.id = u.line_id "
        "WHERE l.plant_id = %s AND (u.last_on IS NULL OR u.last_on >= %s) ORDER BY u.id"
    )
    kinds = [np.int64] + [np.int32] * 4 + [np.int64, np.int64, np.float64]
    _, lot, part, supplier, line, first, last, units = bulk.rows(select, source, [plant.pk, since], kinds)
    if not len(lot):
        return None
    return LotUse(
        part=_named("part", part),
        supplier=_named("supplier", supplier),
        supplier_lot=_named("supplier_lot", lot),
        line=_named("line", line),
        first_day=first,
        last_day=last,
        units=units,
    )
