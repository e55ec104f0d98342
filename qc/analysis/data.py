"""The columns that the engine reads; files.py and database.py fill them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qc.ingest.problems import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
EPOCH = dt.date(1970, 1, 1)
DOUBLE_TAP_MINUTES = 10  # the same unit and code again within this time is one incident entered twice
NOT_DIMENSIONS = ("occurred_at", "defect_type", "ref", "serial", "quantity", "severity")


@dataclass(frozen=True, slots=True)
class Column:
    """Names as codes: `labels[code]`, and -1 where the record does not say. Labels are sorted."""

    codes: Ints
    labels: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> Column:
        """Names that differ only in case are one name, spelt as it is spelt most often."""
        texts = list(texts)
        counts: dict[str, int] = {}
        for text in texts:
            if text:
                counts[text] = counts.get(text, 0) + 1
        labels, code_of = spelt(counts)
        return cls(np.array([code_of.get(text or "", -1) for text in texts], dtype=np.int64), labels)

    @classmethod
    def named(cls, codes: NDArray[Any], names: Sequence[str]) -> Column:
        """As `of` the names of these codes, without making a text of every record."""
        counts: dict[str, int] = {}
        for name, times in zip(names, np.bincount(codes, minlength=len(names)).tolist(), strict=True):
            if name and times:
                counts[name] = counts.get(name, 0) + times
        labels, code_of = spelt(counts)
        return cls(np.array([code_of.get(name, -1) for name in names], dtype=np.int32)[codes], labels)

    def take(self, rows: NDArray[Any]) -> Column:
        """The same names for some of the rows."""
        return Column(self.codes[rows], self.labels)

    def coded_as(self, labels: Sequence[str]) -> Ints:
        """Codes in another column's labels; -1 for a name that the other does not have."""
        place = {label.casefold(): code for code, label in enumerate(labels)}
        table = np.array([*(place.get(label.casefold(), -1) for label in self.labels), -1], dtype=np.int64)
        return table[self.codes]


def spelt(counts: Mapping[str, int]) -> tuple[tuple[str, ...], dict[str, int]]:
    """Sorted labels for names that occur so often, and the code of each name: case alone makes no other name."""
    spelling: dict[str, str] = {}
    for text in sorted(counts, key=lambda t: (-counts[t], t)):
        spelling.setdefault(text.casefold(), text)
    labels = tuple(sorted(spelling.values()))
    place = {label: code for code, label in enumerate(labels)}
    return labels, {text: place[spelling[text.casefold()]] for text in counts}


@dataclass(frozen=True, slots=True)
class Exposure:
    """Units made, inspected or received: one row per day and any subset of the dimensions."""

    day: Ints
    units: Floats
    dimensions: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class LotUse:
    """Which supplier lot fed which line from when to when; line -1 means every line."""

    part: Column
    supplier: Column
    supplier_lot: Column
    line: Column
    first_day: Ints
    last_day: Ints
    units: Floats


