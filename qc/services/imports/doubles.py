"""New rows that look like a record that is there, or like another row of the file: found for the preview.

The same notion as for single records (`qc.services.duplicates`): same code and serial within minutes, or within a day
at one place; or same code, place and lot within minutes. An integration's policy has a window of its own.
"""

from __future__ import annotations

import datetime as dt
import json
from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import BooleanField, F, Func, Q
from django.db.models.functions import Lower
from numpy.typing import NDArray

from qc.errors import Stale
from qc.models import Defect, DuplicatePolicy, User
from qc.services import numbers
from qc.services.duplicates import DOUBLE_TAP, SAME_LOT, SAME_SERIAL
from qc.services.imports.staged import NULL, plain

Array = NDArray[Any]
UNIT, PLACE, LOT = "unit", "place", "lot"  # same serial; same serial at one place; same lot at one place
MOST_RECORDS = 300_000  # that are compared with a file
AT_ONCE = 2_000
SLICE = 10_000  # rows whose likes are asked for at a time
Said = tuple[int, int, int, int, str, str, int]  # plant, code, line, supplier, serial, lot, supplier lot


class Among(Func):
    """Whether a value is one of very many: a condition for `filter` with one parameter."""

    output_field = BooleanField()
    conditional = True

    def __init__(self, value: Any, wanted: Sequence[Any]) -> None:
        super().__init__(value)
        self.wanted = list(wanted)

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        """An array, which PostgreSQL looks up in a hash."""
        sql, given = compiler.compile(self.get_source_expressions()[0])
        return f"({sql} = ANY(%s))", [*given, self.wanted]

    def as_sqlite(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """A JSON list, of which SQLite makes an index."""
        sql, given = compiler.compile(self.get_source_expressions()[0])
        return f"({sql} IN (SELECT value FROM json_each(%s)))", (*given, json.dumps(self.wanted))  # noqa: S608


class Entries:
    """Rows and records under the key by which they may look alike; small, for there are as many as rows."""

    def __init__(self) -> None:
        self.key, self.at, self.who, self.flag = array("q"), array("q"), array("q"), array("b")

    def add(self, key: int, at: int, who: int, flag: bool = False) -> None:
        """One more: its key, its second, a row's position or a record's negative key, whether it has a serial."""
        self.key.append(key)
        self.at.append(at)
        self.who.append(who)
        self.flag.append(flag)


class Doubles:
    """Collects what the new rows of a file say, then finds what looks alike."""

    def __init__(self, by: User) -> None:
        self.by, self.notes = by, list[str]()
        self._policy = DuplicatePolicy.objects.filter(integration=by).first() if _is_machine(by) else None
        self._keys = {UNIT: Entries(), PLACE: Entries(), LOT: Entries()}
        self._times, self._supplier_lots, self._plants = array("q"), array("q"), set[int]()
        self._serials, self._lots = list[str](), list[str]()
        self._once: dict[str, str] = {}  # lots repeat: each is in memory once
        self._count = 0

    def add(self, columns: Mapping[str, Sequence[str]], utc: Sequence[int], fresh: Sequence[int]) -> None:
        """The new rows of a chunk, by their positions in it."""
        if _is_machine(self.by) and self._policy is None:
            return
        names = ("plant_id", "counts_as_id", "line_id", "supplier_id", "serial", "lot", "supplier_lot_id")
        picked = [columns[name] for name in names]
        for at in fresh:
            serial, lot, supplier_lot = (column[at] for column in picked[4:])
            if serial or lot or supplier_lot != NULL:
                numbers_of = (_key(column[at]) for column in (*picked[:4], picked[6]))
                plant, code, line, supplier, of = numbers_of
                said = (plant, code, line, supplier, (plain(serial) or "").lower(), (plain(lot) or "").lower(), of)
                self._note(said, utc[at], self._count)
                self._serials.append(said[4])
                self._lots.append(self._once.setdefault(said[5], said[5]))
                self._supplier_lots.append(of)
                self._plants.add(plant)
                self._times.append(utc[at])
            self._count += 1

    def _note(self, said: Said, utc: int, who: int) -> None:
        plant, code, line, supplier, serial, lot, supplier_lot = said
        place = (line, 0 if line else supplier)
        if serial:
            self._keys[UNIT].add(hash((plant, code, serial)), utc, who)
            if self._policy is None:
                self._keys[PLACE].add(hash((plant, code, place, serial)), utc, who)
        if self._policy is not None:
            return
        if lot:
            self._keys[LOT].add(hash((plant, code, place, lot)), utc, who, bool(serial))
        if supplier_lot:
            self._keys[LOT].add(hash((plant, code, place, supplier_lot, "")), utc, who, bool(serial))

    def found(self) -> list[list[Any]]:
        """Of each new row that looks like another: its position among new rows, the other one, minutes, and why.

        The other one is the key of a record, or -1, -2, ... for the first, second, ... new row.
        """
        if not self._times:
            return []
        for pk, utc, said in self._records():
            self._note(said, utc, -pk)
        self._serials, self._lots = [], []
        window = dt.timedelta(minutes=self._policy.minutes) if self._policy else DOUBLE_TAP
        found: dict[int, tuple[int, int, str]] = {}
        for kind, span in ((UNIT, window), (PLACE, SAME_SERIAL), (LOT, SAME_LOT)):
            entries = self._keys.pop(kind)  # it goes when it is done: there are as many as rows
            if entries.key:
                for who, other, seconds in _pairs(entries, int(span.total_seconds())):
                    found.setdefault(who, (other, seconds, kind))
        return [[who, _first_of(found, who), round(found[who][1] / 60), found[who][2]] for who in sorted(found)]

    def _records(self) -> Iterator[tuple[int, int, Said]]:
        """Records around the rows, asked for in the order of time: a slice of rows needs a slice of records only."""
        order, left = np.argsort(np.array(self._times)).tolist(), MOST_RECORDS
        for start in range(0, len(order), SLICE):
            for each in self._slice(order[start : start + SLICE]).iterator(5000):
                left -= 1
                if left < 0:
                    self.notes.append(f"Likely doubles were looked for among {MOST_RECORDS:,} records only.")
                    return
                pk, at, plant, code, line, supplier, serial, lot, of = each
                yield (
                    pk,
                    int(at.timestamp()),
                    (plant, code, line or 0, supplier or 0, serial.lower(), lot.lower(), of or 0),
                )

    def _slice(self, part: Sequence[int]) -> Any:
        start, end = (dt.datetime.fromtimestamp(self._times[at], dt.UTC) for at in (part[0], part[-1]))
        rows = Defect.objects.visible_to(self.by).counted().filter(plant__in=self._plants)
        rows = rows.filter(occurred_at__range=(start - SAME_SERIAL, end + SAME_SERIAL))
        alike = Q(Among(Lower("serial"), sorted({self._serials[at] for at in part} - {""})))
        if self._policy is None:
            alike |= Q(Among(Lower("lot"), sorted({self._lots[at] for at in part} - {""})))
            alike |= Q(Among(F("supplier_lot_id"), sorted({self._supplier_lots[at] for at in part} - {0})))
        names = ("plant_id", "counts_as_id", "line_id", "supplier_id", "serial", "lot", "supplier_lot_id")
        return rows.filter(alike).order_by().values_list("pk", "occurred_at", *names)


def _is_machine(by: User) -> bool:
    return by.role == User.Role.INTEGRATION


def _key(text: str) -> int:
    return 0 if text == NULL else int(text)


def _pairs(entries: Entries, span: int) -> Iterator[tuple[int, int, int]]:
    """Position of a row, what is the nearest to it in time under the same key (records first), seconds from there.

    Two that both have a serial are not alike by their lot: `flag` says so.
    """
    key, at, who = (np.frombuffer(each, dtype=np.int64) for each in (entries.key, entries.at, entries.who))
    flag = np.frombuffer(entries.flag, dtype=np.int8) > 0
    order = np.lexsort((who, at, key))
    key, at, who, flag = key[order], at[order], who[order], flag[order]
    best = np.full(len(key), -1)
    for targets, back in ((who < 0, True), (who < 0, False), (who >= 0, True)):
        free = best < 0
        for mask, mine in ((targets & ~flag, flag), (targets, ~flag)):
            near = _nearest(mask, back=back)
            fits = free & mine & (who >= 0) & (near >= 0)
            fits &= (key[near] == key) & (np.abs(at[near] - at) <= span)
            best = np.where(fits, near, best)
    for here in np.flatnonzero(best >= 0).tolist():
        other = int(who[best[here]])
        yield int(who[here]), -other if other < 0 else -other - 1, int(at[here] - at[best[here]])


def _nearest(mask: Array, *, back: bool) -> Array:
    """For each position the nearest one before (or after) it that the mask has; -1 where there is none."""
    index = np.arange(len(mask))
    if back:
        return np.concatenate([[-1], np.maximum.accumulate(np.where(mask, index, -1))[:-1]])
    last = len(mask)
    after = np.minimum.accumulate(np.where(mask, index, last)[::-1])[::-1]
    after = np.concatenate([after[1:], [last]])
    return np.where(after == last, -1, after)


def _first_of(found: Mapping[int, tuple[int, int, str]], who: int) -> int:
    """What a row looks like in the end: of three alike, the second and the third look like the first."""
    other = found[who][0]
    while other < 0 and -other - 1 in found:  # ends: a row only ever looks like an earlier one
        other = found[-other - 1][0]
    return other


@transaction.atomic
def settle(by: User, doubles: Sequence[Sequence[Any]], action: str, first: str) -> dict[str, int]:
    """Mark or join the likely doubles of rows that were just inserted; in the same transaction. `first` is the number
    of the first of them. Stale when a record that they look like does not count any more.
    """
    if _is_machine(by):
        policy = DuplicatePolicy.objects.filter(integration=by).first()
        action = str(policy.action) if policy else DuplicatePolicy.Action.KEEP
    if action not in (DuplicatePolicy.Action.MARK, DuplicatePolicy.Action.JOIN) or not doubles:
        return {}
    there = {other for _who, other, *_why in doubles if other > 0}
    _lock(sorted(there))
    series, year, start = first.split("-")
    label = [numbers.text(series, int(year), int(start) + who) for who, *_rest in doubles]
    others = [numbers.text(series, int(year), int(start) - other - 1) for _who, other, *_why in doubles if other < 0]
    keys = _keys_of([*label, *others])
    for begin in range(0, len(doubles), AT_ONCE):
        rows = []
        for (_who, other, *_why), name in zip(doubles[begin : begin + AT_ONCE], label[begin:], strict=False):
            text = "" if other > 0 else numbers.text(series, int(year), int(start) - other - 1)
            row, original = Defect(pk=keys[name], status=Defect.Status.LOGGED), other if other > 0 else keys[text]
            if action == DuplicatePolicy.Action.JOIN:
                row.status, row.duplicate_of_id = Defect.Status.DUPLICATE, original
            else:
                row.looks_like_id = original
            rows.append(row)
        Defect.objects.bulk_update(rows, ["status", "duplicate_of", "looks_like"], batch_size=500)
    return {"joined" if action == DuplicatePolicy.Action.JOIN else "in_doubt": len(doubles)}


def _lock(keys: Sequence[int]) -> None:
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        if len(Defect.objects.counted().filter(pk__in=part).order_by("pk").select_for_update()) != len(part):
            raise Stale("A record that a row looks like was joined or taken out meanwhile. Look at the preview again.")


def _keys_of(labels: Sequence[str]) -> dict[str, int]:
    wanted, keys = sorted(set(labels)), dict[str, int]()
    for start in range(0, len(wanted), AT_ONCE):
        rows = Defect.objects.filter(number__in=wanted[start : start + AT_ONCE])
        keys.update(rows.order_by().values_list("number", "pk"))
    return keys
