from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pytest

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import EffectivenessCheck, Event, Finding, Nonconformance, Notice, Plant, ProductionLine, User
from qc.services import actions, cases
from tests import factories as make
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")
TODAY = make.NOON.date()


def ago(days: int) -> dt.date:
    return TODAY - dt.timedelta(days=days)


def at(days: int) -> dt.datetime:
    return make.NOON + dt.timedelta(days=days)


@pytest.fixture
def finding(plant: Plant) -> Finding:
    """Twelve incidents in the sixty days before today, at one line."""
    return walk.finding_with_defects(plant, days=range(48, 60))


@pytest.fixture
def case(engineer: User, finding: Finding) -> Nonconformance:
    return walk.opened(engineer, finding)


def counted(by: User, line: Any, days: Iterable[int], units: int, **values: Any) -> None:
    for day in days:
        make.qc.ProductionCount.objects.create(line=line, production_on=ago(day), units=units, recorded_by=by, **values)


def implemented(by: User, case: Nonconformance, days_ago: int, **values: Any) -> EffectivenessCheck:
    action, check = walk.planned(by, case, **values)
    actions.carry_out(by, action=action, implemented_on=ago(days_ago), evidence="Photo.")
    check.refresh_from_db()
    return check


def computed(check: EffectivenessCheck, on: dt.datetime = make.NOON) -> EffectivenessCheck:
    return walk.computed(check.action, on)


def test_implementing_the_action_makes_the_check_due(engineer: User, case: Nonconformance) -> None:
    check = implemented(engineer, case, 10)
    assert (check.implemented_on, check.due_at) == (ago(10), make.NOON)


def test_a_clean_run_of_the_planned_length_is_effective(engineer: User, case: Nonconformance) -> None:
    check = computed(implemented(engineer, case, 20))
    numbers = check.numbers
    assert check.result == "effective"
    assert numbers["unit"] == "days"
    assert numbers["before"] == {
        "from": ago(60).isoformat(),
        "until": ago(21).isoformat(),
        "incidents": 12,
        "exposure": 40,
    }
    assert numbers["after"] == {
        "from": ago(19).isoformat(),
        "until": ago(8).isoformat(),  # the planned exposure is reached on this day, and only the days up to it decide
        "incidents": 0,
        "exposure": 12,
    }
    assert numbers["needed"] == pytest.approx(40 * (0.05 ** (-1 / 12) - 1))
    assert numbers["upper"] == pytest.approx(40 / 12 * (0.05 ** (-1 / 12) - 1))
    assert numbers["expected"] == pytest.approx(12 / 40 * 12)
    assert (check.due_at, check.computed_at) == (at(1), make.NOON)


def test_a_decision_is_in_the_audit_trail_and_told_to_the_owner(engineer: User, case: Nonconformance) -> None:
    check = computed(implemented(engineer, case, 20))
    event = Event.objects.about(check.action).filter(verb="action.effectiveness").get()
    assert event.data["result"] == ["not_yet", "effective"]
    assert event.by.role == User.Role.SYSTEM
    notice = Notice.objects.get(to=engineer)
    assert "effective (0 incidents after, 12 before)" in notice.text


def test_too_short_a_run_is_not_yet_and_looked_at_again_the_next_day(engineer: User, case: Nonconformance) -> None:
    check = computed(implemented(engineer, case, 5))
    assert (check.result, check.due_at) == ("not_yet", at(1))
    assert check.numbers["still_needed"] == pytest.approx(55 * 0.2836 - 4, rel=1e-3)
    assert not Event.objects.filter(verb="action.effectiveness").exists()
    assert not actions.compute_check(check.pk)  # not due before tomorrow
    assert computed(check, at(30)).result == "effective"


def test_more_incidents_than_before_are_not_effective(engineer: User, case: Nonconformance) -> None:
    check = implemented(engineer, case, 20)
    for day in range(9, 20):
        make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(-day))
    check = computed(check)
    assert (check.result, check.due_at) == ("not_effective", None)
    assert check.numbers["lower"] > 1
    assert "not effective" in Notice.objects.get(to=engineer).text


def test_an_incident_that_the_plan_does_not_allow_is_told_at_once_and_no_waiting_mends_it(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    check = implemented(engineer, case, 5)
    make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(-2))
    check = computed(check)
    assert (check.result, check.numbers["is_missed"], check.numbers["still_needed"]) == ("not_yet", True, None)
    assert "1 incident since the fix, the plan allowed 0" in Notice.objects.get(to=engineer).text
    assert Event.objects.about(check.action).filter(verb="action.miss_plan").count() == 1
    with pytest.raises(Refused, match="more time cannot show"):
        actions.extend_window(engineer, check=check, window_days=120, reason="Longer.")
    check = computed(check, at(80))
    assert (check.result, check.numbers["after"]["incidents"]) == ("not_yet", 1)
    assert Event.objects.about(check.action).filter(verb="action.miss_plan").count() == 1
    assert actions.judge_not_effective(manager, check=check, reason="Back.").result == "not_effective"


