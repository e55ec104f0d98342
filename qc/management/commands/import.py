"""`manage.py import KIND FILE`: the same two steps as the page, in a shell."""

from __future__ import annotations

import io
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qc.errors import Refused
from qc.ingest.kinds import KINDS
from qc.models import Import, ImportProblem, Plant, User
from qc.services import imports, people
from qc.services.imports.lookups import CREATABLE

SHOWN_PROBLEMS = 20
STEPS = {Import.Status.READING, Import.Status.APPLYING}


class Command(BaseCommand):
    """Read a file, print what it would change, and with --apply save it."""

    help = "Show what a CSV or XLSX file would change; with --apply, save it in one step that can be taken back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and what it leaves open."""
        parser.add_argument("kind", choices=sorted(KINDS), help="what the rows are")
        parser.add_argument("file", type=Path, help="CSV or XLSX with headings")
        parser.add_argument("--map", action="append", default=[], metavar="NAME=COLUMN", help="which column is which")
        parser.add_argument("--day-first", choices=("yes", "no"), help="whether 03/04 is 3 April")
        parser.add_argument("--decimal-mark", choices=(",", "."), help="what stands before decimals")
        parser.add_argument("--plant", help="code of the plant of rows that name none")
        parser.add_argument("--create", action="store_true", help="create unknown codes, lines, suppliers, parts, lots")
        parser.add_argument("--apply", action="store_true", help="save what the preview shows")
        parser.add_argument("--by", help="username in whose name it is done (the system itself)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Preview, and apply where that is wanted; every refusal is one sentence."""
        try:
            row = self._preview(options)
            self._print(row)
            if options["apply"]:
                self._saved(_worked(imports.apply(row.by, file=row, revision=row.revision)))
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal

    def _preview(self, options: dict[str, Any]) -> Import:
        by = _person(options["by"])
        try:
            upload: Any = io.BytesIO(options["file"].read_bytes())
        except OSError as error:
            raise CommandError(f"{options['file']} cannot be read: {error.strerror}.") from error
        upload.name = options["file"].name
        plant = _plant(by, options["plant"])
        row = _worked(imports.upload(by, kind=options["kind"], upload=upload, plant=plant))
        given = _mapping(options["map"])
        first = {"yes": True, "no": False}.get(options["day_first"] or "")
        answers = {"day_first": first, "decimal_mark": options["decimal_mark"]}
        create = CREATABLE if options["create"] else None
        if row.columns and (given or create or any(each is not None for each in answers.values())):
            mapping = {**{name: at for name, at in row.mapping.items() if at not in given.values()}, **given}
            row = _worked(imports.answer(by, file=row, mapping=mapping, answers=answers, create=create))
        if row.status == Import.Status.REFUSED:
            raise CommandError(row.refusal)
        return row

    def _print(self, row: Import) -> None:
        write = self.stdout.write
        write("Columns: " + ", ".join(f"{name} = {heading}" for name, heading in row.mapping.items()))
        for note in row.notes:
            write(note)
        if row.questions:
            raise CommandError(_asked(row))
        write(f"Rows: {row.new} new, {row.changed} changed, {row.same} unchanged, {row.errors} with errors.")
        for kind, names in row.to_create.items():
            write(f"To be created, {kind}: {', '.join(names)}")
        for each in ImportProblem.objects.filter(file=row)[:SHOWN_PROBLEMS]:
            rows = ", ".join(str(number) for number in each.rows[:6]) + ("…" if each.count > 6 else "")
            place = f"row {rows}, column {each.column}" if each.column else f"row {rows}"
            write(f"{place}: {each.value!r} {each.reason}. {each.hint}")
        more = ImportProblem.objects.filter(file=row).count() - SHOWN_PROBLEMS
        if more > 0:
            write(f"… and {more} more.")

    def _saved(self, row: Import) -> None:
        if row.status != Import.Status.APPLIED:
            raise CommandError(row.refusal or row.error)
        numbers = f", records {row.result['first']} to {row.result['last']}" if row.result.get("first") else ""
        self.stdout.write(f"Saved: {row.new} new, {row.changed} changed{numbers}. Import {row.pk}.")


def _worked(row: Import) -> Import:
    """Do in this process what a worker would do."""
    while row.status in STEPS:
        if not imports.run(row.pk):
            time.sleep(0.2)  # a worker was quicker and has it
        row.refresh_from_db()
        if row.error:
            raise CommandError(row.error)
    return row


def _person(username: str | None) -> User:
    if username is None:
        return people.system()
    person = User.objects.filter(username=username, is_active=True).first()
    if person is None:
        raise CommandError(f"There is no account {username}.")
    return person


def _plant(by: User, code: str | None) -> Plant | None:
    if code is None:
        return None
    plant = Plant.objects.visible_to(by).filter(code__iexact=code).first()
    if plant is None:
        raise CommandError(f"There is no plant {code}.")
    return plant


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not (name.strip() and equals and column.strip()):
            raise CommandError(f"--map takes NAME=COLUMN, not {pair!r}")
        mapping[name.strip()] = column.strip()
    return mapping


def _asked(row: Import) -> str:
    for question in row.questions:
        if question["name"] == "columns":
            headings = ", ".join(column["heading"] for column in row.columns)
            return (
                f"No column for {', '.join(question['missing'])}; name it with --map NAME=COLUMN (there: {headings})."
            )
    asked = {"day_first": "--day-first", "decimal_mark": "--decimal-mark"}
    return f"The file leaves something open: say {' and '.join(asked[each['name']] for each in row.questions)}."
