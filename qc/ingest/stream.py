"""A file of any size as columns of text, some thousand rows at a time: what is in memory does not grow with it."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median
from typing import BinaryIO

from qc.ingest.problems import FileRefused, shown

MAX_CELL = 20_000  # characters; a longer one is a broken quote or an attack
MAX_COLUMNS = 1_000
DELIMITERS = ",;\t|"
MAX_BYTES = 100 * 2**20
MAX_ROWS = 500_000
CHUNK = 10_000  # rows
BLOCK = 2**20
HEAD = 20  # lines in which the headings are looked for
NUL, HALF = "holds a NUL character", "holds half a character (a lone surrogate)"
_BROKEN = re.compile("[\x00\ud800-\udfff]")
NO_TABLE = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows as columns; `numbers` are row numbers as a spreadsheet counts them."""

    numbers: list[int]
    columns: list[tuple[str, ...]]
    ragged: list[tuple[int, int]]  # row number, cells found
    broken: list[tuple[int, int, str]]  # position in the chunk, column, reason

    def __len__(self) -> int:
        return len(self.numbers)


@dataclass
class Source:
    """A delimited text file: its headings, and its rows in chunks. Raises FileRefused with one sentence."""

    path: Path | bytes  # bytes are the content itself
    name: str
    head: int = HEAD  # rows that may hold the headings
    most_bytes: int = MAX_BYTES
    most_rows: int = MAX_ROWS
    is_strict: bool = False  # NUL characters and half characters refuse the file
    encoding: str = ""
    errors: str = "strict"
    is_odd: bool = False  # holds NUL characters or lone surrogates somewhere
    delimiter: str = ","
    headings: tuple[str, ...] = ()
    heading_row: int = 1
    notes: list[str] = field(default_factory=list)

    def open(self) -> Source:
        """Look at the bytes and find encoding, delimiter and headings."""
        self._refuse_what_is_no_text()
        self._find_encoding()
        if self.is_strict and self.is_odd:
            self._refuse_what_is_damaged()
        self._find_headings()
        return self

    def starts_with(self, mark: bytes) -> bool:
        """Whether these are the first bytes."""
        with self._bytes() as stream:
            return stream.read(len(mark)) == mark

    def _bytes(self) -> BinaryIO:
        return io.BytesIO(self.path) if isinstance(self.path, bytes) else self.path.open("rb")

    def _refuse_what_is_no_text(self) -> None:
        size = len(self.path) if isinstance(self.path, bytes) else self.path.stat().st_size
        if size > self.most_bytes:
            raise FileRefused(f"{self.name} is larger than {self.most_bytes // 2**20} MB; split it.")
        with self._bytes() as stream:
            start = stream.read(4096)
        if not start.strip(b"\x00\t\r\n \xef\xbb\xbf\xff\xfe"):
            if size <= len(start):
                raise FileRefused(f"{self.name} is empty.")
            raise FileRefused(f"{self.name} starts with thousands of empty characters; it is not a table.")
        if start.startswith(b"\xd0\xcf\x11\xe0"):
            raise FileRefused(
                f"{self.name} is an old or an encrypted Excel file; save it as .xlsx without a password, or as CSV."
            )
        text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        if start.startswith(NO_TABLE) or text.startswith((b"<!doctype", b"<html", b"<?xml", b"<svg", b"<table")):
            raise FileRefused(f"{self.name} is not a table; a CSV or XLSX file is needed.")

    def _find_encoding(self) -> None:
        with self._bytes() as stream:
            start = stream.read(4)
        if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            self.encoding = "utf-16"
        elif start[1:2] == b"\x00" and start[3:4] == b"\x00":
            self.encoding = "utf-16-le"
        if self.encoding:
            if not self._decodes(self.encoding, "strict"):
                if not self._decodes(self.encoding, "surrogatepass"):
                    raise FileRefused(f"{self.name} starts like UTF-16 text but is damaged.")
                self.errors = "surrogatepass"
            self.is_odd = True  # cheap files are not in UTF-16: look at every cell
            return
        for encoding, errors in (("utf-8-sig", "strict"), ("utf-8-sig", "surrogatepass"), ("cp1252", "strict")):
            if self._decodes(encoding, errors):
                self.encoding, self.errors = encoding, errors
                break
        else:
            self.encoding = "latin-1"  # takes every byte
            self._decodes(self.encoding, "strict")
        self.is_odd = self.is_odd or self.errors == "surrogatepass"
        if self.encoding in ("cp1252", "latin-1"):
            self.notes.append("The file is not in UTF-8. It was read as Windows-1252: look at accents and umlauts.")

    def _decodes(self, encoding: str, errors: str) -> bool:
        decoder = codecs.getincrementaldecoder(encoding)(errors)
        with self._bytes() as stream:
            try:
                while block := stream.read(BLOCK):
                    decoder.decode(block)
                    self.is_odd = self.is_odd or b"\x00" in block
                decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                return False
        return True

    def _text(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._bytes(), encoding=self.encoding, errors=self.errors, newline="")

    def _refuse_what_is_damaged(self) -> None:
        if self.encoding.startswith("utf-16") and self.errors != "strict":
            raise FileRefused(f"{self.name} starts like UTF-16 text but is damaged.")
        with self._text() as stream:
            for row, line in enumerate(stream, start=1):
                if "\x00" in line:
                    raise FileRefused(f"{self.name}, row {row}: a NUL byte; the file is damaged or not a text file.")

    def _find_headings(self) -> None:
        with self._text() as stream:
            head = [line for line in (stream.readline(MAX_CELL) for _ in range(self.head)) if line.strip()]
        self.delimiter = _delimiter(head)
        best: tuple[int, list[str]] | None = None
        for number, cells in self._records():
            filled = sum(1 for cell in cells if cell.strip())
            if filled and (best is None or (filled > 1 and sum(map(bool, best[1])) == 1)):
                best = (number, cells)
            if best and (number >= self.head or filled > 1):
                break
        if best is None:
            raise FileRefused(f"{self.name} is empty.")
        self.heading_row, cells = best
        self.headings = headings_of(cells, self.name)
        if self.heading_row > 1:
            self.notes.append(f"The headings were taken from row {self.heading_row}; the rows above were left out.")

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        csv.field_size_limit(MAX_CELL)
        number = 0
        with self._text() as stream:
            try:
                for cells in csv.reader(stream, delimiter=self.delimiter, strict=True):
                    number += 1
                    yield number, cells
            except csv.Error as error:
                raise FileRefused(f"{self.name}, row {number + 1}: {_reason(error)}.") from error
            except UnicodeError as error:
                raise FileRefused(f"{self.name}, row {number + 1}: the text is damaged.") from error

    def _blocks(self, size: int) -> Iterator[tuple[int, list[list[str]]]]:
        """All records in blocks, each with the number of its first one."""
        csv.field_size_limit(MAX_CELL)
        first = 1
        with self._text() as stream:
            reader = csv.reader(stream, delimiter=self.delimiter, strict=True)
            while True:
                try:
                    block = list(islice(reader, size))
                except (csv.Error, UnicodeError):
                    for _record in self._records():  # one by one: says in which row it is
                        pass
                    raise
                if not block:
                    return
                yield first, block
                first += len(block)

    def chunks(self, size: int = CHUNK) -> Iterator[Chunk]:
        """The rows below the headings, without empty ones. At least one chunk comes, even an empty one."""
        width, total = len(self.headings), 0
        for first, block in self._blocks(size):
            numbers = list(range(first, first + len(block)))
            ragged: list[tuple[int, int]] = []
            is_plain = all(map(width.__eq__, map(len, block))) and all(map(any, block))
            if first <= self.heading_row or not is_plain:
                lines = (
                    (n, cells) for n, cells in enumerate(block, start=first) if n > self.heading_row and any(cells)
                )
                block, numbers, ragged = fitting(lines, width)
            total += len(block) + len(ragged)
            if total > self.most_rows:
                raise FileRefused(f"{self.name} has more than {self.most_rows:,} rows; split it.")
            columns = columns_of(block, width)
            yield Chunk(numbers, columns, ragged, _broken(columns) if self.is_odd else [])


