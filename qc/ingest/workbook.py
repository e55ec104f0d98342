"""`python -m qc.ingest.workbook SOURCE TARGET`: a workbook's first sheet becomes a CSV file, in a process of its own.

The process has a limit on memory and time, so a workbook that was made to hurt ends only itself. What the archive
says of its size is checked before it is opened. Cells that show an error or a formula that was never computed come
out as such, so that nobody takes them for empty.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from qc.ingest.problems import FileRefused, shown

MEMORY = 260 * 2**20  # bytes beyond what the process has when it starts to read
SECONDS = 60
MAX_ROWS = 200_000
MAX_CELLS = 1_500_000
MAX_MEMBERS = 2_000
MAX_UNPACKED = 400 * 2**20
RATIO = 200  # sheets of real text shrink 5 to 20 times, a bomb a thousand times
BLOCK = 2**20
TAIL = 512  # a cell's tag is shorter than this
UNCOMPUTED = "=?"
_FAR = re.compile(rb'<(?:\w+:)?c r="[A-Z]{3}\d')
_ROW = re.compile(rb"<(?:\w+:)?row\b")
_CELL = re.compile(rb"<(?:\w+:)?c\b")
_ERROR = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^>]*\bt="e"[^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<'
)
_EMPTY = re.compile(
    rb'<(?:\w+:)?c r="([A-Z]{1,3})(\d{1,7})"[^>]*><(?:\w+:)?f\b[^>]*(?:/>|>[^<]*</(?:\w+:)?f>)</(?:\w+:)?c>'
)
Marks = dict[tuple[int, int], str]


def convert(source: Path, target: Path, name: str) -> list[str]:
    """Write the first sheet as CSV in UTF-8; returns what is worth knowing. FileRefused with one sentence."""
    root = Path(__file__).resolve().parent.parent.parent
    command = [sys.executable, "-m", "qc.ingest.workbook", str(source), str(target), name]
    try:
        done = subprocess.run(command, cwd=root, capture_output=True, timeout=SECONDS + 5, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise FileRefused(f"{name} takes too long to read; save it as CSV and send that.") from error
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise FileRefused(
            f"{name} needs more memory than a file of its kind may have: it has too many cells, or one far outside of "
            "the table. Save the sheet as CSV and send that."
        ) from None
    if "refused" in answer:
        raise FileRefused(str(answer["refused"]))
    return [str(note) for note in answer["notes"]]


def main(source: str, target: str, name: str) -> None:
    """The child: limits first, then the file."""
    from python_calamine import CalamineWorkbook  # noqa: PLC0415  (before the limit, which counts from here)

    _limit()
    try:
        marks, notes = _look(Path(source), name)
        notes += _write(CalamineWorkbook, Path(source), Path(target), name, marks)
        answer: dict[str, Any] = {"notes": notes}
    except FileRefused as refusal:
        answer = {"refused": refusal.message}
    sys.stdout.write(json.dumps(answer))


def _limit() -> None:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) if sys.platform == "linux" else 0
    if pages:
        most = pages * resource.getpagesize() + MEMORY
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    seconds = SECONDS if hard == resource.RLIM_INFINITY else min(hard, SECONDS)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _look(source: Path, name: str) -> tuple[Marks, list[str]]:
    """Refuse what is no ordinary workbook; find cells with errors and formulas without a value, by sheet order."""
    try:
        with zipfile.ZipFile(source) as archive:
            _check_members(archive.infolist(), name)
            sheets = [each for each in archive.infolist() if each.filename.startswith("xl/worksheets/")]
            _check_sizes(archive, sheets, name)
            first = _first_sheet(archive)
            marks = _marks(archive, first) if first else {}
    except (zipfile.BadZipFile, zipfile.LargeZipFile, OSError, EOFError, ValueError, RuntimeError) as error:
        raise FileRefused(f"{name} starts like an XLSX workbook but is damaged; save it again.") from error
    except Exception as error:
        if isinstance(error, FileRefused):
            raise
        raise FileRefused(f"{name} starts like an XLSX workbook but is damaged; save it again.") from error
    return marks, []


def _check_members(members: list[zipfile.ZipInfo], name: str) -> None:
    if any(member.flag_bits & 1 for member in members):
        raise FileRefused(f"{name} is protected by a password; save it without one.")
    if not any(member.filename == "xl/workbook.xml" for member in members):
        raise FileRefused(f"{name} is an archive but not an XLSX workbook.")
    size = sum(member.file_size for member in members)
    bomb = any(each.file_size > 2**20 and each.file_size > RATIO * max(each.compress_size, 1) for each in members)
    if len(members) > MAX_MEMBERS or size > MAX_UNPACKED or bomb:
        raise FileRefused(
            f"{name} unpacks to {max(1, size // 10**6):,} MB in {len(members):,} parts; it is not a normal workbook."
        )


def _blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """The member in blocks that overlap by a tag's length; what its header says of its size may be a lie."""
    size, tail = 0, b""
    with archive.open(member) as stream:
        while block := stream.read(BLOCK):
            size += len(block)
            if size > member.file_size:
                raise ValueError("longer than announced")
            yield tail + block
            tail = block[-TAIL:]


