"""A file becomes a table of text cells: encodings, delimiters and workbooks end here."""

from __future__ import annotations

import csv
import datetime as dt
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineWorkbook

from qc.ingest.problems import FileRefused, shown

MAX_BYTES = 400_000_000  # one file; a million records of twelve columns are about 100 MB
MAX_CELL = 20_000  # characters; a longer one is a broken quote or an attack
MAX_COLUMNS = 1_000
ZIP_MEMBERS = 2_000
ZIP_BYTES = 600_000_000
ZIP_RATIO = 200  # sheets of real text compress 5 to 20 times, a bomb a thousand times
DELIMITERS = ",;\t|"


@dataclass(frozen=True, slots=True)
class Table:
    """Headings and rows of text; `numbers[i]` is the row number a person sees for `rows[i]`."""

    name: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numbers: list[int]
    ragged: list[tuple[int, int]]  # (row number, cells found) of rows that do not fit the headings

    def column(self, heading: str) -> list[str]:
        """All cells below one heading."""
        at = self.headings.index(heading)
        return [row[at] for row in self.rows]


def read_table(source: Path | bytes, name: str = "") -> Table:
    """Read a CSV or XLSX file (by content, not by its name). Raises FileRefused with one sentence."""
    name = name or (source.name if isinstance(source, Path) else "file")
    content = _content(source, name)
    if content.startswith(b"PK\x03\x04"):
        lines = _sheet(content, name)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(
            f"{name} is an old or an encrypted Excel file; save it as .xlsx without a password, or as CSV."
        )
    elif content.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff")) or _looks_like_html(content):
        raise FileRefused(f"{name} is not a table; a CSV or XLSX file is needed.")
    else:
        lines = _records(decode(content, name), name)
    return _table(name, lines)


def _content(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, bytes):
        content = source
    else:
        try:
            if source.stat().st_size > MAX_BYTES:
                raise FileRefused(f"{name} is larger than {MAX_BYTES // 1_000_000} MB; split it.")
            content = source.read_bytes()
        except OSError as error:
            raise FileRefused(f"{name} cannot be read: {error.strerror or error}.") from error
    if len(content) > MAX_BYTES:
        raise FileRefused(f"{name} is larger than {MAX_BYTES // 1_000_000} MB; split it.")
    if not content.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
        raise FileRefused(f"{name} is empty.")
    return content


def _looks_like_html(content: bytes) -> bool:
    start = content[:300].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg", b"<table"))


def decode(content: bytes, name: str = "file") -> str:
    """Text of a file in UTF-8 (with or without BOM), UTF-16 or Latin-1."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: tuple[str, ...] = ("utf-16",)
    elif content[1:2] == b"\x00" and content[3:4] == b"\x00":
        encodings = ("utf-16-le",)
    else:
        encodings = ("utf-8-sig", "cp1252", "latin-1")  # latin-1 accepts every byte, so the loop always ends
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            row = text.count("\n", 0, text.index("\x00")) + 1
            raise FileRefused(f"{name}, row {row}: a NUL byte; the file is damaged or not a text file.")
        return text
    raise FileRefused(f"{name} starts like UTF-16 text but is damaged.")


def _delimiter(text: str) -> str:
    head = text[: text.find("\n")] if "\n" in text else text
    bare = "".join(head.split('"')[::2])  # what stands outside quotes
    return max(DELIMITERS, key=lambda mark: (bare.count(mark), -DELIMITERS.index(mark)))


def _records(text: str, name: str) -> list[tuple[int, list[str]]]:
    csv.field_size_limit(MAX_CELL)
    # newline="" keeps line breaks inside quotes as they are
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        for number, cells in enumerate(reader, start=1):
            if cells and any(cells):
                lines.append((number, cells))
    except csv.Error as error:
        row = len(lines) + 1
        if "field larger" in str(error):
            reason = f"a cell has more than {MAX_CELL:,} characters, or a quote is never closed"
        elif "unexpected end" in str(error):
            reason = "a quote is opened and never closed"
        else:
            reason = str(error)
        raise FileRefused(f"{name}, row {row}: {reason}.") from error
    return lines


def _sheet(content: bytes, name: str) -> list[tuple[int, list[str]]]:
    _check_zip(content, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not book.sheet_names:
            raise FileRefused(f"{name} has no sheet.")
        sheet = book.get_sheet_by_index(0)
        if sheet.width > MAX_COLUMNS:
            raise FileRefused(f"{name} has {sheet.width:,} columns; at most {MAX_COLUMNS:,} can be read.")
        lines = []
        for number, cells in enumerate(sheet.iter_rows(), start=sheet.start[0] + 1 if sheet.start else 1):
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


def _table(name: str, lines: list[tuple[int, list[str]]]) -> Table:
    if not lines:
        raise FileRefused(f"{name} is empty.")
    headings = tuple(" ".join(cell.split()) for cell in lines[0][1])
    while headings and not headings[-1]:
        headings = headings[:-1]
    if len(headings) > MAX_COLUMNS:
        raise FileRefused(f"{name} has {len(headings):,} columns; at most {MAX_COLUMNS:,} can be read.")
    seen: set[str] = set()
    for heading in filter(None, headings):
        if heading.casefold() in seen:
            raise FileRefused(f"{name}: the heading {shown(heading)!r} stands there twice; rename one of them.")
        seen.add(heading.casefold())
    width = len(headings)
    rows, numbers, ragged = [], [], []
    for number, cells in lines[1:]:
        if len(cells) > width and not any(cells[width:]):
            cells = cells[:width]
        if len(cells) == width:
            rows.append(tuple(cells))
            numbers.append(number)
        else:
            ragged.append((number, len(cells)))
    return Table(name, headings, rows, numbers, ragged)