def fitting(
    lines: Iterable[tuple[int, list[str]]], width: int
) -> tuple[list[list[str]], list[int], list[tuple[int, int]]]:
    """Of numbered rows those that fit the headings, their numbers, and the number and cells of those that do not."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    ragged: list[tuple[int, int]] = []
    for number, cells in lines:
        if len(cells) > width and not any(cells[width:]):
            del cells[width:]
        if len(cells) != width:
            ragged.append((number, len(cells)))
            continue
        rows.append(cells)
        numbers.append(number)
    return rows, numbers, ragged


def columns_of(rows: list[list[str]], width: int) -> list[tuple[str, ...]]:
    """Rows of so many cells as columns, also where there is no row."""
    return list(zip(*rows, strict=True)) if rows else [() for _ in range(width)]


def _broken(columns: list[tuple[str, ...]]) -> list[tuple[int, int, str]]:
    """Cells with characters that no database keeps."""
    found = []
    for at, column in enumerate(columns):
        for row, text in enumerate(column):
            if "\x00" in text:
                found.append((row, at, NUL))
            elif not text.isascii() and any("\ud800" <= mark <= "\udfff" for mark in text):
                found.append((row, at, HALF))
    return found


def _delimiter(lines: list[str]) -> str:
    """The mark that stands in most lines outside of quotes."""

    def usual(mark: str) -> float:
        return median([sum(part.count(mark) for part in line.split('"')[::2]) for line in lines] or [0])

    return max(DELIMITERS, key=lambda mark: (usual(mark), -DELIMITERS.index(mark)))


def _reason(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"a cell has more than {MAX_CELL:,} characters, or a quote is never closed"
    if "unexpected end" in str(error):
        return "a quote is opened and never closed"
    return str(error)


def headings_of(cells: list[str], name: str) -> tuple[str, ...]:
    """The names of the columns; no two are alike, and each has one."""
    headings = [" ".join(_BROKEN.sub("", cell).split())[:200] for cell in cells]
    while headings and not headings[-1]:
        headings.pop()
    if len(headings) > MAX_COLUMNS:
        raise FileRefused(f"{name} has {len(headings):,} columns; at most {MAX_COLUMNS:,} can be read.")
    seen: dict[str, int] = {}
    for at, heading in enumerate(headings, start=1):
        if heading and heading.casefold() in seen:
            raise FileRefused(
                f"{name}: the heading {shown(heading)!r} stands there twice (columns {seen[heading.casefold()]} and "
                f"{at}); rename one of them."
            )
        seen[heading.casefold()] = at
    return tuple(heading or f"Column {at}" for at, heading in enumerate(headings, start=1))
