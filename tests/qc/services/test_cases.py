from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc import clock
from qc.errors import NotAllowed, Refused, Stale
from qc.models import Event, Nonconformance, Notice, Plant, User
from qc.services import actions, cases, events, steps
from tests import factories as make
from tests import record_factories as record
from tests.qc.services import walk

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def case(engineer: User, plant: Plant) -> Nonconformance:
    return walk.opened(engineer, walk.finding_with_defects(plant))


def status(case: Nonconformance) -> str:
    case.refresh_from_db()
    return case.status


def test_a_case_walks_from_a_finding_to_an_effective_fix(engineer: User, manager: User, case: Nonconformance) -> None:
    seen = [status(case)]
    for step in (walk.to_action_plan,):
        step(engineer, case)
        seen.append(status(case))
    action, _ = walk.planned(engineer, case, window_days=60)
    implemented_on = (make.NOON - dt.timedelta(days=29)).date()
    actions.carry_out(engineer, action=action, implemented_on=implemented_on, evidence="New stencil, photo 12.")
    cases.start_verifying(engineer, case=case)
    seen.append(status(case))
    actions.verify(manager, action=action)
    assert walk.computed(action, make.NOON).result == "effective"
    closed = cases.close(manager, case=case)
    assert [*seen, closed.status] == ["open", "action_plan", "verifying", "closed"]
    assert (closed.closed_by, closed.closed_at) == (manager, make.NOON)
    verbs = [event.verb for event in cases.timeline(case)][::-1]
    assert verbs == [
        "case.open",
        "case.contain",
        "case.investigate",
        *["case.add_cause", "case.verify_cause"] * 2,
        "case.plan_actions",
        "action.add",
        "action.plan_effectiveness",
        "action.carry_out",
        "case.start_verifying",
        "action.verify",
        "action.set_bound",
        "action.effectiveness",
        "case.close",
    ]
    assert list(events.broken_links()) == []


