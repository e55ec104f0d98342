"""A plant's records as columns of numbers, kept by the process and brought up to date before each use.

The database stays the only truth. Every change of a record raises its version, and records are never deleted, so the
sum of the versions in a block of ids rises strictly with every committed change in it. The sums are read first and the
rows after them: the rows of a block are never older than its sum. A block whose sum is still the same has therefore
not changed since, whoever committed what in which order, and only the others are read again. Bulk changes that do not
raise versions, and records that move to another plant and take their versions along, raise the plant's `rewrites` and
make the process read everything again, as does every full run.

Nothing is kept from inside a transaction: its rows may never be committed.
"""

from __future__ import annotations

import datetime as dt
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import F, Sum
from numpy.typing import NDArray

from qc.analysis import bulk
from qc.models import Defect, Plant, PlantTarget

BLOCK = 4096  # ids; what one changed record makes the process read again
AT_ONCE = 8 * BLOCK  # ids that one query reads
MOST_PIECES = 8  # more scattered changes than this are cheaper to read at once
MOST_ROWS = 3_000_000  # kept by one process over all plants; the least used plant goes first
TRIES = 3
UNKNOWN = -2  # the code of a text that is not numbered yet
REFERENCES = (
    "line", "station", "machine", "shift", "product", "part", "supplier", "supplier_lot",
)  # fmt: skip
TEXTS = ("tool", "cavity", "inspector")
Array = NDArray[Any]


class Moved(RuntimeError):
    """Records changed while they were read, again and again; the work is tried again later."""


@dataclass(slots=True)
class Columns:
    """Counted records of a plant in the order of their ids. References are ids, texts codes of `texts`; -1 = none."""

    rewrites: int = -1
    since: int = 0  # records before this second are left out
    sums: dict[int, int] = field(default_factory=dict)
    of: dict[str, Array] = field(default_factory=dict)
    texts: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in TEXTS})
    known: dict[str, dict[int, int]] = field(default_factory=lambda: {name: {} for name in TEXTS})

    def __len__(self) -> int:
        return len(self.of["id"]) if self.of else 0


_kept: OrderedDict[int, Columns] = OrderedDict()
_lock = threading.Lock()


def of(plant: Plant, *, since: int, fresh: bool = False) -> Columns:
    """The plant's columns as of now, from the second `since` on; `fresh` reads every record again."""
    if connection.in_atomic_block:
        return _up_to_date(Columns(since=since), plant)
    with _lock:
        held = None if fresh else _kept.pop(plant.pk, None)
        if held is None or held.since > since:
            held = Columns(since=since)
        held = _up_to_date(held, plant)
        _kept[plant.pk] = held
        while len(_kept) > 1 and sum(map(len, _kept.values())) > MOST_ROWS:
            _kept.popitem(last=False)
        return held


def forget() -> None:
    """Keep nothing: the next use reads everything again."""
    with _lock:
        _kept.clear()


