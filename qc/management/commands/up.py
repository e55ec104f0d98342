"""`manage.py up`: start everything; Ctrl-C stops everything."""

from __future__ import annotations

import argparse
import io
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from qc.management import logins
from qc.management.broker import NoBroker
from qc.management.supervisor import CannotStart, Supervisor
from qc.models import User
from qc.services import people


class Command(BaseCommand):
    help = "Start the web pages, a worker, the clock of due work and the embedded broker; Ctrl-C stops all of it."
    requires_system_checks = ()  # the migrations and the web process check what matters; a start should be quick

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="with two demo plants and one login per role")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--workers", type=int, default=2, help="background tasks at the same time (default: 2)")

    def handle(self, *, demo: bool, host: str, port: int, workers: int, **options: Any) -> None:
        supervisor = Supervisor(host=host, port=port, workers=workers, say=self.say)
        supervisor.listen_to_signals()
        try:
            supervisor.take()
            supervisor.start_broker()
            web = supervisor.start_web()
            prepare(demo=demo)
            supervisor.open_web(web)
            self.welcome(supervisor.address)
            supervisor.start_background()
            if demo:
                supervisor.start_job("demo", "manage.py", "demo", "--load")
            supervisor.run()
        except (CannotStart, NoBroker) as error:
            raise CommandError(str(error)) from None
        finally:
            supervisor.stop()
        self.say("Stopped.")

    def welcome(self, address: str) -> None:
        self.say(f"Lineside is at {address} (Ctrl-C stops it)")
        table = logins.table()
        if table:
            self.say(f"\nLogins as made at the first start (kept in {logins.path()}):\n{table}\n")

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()


def prepare(*, demo: bool) -> None:
    """Bring the database up to date and make sure that somebody can log in."""
    call_command("migrate", interactive=False, verbosity=0)
    if demo:
        call_command("demo", accounts=True, stdout=io.StringIO())  # we show the logins ourselves
    elif not people.anyone():
        first = people.Account("manager", User.Role.MANAGER, first_name="Quality", last_name="Manager", is_admin=True)
        logins.make([first])
    connections.close_all()
