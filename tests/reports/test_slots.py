from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reports import slots

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns")]
SUNDAY = 6


def utc(*parts: int) -> dt.datetime:
    return dt.datetime(*parts, tzinfo=dt.UTC)  # type: ignore[misc]


def test_the_slot_keeps_the_plants_clock_over_the_change() -> None:
    before = slots.following(0, dt.time(7), BERLIN, after=utc(2026, 10, 18))
    after = slots.following(0, dt.time(7), BERLIN, after=before)
    assert (before, after) == (utc(2026, 10, 19, 5), utc(2026, 10, 26, 6))


def test_a_time_that_the_spring_change_skips_comes_after_the_change() -> None:
    slot = slots.following(SUNDAY, dt.time(2, 30), BERLIN, after=utc(2026, 3, 28))
    assert slot == utc(2026, 3, 29, 1, 30)
    assert slot.astimezone(BERLIN).time() == dt.time(3, 30)


def test_a_time_that_the_autumn_change_shows_twice_is_taken_once() -> None:
    first = slots.following(SUNDAY, dt.time(2, 30), BERLIN, after=utc(2026, 10, 24))
    assert first == utc(2026, 10, 25, 0, 30)
    between = slots.following(SUNDAY, dt.time(2, 30), BERLIN, after=first)
    assert between == utc(2026, 11, 1, 1, 30)


def test_after_a_long_silence_the_last_slot_that_passed_is_reported() -> None:
    due, now = utc(2026, 11, 2, 6), utc(2026, 11, 19, 12)
    assert slots.latest(0, dt.time(7), BERLIN, due=due, now=now) == utc(2026, 11, 16, 6)


def test_a_slot_between_the_regular_ones_is_reported_as_it_is() -> None:
    due = utc(2026, 11, 19, 12)
    assert slots.latest(0, dt.time(7), BERLIN, due=due, now=due) == due


def test_a_monday_slot_is_about_the_calendar_week_before() -> None:
    assert slots.period(utc(2026, 11, 23, 6), BERLIN) == (dt.date(2026, 11, 16), dt.date(2026, 11, 22))


def test_the_day_of_the_slot_is_the_plants() -> None:
    assert slots.period(utc(2026, 11, 22, 23, 30), BERLIN)[1] == dt.date(2026, 11, 22)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        slots.following(0, dt.time(7), BERLIN, after=dt.datetime(2026, 1, 1))


@given(
    weekday=some.integers(0, 6),
    at=some.times(),
    zone=some.sampled_from(ZONES),
    after=some.datetimes(dt.datetime(2025, 1, 1), dt.datetime(2028, 1, 1), timezones=some.just(dt.UTC)),
)
def test_every_slot_is_later_and_at_most_a_week_and_an_hour_away(
    weekday: int, at: dt.time, zone: ZoneInfo, after: dt.datetime
) -> None:
    slot = slots.following(weekday, at, zone, after=after)
    assert after < slot <= after + dt.timedelta(days=7, hours=1)
    assert slot.astimezone(zone).weekday() == weekday
    assert slots.latest(weekday, at, zone, due=after, now=slot) == slot
