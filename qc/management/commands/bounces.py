"""`manage.py bounces MAILDIR`: read delivery reports; whoever cannot be reached any more is marked."""

from __future__ import annotations

import argparse
import email
import email.errors
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from qc.services import bounces
from suppliers.services import escalation

LARGEST = 5 * 2**20  # bytes; a report about a mail of ours is a few kilobytes


class Command(BaseCommand):
    help = "Read the delivery reports in a Maildir. Each is read once: it goes from new/ to cur/."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("maildir", type=Path, help="the folder that holds new/ and cur/")

    def handle(self, *, maildir: Path, **options: Any) -> None:
        new, cur = maildir / "new", maildir / "cur"
        if not new.is_dir():
            raise CommandError(f"{maildir} is no Maildir: it has no folder new/.")
        cur.mkdir(exist_ok=True)
        files = sorted(path for path in new.iterdir() if path.is_file() and not path.is_symlink())
        marked = 0
        for path in files:
            said = read(path)
            marked += said.marked is not None
            self.stdout.write(f"{path.name}: {said.text}" + (f" {said.marked}" if said.marked else ""))
            path.rename(cur / f"{path.name.partition(':')[0]}:2,S")
        if marked:
            escalation.report_unreachable()
        self.stdout.write(f"{len(files)} read, {marked} marked.")


def read(path: Path) -> bounces.Said:
    """What one file says; a file that is no mail at all is harmless."""
    if path.stat().st_size > LARGEST:
        return bounces.Said(None, "too large for a report")
    try:
        return bounces.take(email.message_from_bytes(path.read_bytes()))
    except (ValueError, LookupError, TypeError, AttributeError, email.errors.MessageError) as error:
        return bounces.Said(None, f"cannot be read ({type(error).__name__})")