@dataclass(frozen=True, slots=True)
class Dataset:
    """Defect records as columns, in an order that does not depend on the order they came in.

    `minute` is the wall-clock of the plant in minutes since 1970, `day` the production date in days since 1970
    (a night shift belongs to the day on which it starts). Build it with `Dataset.of`.
    """

    minute: Ints
    day: Ints
    defect_type: Column
    dimensions: Mapping[str, Column]
    production: Exposure | None = None
    lots: LotUse | None = None
    duplicates: Mapping[str, int] = field(default_factory=dict)
    rows: int = 0
    mapping: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[Problem, ...] = ()
    per_day: int = 1  # steps of time in a day; `day` (also production's) counts steps, which are hours where it is 24

    @classmethod
    def of(
        cls,
        minute: Ints,
        defect_type: Column,
        dimensions: Mapping[str, Column],
        *,
        day: Ints | None = None,
        identity: Column | None = None,
        production: Exposure | None = None,
        lots: LotUse | None = None,
        rows: int | None = None,
        mapping: Mapping[str, str] | None = None,
        dropped: tuple[Problem, ...] = (),
        per_day: int = 1,
    ) -> Dataset:
        """Sort the records and count what was entered twice once.

        `day` (production dates) is worked out from the shift when it is not given; `identity` is what makes two
        records the same unit (a serial number or a reference).
        """
        columns = {name: column for name, column in dimensions.items() if column.labels}
        del dimensions  # each column is let go when it is sorted: of a million records they are not held twice
        if day is None:
            day = production_days(minute, columns.get("shift"))
        order = np.lexsort([*reversed(_packed([defect_type, *columns.values()])), day, minute])
        again = _entered_again(minute, defect_type, identity)
        counted = order[~again[order]]
        return cls(
            minute=minute[counted],
            day=day[counted],
            defect_type=defect_type.take(counted),
            dimensions={name: columns.pop(name).take(counted) for name in list(columns)},
            production=production,
            lots=lots,
            duplicates=_per_type(defect_type, again),
            rows=len(minute) if rows is None else rows,
            mapping=dict(mapping or {}),
            dropped=dropped,
            per_day=per_day,
        )

    def __len__(self) -> int:
        return len(self.minute)

    def digest(self) -> str:
        """SHA-256 over everything the engine reads: the same digest and method version give the same verdicts."""
        hashed = hashlib.sha256()
        for name, array in self._arrays():
            kind = "<f8" if array.dtype.kind == "f" else "<i8"  # whatever the width in which codes are kept
            hashed.update(f"{name}:{kind}:{len(array)}\n".encode())
            hashed.update(np.ascontiguousarray(array, dtype=kind).data)
        for name, labels in self._labels():
            hashed.update(f"{name}={labels!r}\n".encode())
        return hashed.hexdigest()

    def _arrays(self) -> list[tuple[str, NDArray[Any]]]:
        arrays: list[tuple[str, NDArray[Any]]] = [
            ("minute", self.minute),
            ("day", self.day),
            ("type", self.defect_type.codes),
        ]
        arrays += [(name, column.codes) for name, column in sorted(self.dimensions.items())]
        if self.production:
            arrays += [("production.day", self.production.day), ("production.units", self.production.units)]
            arrays += [(f"production.{name}", c.codes) for name, c in sorted(self.production.dimensions.items())]
        if self.lots:
            use = self.lots
            arrays += [("lot.first", use.first_day), ("lot.last", use.last_day), ("lot.units", use.units)]
            arrays += [
                ("lot", use.supplier_lot.codes),
                ("lot.line", use.line.codes),
                ("lot.part", use.part.codes),
            ]
        return arrays

    def _labels(self) -> list[tuple[str, tuple[str, ...]]]:
        labels = [
            ("type", self.defect_type.labels),
            *((name, c.labels) for name, c in sorted(self.dimensions.items())),
        ]
        if self.production:
            labels += [(f"production.{name}", c.labels) for name, c in sorted(self.production.dimensions.items())]
        if self.lots:
            labels += [("lot", self.lots.supplier_lot.labels), ("supplier", self.lots.supplier.labels)]
        return labels


def production_days(minute: Ints, shift: Column | None) -> Ints:
    """Production dates: the early hours of a shift that runs over midnight belong to the day before.

    Which shift runs over midnight is read from the records: its longest pause of the day is not at midnight.
    """
    day, of_day = np.divmod(minute, 1440)
    if shift is None:
        return day
    for code in range(len(shift.labels)):
        mine = shift.codes == code
        start = _shift_start(np.bincount(of_day[mine] // 60, minlength=24))
        if start is not None:
            day = day - (mine & (of_day < start * 60)).astype(np.int64)
    return day


def _shift_start(per_hour: Ints) -> int | None:
    """The hour at which a shift starts, if it runs over midnight: its pause of more than half a day is by daylight."""
    busy = np.flatnonzero(per_hour > 0.02 * per_hour.sum())
    if not len(busy):
        return None
    pauses = np.diff(np.append(busy, busy[0] + 24))
    longest = int(pauses.argmax())
    return int(busy[longest + 1]) if pauses[longest] > 12 and longest + 1 < len(busy) else None


def _packed(columns: Sequence[Column]) -> list[Ints]:
    """Codes of several columns in as few numbers as hold them, which sort as the columns would one by one."""
    packed: list[Ints] = []
    room = 0
    for column in columns:
        size = len(column.labels) + 1
        if not packed or room // size == 0:
            packed.append(np.zeros(len(column.codes), dtype=np.int64))
            room = 2**62
        packed[-1] = packed[-1] * size + column.codes + 1
        room //= size
    return packed


def _entered_again(minute: Ints, defect_type: Column, identity: Column | None) -> NDArray[np.bool_]:
    again = np.zeros(len(minute), dtype=np.bool_)
    if identity is None or len(minute) == 0:
        return again
    known = np.flatnonzero(identity.codes >= 0)
    order = known[np.lexsort([minute[known], defect_type.codes[known], identity.codes[known]])]
    same = (np.diff(identity.codes[order]) == 0) & (np.diff(defect_type.codes[order]) == 0)
    again[order[1:][same & (np.diff(minute[order]) <= DOUBLE_TAP_MINUTES)]] = True
    return again


def _per_type(defect_type: Column, again: NDArray[np.bool_]) -> dict[str, int]:
    counts = np.bincount(defect_type.codes[again], minlength=len(defect_type.labels))
    return {defect_type.labels[code]: int(counts[code]) for code in np.flatnonzero(counts)}


def minutes(times: Sequence[dt.datetime]) -> Ints:
    """Wall-clock times as minutes since 1970."""
    return np.array(times, dtype="datetime64[m]").astype(np.int64)


def days(dates: Sequence[dt.date]) -> Ints:
    """Dates as days since 1970."""
    return np.array(dates, dtype="datetime64[D]").astype(np.int64)


def as_date(day: int) -> dt.date:
    """The date of a day number."""
    return EPOCH + dt.timedelta(days=int(day))
