"""Which production date and shift an instant belongs to. A shift belongs to the day on which it starts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo


class Hours(Protocol):
    """Anything with a start and an end in plant time."""

    starts_at: dt.time
    ends_at: dt.time


H = TypeVar("H", bound=Hours)


def _bounds(day: dt.date, shift: Hours, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    last_day = day if shift.ends_at > shift.starts_at else day + dt.timedelta(days=1)
    start = dt.datetime.combine(day, shift.starts_at, zone)
    end = dt.datetime.combine(last_day, shift.ends_at, zone)
    return start.astimezone(dt.UTC), end.astimezone(dt.UTC)


def shift_at(instant: dt.datetime, zone: ZoneInfo, shifts: Sequence[H]) -> tuple[dt.date, H | None]:
    """The production date and shift of an instant.

    `instant` is aware. Shifts are compared in UTC, so a night shift lasts 7 h or 9 h when the clocks change. Outside
    every shift the answer is the calendar day in the zone and None. ValueError for an instant without a zone.
    """
    if instant.tzinfo is None:
        raise ValueError(f"an aware instant is needed, got {instant!r}")
    local_day = instant.astimezone(zone).date()
    moment = instant.astimezone(dt.UTC)
    for day in (local_day, local_day - dt.timedelta(days=1)):
        for shift in shifts:
            start, end = _bounds(day, shift, zone)
            if start <= moment < end:
                return day, shift
    return local_day, None
