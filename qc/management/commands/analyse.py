"""`manage.py analyse DEFECTS`: verdicts for files, without a database."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qc.analysis import explain
from qc.analysis.data import Dataset
from qc.analysis.files import from_files
from qc.analysis.settings import Settings
from qc.analysis.verdicts import Finding, Verdicts, judge
from qc.errors import Refused

ORDER = {"systemic": 0, "one_off": 1, "insufficient": 2, "background": 3}
SHOWN_PROBLEMS = 10


class Command(BaseCommand):
    """Read files, judge, print a table, write JSON."""

    help = "Say of every defect type whether it is systemic or a one-off, from where and since when."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The contract's arguments."""
        parser.add_argument("defects", type=Path, help="CSV or XLSX with a time and a defect type in each row")
        parser.add_argument("--production", type=Path, help="units made: date, shift, line, product, units")
        parser.add_argument(
            "--lots", type=Path, help="lots used: part, supplier, supplier_lot, lines, first_day, last_day, units"
        )
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar="NAME=COLUMN",
            help="which column is which; a new NAME is a dimension",
        )
        parser.add_argument("--horizon-days", type=int, default=90, help="will it come back within this many days (90)")
        parser.add_argument("--tolerable", type=float, help="incidents per horizon that are accepted")
        parser.add_argument("--json", type=Path, metavar="OUT", help="write the findings to this file")
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        """Judge the files; what is wrong with them is said in one sentence."""
        try:
            settings = Settings(
                horizon_days=options["horizon_days"], tolerable=options["tolerable"], seed=options["seed"]
            )
            dataset = from_files(
                options["defects"], options["production"], options["lots"], mapping=_mapping(options["map"])
            )
        except (Refused, ValueError) as error:
            raise CommandError(str(error)) from error
        verdicts = judge(dataset, settings)
        if options["json"]:  # before anything is printed, which may end early: `| head`
            text = json.dumps(verdicts.as_dict(), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
            try:
                options["json"].write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{options['json']} cannot be written: {error.strerror}.") from error
        self._print(dataset, verdicts)

    def _print(self, dataset: Dataset, verdicts: Verdicts) -> None:
        write = self.stdout.write
        write("Columns: " + ", ".join(f"{known} = {heading}" for known, heading in dataset.mapping.items()))
        write(f"Records: {dataset.rows} read, {len(dataset)} counted. Exposure: {verdicts.data['exposure']}.")
        for problem in dataset.dropped[:SHOWN_PROBLEMS]:
            write(f"Left out: {problem.sentence()}")
        if len(dataset.dropped) > SHOWN_PROBLEMS:
            write(f"Left out: {len(dataset.dropped) - SHOWN_PROBLEMS} more (all are in the JSON).")
        write("")
        findings = sorted(verdicts.findings, key=lambda f: (ORDER[f.verdict], f.p_value, f.defect_type))
        for line in _table(
            [("verdict", "defect type", "where", "since", "incidents", "expected"), *map(_row, findings)]
        ):
            write(line)
        write("")
        for finding in findings:
            if finding.verdict != "background":
                write("- " + " ".join(filter(None, [finding.explanation, finding.needs])))
        steady = sum(f.verdict == "background" for f in findings)
        if steady:
            write(f"- {steady} defect types are background: steady, no place and no date stands out.")


def _mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not (name.strip() and equals and column.strip()):
            raise ValueError(f"--map takes NAME=COLUMN, not {pair!r}")
        mapping[name.strip()] = column.strip()
    return mapping


def _row(f: Finding) -> tuple[str, ...]:
    where = explain.place(f.where) if f.where else ""
    return (
        f.verdict.replace("_", "-"),
        f.defect_type,
        where,
        f.since or "",
        str(f.incidents),
        f"{f.expected:.1f}" if f.where else "",
    )


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [lines[0], "  ".join("-" * width for width in widths), *lines[1:]]
