"""Bands of age for work that is open: the same in the filter of a list and in the table that leads there."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qc import clock
from qc.models import User
from qc.services.listings.base import Dimension

# Name, words, from so many days on, up to so many days (none: without end).
AGES: tuple[tuple[str, Any, int, int | None], ...] = (
    ("7", _("Up to 7 days"), 0, 7),
    ("30", _("8 to 30 days"), 7, 30),
    ("90", _("31 to 90 days"), 30, 90),
    ("older", _("Over 90 days"), 90, None),
)


def within(path: str, low: int, high: int | None) -> Q:
    """Rows whose instant `path` lies more than `low` and at most `high` days back."""
    now = clock.now()
    older = Q() if low == 0 else Q(**{f"{path}__lt": now - dt.timedelta(days=low)})
    return older if high is None else older & Q(**{f"{path}__gte": now - dt.timedelta(days=high)})


def age(path: str) -> Dimension:
    """The dimension `age` over an instant."""

    def of_age(rows: QuerySet[Any], user: User, chosen: str) -> QuerySet[Any]:
        low, high = next((low, high) for name, _label, low, high in AGES if name == chosen)
        return rows.filter(within(path, low, high))

    choices = tuple((name, label) for name, label, _low, _high in AGES)
    return Dimension("age", _("Age"), choices=choices, condition=of_age, empty=_("Any age"))
