from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc.errors import NotAllowed, Refused, Stale
from qc.models import CorrectiveAction, Event, Nonconformance, Notice, Plant, User
from qc.services import actions, cases
from tests import factories as make
from tests import record_factories as records
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")
TODAY = make.NOON.date()


@pytest.fixture
def case(engineer: User, plant: Plant) -> Nonconformance:
    return make.NonconformanceFactory(plant=plant, owner=engineer)


def done(by: User, action: CorrectiveAction, **values: Any) -> CorrectiveAction:
    return actions.carry_out(by, action=action, **{"implemented_on": TODAY, "evidence": "Photo 12."} | values)


def test_an_action_without_owner_and_supplier_is_ones_own(engineer: User, case: Nonconformance) -> None:
    action = actions.add(engineer, case=case, title="Replace the stencil", due_on=TODAY, strength="eliminate")
    assert (action.owner, action.status, action.kind, action.version) == (engineer, "open", "corrective", 1)
    assert not Notice.objects.exists()
    assert Event.objects.about(action).get().plant == case.plant


def test_a_suppliers_action_needs_no_owner(engineer: User, case: Nonconformance) -> None:
    supplier = make.SupplierFactory()
    action = actions.add(engineer, case=case, title="8D", supplier=supplier)
    assert (action.owner, action.supplier) == (None, supplier)


def test_the_owner_is_told_what_to_do(engineer: User, inspector: User, case: Nonconformance) -> None:
    actions.add(engineer, case=case, title="Replace the stencil", owner=inspector)
    notice = Notice.objects.get()
    assert notice.to == inspector
    assert "Replace the stencil" in notice.text and case.number in notice.text


@pytest.mark.parametrize(("field", "value"), [("title", " "), ("kind", "magic"), ("strength", "strong")])
def test_a_wrong_value_is_said_beside_its_field(engineer: User, case: Nonconformance, field: str, value: str) -> None:
    with pytest.raises(Refused) as refusal:
        actions.add(engineer, case=case, **{"title": "Replace the stencil", field: value})
    assert list(refusal.value.fields) == [field]


def test_an_owner_from_outside_is_refused(engineer: User, acme: User, case: Nonconformance) -> None:
    with pytest.raises(Refused) as refusal:
        actions.add(engineer, case=case, title="Replace the stencil", owner=acme)
    assert list(refusal.value.fields) == ["owner"]


def test_a_finished_case_gets_no_actions_and_keeps_those_it_has(engineer: User, case: Nonconformance) -> None:
    action = actions.add(engineer, case=case, title="Replace the stencil")
    Nonconformance.objects.filter(pk=case.pk).update(status="cancelled", close_reason="No.")
    with pytest.raises(Refused, match="finished"):
        actions.add(engineer, case=case, title="Another")
    with pytest.raises(Refused, match="finished"):
        done(engineer, action)


