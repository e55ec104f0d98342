"""The document's tables as files that people keep: a workbook with one sheet each, or one flat CSV."""

from __future__ import annotations

from collections.abc import Iterator

from qc.render.tables import Cell, Sheet, csv_bytes, xlsx_bytes
from reports.layouts.document import KINDS, Document, Table

CSV_COLUMNS = ("section", "item", "measure", "value")


def xlsx(document: Document) -> bytes:
    """Numbers as numbers, days as days; the first sheet has the summary."""
    return xlsx_bytes([_summary(document), *(_sheet(table) for table in document.tables)])


def csv(document: Document) -> bytes:
    """One value a line: section, item, measure, value. The item is a row's first cell."""
    return csv_bytes(CSV_COLUMNS, _lines(document))


def _summary(document: Document) -> Sheet:
    rows: list[tuple[Cell, ...]] = [
        (number.label, number.value, number.before, number.note) for number in document.numbers
    ]
    rows += [(text, None, None, "") for text in (document.title, document.subtitle, *document.lead, document.made)]
    return Sheet("Summary", ("What", "This week", "Week before", "Note"), rows, ("", "#,##0", "#,##0", ""))


def _sheet(table: Table) -> Sheet:
    columns = [column.title for column in table.columns]
    formats = [KINDS[column.kind] for column in table.columns]
    return Sheet(table.key.capitalize(), columns, [row.values for row in table.rows], formats, table.caption)


def _lines(document: Document) -> Iterator[tuple[Cell, ...]]:
    yield ("report", document.title, "made", document.made)
    for number in document.numbers:
        yield ("summary", number.label, "value", number.value)
        yield ("summary", number.label, "note", number.note)
    for table in document.tables:
        for row in table.rows:
            item = row.values[0]
            for column, value in zip(table.columns[1:], row.values[1:], strict=True):
                yield (table.key, item, column.title, value)
