"""The logins that were made at the first start, kept in the home folder so that every start can show them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.db import transaction

from qc.services import people
from qc.services.people import Account, Login


def path() -> Path:
    """The file; only its owner may read it."""
    return Path(settings.HOME) / "logins.txt"


def make(accounts: Sequence[Account]) -> list[Login]:
    """Make the accounts that are missing and keep their passwords; running it again changes nothing."""
    with transaction.atomic():
        made = people.first_accounts(people.system(), accounts=accounts)
        if made:  # written before the commit: an account whose password nobody knows would be worse than a stale line
            _keep(made)
    return made


def _keep(made: list[Login]) -> None:
    fresh = {login.username for login in made}
    lines = [f"{login.username}\t{login.role}\t{login.password}\n" for login in read() if login.username not in fresh]
    lines += [f"{login.username}\t{login.role}\t{login.password}\n" for login in made]
    temporary = path().with_suffix(".new")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.writelines(lines)
    temporary.replace(path())


def read() -> list[Login]:
    """The logins as they were made; a password that was changed since is not in the file."""
    if not path().exists():
        return []
    rows = (line.split("\t") for line in path().read_text(encoding="utf-8").splitlines() if line.strip())
    return [Login(username, role, password) for username, role, password in rows]


def table() -> str:
    """One line for each role, for the console; the file has the others."""
    first: dict[str, Login] = {}
    for login in read():
        first.setdefault(login.role, login)
    role_width = max((len(role) for role in first), default=0)
    name_width = max((len(login.username) for login in first.values()), default=0)
    return "\n".join(
        f"  {login.role:<{role_width}}   {login.username:<{name_width}}   {login.password}" for login in first.values()
    )
