"""`manage.py token USER --name N`: make an API token and print its secret once."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from qc.errors import Refused
from qc.models import ApiToken, User
from qc.services import people, tokens


class Command(BaseCommand):
    help = "Makes an API token for a user and prints its secret, once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="the user name")
        parser.add_argument("--name", required=True, help="what the token is for")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.WRITE)
        parser.add_argument("--days", type=int, default=90, help="how long it lives (1 to 366)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username__iexact=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        wanted = {key: options[key] for key in ("name", "scope", "days")}
        try:
            token, secret = tokens.create(people.system(), user=user, **wanted)
        except Refused as refusal:
            raise CommandError(" ".join([refusal.message, *refusal.fields.values()])) from refusal
        self.stderr.write(f"Token {token.name!r} of {user.username}, {token.scope}, until {token.expires_at:%Y-%m-%d}:")
        self.stdout.write(secret)