def test_an_action_is_carried_out_with_evidence_and_verified_by_someone_else(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    action = actions.add(engineer, case=case, title="Replace the stencil")
    assert actions.start(engineer, action=action).status == "in_progress"
    action = done(engineer, action)
    assert (action.status, action.done_by, action.implemented_on) == ("done", engineer, TODAY)
    with pytest.raises(NotAllowed):
        actions.verify(engineer, action=action)
    with pytest.raises(NotAllowed):
        actions.reject(engineer, action=action, reason="Not good.")
    assert actions.verify(manager, action=action).verified_by == manager
    with pytest.raises(Refused, match="Verified"):
        done(engineer, action)


def test_evidence_and_a_day_that_has_come_are_needed(engineer: User, case: Nonconformance) -> None:
    action = actions.add(engineer, case=case, title="Replace the stencil")
    for values, field in (
        ({"evidence": "  "}, "evidence"),
        ({"implemented_on": TODAY + dt.timedelta(days=1)}, "implemented_on"),
    ):
        with pytest.raises(Refused) as refusal:
            done(engineer, action, **values)
        assert list(refusal.value.fields) == [field]


def test_an_inspector_carries_out_only_the_own_actions(engineer: User, inspector: User, case: Nonconformance) -> None:
    with pytest.raises(NotAllowed):
        done(inspector, actions.add(engineer, case=case, title="Replace the stencil"))
    mine = actions.add(engineer, case=case, title="Clean the nozzle", owner=inspector)
    assert done(inspector, mine).done_by == inspector


def test_what_a_supplier_did_is_recorded_in_its_persons_name(
    engineer: User, acme: User, rival: User, case: Nonconformance
) -> None:
    action = actions.add(engineer, case=case, title="8D", supplier=acme.supplier)
    with pytest.raises(Refused, match="action's supplier"):
        done(engineer, action, done_by=rival)
    assert done(engineer, action, done_by=acme).done_by == acme
    assert actions.verify(engineer, action=action).status == "verified"


def test_nobody_records_a_deed_in_a_colleagues_name(engineer: User, manager: User, case: Nonconformance) -> None:
    action = actions.add(engineer, case=case, title="Replace the stencil")
    with pytest.raises(Refused):
        done(engineer, action, done_by=manager)


def test_a_rejected_action_waits_again_and_its_owner_is_told(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    action = done(engineer, actions.add(engineer, case=case, title="Replace the stencil"))
    with pytest.raises(Refused) as refusal:
        actions.reject(manager, action=action, reason="")
    assert list(refusal.value.fields) == ["reason"]
    assert actions.reject(manager, action=action, reason="Wrong thickness.").status == "rejected"
    assert "Wrong thickness." in Notice.objects.get(to=engineer).text
    assert done(engineer, action).status == "done"


def test_a_rejected_fix_takes_a_verifying_case_back_to_its_plan(engineer: User, manager: User, plant: Plant) -> None:
    case = walk.opened(engineer, walk.finding_with_defects(plant))
    action = walk.to_verifying(engineer, case)
    actions.reject(manager, action=action, reason="Wrong thickness.")
    case.refresh_from_db()
    check = action.effectiveness_checks.get()
    assert (case.status, check.implemented_on, check.due_at) == ("action_plan", None, None)
    done(engineer, action)
    assert cases.start_verifying(engineer, case=case).status == "verifying"


def test_what_was_measured_of_a_rejected_fix_says_nothing_of_the_next_one(
    engineer: User, manager: User, plant: Plant
) -> None:
    case = walk.opened(engineer, walk.finding_with_defects(plant))
    action = walk.to_verifying(engineer, case)
    action.effectiveness_checks.update(result="effective")
    actions.reject(manager, action=action, reason="Only one of the two presses has it.")
    done(engineer, action)
    case.refresh_from_db()
    cases.start_verifying(engineer, case=case)
    with pytest.raises(Refused, match="not shown yet"):
        cases.close(manager, case=case)
    assert action.effectiveness_checks.get().result == "not_yet"


def test_a_cancelled_action_has_a_reason_and_stops_its_check(engineer: User, plant: Plant) -> None:
    case = walk.opened(engineer, walk.finding_with_defects(plant))
    action, check = walk.planned(engineer, case)
    with pytest.raises(Refused):
        actions.cancel(engineer, action=action, reason="")
    done(engineer, action)
    assert actions.cancel(engineer, action=action, reason="Never fitted.").cancel_reason == "Never fitted."
    check.refresh_from_db()
    assert check.due_at is None


def test_a_waiting_action_gets_another_owner_date_or_strength(
    engineer: User, inspector: User, case: Nonconformance
) -> None:
    action = actions.add(engineer, case=case, title="Replace the stencil")
    moved = actions.edit(engineer, action=action, version=1, owner=inspector, due_on=TODAY, strength="poka_yoke")
    assert (moved.owner, moved.due_on, moved.strength, moved.version) == (inspector, TODAY, "poka_yoke", 2)
    assert actions.edit(engineer, action=action, version=2, due_on=TODAY).version == 2
    with pytest.raises(Stale):
        actions.edit(engineer, action=action, version=1, due_on=TODAY)
    assert Notice.objects.get().to == inspector


def test_a_stale_version_is_refused_by_each_step(engineer: User, manager: User, case: Nonconformance) -> None:
    action = actions.add(engineer, case=case, title="Replace the stencil")
    with pytest.raises(Stale):
        done(engineer, action, version=7)
    action = done(engineer, action)
    for step in (actions.verify, lambda by, **values: actions.reject(by, reason="No.", **values)):
        with pytest.raises(Stale):
            step(manager, action=action, version=7)


@pytest.mark.parametrize("name", ["auditor", "plant_manager", "acme"])
def test_roles_that_only_read_do_nothing_with_actions(
    name: str, engineer: User, case: Nonconformance, request: pytest.FixtureRequest
) -> None:
    person = request.getfixturevalue(name)
    action = actions.add(engineer, case=case, title="Replace the stencil")
    attempts: list[Any] = [
        lambda: actions.add(person, case=case, title="Mine"),
        lambda: actions.start(person, action=action),
        lambda: done(person, action),
        lambda: actions.verify(person, action=action),
        lambda: actions.reject(person, action=action, reason="No."),
        lambda: actions.cancel(person, action=action, reason="No."),
        lambda: actions.edit(person, action=action, version=1, due_on=TODAY),
        lambda: actions.plan_effectiveness(person, action=action),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()


def test_an_action_of_another_plant_is_left_alone(engineer: User, case: Nonconformance) -> None:
    action = actions.add(engineer, case=case, title="Replace the stencil")
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    for attempt in (
        lambda: actions.add(stranger, case=case, title="Mine"),
        lambda: done(stranger, action),
        lambda: actions.plan_effectiveness(stranger, action=action),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_due_date_in_the_past_is_refused_for_a_new_action_and_for_a_changed_one(
    engineer: User, case: Nonconformance
) -> None:
    yesterday = TODAY - dt.timedelta(days=1)
    with pytest.raises(Refused) as refusal:
        actions.add(engineer, case=case, title="Replace the stencil", due_on=yesterday)
    assert list(refusal.value.fields) == ["due_on"] and not case.actions.exists()
    action = actions.add(engineer, case=case, title="Replace the stencil")
    with pytest.raises(Refused, match="is over"):
        actions.edit(engineer, action=action, version=1, due_on=yesterday, reason="Late.")


def test_a_due_date_that_is_set_moves_only_with_a_reason_that_stays(engineer: User, case: Nonconformance) -> None:
    action = actions.add(engineer, case=case, title="Replace the stencil", due_on=TODAY)
    later = TODAY + dt.timedelta(days=7)
    with pytest.raises(Refused) as refusal:
        actions.edit(engineer, action=action, version=1, due_on=later)
    assert list(refusal.value.fields) == ["reason"]
    actions.edit(engineer, action=action, version=1, due_on=later, reason="The stencil comes on Friday.")
    event = Event.objects.filter(verb="action.edit").get()
    assert event.data == {"due_on": [TODAY.isoformat(), later.isoformat()]}
    assert event.reason == "The stencil comes on Friday."


def test_the_date_of_a_suppliers_accepted_plan_counts_even_when_it_has_come(
    engineer: User, case: Nonconformance
) -> None:
    action = actions.add(engineer, case=case, title="8D", supplier=make.SupplierFactory(), due_on=TODAY)
    day = TODAY - dt.timedelta(days=2)
    assert actions.agree_date(engineer, action=action, due_on=day, reason="Agreed.").due_on == day


def test_an_action_treats_a_cause_of_its_own_case(engineer: User, case: Nonconformance) -> None:
    own, foreign = records.CauseFactory(nonconformance=case), records.CauseFactory(nonconformance__plant=case.plant)
    action = actions.add(engineer, case=case, title="Replace the stencil", cause=own)
    assert action.cause == own
    out = records.CauseFactory(
        nonconformance=case, ruled_out_at=make.NOON, ruled_out_by=engineer, ruled_out_reason="New paste shows it too."
    )
    for wrong in (foreign, out):
        with pytest.raises(Refused) as refusal:
            actions.edit(engineer, action=action, version=1, cause=wrong)
        assert list(refusal.value.fields) == ["cause"]
    assert actions.edit(engineer, action=action, version=1, cause=None, title="A new stencil").cause is None