def test_daily_looks_and_one_late_look_say_the_same(engineer: User, case: Nonconformance) -> None:
    check = implemented(engineer, case, 0)
    for day in (20, 25, 26):  # behind the planned exposure
        make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(day))
    assert computed(check, at(10)).result == "not_yet"
    daily = computed(check, at(19))
    assert daily.result == "effective"
    EffectivenessCheck.objects.filter(pk=check.pk).update(result="not_yet", numbers={"loop": 0})
    late = computed(check, at(40))
    assert (late.result, late.numbers["after"]) == ("effective", daily.numbers["after"])


def test_a_plan_may_allow_incidents_and_needs_more_exposure_for_it(engineer: User, case: Nonconformance) -> None:
    _, check = walk.planned(engineer, case, allowed=2)
    assert (check.allowed, check.exposure_needed) == (2, pytest.approx(38.5, abs=1))
    actions.carry_out(engineer, action=check.action, implemented_on=TODAY, evidence="Photo.")
    for day in (3, 9):
        make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(day))
    check = computed(check, at(45))
    assert (check.result, check.numbers["after"]["incidents"]) == ("effective", 2)


def test_void_records_other_types_and_other_places_do_not_count(engineer: User, case: Nonconformance) -> None:
    check = implemented(engineer, case, 10)
    same: dict[str, Any] = {"defect_type": case.defect_type, "occurred_at": at(-3)}
    make.DefectFactory(line=case.line, status="void", void_reason="Wrong code.", **same)
    make.DefectFactory(line=case.line, occurred_at=at(-3))
    make.DefectFactory(line=make.ProductionLineFactory(plant=case.plant), **same)
    make.DefectFactory(line__code=case.line and case.line.code, **same)  # a line of that code in another plant
    make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(-10))  # the day of the change
    make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(0))  # today is not over
    assert computed(check).numbers["after"]["incidents"] == 0


def test_incidents_are_records_and_not_quantities(engineer: User, case: Nonconformance) -> None:
    check = implemented(engineer, case, 10)
    make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(-3), quantity=500)
    assert computed(check).numbers["after"]["incidents"] == 1


def test_units_made_replace_days_where_they_are_counted(engineer: User, case: Nonconformance) -> None:
    counted(engineer, case.line, range(21, 61), 100)
    counted(engineer, case.line, range(1, 20), 10)  # hardly anything was made since
    other = make.ProductionLineFactory(plant=case.plant)
    counted(engineer, other, range(1, 61), 5_000)
    check = computed(implemented(engineer, case, 20))
    assert check.numbers["unit"] == "units"
    assert (check.numbers["before"]["exposure"], check.numbers["after"]["exposure"]) == (4_000, 190)
    assert check.result == "not_yet"


def test_days_without_counts_have_neither_units_nor_incidents(engineer: User, case: Nonconformance) -> None:
    counted(engineer, case.line, range(21, 61), 100)
    counted(engineer, case.line, range(10, 20), 100)  # the counts of the last days are late
    check = implemented(engineer, case, 20, allowed=3)
    make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(-5))
    after = computed(check).numbers["after"]
    assert (after["incidents"], after["exposure"]) == (0, 1_000)


def test_counts_that_miss_much_of_the_trouble_are_not_used(engineer: User, case: Nonconformance) -> None:
    counted(engineer, case.line, range(1, 50), 100)
    assert computed(implemented(engineer, case, 20)).numbers["unit"] == "days"


def test_counts_that_stopped_are_not_waited_for(engineer: User, case: Nonconformance) -> None:
    counted(engineer, case.line, range(21, 61), 100)
    assert computed(implemented(engineer, case, 20)).numbers["unit"] == "days"


def test_the_product_narrows_the_units_where_counts_name_it(engineer: User, plant: Plant) -> None:
    product, other = make.ProductFactory(), make.ProductFactory()
    finding = walk.finding_with_defects(plant, days=range(48, 60))
    finding.where["product"] = product.code
    finding.save()
    make.qc.Defect.objects.update(product=product)
    counted(engineer, finding.line, range(1, 61), 100, product=product)
    counted(engineer, finding.line, range(1, 61), 900, product=other)
    check = computed(implemented(engineer, walk.opened(engineer, finding), 20))
    assert check.numbers["before"]["exposure"] == 4_000


