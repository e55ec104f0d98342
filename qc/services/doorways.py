"""How a mail leads its reader to a page: an app above may know a better way than the login.

The people of a supplier, for one, get a link that opens the one request that the mail is about.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.module_loading import import_string

from qc.models import Notice, User

_ways: list[str] = []


def add(way: str) -> None:
    """Ask this function too, by its dotted name: (reader, notices) -> paths by key, for the notices that it knows."""
    if way not in _ways:
        _ways.append(way)


def paths(reader: User, notices: Sequence[Notice]) -> dict[int, str]:
    """The path of each notice for this reader, by the notice's key. Called while the mail is made, each time anew."""
    found = {notice.pk: notice.path for notice in notices}
    for way in _ways:
        found |= import_string(way)(reader, notices)
    return found
