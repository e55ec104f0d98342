"""`manage.py demo`: two plants to look around in, and the check that the engine finds what was planted in them."""

from __future__ import annotations

import argparse
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
        parser.add_argument("--strict", action="store_true", help="with --check: fail unless every answer is right")

    def handle(
        self, *, accounts: bool = False, load: bool = False, check: bool = False, strict: bool = False, **options: Any
    ) -> None:
        if not (accounts or load or check):
            raise CommandError("Say what to do: --accounts, --load or --check.")
        try:
            if accounts:
                self.accounts()
            if load:
                self.load()
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