@pytest.mark.parametrize("named", ["station", "machine", "supplier"])
def test_the_units_are_those_of_the_lines_that_the_scope_names(engineer: User, plant: Plant, named: str) -> None:
    line: ProductionLine = make.ProductionLineFactory(plant=plant)
    machine = make.MachineFactory(station__line=line)
    lot = make.SupplierLotFactory(plant=plant)
    make.qc.LotUse.objects.create(supplier_lot=lot, line=line, first_on=ago(100))
    supplier = lot.part.supplier
    where = {"station": machine.station.code, "machine": machine.code, "supplier": supplier.code}[named]
    finding = make.FindingFactory(plant=plant, where={named: where}, since=ago(60))
    for day in range(48, 60):
        make.DefectFactory(
            line=line,
            station=machine.station,
            machine=machine,
            supplier=supplier,
            defect_type=finding.defect_type,
            occurred_at=at(-day),
        )
    counted(engineer, line, range(1, 61), 100)
    counted(engineer, make.ProductionLineFactory(plant=plant), range(1, 61), 900)
    check = computed(implemented(engineer, walk.opened(engineer, finding), 20))
    assert check.numbers["before"]["exposure"] == 4_000


def test_when_the_window_is_over_the_owner_is_told_what_is_missing_and_nothing_runs_on(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    check = computed(implemented(engineer, case, 10, window_days=8))
    assert (check.result, check.due_at, check.numbers["is_over"]) == ("not_yet", None, True)
    assert "more days would show it" in Notice.objects.get(to=engineer).text
    longer = actions.extend_window(engineer, check=check, window_days=90, reason="Few units were made.")
    assert longer.due_at == make.NOON
    assert computed(check, at(10)).result == "effective"


def test_a_window_only_grows_and_with_a_reason(engineer: User, case: Nonconformance) -> None:
    check = implemented(engineer, case, 5)
    for days, reason in ((90, "Longer."), (30, "Shorter."), (731, "Longer."), (120, " ")):
        with pytest.raises(Refused):
            actions.extend_window(engineer, check=check, window_days=days, reason=reason)


def test_a_person_says_not_effective_only_after_the_window(engineer: User, manager: User, case: Nonconformance) -> None:
    check = implemented(engineer, case, 10, window_days=8)
    with pytest.raises(Refused, match="not over yet"):
        actions.judge_not_effective(manager, check=check, reason="Still there.")
    make.DefectFactory(line=case.line, defect_type=case.defect_type, occurred_at=at(-5))
    check = computed(check)
    with pytest.raises(Refused):
        actions.judge_not_effective(manager, check=check, reason="")
    judged = actions.judge_not_effective(manager, check=check, reason="Still there.")
    assert (judged.result, judged.decided_by) == ("not_effective", manager)
    with pytest.raises(Refused, match="decided already"):
        actions.judge_not_effective(manager, check=check, reason="Still there.")


def test_a_check_without_a_before_period_decides_nothing(engineer: User, case: Nonconformance) -> None:
    check = computed(implemented(engineer, case, 60))
    assert check.result == "not_yet"
    assert "ratio" not in check.numbers


def test_a_check_of_a_cancelled_case_is_not_computed(engineer: User, manager: User, case: Nonconformance) -> None:
    check = implemented(engineer, case, 20)
    Nonconformance.objects.filter(pk=case.pk).update(status="cancelled", close_reason="No.")
    assert computed(check).computed_at is None


def test_the_same_check_computed_twice_says_it_once(engineer: User, case: Nonconformance) -> None:
    check = computed(implemented(engineer, case, 20))
    EffectivenessCheck.objects.filter(pk=check.pk).update(due_at=make.NOON)
    assert actions.compute_check(check.pk)
    assert Event.objects.filter(verb="action.effectiveness").count() == 1
    assert Notice.objects.filter(to=engineer).count() == 1


def test_people_of_other_plants_leave_a_check_alone(engineer: User, case: Nonconformance) -> None:
    check = implemented(engineer, case, 5)
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    with pytest.raises(NotAllowed):
        actions.extend_window(stranger, check=check, window_days=120, reason="Longer.")
    with pytest.raises(NotAllowed):
        actions.judge_not_effective(stranger, check=check, reason="No.")


def test_the_worker_computes_the_check_after_the_commit(
    engineer: User, case: Nonconformance, work_at_once: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        check = implemented(engineer, case, 20)
    check.refresh_from_db()
    assert check.result == "effective"


def test_the_day_is_the_plants_own(engineer: User, case: Nonconformance) -> None:
    plant = case.plant
    plant.time_zone = "Pacific/Auckland"  # 00:00 on the 21st there
    plant.save()
    check = computed(implemented(engineer, case, 5))
    assert check.numbers["after"]["until"] == TODAY.isoformat()
    with clock.frozen_at(make.NOON):
        assert cases.next_steps(case, engineer)
