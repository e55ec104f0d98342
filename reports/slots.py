"""When a weekly report is due, in the plant's clock, and which days it is about.

A time that the spring change skips (02:30 becomes 03:30) is taken as the same time after the change; a time that the
autumn change shows twice is taken the first time, once.
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

WEEK = 7


def following(weekday: int, local_time: dt.time, zone: ZoneInfo, *, after: dt.datetime) -> dt.datetime:
    """The first slot later than an instant, in UTC. `weekday` is 0 for Monday."""
    if after.tzinfo is None:
        raise ValueError(f"an aware instant is needed, got {after!r}")
    day = after.astimezone(zone).date()
    day += dt.timedelta(days=(weekday - day.weekday()) % WEEK - WEEK)
    while (slot := _instant(day, local_time, zone)) <= after:
        day += dt.timedelta(days=WEEK)
    return slot


def latest(weekday: int, local_time: dt.time, zone: ZoneInfo, *, due: dt.datetime, now: dt.datetime) -> dt.datetime:
    """The slot to report on: the one that was due, or after a long silence the last one that has passed."""
    coming = following(weekday, local_time, zone, after=now)
    passed = _instant(coming.astimezone(zone).date() - dt.timedelta(days=WEEK), local_time, zone)
    return max(due, passed)


def period(slot: dt.datetime, zone: ZoneInfo) -> tuple[dt.date, dt.date]:
    """The seven days that end on the day before the slot, in the plant's calendar."""
    day = slot.astimezone(zone).date()
    return day - dt.timedelta(days=WEEK), day - dt.timedelta(days=1)


def _instant(day: dt.date, local_time: dt.time, zone: ZoneInfo) -> dt.datetime:
    # fold=0: the first of two; in a gap the offset from before it, which lands after the gap.
    return dt.datetime.combine(day, local_time.replace(fold=0), zone).astimezone(dt.UTC)
