from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.models import Severity
from suppliers import due
from suppliers.due import BUSINESS_DAYS, DAYS, HOURS, Term
from suppliers.models import Stage

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = dt.datetime(2026, 11, 20, 14, 0, tzinfo=BERLIN)
ZONES = ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns"]


def local(instant: dt.datetime | None) -> str:
    assert instant is not None
    return f"{instant.astimezone(BERLIN):%a %Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("severity", "code", "expected"),
    [
        ("critical", "acknowledge", "Fri 2026-11-20 22:00"),
        ("critical", "containment", "Sat 2026-11-21 14:00"),
        ("critical", "root_cause", "Fri 2026-11-27 14:00"),
        ("critical", "plan", "Fri 2026-12-04 14:00"),
        ("major", "acknowledge", "Mon 2026-11-23 14:00"),
        ("major", "containment", "Sun 2026-11-22 14:00"),
        ("major", "root_cause", "Fri 2026-12-04 14:00"),
        ("major", "prevention", "Tue 2026-12-15 14:00"),
        ("minor", "acknowledge", "Tue 2026-11-24 14:00"),
        ("minor", "containment", "Fri 2026-11-27 14:00"),
        ("minor", "closure", "Mon 2027-01-04 14:00"),
    ],
)
def test_the_terms_of_each_severity_from_a_friday_afternoon(severity: str, code: str, expected: str) -> None:
    assert local(due.answer_due_at(FRIDAY, severity, code, BERLIN)) == expected


def test_implementation_has_no_clock_until_a_date_is_agreed_and_minor_asks_no_prevention() -> None:
    for severity in Severity.values:
        assert due.answer_due_at(FRIDAY, severity, "implementation", BERLIN) is None
    assert due.answer_due_at(FRIDAY, "minor", "prevention", BERLIN) is None
    assert due.NOT_ASKED == {"minor": frozenset({"prevention"})}


def test_every_other_stage_has_a_term_for_every_severity() -> None:
    missing = {
        (severity, code)
        for severity in Severity.values
        for code in Stage.Code.values
        if code not in due.TERMS[severity] and code not in due.NOT_ASKED.get(severity, ())
    }
    assert missing == {(severity, "implementation") for severity in Severity.values}


def test_a_request_of_a_saturday_counts_from_monday() -> None:
    saturday = dt.datetime(2026, 11, 21, 9, 0, tzinfo=BERLIN)
    assert local(due.after(saturday, Term(1, BUSINESS_DAYS), BERLIN)) == "Mon 2026-11-23 09:00"


def test_a_holiday_is_no_business_day() -> None:
    monday = dt.date(2026, 11, 23)
    assert local(due.after(FRIDAY, Term(1, BUSINESS_DAYS), BERLIN, {monday})) == "Tue 2026-11-24 14:00"


def test_calendar_days_that_end_on_a_sunday_end_on_monday() -> None:
    assert local(due.after(FRIDAY, Term(2, DAYS), BERLIN)) == "Mon 2026-11-23 14:00"


def test_business_days_keep_the_wall_clock_when_the_clocks_change_and_hours_do_not() -> None:
    friday = dt.datetime(2026, 10, 23, 14, 0, tzinfo=BERLIN)
    assert local(due.after(friday, Term(1, BUSINESS_DAYS), BERLIN)) == "Mon 2026-10-26 14:00"
    assert local(due.after(friday, Term(72, HOURS), BERLIN)) == "Mon 2026-10-26 13:00"


def test_a_naive_start_is_an_error() -> None:
    with pytest.raises(ValueError, match="aware"):
        due.after(dt.datetime(2026, 1, 1), Term(1, HOURS), BERLIN)


@given(
    start=st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2028, 1, 1)),
    zone=st.sampled_from(ZONES),
    amount=st.integers(1, 30),
)
def test_business_days_end_later_on_a_business_day_and_count_right(start: dt.datetime, zone: str, amount: int) -> None:
    place = ZoneInfo(zone)
    begin = start.replace(tzinfo=dt.UTC)
    end = due.after(begin, Term(amount, BUSINESS_DAYS), place)
    first, last = begin.astimezone(place).date(), end.astimezone(place).date()
    between = [first + dt.timedelta(days=step) for step in range(1, (last - first).days + 1)]
    assert last.weekday() < 5
    assert sum(day.weekday() < 5 for day in between) == amount


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (2, "today 16:00"),
        (24, "tomorrow 14:00"),
        (72, "in 3 days, Monday 23 November"),
        (-0.5, "less than an hour late"),
        (-1, "1 hour late"),
        (-23, "23 hours late"),
        (-48, "2 days late"),
        (-9 * 24, "9 days late"),
    ],
)
def test_a_due_date_in_words(hours: float, expected: str) -> None:
    assert due.in_words(FRIDAY + dt.timedelta(hours=hours), now=FRIDAY, zone=BERLIN) == expected


def test_no_date_is_never_late() -> None:
    assert due.in_words(None, now=FRIDAY, zone=BERLIN) == "no date yet"
