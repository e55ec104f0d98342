"""The bound by which a check is judged: as it was planned, whatever is corrected in the days before afterwards.

A bound that moved with every late record could be moved until the fix looks good. So the exposure that a plan needs is
kept from the day on which it was planned. It is set anew once, from the days before the fix alone, in three cases:

- `dated_before`: the fix is dated before the last day that the plan counted as before it;
- `no_bound`: nothing was there to plan from, and now there is;
- `counts_stopped`: it was planned in units made, and nobody counts them any more: calendar days decide from then on.

What was planned stays on the check and in the audit trail.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from qc.models import EffectivenessCheck, Nonconformance
from qc.services import events, people
from qc.services.check_plans import as_numbers, as_plan
from qc.services.periods import Measured, Side, measured
from qc.stats import effectiveness as fix
from qc.stats import rates

MUCH = 1.25  # times the exposure needed: what changes a plan of two weeks by less than four days is not worth a word


def measured_as_planned(
    check: EffectivenessCheck, case: Nonconformance, *, implemented_on: dt.date, until: dt.date
) -> Measured:
    """Both periods; a plan in calendar days stays one when counts come in later."""
    in_days = check.plan.get("unit") == "days" and not _why_anew(check, implemented_on, "days")
    unit = "days" if in_days else None
    return measured(check, case.plant, implemented_on=implemented_on, until=until, unit=unit)


def settle(check: EffectivenessCheck, case: Nonconformance, sides: Measured, implemented_on: dt.date) -> dict[str, Any]:
    """Set the bound anew where the planned one cannot hold; what changed, for the trail, or nothing."""
    why, before = _why_anew(check, implemented_on, sides.unit), sides.before
    if not why or before.exposure <= 0 or not before.incidents:
        return {}
    phi = rates.dispersion(before.counts, before.exposures)
    made = fix.plan(
        before.incidents, before.exposure, allowed=check.allowed, agreed_ratio=check.target_ratio, dispersion=phi
    )
    was = {"because": why, "exposure_needed": check.exposure_needed, "plan": check.plan}
    check.plan = as_plan(made, before, sides.unit, case) | {"anew": was}
    changed = {"exposure_needed": [check.exposure_needed, made.exposure], "because": why}
    check.exposure_needed = made.exposure
    return changed


def write_change(check: EffectivenessCheck, case: Nonconformance, changed: dict[str, Any]) -> None:
    """The trail of a bound that was set anew."""
    data = {"check": check.pk, **changed}
    by = people.system()
    events.write(by=by, verb="action.set_bound", subject=check.action, data=data, plant_id=case.plant_id)


def bound(check: EffectivenessCheck, implemented_on: dt.date, unit: str) -> fix.Plan | None:
    """The plan as it was fixed; None where there is none that could decide in `unit`."""
    if _why_anew(check, implemented_on, unit):
        return None
    plan = check.plan
    before = plan["before"]
    return fix.Plan(
        before["incidents"],
        before["exposure"],
        check.allowed,
        check.target_ratio,
        plan["alpha"],
        plan["dispersion"],
        check.exposure_needed,
    )


def corrected(made: fix.Plan, plan: dict[str, Any], before: Side) -> dict[str, Any] | None:
    """What today's records say of the planned days and would ask for, where that is much else than what was planned."""
    until = dt.date.fromisoformat(plan["before"]["until"])
    now = before.until(sum(day <= until for day in before.days))
    needed = None
    if now.exposure > 0 and now.incidents:
        phi = rates.dispersion(now.counts, now.exposures)
        needed = fix.plan(
            now.incidents, now.exposure, allowed=made.allowed, agreed_ratio=made.agreed_ratio, dispersion=phi
        ).exposure
    if needed and made.exposure and 1 / MUCH <= needed / made.exposure <= MUCH:
        return None
    if needed is None and made.exposure is None:
        return None
    return as_numbers(now) | {"until": until.isoformat(), "needed": needed}


def _has_bound(plan: dict[str, Any]) -> bool:
    return "alpha" in plan and bool(plan["before"]["incidents"])


def _why_anew(check: EffectivenessCheck, implemented_on: dt.date, unit: str) -> str:
    """Why the planned bound cannot hold; empty where it does."""
    plan = check.plan
    if not _has_bound(plan):
        return "no_bound"
    if dt.date.fromisoformat(plan["before"]["until"]) >= implemented_on:
        return "dated_before"
    return "" if plan["unit"] == unit else "counts_stopped"
