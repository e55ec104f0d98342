"""`manage.py demo`: two plants to look around in, and the check that the engine finds what was planted in them."""

from __future__ import annotations

import argparse
import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qc.errors import Refused
from qc.management.demo import check, load
from qc.management.demo.steps import SomeoneElse


class Command(BaseCommand):
    help = "Two demonstration plants: their accounts, their records, and whether the analysis finds what is in them."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--accounts", action="store_true", help="plants, catalogue, suppliers and people")
        parser.add_argument("--load", action="store_true", help="26 weeks of records, cases and requests")
        parser.add_argument("--check", action="store_true", help="judge the records and compare with what was planted")
        parser.add_argument("--clock", metavar="INSTANT", help="move the demo's clock forward: 2026-11-25T08:00 (UTC)")
        parser.add_argument("--strict", action="store_true", help="with --check: fail unless every answer is right")

    def handle(
        self,
        *,
        accounts: bool = False,
        load: bool = False,
        check: bool = False,
        strict: bool = False,
        clock: str | None = None,
        **options: Any,
    ) -> None:
        if not (accounts or load or check or clock):
            raise CommandError("Say what to do: --accounts, --load or --check; or --clock to move the clock.")
        try:
            if accounts:
                self.accounts()
            if load:
                self.load()
            if clock:
                self.move(clock)
        except Refused as refusal:
            raise CommandError(refusal.message) from refusal
        if check:
            self.check_truths(strict=strict)

    def accounts(self) -> None:
        for role, username in load.accounts().items():
            self.stdout.write(f"{role}: {username}")

    def load(self) -> None:
        load.accounts()
        try:
            count = load.everything(self.say)
        except SomeoneElse:
            raise CommandError("Another process is loading the demonstration already.") from None
        self.say(f"{count} steps loaded." if count else "Everything is loaded already.")

    def move(self, text: str) -> None:
        try:
            instant = dt.datetime.fromisoformat(text)
        except ValueError:
            raise CommandError(f"{text!r} is no instant; write it as 2026-11-25T08:00.") from None
        instant = instant if instant.tzinfo else instant.replace(tzinfo=dt.UTC)
        before = load.move_clock(instant)
        self.say(f"The clock stood at {before:%Y-%m-%dT%H:%M} and stands at {instant:%Y-%m-%dT%H:%M} UTC now.")

    def check_truths(self, *, strict: bool) -> None:
        answers = check.answers()
        for answer in answers:
            self.say(f"{answer.truth} {'right' if answer.is_right else 'wrong'}  {answer.text}")
        right = sum(answer.is_right for answer in answers)
        self.say(f"{right} of {len(answers)} right")
        if strict and right < len(answers):
            raise CommandError("Not every planted truth was found.")

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
