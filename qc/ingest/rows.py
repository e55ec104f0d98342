"""A table with a mapping becomes columns of checked values; what cannot be used is listed, never dropped silently."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qc.ingest import columns
from qc.ingest.coded import Keys, Names, Numbers, Times
from qc.ingest.problems import FileRefused, Problem, shown
from qc.ingest.tables import CHUNK, Table, read_table

NUMBERS = {"quantity", "units"}
TIMES = {"occurred_at", "date", "first_day", "last_day"}
KEYS = {"ref", "serial"}


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length, as numbers; a name is `names[column][of[column]]`.

    Times are minutes since 1970, numbers floats (NaN where missing), references keys that are alike or not.
    """

    name: str
    total: int
    mapping: dict[str, str]
    size: int
    of: dict[str, NDArray[Any]] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    dropped: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return self.size

    def texts(self, column: str) -> list[str]:
        """A column of names as texts, "" where there is none; for short tables."""
        names = self.names[column]
        return [names[code] for code in self.of[column].tolist()]


def read_defects(source: Path | bytes, given: Mapping[str, str] | None = None, name: str = "") -> Rows:
    """Defect records. A row without a time, a type or with a broken quantity is listed in `dropped`."""
    table = read_table(source, name)
    needed = ("occurred_at", "defect_type")
    return _rows(table, columns.choose(table, columns.DEFECTS, given or {}, needed), columns.DEFECTS, needed)


def read_production(source: Path | bytes, name: str = "") -> Rows:
    """Units made per date and any of shift, line and product. A wrong denominator is refused as a whole."""
    table = read_table(source, name)
    needed = ("date", "units")
    mapping = columns.choose(table, columns.PRODUCTION, {}, needed)
    return _complete(_rows(table, mapping, columns.PRODUCTION, needed))


def read_lots(source: Path | bytes, name: str = "") -> Rows:
    """Which supplier lot fed which lines from when to when."""
    table = read_table(source, name)
    needed = ("part", "supplier_lot", "first_day", "last_day")
    return _complete(_rows(table, columns.choose(table, columns.LOTS, {}, needed), columns.LOTS, needed))


def _complete(rows: Rows) -> Rows:
    if rows.dropped:
        more = f" (and {len(rows.dropped) - 1} more)" if len(rows.dropped) > 1 else ""
        raise FileRefused(f"{rows.name}, {rows.dropped[0].sentence()}{more}.")
    return rows


def _rows(table: Table, mapping: dict[str, str], known: Collection[str], needed: Collection[str]) -> Rows:
    readers = {name: _reader(name if name in known else "") for name in mapping}
    places = {name: table.headings.index(heading) for name, heading in mapping.items()}
    parts: list[NDArray[np.int32]] = []
    problems: list[Problem] = []
    for chunk in table.read(CHUNK):
        for name, reader in readers.items():
            reader.add(chunk.columns[places[name]])
        parts.append(np.array(chunk.numbers, dtype=np.int32))
        fault = f"does not fit the {len(table.headings)} headings"
        problems += [Problem(number, "", f"{found} cells", fault) for number, found in chunk.ragged]
    numbers = np.concatenate(parts)
    total = len(numbers) + len(problems)
    keep = np.ones(len(numbers), dtype=np.bool_)
    of, names = {}, {}
    for name, heading in mapping.items():
        reader = readers.pop(name)
        of[name], bad = reader.read(is_needed=name in needed)
        for at, text, reason in bad:
            problems.append(Problem(int(numbers[at]), heading, shown(text), reason))
            keep[at] = False
        if isinstance(reader, Names):
            names[name] = reader.different
    if not keep.all():
        of = {name: column[keep] for name, column in of.items()}
    problems.sort(key=lambda p: (p.row, p.column))
    return Rows(table.name, total, mapping, int(keep.sum()), of, names, tuple(problems))


def _reader(name: str) -> Names | Numbers | Times | Keys:
    if name in NUMBERS:
        return Numbers()
    if name in TIMES:
        return Times()
    return Keys() if name in KEYS else Names()
