"""Production dates and shifts, through both changes of the clocks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.models.shifts import shift_at


@dataclass(frozen=True)
class Hours:
    code: str
    starts_at: dt.time
    ends_at: dt.time


THREE = [
    Hours("A", dt.time(6), dt.time(14)),
    Hours("B", dt.time(14), dt.time(22)),
    Hours("C", dt.time(22), dt.time(6)),
]
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]


def minutes_of(day: dt.date, code: str, zone: ZoneInfo) -> int:
    noon = dt.datetime.combine(day, dt.time(12), zone).astimezone(dt.UTC)
    instants = (noon + dt.timedelta(minutes=minute) for minute in range(24 * 60))
    answers = [shift_at(instant, zone, THREE) for instant in instants]
    return sum(1 for on, shift in answers if on == day and shift is not None and shift.code == code)


@pytest.mark.parametrize(
    ("night", "hours"), [(dt.date(2026, 3, 28), 7), (dt.date(2026, 10, 24), 9), (dt.date(2026, 6, 1), 8)]
)
def test_a_night_shift_lasts_as_long_as_the_clocks_make_it(night: dt.date, hours: int) -> None:
    assert minutes_of(night, "C", ZoneInfo("Europe/Berlin")) == hours * 60


@given(st.sampled_from(ZONES), st.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2026, 12, 31)))
def test_every_instant_has_exactly_one_shift_that_started_before_it(zone: str, naive: dt.datetime) -> None:
    instant = naive.replace(tzinfo=dt.UTC)
    local = ZoneInfo(zone)
    day, shift = shift_at(instant, local, THREE)
    assert shift is not None
    start = dt.datetime.combine(day, shift.starts_at, local)
    assert start.astimezone(dt.UTC) <= instant
    assert instant.astimezone(local).date() - day in (dt.timedelta(0), dt.timedelta(days=1))


def test_outside_every_shift_the_calendar_day_counts() -> None:
    day, shift = shift_at(dt.datetime(2026, 11, 20, 23, tzinfo=dt.UTC), ZoneInfo("UTC"), THREE[:2])
    assert (day, shift) == (dt.date(2026, 11, 20), None)


def test_an_instant_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="aware"):
        shift_at(dt.datetime(2026, 1, 1), ZoneInfo("UTC"), THREE)
