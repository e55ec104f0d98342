"""When a rung of a ladder is climbed. Data and pure functions; nothing here reads a clock or a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from suppliers.due import SATURDAY

MORNING = dt.time(6)
HOURS, DAYS, BUSINESS_DAYS = "hours", "days", "business_days"
OUTSIDE = ("contact", "superior")
LEVELS = {"minor": 0, "major": 1, "critical": 2}


@dataclass(frozen=True)
class Rung:
    """How long from the due date (negative: before), whom to tell, and what."""

    name: str
    amount: int
    audiences: tuple[str, ...]
    words: str | Promise = ""
    unit: str = DAYS
    severities: str = ""
    proposes_controlled_shipping: bool = False
    is_urgent: bool = False

    @property
    def outside(self) -> tuple[str, ...]:
        """Whom it tells at the supplier."""
        return tuple(name for name in self.audiences if name in OUTSIDE)

    @property
    def inside(self) -> tuple[str, ...]:
        """Whom it tells of our own people."""
        return tuple(name for name in self.audiences if name not in OUTSIDE)

    def is_for(self, severity: str) -> bool:
        """Whether the rung is there for a severity."""
        return LEVELS.get(severity, 0) >= LEVELS.get(self.severities, 0)


@dataclass(frozen=True)
class Clock:
    """A clock that runs: which ladder, to what date, since when, in which calendar."""

    ladder: tuple[Rung, ...]
    anchor: dt.datetime
    since: dt.datetime
    zone: ZoneInfo
    days_off: Collection[dt.date] = field(default=frozenset(), repr=False)


_CHASE = ("contact", "superior", "holder", "engineer", "buyer")
# What a new installation climbs, and what "reset" goes back to.
ANSWER = (
    Rung("before", -3, ("contact",)),
    Rung("due", 0, ("contact",)),
    Rung("late-1", 1, ("contact", "superior")),
    Rung("late-3", 3, _CHASE, _("Call the supplier.")),
    Rung("late-7", 7, (*_CHASE, "manager"), _("Talk to the supplier's management, together with purchasing.")),
    Rung(
        "late-14",
        14,
        (*_CHASE, "manager"),
        _("Consider controlled shipping: a full check at the supplier's cost."),
        proposes_controlled_shipping=True,
    ),
)
REVIEW = (
    Rung("review-3", 3, ("holder",), _("Review it, so that the supplier can go on.")),
    Rung("review-7", 7, ("holder", "manager"), _("The supplier has waited for a week.")),
)
OWN = (
    Rung("before", -3, ("owner",)),
    Rung("due", 0, ("owner",)),
    Rung("late-1", 1, ("owner",)),
    Rung("late-3", 3, ("owner", "plant_manager")),
    Rung("late-7", 7, ("owner", "plant_manager", "manager"), _("Agree on a new date or on help.")),
)
CONTAINMENT = (
    Rung("before-4h", -4, ("owner",), unit=HOURS),
    Rung("due", 0, ("owner",), _("Bad parts may still go out."), unit=HOURS, is_urgent=True),
    Rung("late-4h", 4, ("owner", "manager"), unit=HOURS, severities="critical", is_urgent=True),
    Rung("late-1", 1, ("owner", "plant_manager", "manager")),
)
DEFAULTS: dict[str, tuple[Rung, ...]] = {
    "answer": ANSWER,
    "review": REVIEW,
    "case": OWN,
    "action": OWN,
    "containment": CONTAINMENT,
}
AUDIENCES: dict[str, tuple[str, ...]] = {
    "answer": ("contact", "superior", "holder", "engineer", "buyer", "manager", "plant_manager"),
    "review": ("holder", "engineer", "manager", "plant_manager"),
    "case": ("owner", "plant_manager", "manager"),
    "action": ("owner", "plant_manager", "manager"),
    "containment": ("owner", "plant_manager", "manager"),
}


def instant(rung: Rung, clock_: Clock) -> dt.datetime | None:
    """When a rung is climbed; None when that was before the clock started.

    "On the day" is its morning, or the due time itself when the answer was asked for on that very day.
    """
    if rung.amount or rung.unit == HOURS:
        at = _moved(rung, clock_)
        return at if at > clock_.since else None
    morning = dt.datetime.combine(clock_.anchor.astimezone(clock_.zone).date(), MORNING, clock_.zone)
    return morning.astimezone(dt.UTC) if morning > clock_.since else clock_.anchor


def _moved(rung: Rung, clock_: Clock) -> dt.datetime:
    if rung.unit == HOURS:
        return clock_.anchor + dt.timedelta(hours=rung.amount)
    if rung.unit == DAYS:
        return clock_.anchor + dt.timedelta(days=rung.amount)
    local = clock_.anchor.astimezone(clock_.zone)
    day, step = local.date(), dt.timedelta(days=1 if rung.amount > 0 else -1)
    for _each in range(abs(rung.amount)):
        day += step
        while day.weekday() >= SATURDAY or day in clock_.days_off:
            day += step
    return dt.datetime.combine(day, local.time(), clock_.zone).astimezone(dt.UTC)


def instants(clock_: Clock) -> Iterator[tuple[dt.datetime, Rung]]:
    """The rungs that this clock climbs with their instants, in order."""
    found = ((instant(rung, clock_), rung) for rung in clock_.ladder)
    yield from sorted(((at, rung) for at, rung in found if at is not None), key=lambda pair: pair[0])


def reached(clock_: Clock, now: dt.datetime) -> Rung | None:
    """The highest rung that has been reached; None before the first."""
    last = None
    for at, rung in instants(clock_):
        if at <= now:
            last = rung
    return last


def next_after(clock_: Clock, now: dt.datetime) -> dt.datetime | None:
    """When the next rung is reached; None after the last."""
    return next((at for at, _rung in instants(clock_) if at > now), None)
