"""Files that an import gives out: a template of each kind, and the rows with errors, to be corrected and sent again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from qc.ingest.kinds import KINDS
from qc.models import Import, ImportProblem, User
from qc.render import tables
from qc.services.imports import previews
from qc.services.imports.problems import Problems, sentences
from qc.services.imports.reading import Reader
from qc.services.imports.staged import ERROR

WRONG = "What is wrong"
MOST_XLSX = 20_000  # rows; more come as CSV


def template(kind: str) -> bytes:
    """A CSV file with all columns of a kind and one row as an example."""
    columns = KINDS[kind].columns
    return tables.csv_bytes([column.label for column in columns], [[column.example for column in columns]])


def error_rows(row: Import) -> tuple[bytes, str]:
    """The rows with errors as they stand in the file, with a column that says what is wrong; and the file's ending."""
    reader = Reader.of(row)
    table = _rows(row, reader)
    headings = [*(heading for heading in reader.source.headings if heading != WRONG), WRONG]
    if row.name.lower().endswith(".xlsx") and row.errors <= MOST_XLSX:
        return tables.xlsx_bytes([tables.Sheet(_("Errors"), headings, table)]), "xlsx"
    return tables.csv_bytes(headings, table), "csv"


def _rows(row: Import, reader: Reader) -> Iterator[list[tables.Cell]]:
    told = sentences(ImportProblem.objects.filter(file=row))
    wrong: dict[int, list[int]] = {line.row: line.data() for line in previews.staged(row).of(ERROR)}
    headings = reader.source.headings
    kept = [at for at, heading in enumerate(headings) if heading != WRONG]
    ragged = {number for chunk in reader.source.chunks() for number, _count in chunk.ragged} & wrong.keys()
    for cells, _ragged in reader.chunks(Problems()):
        for at, number in enumerate(cells.numbers):
            if number in wrong:
                texts = [cells.raw(column, at) for column in kept]
                yield [*texts, "; ".join(told.get(each, "") for each in wrong[number])]
    for number in sorted(ragged):
        said = _("row %(row)s: ") % {"row": number} + "; ".join(told.get(each, "") for each in wrong[number])
        yield [*[""] * len(kept), said]


def past(by: User) -> Any:
    """The imports that a person may see, newest first."""
    return Import.objects.visible_to(by).select_related("by", "plant", "applied_by", "undone_by")
