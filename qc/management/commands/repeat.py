"""Do a run of the analysis again and say whether it gives the same."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qc.models import AnalysisRun
from qc.services import audits


class Command(BaseCommand):
    """`manage.py repeat RUN`, with the number that a finding's page names."""

    help = "Repeat a run of the analysis on the records as they stood then; compares data and findings."

    def add_arguments(self, parser: CommandParser) -> None:
        """The number of the run."""
        parser.add_argument("run", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what came of it; fails when the findings differ or the run cannot be repeated."""
        run = AnalysisRun.objects.select_related("plant", "defect_type", "full_run").filter(pk=options["run"]).first()
        if run is None:
            raise CommandError(f"There is no run {options['run']}.")
        again = audits.repeat(run)
        self.stdout.write(
            f"Run {run.pk}, {run.plant}, {run.defect_type or 'all types'}, {run.started_at:%Y-%m-%d %H:%M} UTC"
        )
        self.stdout.write(f"data      then {run.data_digest}\n          now  {again.data_digest or '-'}")
        self.stdout.write(f"findings  then {run.findings_digest}\n          now  {again.findings_digest or '-'}")
        if not again.is_equal:
            raise CommandError(again.text)
        self.stdout.write(again.text)
