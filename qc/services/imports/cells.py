"""A chunk of a file under the names of its kind, with the values that a person replaced and the rows that are bad."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from qc.ingest import cells as reading
from qc.ingest.cells import Unusable
from qc.ingest.stream import Chunk
from qc.services.imports.problems import Problems

Fixes = Mapping[str, Mapping[str, str]]  # column -> value -> what it was replaced by
RowFixes = Mapping[str, Mapping[tuple[int, str], str]]  # the same for single rows
NEEDED = "is needed and missing"


class Cells:
    """One chunk. Every column is parsed once per different value; a bad value marks all rows that have it."""

    def __init__(
        self,
        chunk: Chunk,
        headings: Sequence[str],
        mapping: Mapping[str, str],
        problems: Problems,
        fixes: Fixes,
        row_fixes: RowFixes,
    ) -> None:
        self.numbers, self.mapping, self.problems = chunk.numbers, mapping, problems
        self._headings = headings
        self._at = {heading: at for at, heading in enumerate(headings)}
        self._columns, self._fixes, self._row_fixes = chunk.columns, fixes, row_fixes
        self.marks: dict[int, list[int]] = {}  # position in the chunk -> problems
        for row, at, reason in chunk.broken:
            if headings[at] in mapping.values():
                name = next(name for name, heading in mapping.items() if heading == headings[at])
                self.mark([row], name, "", reason, "Delete the character.", is_fixable=False)

    def __len__(self) -> int:
        return len(self.numbers)

    def has(self, name: str) -> bool:
        """Whether a column of the file has this name."""
        return name in self.mapping

    def texts(self, name: str) -> Sequence[str]:
        """The cells of a column; empty texts when the file has none."""
        if name not in self.mapping:
            return [""] * len(self)
        heading = self.mapping[name]
        column: Sequence[str] = self._columns[self._at[heading]]
        if heading in self._fixes:
            replaced = self._fixes[heading]
            column = [replaced.get(text, text) for text in column]
        if heading in self._row_fixes:
            single = self._row_fixes[heading]
            column = [single.get((number, text), text) for number, text in zip(self.numbers, column, strict=True)]
        return column

    def raw(self, column: int, at: int) -> str:
        """A cell as it stands in the file, or as a person replaced it."""
        heading = self._headings[column]
        text = self._columns[column][at]
        text = self._fixes.get(heading, {}).get(text, text)
        return self._row_fixes.get(heading, {}).get((self.numbers[at], text), text).replace("\x00", "")

    def mark(self, positions: Iterable[int], name: str, value: str, reason: str, hint: str = "", **more: Any) -> None:
        """Say that rows of this chunk cannot be used because of a value of the column `name`."""
        at = list(positions)
        numbers = [self.numbers[each] for each in at]
        group = self.problems.add(numbers, name, self.mapping.get(name, name), value, reason, hint, **more)
        for each in at:
            self.marks.setdefault(each, []).append(group)

    def each(self, name: str, parse: Callable[[str], Any], *, empty: Any = None, needed: bool = False) -> list[Any]:
        """The values of a column; `empty` for empty cells and for those that cannot be used, which are marked."""
        if name not in self.mapping:
            return [empty] * len(self)
        texts = self.texts(name)
        meanings: dict[str, Any] = dict.fromkeys(texts)
        wrong: dict[str, Unusable] = {}
        for text in meanings:
            try:
                if text.strip().casefold() in reading.EMPTY:
                    if needed:
                        raise Unusable(NEEDED, "Fill it in.")
                    meanings[text] = empty
                else:
                    meanings[text] = parse(text)
            except Unusable as error:
                wrong[text], meanings[text] = error, empty
        if wrong:
            self._mark_all(name, texts, wrong)
        return [meanings[text] for text in texts]

    def _mark_all(self, name: str, texts: Sequence[str], wrong: Mapping[str, Unusable]) -> None:
        rows: dict[str, list[int]] = {}
        for at, text in enumerate(texts):
            if text in wrong:
                rows.setdefault(text, []).append(at)
        for text, positions in rows.items():
            error = wrong[text]
            self.mark(positions, name, text, error.reason, error.hint, creates=getattr(error, "creates", ""))
