from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc.errors import NotAllowed, Refused, Stale
from qc.models import CaseProposal, CaseRule, Event, Finding, Nonconformance, Notice, Plant, User
from qc.services import case_rules, rule_table
from tests import factories as make

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture(autouse=True)
def empty_table(db: None) -> None:
    CaseRule.objects.all().delete()


def rule(manager: User, **values: Any) -> CaseRule:
    given = {"verdict": "systemic", "severity": "major", "repeat": "any", "within_days": 90, "outcome": "propose"}
    return rule_table.add(manager, **{"plant": None, "owner": None, **given, **values})


def finding(plant: Plant, severity: str = "major", **values: Any) -> Finding:
    kind = values.pop("kind_of_defect", None) or make.DefectTypeFactory(severity=severity)
    row: Finding = make.FindingFactory(plant=plant, defect_type=kind, first_seen_at=make.NOON, **values)
    return row


def applied(row: Finding) -> CaseProposal | None:
    case_rules.apply(row.plant, [row.defect_type])
    return CaseProposal.objects.filter(finding=row).first()


def test_a_proposal_is_kept_told_once_and_opened_by_nobody_else(
    plant: Plant, manager: User, engineer: User, inspector: User
) -> None:
    rule(manager)
    row = finding(plant)
    first, again = applied(row), applied(row)
    assert first == again and first is not None and (first.outcome, first.case) == ("propose", None)
    told = Notice.objects.filter(key=f"case.propose:{row.pk}")
    assert {notice.to for notice in told} == {manager, engineer}
    assert not Nonconformance.objects.exists()
    assert list(CaseProposal.objects.visible_to(engineer).waiting()) == [first]


def test_a_rule_opens_a_case_once_as_the_system_for_the_engineer_with_the_least_to_do(
    plant: Plant, manager: User, engineer: User
) -> None:
    make.NonconformanceFactory(plant=plant, owner=engineer)
    idle = make.UserFactory(role="engineer", plants=[plant])
    make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    rule(manager, outcome="open")
    row = finding(plant)
    for _run in range(2):
        applied(row)
    case = Nonconformance.objects.get(finding=row)
    assert (case.owner, case.opened_by.role, case.severity, case.status) == (idle, "system", "major", "open")
    assert case.contain_due_at == make.NOON + dt.timedelta(hours=24)
    assert Notice.objects.filter(to=idle, key=f"case.owner:{case.pk}:1").exists()
    proposal = CaseProposal.objects.get(finding=row)
    assert (proposal.outcome, proposal.case) == ("open", case)


def test_the_machine_opens_nothing_critical_but_proposes_it_at_once(
    plant: Plant, manager: User, engineer: User
) -> None:
    rule(manager, severity="", outcome="open")
    row = finding(plant, severity="critical")
    proposal = applied(row)
    assert proposal is not None and proposal.outcome == "propose" and "containment" in proposal.reason
    assert not Nonconformance.objects.exists()
    with pytest.raises(Refused) as refusal:
        rule(manager, severity="critical", outcome="open")
    assert list(refusal.value.fields) == ["outcome"]


@pytest.mark.parametrize("verdict", ["one_off", "background", "insufficient"])
def test_a_one_off_needs_no_case(plant: Plant, manager: User, verdict: str) -> None:
    rule(manager, verdict="one_off", severity="", outcome="none")
    rule(manager, verdict="", severity="minor", outcome="open")
    assert applied(finding(plant, verdict=verdict)) is None


def test_the_first_rule_that_fits_decides_and_order_is_changed_by_moving(
    plant: Plant, manager: User, engineer: User
) -> None:
    first = rule(manager, outcome="none")
    second = rule(manager, outcome="propose")
    assert applied(finding(plant)) is None
    rule_table.move(manager, rule=second, up=True)
    assert list(CaseRule.objects.all()) == [second, first]
    found = applied(finding(plant))
    assert found is not None and found.rule == second


def test_a_rule_of_one_plant_leaves_the_others_alone(plant: Plant, manager: User) -> None:
    rule(manager, plant=make.PlantFactory())
    assert applied(finding(plant)) is None


@pytest.mark.parametrize(("days", "is_repeat"), [(89, True), (91, False)])
def test_a_repeat_is_the_same_trouble_within_the_days_of_the_rule(
    plant: Plant, manager: User, days: int, is_repeat: bool
) -> None:
    rule(manager, repeat="repeat")
    kind, line = make.DefectTypeFactory(severity="major"), make.ProductionLineFactory(plant=plant)
    before = make.NOON - dt.timedelta(days=days)
    case = make.NonconformanceFactory(plant=plant, defect_type=kind, line=line, opened_at=before)
    here, there = (
        finding(plant, kind_of_defect=kind, line=at) for at in (line, make.ProductionLineFactory(plant=plant))
    )
    assert (applied(here) is not None) == is_repeat
    assert not CaseProposal.objects.filter(finding=there).exists(), "another line is other trouble"
    Nonconformance.objects.filter(pk=case.pk).update(status="cancelled", close_reason="x")
    assert applied(finding(plant, kind_of_defect=kind, line=line)) is None, "a cancelled case was none"


