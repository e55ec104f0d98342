"""Check that nobody changed, removed or put in a line of the audit trail."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qc.models import Event
from qc.services import events


class Command(BaseCommand):
    help = "Verify the hash chain of the audit trail; exit 1 and name each broken link when it does not hold."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--anchor",
            metavar="NUMBER:HASH",
            action="append",
            default=[],
            help="An event that a report or backup noted earlier; finds a trail whose end was cut off.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        broken = [f"event {sequence}: {what}" for sequence, what in events.broken_links()]
        broken += [text for anchor in options["anchor"] if (text := self._missing(anchor))]
        last = Event.objects.order_by("-sequence").values_list("sequence", "hash").first()
        for line in broken:
            self.stdout.write(line)
        self.stdout.write(f"{Event.objects.count():,} events, last {f'{last[0]}:{last[1]}' if last else 'none'}")
        if broken:
            raise CommandError(f"The audit trail is broken in {len(broken)} places.", returncode=1)
        self.stdout.write(self.style.SUCCESS("The audit trail is unbroken."))

    def _missing(self, anchor: str) -> str:
        number, _, digest = anchor.partition(":")
        if not number.isdigit() or len(digest) != 64:
            raise CommandError(f"An anchor looks like 120:3f5a... (64 hex digits), not {anchor!r}.", returncode=2)
        if Event.objects.filter(sequence=int(number), hash=digest).exists():
            return ""
        return f"event {number}: is not the one that was noted ({digest[:12]}...)"
