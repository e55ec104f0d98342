"""Tables that people keep: CSV and XLSX. Text stays text, whatever a spreadsheet would like to make of it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import IO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from qc.render.printable import printable

Cell = str | int | float | Decimal | dt.date | dt.datetime | None

# A spreadsheet takes text with one of these in front for a formula; an apostrophe says that it is text.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MAX_CELL = 32_767
SAMPLE = 1_000


@dataclass(frozen=True)
class Sheet:
    """A named table; `formats` gives a number format per column ("" for plain)."""

    name: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    formats: Sequence[str] = ()
    title: str = ""


def safe(text: str) -> str:
    """Text that no spreadsheet runs as a formula."""
    return f"'{text}" if text.startswith(FORMULA) else text


def csv_bytes(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The table as CSV in UTF-8 with a byte order mark, which is what Excel needs to read it as such."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(column) for column in columns])
    for row in rows:
        writer.writerow([plain(cell) for cell in row])
    return out.getvalue().encode("utf-8-sig", "replace")


def plain(cell: Cell) -> str:
    """A cell as text; text that looks like a formula gets an apostrophe."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return safe(cell)
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def xlsx_bytes(sheets: Sequence[Sheet]) -> bytes:
    """The tables as a workbook: one sheet each, header frozen and filtered, numbers as numbers, dates as dates."""
    out = io.BytesIO()
    write_xlsx(out, sheets)
    return out.getvalue()


def write_xlsx(file: IO[bytes], sheets: Sequence[Sheet]) -> None:
    """The same into an open file, row by row: a long table does not have to fit into memory."""
    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
        "remove_timezone": True,
    }
    with xlsxwriter.Workbook(file, options) as book:
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        for sheet in sheets:
            formats = [book.add_format({"num_format": form}) if form else None for form in sheet.formats]
            _write_sheet(book.add_worksheet(_sheet_name(sheet.name)), sheet, head, formats)


def _write_sheet(page: Worksheet, sheet: Sheet, head: Format, formats: list[Format | None]) -> None:
    shaped = list(formats) + [None] * (len(sheet.columns) - len(formats))
    rows = iter(sheet.rows)
    first = [list(row) for row in itertools.islice(rows, SAMPLE)]  # columns are as wide as these need
    for i, column in enumerate(sheet.columns):
        longest = max([len(column), *(len(str(row[i] or "")) for row in first)])
        page.set_column(i, i, min(60, longest + 3))
    page.freeze_panes(1, 0)
    page.write_row(0, 0, sheet.columns, head)
    number = 0
    for number, row in enumerate(itertools.chain(first, rows), start=1):
        for i, cell in enumerate(row):
            _write_cell(page, number, i, cell, shaped[i])
    if number:
        page.autofilter(0, 0, number, len(sheet.columns) - 1)


def _write_cell(page: Worksheet, row: int, column: int, cell: Cell, form: Format | None) -> None:
    if cell is None:
        return
    if isinstance(cell, str):
        page.write_string(row, column, printable(cell)[:_MAX_CELL], form)
    elif isinstance(cell, dt.date):
        page.write_datetime(row, column, cell, form)
    else:
        page.write_number(row, column, float(cell), form)


def _sheet_name(name: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", name).strip()[:31] or "Sheet"