def test_what_people_set_aside_or_work_on_is_left_alone(plant: Plant, manager: User, engineer: User) -> None:
    rule(manager)
    dismissed = finding(plant, decision="dismissed", decided_by=engineer, decision_reason="Known.")
    replaced = finding(plant, replaced_at=make.NOON)
    in_work = finding(plant)
    make.NonconformanceFactory(plant=plant, finding=in_work)
    for row in (dismissed, replaced, in_work):
        assert applied(row) is None


def test_a_declined_proposal_stays_declined(plant: Plant, manager: User, engineer: User, inspector: User) -> None:
    rule(manager)
    row = finding(plant)
    proposal = applied(row)
    assert proposal is not None
    with pytest.raises(NotAllowed):
        case_rules.decline(inspector, proposal=proposal, reason="No.")
    with pytest.raises(Refused):
        case_rules.decline(engineer, proposal=proposal, reason=" ")
    case_rules.decline(engineer, proposal=proposal, reason="The supplier is gone.")
    CaseRule.objects.update(outcome="open")
    applied(row)
    assert not Nonconformance.objects.exists() and not CaseProposal.objects.waiting().exists()
    assert Event.objects.about(row).latest("sequence").verb == "finding.decline_case"


def test_a_rehearsal_counts_and_changes_nothing(plant: Plant, manager: User, engineer: User) -> None:
    rows = [rule(manager, outcome="open"), rule(manager, severity="minor")]
    for severity, ago in (("major", 1), ("major", 100), ("minor", 5), ("critical", 5)):
        kind = make.DefectTypeFactory(severity=severity)
        seen = make.NOON - dt.timedelta(days=ago)
        make.FindingFactory(plant=plant, defect_type=kind, first_seen_at=seen)
    make.FindingFactory(first_seen_at=make.NOON)  # another plant's
    found = case_rules.rehearse(engineer, rows)
    assert (found.findings, found.outcomes) == (3, {"open": 1, "propose": 1, "none": 1})
    assert found.by_rule == {rows[0].pk: 1, rows[1].pk: 1, None: 1}
    assert not Nonconformance.objects.exists() and not CaseProposal.objects.exists()


def test_only_managers_edit_the_table_and_nobody_over_anothers_change(manager: User, engineer: User) -> None:
    row = rule(manager)
    with pytest.raises(NotAllowed):
        rule(engineer)
    with pytest.raises(NotAllowed):
        rule_table.remove(engineer, rule=row)
    rule_table.change(manager, rule=row, version=1, outcome="none")
    with pytest.raises(Stale):
        rule_table.change(manager, rule=row, version=1, outcome="open")
    for values in ({"within_days": 0}, {"verdict": "bad"}, {"outcome": "maybe"}):
        with pytest.raises(Refused) as refusal:
            rule_table.change(manager, rule=row, **values)  # type: ignore[arg-type]
        assert list(refusal.value.fields) == list(values)
    rule_table.remove(manager, rule=row)
    assert not CaseRule.objects.exists()


@pytest.mark.django_db
def test_the_table_that_comes_with_the_house_opens_nothing_for_a_one_off() -> None:
    migration = __import__("qc.migrations.0016_material_review", fromlist=["FIRST_RULES"])
    assert migration.FIRST_RULES[0] == ("one_off", "", "any", "none")
    assert all(outcome != "open" for *_rest, outcome in migration.FIRST_RULES)


def test_a_case_that_cannot_be_opened_is_proposed_with_the_reason_and_the_others_go_on(
    plant: Plant, manager: User, engineer: User
) -> None:
    rule(manager, outcome="open")
    kind = make.DefectTypeFactory(severity="major")
    silent = finding(plant, kind_of_defect=kind, explanation="")
    other = finding(plant, kind_of_defect=kind, where={"line": "X"}, where_key="line=X")
    case_rules.apply(plant, [kind])
    said = CaseProposal.objects.get(finding=silent)
    assert (said.outcome, said.case) == ("propose", None) and said.reason
    assert CaseProposal.objects.get(finding=other).outcome == "open"


def test_a_finding_that_is_told_of_another_place_opens_no_second_case(
    plant: Plant, manager: User, engineer: User
) -> None:
    rule(manager, outcome="open")
    first = finding(plant, where={"machine": "M"}, where_key="machine=M")
    opened = applied(first)
    Finding.objects.filter(pk=first.pk).update(replaced_at=make.NOON)
    again = finding(plant, kind_of_defect=first.defect_type, where={"station": "S"}, where_key="station=S")
    said = applied(again)
    assert opened is not None and opened.case is not None and said is not None
    assert said.outcome == "propose" and opened.case.number in said.reason
    assert Nonconformance.objects.get() == opened.case


def test_a_finding_that_was_set_aside_meanwhile_gets_no_case(plant: Plant, manager: User, engineer: User) -> None:
    by_rule, row = rule(manager, outcome="open"), finding(plant)
    dismissed = {"decision": "dismissed", "decided_by": manager, "decision_reason": "Known"}
    Finding.objects.filter(pk=row.pk).update(**dismissed)
    case_rules._decide(row, by_rule)  # as a worker that read it a moment before
    assert not CaseProposal.objects.exists()
