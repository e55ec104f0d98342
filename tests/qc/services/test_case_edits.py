from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc import clock
from qc.errors import Refused, Stale
from qc.models import Nonconformance, Notice, Plant, User
from qc.services import cases, comments
from tests import factories as make

pytestmark = pytest.mark.usefixtures("noon")
HOUR = dt.timedelta(hours=1)


def opened(by: User, plant: Plant, severity: str, **values: Any) -> Nonconformance:
    return cases.open_case(
        by, plant=plant, title="Pins stand off", description="Since today.", severity=severity, **values
    )


@pytest.mark.parametrize(("severity", "hours"), [("major", 24), ("minor", 72)])
def test_the_clock_of_the_containment_runs_by_severity_until_it_is_recorded(
    engineer: User, plant: Plant, severity: str, hours: int
) -> None:
    case = opened(engineer, plant, severity)
    assert case.contain_due_at == make.NOON + hours * HOUR and case.waits_for_containment
    late = Nonconformance.objects.visible_to(engineer).containment_late
    assert not late(at=make.NOON + hours * HOUR).exists()
    assert late(at=make.NOON + hours * HOUR + HOUR).get() == case
    contained = cases.contain(engineer, case=case, description="Stock blocked.")
    assert not contained.waits_for_containment and not late(at=make.NOON + 1000 * HOUR).exists()


def test_a_critical_case_is_not_saved_without_its_containment_by_any_verb(
    engineer: User, manager: User, plant: Plant
) -> None:
    with pytest.raises(Refused) as refusal:
        opened(engineer, plant, "critical")
    assert list(refusal.value.fields) == ["containment"]
    case = opened(engineer, plant, "major")
    with pytest.raises(Refused) as refusal:
        cases.edit(engineer, case=case, version=case.version, severity="critical")
    assert list(refusal.value.fields) == ["severity"]
    cases.contain(engineer, case=case, description="Nothing left of it.", none_needed=True)
    case.refresh_from_db()
    with pytest.raises(Refused):
        cases.edit(engineer, case=case, version=case.version, severity="critical")
    closed = make.NonconformanceFactory(
        plant=plant, severity="critical", status="closed", closed_at=make.NOON, closed_by=manager
    )
    with pytest.raises(Refused):
        cases.reopen(manager, case=closed, reason="It is back.")
    assert cases.reopen(manager, case=closed, reason="It is back.", containment="Stock blocked.").status == "contained"
    assert not Nonconformance.objects.filter(severity="critical", status="open").exists()


def test_a_new_severity_sets_the_clock_anew(engineer: User, plant: Plant) -> None:
    case = opened(engineer, plant, "minor")
    changed = cases.edit(engineer, case=case, version=case.version, severity="major")
    assert changed.contain_due_at == make.NOON + 24 * HOUR


def test_a_due_date_is_not_in_the_past_unless_it_was_there(engineer: User, plant: Plant) -> None:
    case, today = opened(engineer, plant, "major"), make.NOON.date()
    with pytest.raises(Refused) as refusal:
        cases.edit(engineer, case=case, version=1, due_on=today - dt.timedelta(days=1), title="New")
    assert list(refusal.value.fields) == ["due_on"]
    case.refresh_from_db()
    assert (case.title, case.version) == ("Pins stand off", 1), "no partial change"
    cases.edit(engineer, case=case, version=1, due_on=today)
    with clock.frozen_at(make.NOON + dt.timedelta(days=3)):
        assert cases.edit(engineer, case=case, version=2, due_on=today, title="New").title == "New"


def test_the_facts_of_the_full_record_are_kept_and_their_change_is_in_the_trail(engineer: User, plant: Plant) -> None:
    case = opened(engineer, plant, "major")
    facts = {"kind": "receiving", "detected_at": "incoming", "requirement": "7-40-118 rev C, pin height"}
    facts |= {"lot_quantity": "9000", "inspected_quantity": "200", "defective_quantity": "11", "unit": "pcs"}
    changed = cases.edit(engineer, case=case, version=1, **facts)
    assert (changed.kind, changed.lot_quantity) == ("receiving", 9000)
    assert cases.timeline(case)[0].data["requirement"] == ["", "7-40-118 rev C, pin height"]
    for field, value in (
        ("kind", "bad"),
        ("defective_quantity", 201),
        ("requirement", "x" * 301),
        ("lot_quantity", "-1"),
    ):
        with pytest.raises(Refused) as refusal:
            cases.edit(engineer, case=case, version=2, **{field: value})
        assert list(refusal.value.fields) == [field]
    with pytest.raises(Stale):
        cases.edit(engineer, case=case, version=1, unit="m")


def test_who_is_mentioned_and_may_read_the_case_is_told_once(
    engineer: User, manager: User, inspector: User, plant: Plant
) -> None:
    case = make.NonconformanceFactory(plant=plant)
    stranger = make.UserFactory(username="far", role="engineer", plants=[make.PlantFactory()])
    contact = make.UserFactory(username="contact", role="supplier", supplier=make.SupplierFactory())
    text = "@Manager, see (@inspector). Not @far, @contact, @nobody or x@engineer.com; again @manager."
    comments.write(engineer, subject=case, text=f"{text} @engineer")
    told = Notice.objects.filter(key__startswith="comment.mention")
    assert {notice.to for notice in told} == {manager, inspector}
    assert {notice.path for notice in told} == {f"/cases/{case.pk}/"} and told[0].text.startswith("engineer mentioned")
    assert not Notice.objects.filter(to__in=[stranger, contact]).exists()
    assert set(cases.timeline(case)[0].data["mentioned"]) == {"inspector", "engineer", "manager"}
