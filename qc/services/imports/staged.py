"""The preview on disk: one line per row of the file, ready to be saved, with an index for its pages.

A line is: state, row number, key and version of the record that is there, and what the kind writes after that. Texts
are escaped as PostgreSQL's COPY wants them, so that lines of new rows go into the table as they are.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NEW, CHANGED, SAME, ERROR = "n", "c", "s", "e"
STATES = {NEW: "new", CHANGED: "changed", SAME: "same", ERROR: "errors"}
PAGE = 50
NULL = "\\N"
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def escaped(text: str) -> str:
    """Text as COPY wants it."""
    return text.translate(_ESCAPES) if not text.isalnum() else text


def plain(cell: str) -> str | None:
    """What was escaped; None for NULL."""
    if "\\" not in cell:
        return cell
    if cell == NULL:
        return None
    out, marks = [], iter(cell)
    for mark in marks:
        if mark == "\\":
            mark = next(marks, "")
            mark = {"t": "\t", "n": "\n", "r": "\r"}.get(mark, mark)
        out.append(mark)
    return "".join(out)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the file; `rest` is for the kind."""

    state: str
    row: int
    pk: int | None
    version: int
    rest: str

    def cells(self) -> list[str | None]:
        """The cells that the kind wrote."""
        return [plain(cell) for cell in self.rest.split("\t")]

    def data(self) -> Any:
        """What the kind wrote as JSON."""
        return json.loads(plain(self.rest) or "null")


def line(state: str, row: int, pk: int | None = None, version: int = 0, data: Any = None) -> str:
    """A line with JSON at its end."""
    rest = "" if data is None else escaped(json.dumps(data, ensure_ascii=False))
    return f"{state}\t{row}\t{pk or ''}\t{version}\t{rest}"


@dataclass
class Writer:
    """Writes the lines and counts them. The file appears under its name when all is written."""

    folder: Path
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(STATES, 0))
    pages: dict[str, list[int]] = field(default_factory=lambda: {state: [] for state in STATES})
    position: int = 0

    def __enter__(self) -> Writer:
        self._digest = hashlib.sha256()
        self._stream = (self.folder / "rows.part").open("wb")
        return self

    def __exit__(self, *error: object) -> None:
        self._stream.close()
        if error[0] is not None:
            (self.folder / "rows.part").unlink(missing_ok=True)

    def write(self, lines: Iterable[str]) -> None:
        """Add lines in the order of the file."""
        block = bytearray()
        for text in lines:
            state = text[0]
            if self.counts[state] % PAGE == 0:
                self.pages[state].append(self.position)
            self.counts[state] += 1
            data = text.encode("utf-8", "replace")
            block += data
            block += b"\n"
            self.position += len(data) + 1
        self._digest.update(block)
        self._stream.write(block)

    def finish(self, fresh: Sequence[dict[str, Any]], **more: Any) -> str:
        """Put the files in place; returns the digest of the lines."""
        self._stream.flush()
        os.fsync(self._stream.fileno())
        digest = self._digest.hexdigest()
        meta = {"pages": self.pages, "fresh": list(fresh), "digest": digest, "counts": self.counts, **more}
        (self.folder / "rows.json.part").write_text(json.dumps(meta), encoding="utf-8")
        (self.folder / "rows.part").replace(self.folder / "rows.tsv")
        (self.folder / "rows.json.part").replace(self.folder / "rows.json")
        return digest


class Staged:
    """A preview that was written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "rows.tsv"
        self.meta: dict[str, Any] = json.loads((folder / "rows.json").read_text(encoding="utf-8"))

    def __iter__(self) -> Iterator[Line]:
        return self._lines(0)

    def _lines(self, start: int) -> Iterator[Line]:
        with self.path.open("rb") as stream:
            stream.seek(start)
            for data in stream:
                state, row, pk, version, rest = data.decode().rstrip("\n").split("\t", 4)
                yield Line(state, int(row), int(pk) if pk else None, int(version), rest)

    def raw(self, state: str) -> Iterator[str]:
        """What the kind wrote in the lines of a state, without a look at it: the quick way for many rows."""
        mark = state.encode()
        with self.path.open("rb") as stream:
            for data in stream:
                if data.startswith(mark):
                    yield data.decode().rstrip("\n").split("\t", 4)[4]

    def of(self, state: str) -> Iterator[Line]:
        """The lines of a state."""
        return (each for each in self if each.state == state)

    def page(self, state: str, number: int) -> list[Line]:
        """One page of the lines of a state, counted from 1."""
        starts = self.meta["pages"][state]
        if not 1 <= number <= len(starts):
            return []
        found: list[Line] = []
        for each in self._lines(starts[number - 1]):
            if each.state == state:
                found.append(each)
                if len(found) == PAGE:
                    break
        return found

    def nth(self, state: str, position: int) -> Line:
        """One line of a state, counted from 0."""
        return self.page(state, position // PAGE + 1)[position % PAGE]
