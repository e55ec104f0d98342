"""`manage.py escalate`: climb what is due now; with --dry-run, say what would be sent and do nothing."""

from __future__ import annotations

import argparse
from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand

from qc.models import Plant
from qc.services import people
from suppliers.models import Round
from suppliers.services import escalation, forecast, rounds


class Command(BaseCommand):
    help = "Reminders: climb every ladder that is due. With --dry-run: what would be sent, and to whom."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="write nothing, send nothing")
        parser.add_argument("--days", type=int, default=14, help="with --dry-run: so many days ahead (default: 14)")

    def handle(self, *, dry_run: bool, days: int, **options: Any) -> None:
        if dry_run:
            self.foretell(days)
            return
        escalation.report_unreachable()
        climbed = escalation.remind_due()
        rounds.begin()
        went = sum(rounds.go(pk) for pk in Round.objects.due().values_list("pk", flat=True))
        self.stdout.write(f"{climbed} requests' stages and {went} of {Plant.objects.count()} plants looked at.")

    def foretell(self, days: int) -> None:
        found = forecast.foresee(people.system(), days=days)
        for (mailed_at, person), mail in groupby(found, key=lambda each: (each.mailed_at, each.to)):
            self.stdout.write(f"{mailed_at:%Y-%m-%d %H:%M} UTC  {person} <{person.email}>")
            for each in mail:
                self.stdout.write(f"    {each.text}")
        self.stdout.write(f"{len(found)} messages in {days} days. Nothing was written or sent.")
