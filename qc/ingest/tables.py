"""A CSV or XLSX file as a table of text cells, read in chunks: what is in memory does not grow with a CSV file."""

from __future__ import annotations

import datetime as dt
import io
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from python_calamine import CalamineWorkbook

from qc.ingest.problems import FileRefused, shown
from qc.ingest.stream import MAX_COLUMNS, Chunk, Source, columns_of, fitting, headings_of

MAX_BYTES = 400 * 2**20  # one file; a million records of twelve columns are about 100 MB
CHUNK = 1_000  # rows; their cells fit into a processor's cache
LOOK = 5_000  # rows by which the kind of a column is known
ZIP = b"PK\x03\x04"
ZIP_MEMBERS = 2_000
ZIP_BYTES = 600_000_000
ZIP_RATIO = 200  # sheets of real text compress 5 to 20 times, a bomb a thousand times


@dataclass(frozen=True)
class Table:
    """Headings, and the rows below them: `read(rows)` gives them in chunks of so many, each time from the first."""

    name: str
    headings: tuple[str, ...]
    read: Callable[[int], Iterator[Chunk]]

    def column(self, heading: str) -> Sequence[str]:
        """The first cells below a heading."""
        return self._start.columns[self.headings.index(heading)]

    @cached_property
    def _start(self) -> Chunk:
        return next(self.read(LOOK))


def read_table(source: Path | bytes, name: str = "") -> Table:
    """Open a CSV or XLSX file (by content, not by its name). Raises FileRefused with one sentence."""
    name = name or (source.name if isinstance(source, Path) else "file")
    try:
        if isinstance(source, Path) and not source.is_file():
            source = source.read_bytes()  # a pipe can be read only once
        text = Source(source, name, head=1, most_bytes=MAX_BYTES, most_rows=sys.maxsize, is_strict=True)
        if text.starts_with(ZIP):
            return _sheet(source, name)
        text.open()
    except OSError as error:
        raise FileRefused(f"{name} cannot be read: {error.strerror or error}.") from error
    return Table(name, text.headings, text.chunks)


def _sheet(source: Path | bytes, name: str) -> Table:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > MAX_BYTES:
        raise FileRefused(f"{name} is larger than {MAX_BYTES // 2**20} MB; split it.")
    lines = _lines(source if isinstance(source, bytes) else source.read_bytes(), name)
    if not lines:
        raise FileRefused(f"{name} is empty.")
    headings = headings_of(lines[0][1], name)
    rows, numbers, ragged = fitting(lines[1:], len(headings))
    chunk = Chunk(numbers, columns_of(rows, len(headings)), ragged, [])
    return Table(name, headings, lambda _rows: iter([chunk]))


def _lines(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    _check_zip(content, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not book.sheet_names:
            raise FileRefused(f"{name} has no sheet.")
        sheet = book.get_sheet_by_index(0)
        if sheet.width > MAX_COLUMNS:
            raise FileRefused(f"{name} has {sheet.width:,} columns; at most {MAX_COLUMNS:,} can be read.")
        lines = []
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            texts = [_text(cell) for cell in cells]
            if any(texts):
                lines.append((number, texts))
        return lines
    except FileRefused:
        raise
    except Exception as error:
        raise FileRefused(f"{name} cannot be read as an XLSX workbook: {shown(error)}.") from error


def _check_zip(content: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError) as error:
        raise FileRefused(f"{name} starts like an XLSX workbook but is damaged.") from error
    size = sum(member.file_size for member in members)
    if len(members) > ZIP_MEMBERS or size > ZIP_BYTES or any(_is_bomb(member) for member in members):
        raise FileRefused(
            f"{name} unpacks to {size // 1_000_000:,} MB in {len(members):,} parts; it is not a normal workbook."
        )
    if any(member.flag_bits & 1 for member in members):
        raise FileRefused(f"{name} is protected by a password.")


def _is_bomb(member: zipfile.ZipInfo) -> bool:
    return member.file_size > 10_000_000 and member.file_size > ZIP_RATIO * max(member.compress_size, 1)


def _text(cell: object) -> str:
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return "" if cell is None else str(cell)
