"""Dates, shifts and clocks of imported rows."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from qc.models import Defect
from qc.models.shifts import shift_at
from qc.services import imports
from qc.services.imports.instants import DAY, EPOCH, WALL_EPOCH, PlantClock
from tests import factories as make
from tests.qc.services.imports.conftest import applied, counts, problem, worked

ZONES = ("UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns")


class Hours:
    def __init__(self, start: int, end: int) -> None:
        self.starts_at, self.ends_at = dt.time(start), dt.time(end)


THREE = [Hours(6, 14), Hours(14, 22), Hours(22, 6)]


@pytest.mark.parametrize("zone", ZONES)
@given(minutes=some.lists(some.integers(0, 2 * 365 * 1440), min_size=1, max_size=50))
def test_columns_of_times_say_the_same_as_one_instant_at_a_time(zone, minutes):
    clock = PlantClock(ZoneInfo(zone), THREE)
    start = int((dt.datetime(2026, 1, 1) - WALL_EPOCH).total_seconds())
    wall = np.array([start + 60 * minute for minute in minutes], dtype=np.int64)
    utc, missing = clock.utc(wall)
    days, shifts = clock.placed(wall, utc)
    for at, reading in enumerate(wall.tolist()):
        local = (WALL_EPOCH + dt.timedelta(seconds=reading)).replace(tzinfo=ZoneInfo(zone))
        instant = local.astimezone(dt.UTC)
        gone = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != local.replace(tzinfo=None)
        assert missing[at] == gone
        if not gone:
            day, shift = shift_at(instant, ZoneInfo(zone), THREE)
            assert EPOCH + dt.timedelta(seconds=int(utc[at])) == instant
            assert (EPOCH.date() + dt.timedelta(days=int(days[at])), THREE[shifts[at]]) == (day, shift)
    assert DAY == 86_400


def records(engineer, send, text, **answers):
    row = send(engineer, text)
    if answers:
        row = worked(imports.answer(engineer, file=row, answers=answers))
    assert row.errors == 0, list(row.problems.values("reason", "value"))
    applied(engineer, row)
    return [(f"{r.occurred_at:%m-%d %H:%M}", f"{r.production_on:%m-%d}", r.shift and r.shift.code)
            for r in Defect.objects.order_by("pk").select_related("shift")]  # fmt: skip


def test_a_date_alone_is_a_production_date(engineer, floor, send):
    text = "Date,Defect code,Line,Shift\n2026-11-18,SCR,L1,C\n2026-11-18,SCR,L1,\n"
    assert records(engineer, send, text) == [("11-18 21:00", "11-18", "C"), ("11-18 05:00", "11-18", "A")]


def test_date_and_time_may_stand_in_two_columns(engineer, floor, send):
    text = "Date,Time,Defect code,Line\n18.11.2026,07:30,SCR,L1\n18.11.2026,1:05 pm,SCR,L1\n"
    assert [when for when, *_ in records(engineer, send, text)] == ["11-18 06:30", "11-18 12:05"]


def test_after_midnight_the_date_may_be_the_one_on_which_the_night_shift_started(engineer, floor, send):
    text = "Date,Time,Defect code,Line,Shift\n2026-11-17,23:30,SCR,L1,C\n2026-11-17,02:30,SCR,L1,C\n"
    assert records(engineer, send, text, night="shift") == [
        ("11-17 22:30", "11-17", "C"),
        ("11-18 01:30", "11-17", "C"),
    ]


def test_without_a_word_the_date_is_the_calendar_day_of_the_clock(engineer, floor, send):
    text = "Date,Time,Defect code,Line,Shift\n2026-11-17,02:30,SCR,L1,C\n"
    assert records(engineer, send, text) == [("11-17 01:30", "11-16", "C")]


def test_a_shift_that_does_not_fit_the_time_is_told(engineer, floor, send):
    row = send(engineer, "When,Defect code,Line,Shift\n2026-11-18 08:00,SCR,L1,B\n2026-11-18 08:00,SCR,L1,Z\n")
    assert {each.reason for each in row.problems.all()} == {
        "does not lie in the shift that the row names", "is not a shift of the plant",
    }  # fmt: skip


def test_the_night_shift_of_the_long_night_keeps_its_date(engineer, floor, send):
    text = "When,Defect code,Line\n2026-10-25 02:30,SCR,L1\n2026-10-25 05:59,SCR,L1\n2026-10-25 06:00,SCR,L1\n"
    assert [rest for _, *rest in records(engineer, send, text)] == [["10-24", "C"], ["10-24", "C"], ["10-25", "A"]]


def test_each_row_has_the_clock_of_its_own_plant(manager, floor, send):
    far = make.PlantFactory(code="FAR", time_zone="Asia/Kolkata")
    make.ProductionLineFactory(plant=far, code="F1")
    row = send(manager, "When,Defect code,Line\n2026-11-18 08:00,SCR,L1\n2026-11-18 08:00,SCR,F1\n")
    applied(manager, row)
    assert [f"{each.occurred_at:%H:%M}" for each in Defect.objects.order_by("pk")] == ["07:00", "02:30"]


@pytest.mark.parametrize(("first", "month"), [(True, 4), (False, 3)])
def test_dates_that_make_sense_both_ways_are_asked_for(engineer, floor, send, first, month):
    row = send(engineer, "When,Defect code,Line\n03/04/2026 08:00,SCR,L1\n05/06/2026 08:00,SCR,L1\n")
    assert row.questions == [{"name": "day_first"}]
    row = worked(imports.answer(engineer, file=row, answers={"day_first": first}))
    applied(engineer, row)
    assert Defect.objects.order_by("pk").first().occurred_at.month == month


def test_one_date_of_the_column_settles_all_of_them(engineer, floor, send):
    row = send(engineer, "When,Defect code,Line\n03/04/2026 08:00,SCR,L1\n25/06/2026 08:00,SCR,L1\n")
    assert (row.status, counts(row)) == ("ready", (2, 0, 0, 0))
    assert row.answers["day_first"] is True


def test_numbers_that_make_sense_both_ways_are_asked_for(engineer, floor, send):
    text = "When;Defect code;Line;Quantity\n2026-11-18 08:00;SCR;L1;1,240\n"
    row = send(engineer, text)
    assert row.questions == [{"name": "decimal_mark"}]
    row = worked(imports.answer(engineer, file=row, answers={"decimal_mark": ","}))
    applied(engineer, row)
    assert f"{Defect.objects.get().quantity}" == "1.240"
    row = send(engineer, text + "2026-11-18 08:00;SCR;L1;2,5\n")
    assert row.answers["decimal_mark"] == ","


def test_a_gap_in_another_zone_is_no_gap_here(engineer, floor, send):
    row = send(engineer, "When,Defect code,Line\n2026-03-08 02:30,SCR,L1\n2026-03-29 02:30,SCR,L1\n")
    assert problem(row)[:3] == ([3], "When", "2026-03-29 02:30")
