"""The first step: read the file in the background and write down what it would change. Nothing is saved yet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from django.db import transaction

from qc.ingest.problems import FileRefused
from qc.models import Import, ImportProblem
from qc.services.imports.cells import Cells
from qc.services.imports.count_rows import CountRows
from qc.services.imports.defect_rows import DefectRows
from qc.services.imports.lookups import Codes
from qc.services.imports.lot_rows import LotRows
from qc.services.imports.master_rows import LineRows, ProductRows, SupplierRows, TypeRows
from qc.services.imports.problems import Problems
from qc.services.imports.reading import Reader
from qc.services.imports.staged import ERROR, Staged, Writer

MOST_NAMED = 200  # codes to be created that are listed


class Rows(Protocol):
    """What a kind of file does with its chunks."""

    touched: set[tuple[int, int]]

    def lines(self, cells: Cells) -> Iterator[str]:
        """The staged lines of a chunk."""


MAKERS: dict[str, Any] = {
    Import.Kind.DEFECTS: DefectRows,
    Import.Kind.COUNTS: CountRows,
    Import.Kind.LOTS: LotRows,
    Import.Kind.LINES: LineRows,
    Import.Kind.PRODUCTS: ProductRows,
    Import.Kind.SUPPLIERS: SupplierRows,
    Import.Kind.DEFECT_TYPES: TypeRows,
}


def folder_of(row: Import) -> Path:
    """Where the file and the preview of an import lie."""
    return Path(row.file.path).parent


def preview(row: Import) -> None:
    """Read the file of an import and store what it would change; or what has to be asked; or why it cannot be read."""
    row.notes, row.questions, row.refusal = [], [], ""
    try:
        _read(row)
    except FileRefused as refusal:
        row.status, row.refusal = Import.Status.REFUSED, refusal.message
        ImportProblem.objects.filter(file=row).delete()
    with transaction.atomic():
        row.save()


def _read(row: Import) -> None:
    reader = Reader.of(row)
    codes = Codes(row.by, row.answers.get("create", ()))
    reader.look(_known(codes), _remembered)
    missing = reader.missing()
    if missing:
        row.questions = [{"name": "columns", "missing": missing}]
    else:
        _progress(row, "Looking at the whole file", 0, 0)
        found = reader.evidence()
        row.rows = found.rows
        row.questions = [{"name": name} for name in reader.questions(found)]
    row.notes = reader.notes
    if row.questions:
        row.status = Import.Status.ASKING
        return
    stage(row, reader, codes)
    row.status = Import.Status.READY


def stage(row: Import, reader: Reader, codes: Codes) -> None:
    """Check all rows and write the preview; the counts are set on the row, which the caller saves."""
    problems = Problems()
    plant = row.answers.get("plant") or _only_plant(codes)
    rows: Rows = MAKERS[row.kind](codes, plant, row.answers)
    done = 0
    with Writer(folder_of(row)) as writer:
        for cells, ragged in reader.chunks(problems):
            writer.write(f"{ERROR}\t{number}\t\t0\t{json.dumps([at])}" for number, at in ragged)
            writer.write(rows.lines(cells))
            done += len(cells) + len(ragged)
            _progress(row, "Checking rows", done, row.rows)
        more = rows.catalogue() if isinstance(rows, DefectRows) else {}
        writer.finish(codes.fresh, touched=sorted(rows.touched), **more)
    # Who works at the only plant of the file may see the import: no row of it may be about another one.
    plants = set(rows.plants) if isinstance(rows, DefectRows) else {plant for plant, _code in rows.touched}
    row.done = row.rows = done
    row.new, row.changed = writer.counts["n"], writer.counts["c"]
    row.same, row.errors = writer.counts["s"], writer.counts["e"]
    row.plant_id = _only_plant(codes) or (plants.pop() if len(plants) == 1 and not row.errors else None)
    row.to_create = _to_create(codes)
    row.answers["doubles"] = len(more.get("doubles", ()))
    row.notes = [*row.notes, *(rows.doubles.notes if isinstance(rows, DefectRows) else ())]
    if getattr(rows, "repeats", 0):
        row.notes = [*row.notes, f"{rows.repeats:,} rows say the same as an earlier row; each is a record of its own."]  # type: ignore[attr-defined]
    with transaction.atomic():
        problems.store(row)


def _progress(row: Import, step: str, done: int, total: int) -> None:
    """What the waiting page shows."""
    Import.objects.filter(pk=row.pk).update(step=step, done=done, rows=total)
    row.step = step


def _only_plant(codes: Codes) -> int | None:
    plants = list(codes.plants.by_pk)
    return plants[0] if len(plants) == 1 else None


def _known(codes: Codes) -> dict[str, set[str]]:
    """Codes in lower case, by which columns without a telling heading are recognised."""
    tables = {
        "plant": codes.plants, "line": codes.lines, "station": codes.stations, "machine": codes.machines,
        "supplier": codes.suppliers, "part": codes.parts, "product": codes.products, "defect_type": codes.type_table,
    }  # fmt: skip
    return {
        name: {key for above, key in (*table.codes, *table.names) if above is None} for name, table in tables.items()
    }


def _remembered(row: Import) -> dict[str, str] | None:
    """The mapping of the last file with the same headings that a person has seen and applied."""
    done = (Import.Status.APPLIED, Import.Status.UNDONE)
    same = Import.objects.filter(kind=row.kind, signature=row.signature, status__in=done).exclude(signature="")
    last = same.exclude(pk=row.pk).order_by("-at").values_list("mapping", flat=True).first()
    return dict(last) if last else None


def _to_create(codes: Codes) -> dict[str, list[str]]:
    wanted: dict[str, list[str]] = {}
    for fresh in codes.fresh:
        names = wanted.setdefault(fresh["kind"], [])
        if len(names) < MOST_NAMED:
            names.append(fresh["code"])
    return wanted


def staged(row: Import) -> Staged:
    """The stored preview of an import."""
    return Staged(folder_of(row))
