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

import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import F, Sum
from numpy.typing import NDArray

from qc.analysis import bulk
from qc.models import Defect, Plant, PlantTarget

BLOCK = 4096  # ids; what one changed record makes the process read again
MOST_PIECES = 8  # more scattered changes than this are cheaper to read at once
MOST_ROWS = 3_000_000  # kept by one process over all plants; the least used plant goes first
TRIES = 3
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
        held, pieces = Columns(rewrites, held.since), [(0, 2**62)]
    for low, high in pieces:
        _splice(held, low, high, _read(held, plant, low, high))
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
    if not held.of:
        held.of = fresh
        return
    left, right = np.searchsorted(held.of["id"], [low, high])
    for name, new in fresh.items():
        held.of[name] = np.concatenate([held.of[name][:left], new, held.of[name][right:]])


def _read(held: Columns, plant: Plant, low: int, high: int) -> dict[str, Array]:
    for _ in range(TRIES):
        params = [plant.pk, low, high]
        for name in TEXTS:
            _learn_texts(held, name, params)
        found = _rows(held, params)
        if found is not None:
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


def _rows(held: Columns, params: list[int]) -> dict[str, Array] | None:
    """The rows of a range of ids; None when one has a text that came in since the texts were read."""
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
        f"AND {bulk.seconds('occurred_at')} >= %s ORDER BY id"
    )
    kinds = [np.int64 if name in wide else np.int32 for name in chosen]
    arrays = bulk.rows(list(chosen.values()), source, [*params, held.since], kinds)
    found = dict(zip(chosen, arrays, strict=True))
    for name in TEXTS:
        codes = _coded(found[name], held.known[name])
        if codes is None:
            return None
        found[name] = codes
    return found


def _coded(keys: Array, known: dict[int, int]) -> Array | None:
    """Texts' keys as codes, -1 for none."""
    different, which = np.unique(keys, return_inverse=True)
    codes = [-1 if one == -1 else known.get(one, -2) for one in different.tolist()]
    return None if -2 in codes else np.array(codes, dtype=np.int32)[which]
