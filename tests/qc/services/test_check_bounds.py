"""The bound of a check stays as it was planned, whatever is corrected in the days before the fix."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pytest

from qc import clock
from qc.models import Defect, EffectivenessCheck, Event, Nonconformance, Plant, ProductionCount, User
from qc.services import actions
from tests import factories as make
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")
TODAY = make.NOON.date()
TWELVE_IN_SIXTY = 60 * (0.05 ** (-1 / 12) - 1)  # days clean that prove a fix


def at(days: int) -> dt.datetime:
    return make.NOON + dt.timedelta(days=days)


@pytest.fixture
def case(engineer: User, plant: Plant) -> Nonconformance:
    """Twelve incidents in the sixty days before today, at one line."""
    return walk.opened(engineer, walk.finding_with_defects(plant, days=range(48, 60)))


def done(by: User, case: Nonconformance, days: int = 0) -> EffectivenessCheck:
    """Planned today and implemented so many days later (before today when negative)."""
    action, check = walk.planned(by, case)
    on = TODAY + dt.timedelta(days=days)
    with clock.frozen_at(max(make.NOON, at(days))):
        actions.carry_out(by, action=action, implemented_on=on, evidence="Photo.")
    return check


def happened(case: Nonconformance, days: Iterable[int]) -> None:
    for day in days:
        make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(day))


def made(by: User, case: Nonconformance, days: Iterable[int], units: int = 100) -> None:
    for day in days:
        on = TODAY + dt.timedelta(days=day)
        ProductionCount.objects.create(line=case.line, production_on=on, units=units, recorded_by=by)


@pytest.mark.parametrize("more", [24, -9])
def test_late_corrections_of_the_days_before_do_not_move_the_bound_but_are_told(
    engineer: User, case: Nonconformance, more: int
) -> None:
    check = done(engineer, case)
    if more > 0:
        happened(case, (-day for day in range(10, 10 + more)))
    else:
        Defect.objects.filter(pk__in=Defect.objects.values("pk")[:-more]).update(status="void", void_reason="Wrong.")
    check = walk.computed(check.action, at(12))
    assert check.numbers["needed"] == check.exposure_needed == pytest.approx(TWELVE_IN_SIXTY)
    assert check.result == "not_yet"  # 36 incidents before would have been enough for 11 days clean
    told = check.numbers["corrected"]
    assert (told["incidents"], told["exposure"]) == (12 + more, 60)
    assert (told["needed"] < check.exposure_needed) == (more > 0)
    assert walk.computed(check.action, at(20)).result == "effective"
    assert check.plan["before"]["incidents"] == 12 and "anew" not in check.plan
    assert not Event.objects.filter(verb="action.set_bound").exists()


def test_a_small_correction_is_not_worth_a_word(engineer: User, case: Nonconformance) -> None:
    check = done(engineer, case)
    happened(case, [-20])
    assert walk.computed(check.action, at(5)).numbers["corrected"] is None


def test_the_days_between_the_plan_and_the_fix_do_not_move_the_bound(engineer: User, case: Nonconformance) -> None:
    check = done(engineer, case, days=10)
    happened(case, range(0, 10))
    check = walk.computed(check.action, at(15))
    assert (check.numbers["before"]["incidents"], check.numbers["before"]["exposure"]) == (22, 70)
    assert check.numbers["needed"] == pytest.approx(TWELVE_IN_SIXTY)
    assert check.numbers["corrected"] is None


def test_when_all_days_before_are_emptied_the_plan_still_decides(engineer: User, case: Nonconformance) -> None:
    check = done(engineer, case)
    Defect.objects.update(status="void", void_reason="All wrong.")
    check = walk.computed(check.action, at(20))
    assert check.result == "effective"
    assert check.numbers["corrected"] == check.numbers["corrected"] | {"incidents": 0, "needed": None}


def test_a_fix_that_is_dated_before_its_plan_gets_its_bound_once_from_the_days_before_it(
    engineer: User, case: Nonconformance
) -> None:
    check = walk.computed(done(engineer, case, days=-5).action, make.NOON)
    needed = check.exposure_needed
    assert needed == pytest.approx(55 * (0.05 ** (-1 / 12) - 1))
    assert check.plan["before"]["until"] == (TODAY - dt.timedelta(days=6)).isoformat()
    assert check.plan["anew"]["because"] == "dated_before"
    assert check.plan["anew"]["exposure_needed"] == pytest.approx(TWELVE_IN_SIXTY)
    event = Event.objects.about(check.action).get(verb="action.set_bound")
    assert event.data["exposure_needed"] == [pytest.approx(TWELVE_IN_SIXTY), needed]
    happened(case, range(-40, -20))
    check = walk.computed(check.action, at(1))
    assert (check.exposure_needed, check.numbers["needed"]) == (needed, needed)
    assert check.numbers["corrected"]["incidents"] == 32
    assert Event.objects.filter(verb="action.set_bound").count() == 1


def test_a_plan_in_days_stays_one_when_counts_come_in_later(engineer: User, case: Nonconformance) -> None:
    check = done(engineer, case)
    made(engineer, case, range(-60, 20))
    check = walk.computed(check.action, at(20))
    assert (check.numbers["unit"], check.result) == ("days", "effective")
    assert check.numbers["needed"] == pytest.approx(TWELVE_IN_SIXTY)


def test_a_plan_in_units_goes_on_in_days_when_nobody_counts_any_more(engineer: User, case: Nonconformance) -> None:
    made(engineer, case, range(-60, 0))
    check = done(engineer, case)
    assert check.plan["unit"] == "units"
    assert walk.computed(check.action, at(5)).numbers["needed"] == pytest.approx(100 * TWELVE_IN_SIXTY)
    check = walk.computed(check.action, at(20))
    assert check.plan["anew"]["because"] == "counts_stopped"
    assert (check.numbers["unit"], check.result) == ("days", "effective")
    assert check.exposure_needed == pytest.approx(TWELVE_IN_SIXTY)


def test_a_plan_without_incidents_before_gets_its_bound_when_there_are_some(engineer: User, plant: Plant) -> None:
    line = make.ProductionLineFactory(plant=plant)
    finding = make.FindingFactory(
        plant=plant, line=line, where={"line": line.code}, since=TODAY - dt.timedelta(days=30)
    )
    case = walk.opened(engineer, finding)
    check = done(engineer, case)
    assert check.exposure_needed is None
    assert "needed" not in walk.computed(check.action, at(2)).numbers
    happened(case, range(-30, -18))
    check = walk.computed(check.action, at(3))
    assert check.plan["anew"]["because"] == "no_bound"
    assert check.exposure_needed == pytest.approx(30 * (0.05 ** (-1 / 12) - 1))