def test_a_step_out_of_turn_is_refused_and_says_where_the_case_stands(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    out_of_turn: list[Any] = [
        lambda: cases.investigate(engineer, case=case),
        lambda: cases.review(engineer, case=case, suspect_quantity=1),
        lambda: cases.dispose(manager, case=case, decision="scrap", quantity=1),
        lambda: cases.finish_dispositions(engineer, case=case),
        lambda: cases.add_cause(engineer, case=case, leg="escape", statement="Not measured."),
        lambda: cases.plan_actions(engineer, case=case),
        lambda: cases.start_verifying(engineer, case=case),
        lambda: cases.close(engineer, case=case, reason="Done."),
        lambda: cases.waive(manager, case=case, reason="Done."),
    ]
    for step in out_of_turn:
        with pytest.raises(Refused, match="Open"):
            step()
    assert status(case) == "open"
    assert Event.objects.about(case).count() == 1


def test_a_minor_one_off_is_not_investigated_but_closed_with_a_reason(engineer: User, plant: Plant) -> None:
    case = walk.opened(engineer, make.FindingFactory(plant=plant, verdict="one_off"), severity="minor")
    cases.contain(engineer, case=case, description="None needed: pallet scrapped.", none_needed=True)
    with pytest.raises(Refused, match="needs no investigation"):
        cases.investigate(engineer, case=case)
    with pytest.raises(Refused) as refusal:
        cases.close(engineer, case=case)
    assert list(refusal.value.fields) == ["reason"]
    assert cases.close(engineer, case=case, reason="A dropped pallet.").status == "closed"


@pytest.mark.parametrize("why", ["major", "systemic", "repeat"])
def test_a_case_is_investigated_when_it_is_serious_or_systemic_or_a_repeat(
    engineer: User, plant: Plant, why: str
) -> None:
    kind = make.DefectTypeFactory()
    if why == "repeat":
        make.NonconformanceFactory(plant=plant, defect_type=kind, status="open")
    case = make.NonconformanceFactory(
        plant=plant,
        defect_type=kind,
        status="contained",
        severity="major" if why == "major" else "minor",
        verdict="systemic" if why == "systemic" else "one_off",
    )
    assert cases.investigate(engineer, case=case).status == "investigating"


def test_only_a_one_off_skips_the_investigation(engineer: User, case: Nonconformance) -> None:
    cases.contain(engineer, case=case, description="Sorted.")
    with pytest.raises(Refused, match="Only a one-off"):
        cases.close(engineer, case=case, reason="We are busy.")


def test_verifying_waits_for_actions_and_a_planned_check(engineer: User, case: Nonconformance) -> None:
    walk.to_action_plan(engineer, case)
    with pytest.raises(Refused, match="no corrective action"):
        cases.start_verifying(engineer, case=case)
    action = actions.add(engineer, case=case, title="Replace the stencil")
    with pytest.raises(Refused, match=r"Not implemented yet: Replace the stencil.*No check is planned"):
        cases.start_verifying(engineer, case=case)
    actions.plan_effectiveness(engineer, action=action)
    actions.carry_out(engineer, action=action, implemented_on=walk.FIXED_ON, evidence="Photo.")
    assert cases.start_verifying(engineer, case=case).status == "verifying"


def test_closing_waits_for_the_second_person_and_the_numbers(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    action = walk.to_verifying(engineer, case, implemented_on=make.NOON.date())
    with pytest.raises(Refused, match=r"second person yet: Replace the stencil.*not shown yet"):
        cases.close(manager, case=case)
    actions.verify(manager, action=action)
    walk.computed(action, make.NOON + dt.timedelta(days=60))
    with pytest.raises(Refused, match="You carried out"):
        cases.close(engineer, case=case)
    assert cases.close(manager, case=case).status == "closed"


def test_what_a_check_said_before_the_fix_failed_proves_nothing_of_the_next_fix(
    engineer: User, manager: User, plant: Plant
) -> None:
    case = make.NonconformanceFactory(plant=plant, status="action_plan", loops=1)
    done: dict[str, Any] = {"status": "verified", "done_by": engineer, "verified_by": manager, "evidence": "Photo."}
    done |= {"nonconformance": case, "implemented_on": make.NOON.date(), "kind": "corrective"}
    first, second = (make.CorrectiveActionFactory(**done) for _each in range(2))
    record.EffectivenessCheckFactory(action=first, result="effective", numbers={"loop": 0})
    record.EffectivenessCheckFactory(action=second, result="not_effective", numbers={"loop": 0})
    make.CorrectiveActionFactory(**done)
    with pytest.raises(Refused, match="No check is planned"):
        cases.start_verifying(engineer, case=case)
    Nonconformance.objects.filter(pk=case.pk).update(status="verifying")
    with pytest.raises(Refused, match="not shown yet"):
        cases.close(manager, case=case)


def test_a_fix_that_failed_is_investigated_again_and_needs_a_new_check(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    action = walk.to_verifying(engineer, case, implemented_on=make.NOON.date())
    actions.verify(manager, action=action)
    with pytest.raises(Refused, match="No effectiveness check says"):
        cases.investigate(engineer, case=case)
    for day in range(1, 30):
        when = make.NOON + dt.timedelta(days=day)
        make.DefectFactory.create_batch(3, line=case.line, defect_type=case.defect_type, occurred_at=when)
    assert walk.computed(action, make.NOON + dt.timedelta(days=31)).result == "not_effective"
    with pytest.raises(Refused, match="investigate again"):
        cases.close(manager, case=case)
    again = cases.investigate(engineer, case=case, reason="The new stencil wears as fast.")
    assert (again.status, again.loops) == ("investigating", 1)
    cases.plan_actions(engineer, case=case)
    with pytest.raises(Refused, match="No check is planned"):
        cases.start_verifying(engineer, case=case)
    second, _ = walk.planned(engineer, case)
    with clock.frozen_at(make.NOON + dt.timedelta(days=31)):
        fixed_on = (make.NOON + dt.timedelta(days=31)).date()
        actions.carry_out(engineer, action=second, implemented_on=fixed_on, evidence="Harder stencil.")
        cases.start_verifying(engineer, case=case)
        actions.verify(manager, action=second)
    assert walk.computed(second, make.NOON + dt.timedelta(days=90)).result == "effective"
    assert cases.close(manager, case=case).status == "closed"


def test_a_manager_waives_the_proof_with_a_reason(engineer: User, manager: User, case: Nonconformance) -> None:
    action = walk.to_verifying(engineer, case)
    with pytest.raises(NotAllowed):
        cases.waive(engineer, case=case, reason="The line is gone.")
    with pytest.raises(Refused, match="second person"):
        cases.waive(manager, case=case, reason="The line is gone.")
    actions.verify(manager, action=action)
    with pytest.raises(Refused) as refusal:
        cases.waive(manager, case=case, reason=" ")
    assert list(refusal.value.fields) == ["reason"]
    closed = cases.waive(manager, case=case, reason="The line is gone.")
    check = action.effectiveness_checks.get()
    assert (closed.status, closed.close_reason) == ("closed", "The line is gone.")
    assert (check.result, check.waive_reason, check.due_at) == ("waived", "The line is gone.", None)
    assert Notice.objects.filter(to=engineer, key=f"case.close:{case.pk}").exists()


def test_a_cancelled_case_keeps_its_number_and_ends_its_actions(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    action, check = walk.planned(engineer, case)
    with pytest.raises(NotAllowed):
        cases.cancel(engineer, case=case, reason="Not ours.")
    with pytest.raises(Refused) as refusal:
        cases.cancel(manager, case=case, reason="")
    assert list(refusal.value.fields) == ["reason"]
    cancelled = cases.cancel(manager, case=case, reason="Wrong plant.")
    action.refresh_from_db()
    assert (cancelled.status, cancelled.number, action.status) == ("cancelled", case.number, "cancelled")
    with pytest.raises(Refused, match="Cancelled"):
        cases.cancel(manager, case=case, reason="Again.")


def test_a_case_is_not_cancelled_while_a_supplier_works_on_it(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    action = actions.add(engineer, case=case, title="8D from the supplier", supplier=make.SupplierFactory())
    with pytest.raises(Refused, match="8D from the supplier"):
        cases.cancel(manager, case=case, reason="Wrong plant.")
    actions.cancel(engineer, action=action, reason="Request cancelled.")
    assert cases.cancel(manager, case=case, reason="Wrong plant.").status == "cancelled"


def test_more_containment_can_be_added_later_without_moving_the_case(engineer: User, case: Nonconformance) -> None:
    walk.to_investigating(engineer, case)
    assert cases.contain(engineer, case=case, description="Also at the customer.").status == "investigating"
    assert case.containments.count() == 2


def test_a_critical_case_cannot_do_without_containment(engineer: User, plant: Plant) -> None:
    case = make.NonconformanceFactory(plant=plant, severity="critical")
    with pytest.raises(Refused) as refusal:
        cases.contain(engineer, case=case, description="Nothing to do.", none_needed=True)
    assert list(refusal.value.fields) == ["none_needed"]


def test_an_edit_says_before_and_after_and_raises_the_version(
    engineer: User, manager: User, case: Nonconformance
) -> None:
    edited = cases.edit(
        engineer, case=case, version=1, title="Paste too thin", owner=manager, due_on=dt.date(2026, 12, 1)
    )
    assert (edited.version, edited.title, edited.owner) == (2, "Paste too thin", manager)
    event = Event.objects.about(case).filter(verb="case.edit").get()
    assert event.data == {
        "title": ["Insufficient solder", "Paste too thin"],
        "owner": [engineer.pk, manager.pk],
        "due_on": [None, "2026-12-01"],
    }
    assert Notice.objects.filter(to=manager).count() == 1


def test_a_stale_edit_or_step_changes_nothing(engineer: User, case: Nonconformance) -> None:
    cases.edit(engineer, case=case, version=1, title="First")
    with pytest.raises(Stale):
        cases.edit(engineer, case=case, version=1, title="Second")
    with pytest.raises(Stale):
        cases.contain(engineer, case=case, description="Sorted.", version=1)
    case.refresh_from_db()
    assert (case.title, case.status, case.version) == ("First", "open", 2)


def test_an_edit_without_a_change_writes_nothing(engineer: User, case: Nonconformance) -> None:
    assert cases.edit(engineer, case=case, version=1, title=case.title).version == 1
    assert not Event.objects.about(case).filter(verb="case.edit").exists()


def test_a_case_becomes_critical_only_with_a_containment(engineer: User, case: Nonconformance) -> None:
    with pytest.raises(Refused) as refusal:
        cases.edit(engineer, case=case, version=1, severity="critical")
    assert list(refusal.value.fields) == ["severity"]
    contained = cases.contain(engineer, case=case, description="Line stopped.")
    assert cases.edit(engineer, case=case, version=contained.version, severity="critical").severity == "critical"


def test_defects_are_added_to_an_open_case_once(engineer: User, plant: Plant, case: Nonconformance) -> None:
    mine, foreign = make.DefectFactory(line__plant=plant), make.DefectFactory()
    before = case.defects.count()
    cases.link_defects(engineer, case=case, defects=[mine, mine])
    cases.link_defects(engineer, case=case, defects=[mine])
    assert case.defects.count() == before + 1
    with pytest.raises(Refused):
        cases.link_defects(engineer, case=case, defects=[foreign])


def test_a_closed_case_comes_back_as_a_new_one_with_its_own_clock(engineer: User, manager: User, plant: Plant) -> None:
    old = make.NonconformanceFactory(
        plant=plant, status="closed", closed_by=manager, closed_at=make.NOON, owner=engineer, verdict="systemic"
    )
    with pytest.raises(NotAllowed):
        cases.reopen(engineer, case=old, reason="Back since Monday.")
    new = cases.reopen(manager, case=old, reason="Back since Monday.")
    assert (new.reopened_from, new.status, new.title, new.verdict) == (old, "open", old.title, "systemic")
    with pytest.raises(Refused, match=new.number):
        cases.reopen(manager, case=old, reason="Back since Monday.")
    with pytest.raises(Refused, match="not closed"):
        cases.reopen(manager, case=new, reason="Back again.")


@pytest.mark.parametrize("name", ["inspector", "auditor", "plant_manager", "purchasing", "acme"])
def test_only_quality_people_move_a_case(name: str, case: Nonconformance, request: pytest.FixtureRequest) -> None:
    person = request.getfixturevalue(name)
    with pytest.raises(NotAllowed):
        cases.contain(person, case=case, description="Sorted.")
    with pytest.raises(NotAllowed):
        cases.edit(person, case=case, version=1, title="Mine now")
    assert status(case) == "open"


def test_a_case_of_another_plant_is_not_moved(case: Nonconformance) -> None:
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    with pytest.raises(NotAllowed):
        cases.contain(stranger, case=case, description="Sorted.")
    with pytest.raises(NotAllowed):
        cases.edit(stranger, case=case, version=1, title="Mine now")
    with pytest.raises(NotAllowed):
        cases.link_defects(stranger, case=case, defects=[])


def test_the_next_steps_say_what_is_next_and_what_blocks_it(
    engineer: User, auditor: User, case: Nonconformance
) -> None:
    first = {step.verb: step for step in cases.next_steps(case, engineer)}
    assert list(first) == ["contain", "cancel"]
    assert first["contain"].is_ready and not first["contain"].is_side
    assert not first["cancel"].is_allowed and first["cancel"].is_side
    assert not any(step.is_ready for step in cases.next_steps(case, auditor))
    case = walk.to_investigating(engineer, case)
    plan = next(step for step in cases.next_steps(case, engineer) if step.verb == "plan_actions")
    assert not plan.is_ready
    assert len(plan.blockers) == 2


def test_every_state_but_the_last_ones_leads_on() -> None:
    ends = {Nonconformance.Status.CLOSED, Nonconformance.Status.CANCELLED}
    for state in set(Nonconformance.Status) - ends:
        assert [row for row in steps.TABLE if state in row.sources and row.to and not row.is_side], state
    assert not [row for row in steps.TABLE if ends & set(row.sources)]
    assert all(callable(getattr(cases, row.verb)) for row in steps.TABLE)