def _check_sizes(archive: zipfile.ZipFile, sheets: list[zipfile.ZipInfo], name: str) -> None:
    for sheet in sheets:
        rows = cells = 0
        for at, block in enumerate(_blocks(archive, sheet)):
            if at == 0 and b"<!DOCTYPE" in block[:4096]:
                raise FileRefused(f"{name} holds definitions that no spreadsheet writes; it is not a normal workbook.")
            fresh = block if at == 0 else block[TAIL:]
            rows += len(_ROW.findall(fresh))
            cells += len(_CELL.findall(fresh))
            if _FAR.search(block):
                raise FileRefused(f"{name} has a cell beyond column ZZ; delete what lies outside of the table.")
            if rows > MAX_ROWS + 1 or cells > MAX_CELLS:
                raise FileRefused(
                    f"{name} has more than {MAX_ROWS:,} rows or {MAX_CELLS:,} cells; save it as CSV, or split it."
                )


def _first_sheet(archive: zipfile.ZipFile) -> zipfile.ZipInfo | None:
    """The part in which the first sheet of the book lies."""
    book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
    if "<!DOCTYPE" in book or "<!ENTITY" in book:
        raise ValueError("entities")
    found = re.search(r'<(?:\w+:)?sheet\b[^>]*?\br:id="([^"]+)"', book)
    if found is None or "xl/_rels/workbook.xml.rels" not in archive.namelist():
        return None
    links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    for link in re.findall(r"<Relationship\b[^>]*>", links):
        if f'Id="{found[1]}"' in link and (target := re.search(r'Target="([^"]+)"', link)):
            path = target[1].lstrip("/")
            path = path if path.startswith("xl/") else f"xl/{path}"
            return archive.getinfo(path) if path in archive.namelist() else None
    return None


def _marks(archive: zipfile.ZipFile, sheet: zipfile.ZipInfo) -> Marks:
    marks: Marks = {}
    for block in _blocks(archive, sheet):
        if b't="e"' in block:
            for column, row, text in _ERROR.findall(block):
                marks[int(row), _number(column)] = text.decode("ascii", "replace") or "#ERROR!"
        if b"</f></" in block or b"/></c>" in block:
            for column, row in _EMPTY.findall(block):
                marks[int(row), _number(column)] = UNCOMPUTED
    return marks


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _write(reader: Any, source: Path, target: Path, name: str, marks: Marks) -> list[str]:
    try:
        book = reader.from_path(str(source))
        if not book.sheet_names:
            raise FileRefused(f"{name} has no sheet.")
        sheet = book.get_sheet_by_index(0)
        left = sheet.start[1] if sheet.start else 0
        with target.open("w", encoding="utf-8", newline="", errors="surrogatepass") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            for number, cells in enumerate(sheet.iter_rows(), start=1):  # empty rows on top come too, columns do not
                texts = [""] * left + [_text(cell) for cell in cells]
                if marks:
                    texts = [marks.get((number, at), text) for at, text in enumerate(texts, start=1)]
                writer.writerow(texts)
    except FileRefused:
        raise
    except MemoryError:
        raise
    except Exception as error:
        raise FileRefused(f"{name} cannot be read as an XLSX workbook: {shown(error)}.") from error
    others = len(book.sheet_names) - 1
    return [f"Only the first sheet, {shown(book.sheet_names[0], 40)!r}, was read."] if others else []


def _text(cell: object) -> str:
    if isinstance(cell, dt.datetime):
        whole = cell.replace(microsecond=0) + dt.timedelta(seconds=round(cell.microsecond / 1e6))
        return whole.isoformat(sep=" ")
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return "" if cell is None else str(cell)


if __name__ == "__main__":
    main(*sys.argv[1:4])
