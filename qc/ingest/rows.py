"""A table with a mapping becomes columns of checked values; what cannot be used is listed, never dropped silently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from qc.ingest import columns, values
from qc.ingest.problems import FileRefused, Problem, shown
from qc.ingest.tables import Table, read_table

NULLS = frozenset({"", "nan", "null", "none", "n/a", "na", "#n/a", "-", "nat"})
NUMBERS = {"quantity", "units"}
TIMES = {"occurred_at", "date", "first_day", "last_day"}


@dataclass(frozen=True, slots=True)
class Rows:
    """Columns of equal length: text ("" where missing), floats for numbers, datetimes for times."""

    name: str
    total: int
    mapping: dict[str, str]
    columns: dict[str, list[Any]]
    dropped: tuple[Problem, ...]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), []))


def read_defects(source: Path | bytes, given: Mapping[str, str] | None = None, name: str = "") -> Rows:
    """Defect records. A row without a time, a type or with a broken quantity is listed in `dropped`."""
    table = read_table(source, name)
    given = given or {}
    mapping = columns.choose(table, columns.DEFECTS, given, ("occurred_at", "defect_type"))
    return _rows(table, mapping, required=("occurred_at", "defect_type"))


def read_production(source: Path | bytes, name: str = "") -> Rows:
    """Units made per date and any of shift, line and product. A wrong denominator is refused as a whole."""
    table = read_table(source, name)
    return _complete(
        _rows(
            table,
            columns.choose(table, columns.PRODUCTION, {}, ("date", "units")),
            required=("date", "units"),
        )
    )


def read_lots(source: Path | bytes, name: str = "") -> Rows:
    """Which supplier lot fed which lines from when to when."""
    table = read_table(source, name)
    needed = ("part", "supplier_lot", "first_day", "last_day")
    return _complete(_rows(table, columns.choose(table, columns.LOTS, {}, needed), required=needed))


def _complete(rows: Rows) -> Rows:
    if rows.dropped:
        more = f" (and {len(rows.dropped) - 1} more)" if len(rows.dropped) > 1 else ""
        raise FileRefused(f"{rows.name}, {rows.dropped[0].sentence()}{more}.")
    return rows


def _rows(table: Table, mapping: dict[str, str], required: Sequence[str]) -> Rows:
    problems = [
        Problem(number, "", f"{found} cells", f"does not fit the {len(table.headings)} headings")
        for number, found in table.ragged
    ]
    bad: set[int] = set()
    parsed: dict[str, list[Any]] = {}
    cells = list(zip(*table.rows, strict=True)) if table.rows else [() for _ in table.headings]
    for known, heading in mapping.items():
        texts = cells[table.headings.index(heading)]
        meanings, reasons = _meanings(known, heading, texts, known in required)
        parsed[known] = [meanings[text] for text in texts]
        if reasons:
            for at, text in enumerate(texts):
                if text in reasons:
                    problems.append(Problem(table.numbers[at], heading, shown(text), reasons[text]))
                    bad.add(at)
    if bad:
        parsed = {known: [v for at, v in enumerate(column) if at not in bad] for known, column in parsed.items()}
    problems.sort(key=lambda p: (p.row, p.column))
    return Rows(table.name, len(table.rows) + len(table.ragged), mapping, parsed, tuple(problems))


def _meanings(known: str, heading: str, texts: Sequence[str], needed: bool) -> tuple[dict[str, Any], dict[str, str]]:
    """Each different text is parsed once: text -> value, and text -> why not."""
    meanings: dict[str, Any] = dict.fromkeys(texts)
    parse = _parser(known, meanings)
    reasons: dict[str, str] = {}
    for text in meanings:
        empty = text.strip().casefold() in NULLS
        if empty and (needed or (known in NUMBERS and text.strip())):
            reasons[text] = "is needed and missing" if needed else "is not a number"
        elif empty:
            meanings[text] = None if known in NUMBERS | TIMES else ""
        else:
            try:
                meanings[text] = parse(text)
            except ValueError as error:
                reasons[text] = str(error)
    return meanings, reasons


def _parser(known: str, texts: Mapping[str, Any]) -> Callable[[str], Any]:
    if known in NUMBERS:
        return values.not_negative
    if known in TIMES:
        moment = partial(values.moment, dayfirst=values.day_first(texts))
        return moment if known == "occurred_at" else partial(_date, moment)
    return values.name


def _date(moment: Callable[[str], dt.datetime], text: str) -> dt.date:
    return moment(text).date()
