"""Shifts as instants: when a shift of a production date starts, how much of it has passed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from qc.management.demo.world import LATEST, Hours, Site


def bounds(site: Site, day: dt.date, shift: Hours) -> tuple[dt.datetime, dt.datetime]:
    """Start and end in UTC; a night shift ends on the next day."""
    end_day = day if shift.ends_at > shift.starts_at else day + dt.timedelta(days=1)
    start = dt.datetime.combine(day, shift.starts_at, site.zone).astimezone(dt.UTC)
    end = dt.datetime.combine(end_day, shift.ends_at, site.zone).astimezone(dt.UTC)
    return start, end


def passed(site: Site, day: dt.date, shift: Hours) -> float:
    """The share of the shift that lies before the demonstration's present."""
    start, end = bounds(site, day, shift)
    return min(1.0, max(0.0, (LATEST - start) / (end - start)))


def at(site: Site, day: dt.date, shift: Hours, share: float) -> dt.datetime:
    """The instant at a share of the part of the shift that has passed, in whole seconds."""
    start, end = bounds(site, day, shift)
    return start + dt.timedelta(seconds=int((min(end, LATEST) - start).total_seconds() * share))


def local(site: Site, day: dt.date, clock: str) -> dt.datetime:
    """`10:20` at the plant on a day, in UTC."""
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), site.zone).astimezone(dt.UTC)


def seen_before(day: dt.date, line: str, part: str) -> list[dict[str, Any]]:
    """Conditions for records of the days before a case was opened: of the part, else of the line."""
    when = {"production_on__gte": day - dt.timedelta(days=14), "production_on__lte": day}
    return [{name: value, **when} for name, value in (("part__number", part), ("line__code", line)) if value]
