"""Walking a case along its way, for tests that start in the middle."""

from __future__ import annotations

import datetime as dt
from typing import Any

from qc import clock
from qc.models import CorrectiveAction, EffectivenessCheck, Finding, Nonconformance, User
from qc.services import actions, cases
from tests import factories as make

FIXED_ON = dt.date(2026, 10, 1)


def finding_with_defects(plant: Any, *, days: range = range(30, 60), **values: Any) -> Finding:
    """A systemic finding on a line since 60 days, with one defect a day in it, so many days before NOON."""
    line = make.ProductionLineFactory(plant=plant)
    values = {"since": (make.NOON - dt.timedelta(days=days.stop)).date(), "where": {"line": line.code}} | values
    finding: Finding = make.FindingFactory(plant=plant, line=line, **values)
    for day in days:
        when = make.NOON - dt.timedelta(days=day)
        make.DefectFactory(line=line, defect_type=finding.defect_type, occurred_at=when)
    return finding


def opened(by: User, finding: Finding, **values: Any) -> Nonconformance:
    facts = {"title": "Insufficient solder", "description": "At SP-11 since August.", "severity": "major"} | values
    return cases.open_case(by, plant=finding.plant, finding=finding, **facts)


def to_investigating(by: User, case: Nonconformance) -> Nonconformance:
    cases.contain(by, case=case, description="Sorted all of last week's boards.")
    return cases.investigate(by, case=case)


def to_action_plan(by: User, case: Nonconformance) -> Nonconformance:
    to_investigating(by, case)
    for leg, statement in (("occurrence", "The stencil is worn."), ("escape", "Paste height is not measured.")):
        cause = cases.add_cause(by, case=case, leg=leg, statement=statement)
        cases.verify_cause(by, cause=cause, verification="New stencil on, old one on.", evidence="Rates of both days.")
    return cases.plan_actions(by, case=case)


def planned(by: User, case: Nonconformance, **values: Any) -> tuple[CorrectiveAction, EffectivenessCheck]:
    action = actions.add(by, case=case, title="Replace the stencil")
    return action, actions.plan_effectiveness(by, action=action, **values)


def to_verifying(by: User, case: Nonconformance, *, implemented_on: dt.date = FIXED_ON) -> CorrectiveAction:
    """In verifying, the action carried out by `by`."""
    to_action_plan(by, case)
    action, _ = planned(by, case)
    action = actions.carry_out(by, action=action, implemented_on=implemented_on, evidence="Photo of the new stencil.")
    cases.start_verifying(by, case=case)
    return action


def computed(action: CorrectiveAction, on: dt.datetime) -> EffectivenessCheck:
    """The action's check as it is after the computation of that day."""
    check = action.effectiveness_checks.get()
    with clock.frozen_at(on):
        assert actions.compute_check(check.pk)
    check.refresh_from_db()
    return check
