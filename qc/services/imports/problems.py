"""What cannot be used: the same value for the same reason is one problem with many rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from qc.ingest.problems import shown
from qc.models import Import, ImportProblem

MOST_GROUPS = 2_000  # different problems that are told apart; the rest is counted under "many values"
MOST_ROWS = 100  # row numbers that are kept of one problem


@dataclass(slots=True)
class Group:
    """One problem."""

    name: str
    column: str
    value: str
    reason: str
    hint: str
    creates: str
    by_row: bool
    is_fixable: bool
    count: int = 0
    rows: list[int] = field(default_factory=list)


class Problems:
    """Collects problems; answers the position of each, which the staged rows keep."""

    def __init__(self) -> None:
        self.groups: list[Group] = []
        self._known: dict[tuple[str, str, str], int] = {}

    def add(
        self,
        rows: Sequence[int],
        name: str,
        column: str,
        value: str,
        reason: str,
        hint: str = "",
        *,
        creates: str = "",
        by_row: bool = False,
        is_fixable: bool = True,
    ) -> int:
        """Note that these rows (numbers) have a problem with a value; returns the position of its group."""
        key = (column, value, reason)
        at = self._known.get(key)
        if at is None and len(self.groups) >= MOST_GROUPS:
            key, is_fixable, by_row = (column, "", reason), False, False
            value, at = "many different values", self._known.get(key)
        if at is None:
            at = self._known[key] = len(self.groups)
            fits = is_fixable and len(value) <= 200 and value.isprintable() and bool(name)
            self.groups.append(Group(name, column, value, reason, hint, creates, by_row, fits))
        group = self.groups[at]
        group.count += len(rows)
        group.rows.extend(rows[: MOST_ROWS - len(group.rows)])
        return at

    def store(self, row: Import) -> None:
        """Replace the stored problems of an import by these."""
        ImportProblem.objects.filter(file=row).delete()
        ImportProblem.objects.bulk_create(
            (
                ImportProblem(
                    file=row, position=at, field=each.name, column=shown(each.column, 200),
                    value=each.value if each.is_fixable else shown(each.value, 200), reason=each.reason[:300],
                    hint=each.hint[:300], count=each.count, rows=each.rows, creates=each.creates,
                    is_fixable=each.is_fixable, by_row=each.by_row,
                )
                for at, each in enumerate(self.groups)
            ),
            batch_size=500,
        )  # fmt: skip


def sentences(problems: Iterable[ImportProblem]) -> Mapping[int, str]:
    """What is wrong, by position, for the file of error rows."""
    told = {}
    for each in problems:
        where = f"{each.column}: " if each.column else ""
        value = f"{each.value} " if each.value else ""
        told[each.position] = f"{where}{value}{each.reason}. {each.hint}".strip()
    return told
