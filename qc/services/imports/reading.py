"""From an uploaded file to chunks of cells: opened in the worker, its open questions found by looking at all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from qc.ingest import cells as reading
from qc.ingest import guess, workbook
from qc.ingest.kinds import KINDS, Kind
from qc.ingest.problems import FileRefused
from qc.ingest.stream import Source
from qc.models import Import
from qc.services.imports.cells import Cells
from qc.services.imports.problems import Problems

MOST_TEXTS = 20_000  # different dates or numbers that the questions look at
ZIP = b"PK\x03\x04"


@dataclass
class Evidence:
    """What the whole file says about its dates and numbers."""

    rows: int = 0
    has_times: bool = False
    days: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)


@dataclass
class Reader:
    """An uploaded file with its mapping."""

    row: Import
    kind: Kind
    source: Source
    notes: list[str]

    @classmethod
    def of(cls, row: Import) -> Reader:
        """Open the file of an import; a workbook is turned into a table first. FileRefused with one sentence."""
        path, notes = Path(row.file.path), []
        with path.open("rb") as stream:
            is_workbook = stream.read(4) == ZIP
        if is_workbook:
            table = path.parent / "table.csv"
            if not table.exists():
                part = path.parent / "table.part"
                notes = workbook.convert(path, part, row.name)
                part.replace(table)
            path = table
        source = Source(path, row.name).open()
        return cls(row, KINDS[row.kind], source, notes + source.notes)

    def look(self, known: dict[str, set[str]], remember: Callable[[Import], dict[str, str] | None]) -> None:
        """Fill columns, signature and, where there is none yet, the mapping of the import."""
        row, headings = self.row, self.source.headings
        chunk = next(iter(self.source.chunks(guess.LOOK)))
        row.columns = [
            {"heading": heading, "samples": guess.samples(column)}
            for heading, column in zip(headings, chunk.columns, strict=True)
        ]
        row.signature = guess.signature(headings)
        if row.is_mapped and set(row.mapping.values()) <= set(headings):
            return
        remembered = remember(row)
        if remembered and set(remembered.values()) <= set(headings):
            row.mapping = remembered
            self.notes.append("The columns are mapped as they were for the last file with these headings.")
        else:
            row.mapping = guess.mapping(self.kind, headings, chunk.columns, known)

    def missing(self) -> list[str]:
        """Columns that have to be named before rows can be read."""
        mapped = self.row.mapping
        missing = [column.label for column in self.kind.columns if column.is_needed and column.name not in mapped]
        for group in self.kind.one_of:
            if not set(group) & mapped.keys():
                missing.append(" or ".join(self.kind.column(name).label for name in group))
        return missing

    def evidence(self) -> Evidence:
        """Read the file once for what only all of it can tell, and for the number of its rows."""
        found, headings = Evidence(), self.source.headings
        mapped = [(self.kind.column(name).how, headings.index(at)) for name, at in self.row.mapping.items()]
        times = [at for how, at in mapped if how in ("moment", "date")]
        amounts = [at for how, at in mapped if how in ("quantity", "number", "units")]
        clocks = [at for how, at in mapped if how == "moment"]
        for chunk in self.source.chunks():
            found.rows += len(chunk) + len(chunk.ragged)
            for at in times:
                if len(found.days) < MOST_TEXTS:
                    found.days |= {text.strip()[:10] for text in chunk.columns[at]}
            for at in amounts:
                if len(found.numbers) < MOST_TEXTS:
                    found.numbers |= {text for text in set(chunk.columns[at]) if "," in text or "." in text}
            for at in clocks:
                found.has_times = found.has_times or any(":" in text for text in chunk.columns[at])
        return found

    def questions(self, found: Evidence) -> list[str]:
        """What the file leaves open; what it tells goes into the answers."""
        answers: dict[str, Any] = self.row.answers
        asked = []
        order, mark = reading.order_of(found.days), self._mark(found.numbers)
        answers["day_first_open"], answers["decimal_mark_open"] = order == "ask", mark is None
        if order == "ask":
            if answers.get("day_first") is None:
                asked.append("day_first")
        else:
            answers["day_first"] = order
        if mark is None:
            if answers.get("decimal_mark") is None:
                asked.append("decimal_mark")
        else:
            answers["decimal_mark"] = mark
        answers["has_times"] = found.has_times
        return asked

    def _mark(self, numbers: set[str]) -> str | None:
        mark = reading.decimal_mark(numbers)
        if mark is None and self.source.delimiter == "," and not any("," in text for text in numbers):
            return "."  # 1.000 in a file that is parted by commas was written by a program, with a decimal point
        return mark

    def chunks(self, problems: Problems) -> Iterator[tuple[Cells, list[tuple[int, int]]]]:
        """The file in chunks under the names of its kind; and rows that do not fit the headings, with the problem."""
        fixes: dict[str, dict[str, str]] = {}
        row_fixes: dict[str, dict[tuple[int, str], str]] = {}
        for fix in self.row.fixes:
            if fix["rows"] is None:
                fixes.setdefault(fix["column"], {})[fix["value"]] = fix["to"]
            else:
                single = row_fixes.setdefault(fix["column"], {})
                single.update({(number, fix["value"]): fix["to"] for number in fix["rows"]})
        width = len(self.source.headings)
        for chunk in self.source.chunks():
            hint = f"The headings have {width} columns. Look for a missing quote or separator."
            ragged = [
                (number, problems.add([number], "", "", f"{count} cells", "do not fit the headings", hint))
                for number, count in chunk.ragged
            ]
            cells = Cells(chunk, self.source.headings, self.row.mapping, problems, fixes, row_fixes)
            yield cells, ragged

    def __post_init__(self) -> None:
        if len(set(self.row.mapping.values())) != len(self.row.mapping):
            raise FileRefused("One column cannot be two things: choose another one in the mapping.")
