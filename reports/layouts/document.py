"""What a report says, before it is a page, a PDF, a workbook or a mail: each of these prints the same document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count

from qc.charts import Spec

Value = str | int | float | dt.date | None

# How values of a column are shown, and the number format of a workbook for them.
KINDS = {"text": "", "word": "", "count": "#,##0", "ppm": "#,##0", "percent": "0.0%", "date": "yyyy-mm-dd"}


@dataclass(frozen=True)
class Column:
    """A column and what is in it: text, word (short text), count, ppm, percent or date."""

    title: str
    kind: str = "text"

    @property
    def is_number(self) -> bool:
        """Whether its values stand at the right."""
        return self.kind in ("count", "ppm", "percent")

    @property
    def is_text(self) -> bool:
        """Whether its values speak for themselves, without the column's title."""
        return self.kind in ("text", "word")


@dataclass(frozen=True)
class Row:
    """A line of a table, perhaps with the page that it is about (URL name and key) and a mark that it is late."""

    values: tuple[Value, ...]
    view: str = ""
    pk: int = 0
    is_late: bool = False


@dataclass(frozen=True)
class Table:
    """A table with its number in the document. `rest` says what is not shown; `data_only` keeps it off paper."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    empty: str
    rest: str = ""
    source: str = ""
    label: str = ""
    data_only: bool = False
    is_table: bool = True

    @property
    def lines(self) -> list[tuple[Row, list[tuple[Column, str]]]]:
        """The rows with their values as text."""
        return [
            (row, [(column, show(value, column.kind)) for column, value in zip(self.columns, row.values, strict=True)])
            for row in self.rows
        ]


@dataclass(frozen=True)
class Figure:
    """A chart with its number in the document."""

    key: str
    caption: str
    spec: Spec
    source: str = ""
    label: str = ""
    is_figure: bool = True


@dataclass(frozen=True)
class Number:
    """A number that the reader looks for first, with what belongs to it in words."""

    key: str
    label: str
    value: Value
    kind: str
    note: str = ""
    before: Value = None

    @property
    def text(self) -> str:
        """The number as text."""
        return show(self.value, self.kind) or "–"


@dataclass(frozen=True)
class Section:
    """A heading with what stands below it."""

    title: str
    blocks: tuple[Table | Figure, ...] = ()
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True)
class Document:
    """A whole report."""

    title: str
    subject: str
    subtitle: str
    lead: tuple[str, ...]
    numbers: tuple[Number, ...]
    sections: tuple[Section, ...]
    notes: tuple[str, ...]
    made: str
    file_name: str

    @property
    def tables(self) -> list[Table]:
        """Every table, also those that are data only."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Table)]

    @property
    def figures(self) -> list[Figure]:
        """Every chart."""
        return [block for section in self.sections for block in section.blocks if isinstance(block, Figure)]


def show(value: Value, kind: str) -> str:
    """A value as text: 1,240; 12.5 %; 20 Nov 2026; empty for what is not known."""
    if value is None:
        return ""
    if isinstance(value, dt.date):
        return f"{value.day} {value:%b %Y}"
    if isinstance(value, str):
        return str(value)
    return f"{value:.1%}".replace("%", " %") if kind == "percent" else f"{value:,.0f}"


def long_day(day: dt.date) -> str:
    """16 November 2026."""
    return f"{day.day} {day:%B %Y}"


def numbered(sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections with "Figure 1", "Table 1" and so on given to their blocks in reading order."""

    figures, tables = count(1), count(1)
    done = []
    for section in sections:
        blocks = tuple(
            block
            if isinstance(block, Table) and block.data_only
            else replace(
                block, label=f"Figure {next(figures)}" if isinstance(block, Figure) else f"Table {next(tables)}"
            )
            for block in section.blocks
        )
        done.append(replace(section, blocks=blocks))
    return tuple(done)
