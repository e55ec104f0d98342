"""How a check of an effect is planned."""

from __future__ import annotations

import datetime as dt

import pytest

from qc.errors import Refused
from qc.models import Finding, Nonconformance, Plant, User
from qc.services import actions, check_plans
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


def test_the_plan_fixes_what_is_counted_since_when_and_how_much_is_needed(
    engineer: User, case: Nonconformance, finding: Finding
) -> None:
    _, check = walk.planned(engineer, case, window_days=60, target_ratio=0.5)
    assert (check.defect_type, check.where) == (finding.defect_type, finding.where)
    assert (check.before_from, check.window_days, check.target_ratio) == (ago(60), 60, 0.5)
    assert check.plan["before"]["incidents"] == 12
    assert (check.allowed, check.exposure_needed) == (0, pytest.approx(60 * 0.2836 / 0.5, rel=1e-3))
    assert (check.plan["days"], check.plan["pace"]) == (35, 1)
    assert (check.result, check.implemented_on, check.due_at) == ("not_yet", None, None)


def test_a_plan_can_be_changed_until_the_action_is_implemented(engineer: User, case: Nonconformance) -> None:
    action, check = walk.planned(engineer, case)
    assert actions.plan_effectiveness(engineer, action=action, window_days=30).pk == check.pk
    actions.carry_out(engineer, action=action, implemented_on=TODAY, evidence="Photo.")
    with pytest.raises(Refused, match="before the action is implemented"):
        actions.plan_effectiveness(engineer, action=action, window_days=10)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("target_ratio", float("nan")),
        ("window_days", 6),
        ("window_days", 731),
        ("target_ratio", 0),
        ("target_ratio", 1.5),
        ("allowed", -1),
        ("allowed", 501),
    ],
)
def test_a_plan_that_proves_nothing_is_refused(engineer: User, case: Nonconformance, field: str, value: float) -> None:
    with pytest.raises(Refused) as refusal:
        walk.planned(engineer, case, **{field: value})
    assert list(refusal.value.fields) == [field]


def test_without_a_defect_type_there_is_nothing_to_count(engineer: User, plant: Plant) -> None:
    with pytest.raises(Refused, match="no defect type"):
        walk.planned(engineer, make.NonconformanceFactory(plant=plant))


def test_a_bad_lot_is_judged_by_the_lots_that_come_after_it(engineer: User, plant: Plant) -> None:
    part = make.PartFactory()
    lot = make.SupplierLotFactory(plant=plant, part=part)
    where = {"supplier_lot": lot.code, "part": part.number}
    finding = make.FindingFactory(plant=plant, supplier=part.supplier, where=where, since=ago(30))
    values = {"part": part, "supplier": part.supplier, "defect_type": finding.defect_type}
    make.DefectFactory(line__plant=plant, supplier_lot=lot, **values)
    _, check = walk.planned(engineer, walk.opened(engineer, finding))
    assert check.where == {"supplier": part.supplier.code, "part": part.number}


def test_a_supplier_that_no_record_names_is_left_out_of_the_scope(engineer: User, plant: Plant) -> None:
    line = make.ProductionLineFactory(plant=plant)
    supplier = make.SupplierFactory()
    where = {"supplier": supplier.code, "line": line.code}
    finding = make.FindingFactory(plant=plant, supplier=supplier, where=where, since=ago(30))
    make.DefectFactory(line=line, defect_type=finding.defect_type, occurred_at=at(-20))
    _, check = walk.planned(engineer, walk.opened(engineer, finding))
    assert check.where == {"line": line.code}
    assert check.plan["before"]["incidents"] == 1


def test_a_case_without_finding_counts_since_its_first_defect(engineer: User, plant: Plant) -> None:
    line = make.ProductionLineFactory(plant=plant)
    case = make.NonconformanceFactory(plant=plant, line=line, defect_type=make.DefectTypeFactory())
    for day in (40, 10):
        make.DefectFactory(line=line, defect_type=case.defect_type, occurred_at=at(-day))
    _, check = walk.planned(engineer, case)
    assert (check.before_from, check.where) == (ago(40), {"line": line.code})


def test_with_many_incidents_before_the_plan_still_takes_two_weeks(engineer: User, plant: Plant) -> None:
    finding = walk.finding_with_defects(plant, days=range(1, 21))
    for day in range(1, 21):
        for _ in range(3):
            make.DefectFactory(line=finding.line, defect_type=finding.defect_type, occurred_at=at(-day))
    _, check = walk.planned(engineer, walk.opened(engineer, finding))
    assert check.plan["before"]["incidents"] == 80
    assert 12 < check.plan["days"] <= 14 and check.allowed > 20


def test_clusters_of_bad_days_need_more_exposure(engineer: User, plant: Plant) -> None:
    finding = walk.finding_with_defects(plant, days=range(1, 41, 8))
    for day in range(1, 41, 8):
        for _ in range(9):
            make.DefectFactory(line=finding.line, defect_type=finding.defect_type, occurred_at=at(-day))
    _, check = walk.planned(engineer, walk.opened(engineer, finding), allowed=0)
    assert check.plan["dispersion"] > 2
    assert check.exposure_needed > 40 * (0.05 ** (-1 / 50) - 1) * 2


def test_the_case_offers_plans_with_their_days_and_chances(engineer: User, case: Nonconformance) -> None:
    seen = check_plans.outlook(case)
    assert seen is not None
    assert (seen.incidents, seen.exposure, seen.unit, seen.pace) == (12, 60, "days", 1)
    clean, one, *_ = seen.options
    assert (clean.allowed, clean.days, one.allowed, one.days) == (0, 18, 1, 28)
    assert clean.recognised < one.recognised
    assert [option.is_recommended for option in seen.options].count(True) == 1
    assert check_plans.outlook(make.NonconformanceFactory(plant=case.plant)) is None