def _up_to_date(held: Columns, plant: Plant) -> Columns:
    rewrites = PlantTarget.objects.filter(plant=plant).values_list("rewrites", flat=True).first() or 0
    if rewrites != held.rewrites:
        held = Columns(rewrites, held.since)
    sums = _sums(plant)
    pieces = _pieces(held.sums, sums)
    if not held.of or len(pieces) > MOST_PIECES or held.sums.keys() - sums.keys():
        held = Columns(rewrites, held.since)
        held.of, pieces = _read(held, plant, sums), []
    for low, high in pieces:
        _splice(held, low, high, _read(held, plant, range(low // BLOCK, high // BLOCK)))
    held.sums = sums
    return held


def _sums(plant: Plant) -> dict[int, int]:
    blocks = Defect.objects.filter(plant=plant).order_by().values(block=F("pk") / BLOCK)
    return dict(blocks.annotate(versions=Sum("version")).values_list("block", "versions"))


def _pieces(old: dict[int, int], new: dict[int, int]) -> list[tuple[int, int]]:
    """Ranges of ids that hold all changed blocks; neighbours among the plant's blocks are one range."""
    pieces: list[tuple[int, int]] = []
    was_changed = False
    for block in sorted(new):
        changed = old.get(block) != new[block]
        if changed and was_changed:
            pieces[-1] = (pieces[-1][0], (block + 1) * BLOCK)
        elif changed:
            pieces.append((block * BLOCK, (block + 1) * BLOCK))
        was_changed = changed
    return pieces


def _splice(held: Columns, low: int, high: int, fresh: dict[str, Array]) -> None:
    left, right = np.searchsorted(held.of["id"], [low, high])
    for name, new in fresh.items():
        held.of[name] = np.concatenate([held.of[name][:left], new, held.of[name][right:]])


def _read(held: Columns, plant: Plant, blocks: Iterable[int]) -> dict[str, Array]:
    """The rows of these blocks, put in their place part by part, so that little more than they is in memory."""
    parts = _parts(blocks) or [(0, 0)]
    most, size = sum(high - low for low, high in parts), 0
    whole: dict[str, Array] = {}
    for low, high in parts:
        part = _part(held, plant, low, high)
        for name, values in part.items():
            room = whole.setdefault(name, np.empty(most, dtype=values.dtype))  # what is not used takes no memory
            room[size : size + len(values)] = values
        size += len(part["id"])
    return {name: values[:size] if 2 * size > most else values[:size].copy() for name, values in whole.items()}


def _parts(blocks: Iterable[int]) -> list[tuple[int, int]]:
    """Ranges of ids that hold the blocks, each to be read at once."""
    parts: list[tuple[int, int]] = []
    for block in sorted(blocks):
        high = (block + 1) * BLOCK
        if parts and high - parts[-1][0] <= AT_ONCE:
            parts[-1] = (parts[-1][0], high)
        else:
            parts.append((block * BLOCK, high))
    return parts


def _part(held: Columns, plant: Plant, low: int, high: int) -> dict[str, Array]:
    """The rows of a range of ids, their texts as codes."""
    params = [plant.pk, low, high]
    for _ in range(TRIES):
        found = _rows(params, held.since)
        for name in TEXTS:
            codes = _coded(found[name], held.known[name])
            if (codes == UNKNOWN).any():
                _learn_texts(held, name, params)
                codes = _coded(found[name], held.known[name])
            found[name] = codes
        if not any((found[name] == UNKNOWN).any() for name in TEXTS):  # as a text that was there for a moment only
            return found
    raise Moved("records changed while they were read")


def _learn_texts(held: Columns, name: str, params: list[int]) -> None:
    """Number the texts of a column that were not seen before."""
    sql = f"SELECT DISTINCT {name} FROM qc_defect WHERE plant_id = %s AND id >= %s AND id < %s AND {name} <> ''"  # noqa: S608
    hashed = f"SELECT {bulk.key('t.' + name)}, t.{name} FROM ({sql}) AS t"  # noqa: S608  (names of ours)
    for number, text in bulk.pairs(hashed, params):
        if number not in held.known[name]:
            held.known[name][number] = len(held.texts[name])
            held.texts[name].append(text)


def _rows(params: list[int], since: int) -> dict[str, Array]:
    """The rows of a range of ids as numbers, texts as their keys."""
    serial = f"CASE WHEN is_distinct THEN -1 ELSE {bulk.key(bulk.lower('serial'))} END"
    chosen = {
        "id": "id",
        "at": bulk.seconds("occurred_at"),
        "day": bulk.days("production_on"),
        "type": "counts_as_id",
        "serial": serial,
        **{name: f"COALESCE({name}_id, -1)" for name in REFERENCES},
        **{name: bulk.key(name) for name in TEXTS},
    }
    wide = {"id", "at", "serial", *TEXTS}
    source = (
        "FROM qc_defect WHERE plant_id = %s AND id >= %s AND id < %s AND status NOT IN ('void', 'duplicate') "
        "AND occurred_at >= %s ORDER BY id"
    )
    first = connection.ops.adapt_datetimefield_value(dt.datetime.fromtimestamp(since, dt.UTC))
    kinds = [np.int64 if name in wide else np.int32 for name in chosen]
    arrays = bulk.rows(list(chosen.values()), source, [*params, first], kinds)
    return dict(zip(chosen, arrays, strict=True))


def _coded(keys: Array, known: dict[int, int]) -> Array:
    """Texts' keys as codes, -1 for none."""
    names, codes = np.array([-1, *known]), np.array([-1, *known.values()], dtype=np.int32)
    order = np.argsort(names)
    names, codes = names[order], codes[order]
    at = np.minimum(np.searchsorted(names, keys), len(names) - 1)
    return np.where(names[at] == keys, codes[at], np.int32(UNKNOWN))
