"""What can be wrong with a file: one sentence for the whole file, or one line for each cell."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from qc.errors import Refused


class FileRefused(Refused):
    """The file as a whole cannot be used; the message is one clear sentence."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One cell that could not be used. `row` counts as a spreadsheet does: the headings are row 1."""

    row: int
    column: str
    value: str
    reason: str

    def sentence(self) -> str:
        """Say it to a person."""
        return f"row {self.row}, column {self.column}: {self.value!r} {self.reason}"

    def as_dict(self) -> dict[str, int | str]:
        """Row, column, value, reason."""
        return asdict(self)


def shown(value: object, limit: int = 80) -> str:
    """Text of a cell that is safe and short enough to quote in a message."""
    text = "".join(c if c.isprintable() else "?" for c in str(value))
    return text if len(text) <= limit else text[: limit - 1] + "…"
