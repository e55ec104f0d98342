"""When an answer is due, and how to say it. The terms are data; nothing here reads a clock or a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

HOURS, BUSINESS_DAYS, DAYS = "hours", "business days", "days"
SATURDAY = 5


@dataclass(frozen=True)
class Term:
    """How long a supplier has. Hours run through the weekend, business days skip it, days end on a business day."""

    amount: int
    unit: str


# No term: the date is agreed later (implementation) or the stage is not asked (see NOT_ASKED).
TERMS: dict[str, dict[str, Term]] = {
    "critical": {
        "acknowledge": Term(8, HOURS),
        "containment": Term(24, HOURS),
        "root_cause": Term(5, BUSINESS_DAYS),
        "plan": Term(10, BUSINESS_DAYS),
        "prevention": Term(25, DAYS),
        "closure": Term(30, DAYS),
    },
    "major": {
        "acknowledge": Term(1, BUSINESS_DAYS),
        "containment": Term(48, HOURS),
        "root_cause": Term(10, BUSINESS_DAYS),
        "plan": Term(15, BUSINESS_DAYS),
        "prevention": Term(25, DAYS),
        "closure": Term(30, DAYS),
    },
    "minor": {
        "acknowledge": Term(2, BUSINESS_DAYS),
        "containment": Term(5, BUSINESS_DAYS),
        "root_cause": Term(14, BUSINESS_DAYS),
        "plan": Term(20, BUSINESS_DAYS),
        "closure": Term(45, DAYS),
    },
}
NOT_ASKED: dict[str, frozenset[str]] = {"minor": frozenset({"prevention"})}
AFTER_RETURN: dict[str, Term] = {
    "critical": Term(1, BUSINESS_DAYS),
    "major": Term(2, BUSINESS_DAYS),
    "minor": Term(5, BUSINESS_DAYS),
}


def after(start: dt.datetime, term: Term, zone: ZoneInfo, holidays: Collection[dt.date] = ()) -> dt.datetime:
    """The instant at which a term that starts at an aware instant ends, in UTC.

    Business days end at the same wall-clock time in `zone`; a start on a weekend or holiday counts from the next
    business day's morning side, so that Saturday + 1 business day is Monday. ValueError for a naive start.
    """
    if start.tzinfo is None:
        raise ValueError(f"an aware instant is needed, got {start!r}")
    if term.unit == HOURS:
        return (start.astimezone(dt.UTC) + dt.timedelta(hours=term.amount)).astimezone(dt.UTC)
    local = start.astimezone(zone)
    if term.unit == DAYS:
        day = _business_day_from(local.date() + dt.timedelta(days=term.amount), holidays)
    else:
        day = local.date()
        for _step in range(term.amount):
            day = _business_day_from(day + dt.timedelta(days=1), holidays)
    return dt.datetime.combine(day, local.time(), zone).astimezone(dt.UTC)


def _business_day_from(day: dt.date, holidays: Collection[dt.date]) -> dt.date:
    while day.weekday() >= SATURDAY or day in holidays:
        day += dt.timedelta(days=1)
    return day


def answer_due_at(
    issued_at: dt.datetime, severity: str, code: str, zone: ZoneInfo, holidays: Collection[dt.date] = ()
) -> dt.datetime | None:
    """When the answer to a stage is due; None: no clock yet. KeyError for an unknown severity."""
    term = TERMS[severity].get(code)
    return after(issued_at, term, zone, holidays) if term else None


def end_of_day(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """17:00 on a day in the zone, in UTC: when a date that was agreed without a time is due."""
    return dt.datetime.combine(day, dt.time(17), zone).astimezone(dt.UTC)


def in_words(due_at: dt.datetime | None, *, now: dt.datetime, zone: ZoneInfo) -> str:
    """A due date as people say it: "tomorrow 14:00", "in 3 days, Wednesday 25 November", "2 days late"."""
    if due_at is None:
        return _("no date yet")
    local, here = due_at.astimezone(zone), now.astimezone(zone)
    days = (local.date() - here.date()).days
    if due_at < now:
        return _late(now - due_at, -days)
    clock_time = f"{local:%H:%M}"
    if days == 0:
        return _("today %(time)s") % {"time": clock_time}
    if days == 1:
        return _("tomorrow %(time)s") % {"time": clock_time}
    words = ngettext("in %(count)d day", "in %(count)d days", days) % {"count": days}
    return f"{words}, {date_format(local, _('l j F'))}"


def _late(behind: dt.timedelta, days: int) -> str:
    hours = int(behind.total_seconds() // 3600)
    if hours < 1:
        return _("less than an hour late")
    if hours < 24:
        return ngettext("%(count)d hour late", "%(count)d hours late", hours) % {"count": hours}
    return ngettext("%(count)d day late", "%(count)d days late", days) % {"count": days}
