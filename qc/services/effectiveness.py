"""Did the fix help? The check is planned before the fix; afterwards the numbers of both periods decide."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock, queue
from qc.analysis.scope import matching
from qc.errors import Refused
from qc.models import CorrectiveAction, Defect, EffectivenessCheck, Nonconformance, User
from qc.permissions import require
from qc.services import events, notices, people, steps, work
from qc.services.periods import Measured, Side, measured
from qc.services.scope import require_visible
from qc.services.wording import given
from qc.stats import rates

Result = EffectivenessCheck.Result
Status = CorrectiveAction.Status
LONGEST_WINDOW = 730  # days
DAILY = dt.timedelta(days=1)


@transaction.atomic
def plan_effectiveness(
    by: User, *, action: CorrectiveAction, window_days: int = 90, target_ratio: float = 1.0
) -> EffectivenessCheck:
    """Fix, before the action is implemented, how its effect will be judged; a plan that is there already is replaced.

    The incidents of the case's defect type and scope since the trouble began are compared with those after the
    implementation: effective when even the upper 95 % bound of the rate ratio is below `target_ratio`. The exposure
    that a clean run needs for it is computed and kept. Refused after implementation, without a defect type, or for
    a window or target that makes no sense.
    """
    require(by, "action.edit")
    require_visible(by, action)
    case = steps.locked(action.nonconformance)
    action = CorrectiveAction.objects.select_for_update().get(pk=action.pk)
    _check_plan(case, action, window_days, target_ratio)
    defect_type = case.defect_type
    if defect_type is None:
        raise Refused(_("The case has no defect type, so there is nothing to count. Waive the check at the end."))
    today = clock.today(case.plant.time_zone)
    where = scope_of(case)
    before_from = _since(case, where, today)
    check = action.effectiveness_checks.filter(result=Result.NOT_YET).first() or EffectivenessCheck(
        nonconformance=case, action=action
    )
    check.defect_type, check.where, check.before_from = defect_type, where, before_from
    check.window_days, check.target_ratio = window_days, target_ratio
    check.planned_by, check.planned_at = by, clock.now()
    before = measured(check, case.plant, implemented_on=today, until=today)
    check.exposure_needed = _needed(before.before, target_ratio)
    check.numbers = {"loop": case.loops, "unit": before.unit, "planned_before": _side(before.before)}
    check.save()
    names = ("where", "before_from", "window_days", "target_ratio", "exposure_needed")
    data = {"check": check.pk, "defect_type": defect_type.code} | {name: getattr(check, name) for name in names}
    events.write(by=by, verb="action.plan_effectiveness", subject=action, data=data, plant_id=case.plant_id)
    return check


def _check_plan(case: Nonconformance, action: CorrectiveAction, window_days: int, target_ratio: float) -> None:
    if not case.is_open:
        raise Refused(_("%(number)s is finished and stays as it is.") % {"number": case.number})
    if action.status in (Status.DONE, Status.VERIFIED, Status.CANCELLED):
        raise Refused(_("A check is planned before the action is implemented; afterwards it would prove nothing."))
    if not 7 <= window_days <= LONGEST_WINDOW:
        text = _("The window is between 7 and 730 days.")
        raise Refused(text, fields={"window_days": text})
    if not (math.isfinite(target_ratio) and 0 < target_ratio <= 1):
        text = _("The target is above 0 and at most 1: the rate afterwards as a part of the rate before.")
        raise Refused(text, fields={"target_ratio": text})


def scope_of(case: Nonconformance) -> dict[str, Any]:
    """Where the effect is counted: the finding's scope, else the case's line, product and supplier.

    One bad lot is used up and would prove nothing, so it widens to its part and supplier. Supplier and part are left
    out when no record names them: then the type is counted wherever else the scope says.
    """
    if case.finding is not None:
        where = dict(case.finding.where)
        supplier = case.finding.supplier or case.supplier
    else:
        supplier = case.supplier
        where = {"line": case.line.code} if case.line else {}
        if case.product:
            where["product"] = case.product.code
    if "supplier_lot" in where or (case.finding is None and supplier):
        where.pop("supplier_lot", None)
        if supplier:
            where["supplier"] = supplier.code
        if case.part:
            where["part"] = case.part.number
    known = Defect.objects.counted().filter(plant=case.plant, defect_type=case.defect_type)
    if known.filter(matching(where, zone=case.plant.zone)).exists():
        return where
    return {name: value for name, value in where.items() if name not in ("supplier", "part")}


def _since(case: Nonconformance, where: dict[str, Any], today: dt.date) -> dt.date:
    """When the trouble began; never just its peak."""
    if case.finding is not None and case.finding.since:
        return case.finding.since
    known = Defect.objects.counted().filter(matching(where, zone=case.plant.zone), plant=case.plant)
    first = known.filter(defect_type=case.defect_type).order_by("production_on").first()
    return first.production_on if first else today


def _needed(before: Side, target_ratio: float) -> float | None:
    if before.exposure <= 0:
        return None
    return rates.exposure_needed(before.incidents, before.exposure, agreed_ratio=target_ratio)


def compute_check(check_pk: int) -> bool:
    """Compare before and after when the check is due; False when there is nothing to do. Safe to run twice."""
    return work.run(EffectivenessCheck.objects.all(), check_pk, _compute)


@transaction.atomic
def _compute(check: EffectivenessCheck) -> dt.datetime | None:
    """Store the numbers; returns when to look again (daily until it is decided or the window is over)."""
    case = steps.locked(check.nonconformance)
    check = EffectivenessCheck.objects.select_for_update(of=("self",)).select_related("action__owner").get(pk=check.pk)
    if check.result != Result.NOT_YET or check.implemented_on is None or not case.is_open:
        return None
    today = clock.today(case.plant.time_zone)
    numbers = measured(check, case.plant, implemented_on=check.implemented_on, until=today)
    outcome = _outcome(numbers, check.target_ratio)
    window_until = check.implemented_on + dt.timedelta(days=check.window_days)
    is_over = today > window_until
    check.numbers = {"loop": check.numbers.get("loop", 0), **_numbers(numbers, outcome, window_until, is_over)}
    check.result = Result(outcome.result) if outcome else Result.NOT_YET
    check.computed_at = clock.now()
    check.save(update_fields=["numbers", "result", "computed_at"])
    if check.result != Result.NOT_YET:
        _decided(check, case)
        return None
    if is_over:
        _tell(check, case, "over", _still_open(check))
        return None
    return clock.now() + DAILY


def _outcome(numbers: Measured, target_ratio: float) -> rates.Effectiveness | None:
    """What the exact test says; None when there is no before-period to compare with."""
    before, after = numbers.before, numbers.after
    if before.exposure <= 0:
        return None
    return rates.effectiveness(
        before.incidents, before.exposure, after.incidents, after.exposure, agreed_ratio=target_ratio
    )


def _numbers(
    numbers: Measured, outcome: rates.Effectiveness | None, window_until: dt.date, is_over: bool
) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "unit": numbers.unit,
        "before": _side(numbers.before),
        "after": _side(numbers.after),
        "window_until": window_until.isoformat(),
        "is_over": is_over,
    }
    if outcome is not None:
        ratio = outcome.ratio
        values = {
            "ratio": ratio.ratio,
            "low": ratio.low,
            "high": ratio.high,
            "p_value": ratio.p_value,
            "upper": outcome.upper,
            "lower": outcome.lower,
            "still_needed": outcome.exposure_needed,
        }
        # JSON knows neither infinity nor "not a number".
        plain |= {name: value if value is not None and math.isfinite(value) else None for name, value in values.items()}
        plain["expected"] = numbers.before.incidents / numbers.before.exposure * numbers.after.exposure
    return plain


def _side(side: Side) -> dict[str, Any]:
    return {
        "from": side.first.isoformat(),
        "until": side.last.isoformat(),
        "incidents": side.incidents,
        "exposure": side.exposure,
    }


def _decided(check: EffectivenessCheck, case: Nonconformance) -> None:
    if check.result == Result.EFFECTIVE:
        text = _("%(case)s: the fix is effective (%(after)d incidents after, %(before)d before). It can be closed.")
    else:
        text = _("%(case)s: the fix is not effective (%(after)d incidents after, %(before)d before).")
    before, after = check.numbers["before"]["incidents"], check.numbers["after"]["incidents"]
    _tell(check, case, check.result, text % {"case": case.number, "after": after, "before": before})
    data = {"check": check.pk, "result": [Result.NOT_YET, check.result], "numbers": check.numbers}
    events.write(
        by=people.system(),
        verb="action.effectiveness",
        subject=check.action,
        data=data,
        plant_id=case.plant_id,
    )


def _still_open(check: EffectivenessCheck) -> str:
    needed = check.numbers.get("still_needed")
    text = _("%(case)s: the window of the check is over and it is not shown that the fix helps.")
    text %= {"case": check.nonconformance.number}
    if not needed:
        return text
    unit = _("units") if check.numbers["unit"] == "units" else _("days")
    return text + " " + _("About %(needed)s more %(unit)s would show it.") % {"needed": f"{needed:,.0f}", "unit": unit}


def _tell(check: EffectivenessCheck, case: Nonconformance, what: str, text: str) -> None:
    to = [case.owner, *([check.action.owner] if check.action.owner else [])]
    key = f"check.{what}:{check.pk}:{check.window_days}"
    notices.tell(to=to, key=key, text=text, path=f"/cases/{case.pk}/", subject=case)


@transaction.atomic
def judge_not_effective(by: User, *, check: EffectivenessCheck, reason: str) -> EffectivenessCheck:
    """A person's word, when the window is over and the numbers did not decide: the fix does not help.

    The case can then be investigated again. Refused before the window is over or without a reason.
    """
    current, case = _open_check(by, check, "case.close")
    reason = given(reason, "reason", _("Say why you take the fix for not effective."))
    if not current.numbers.get("is_over"):
        raise Refused(_("The window of the check is not over yet: let the numbers decide."))
    current.result, current.decided_by, current.due_at = Result.NOT_EFFECTIVE, by, None
    current.save(update_fields=["result", "decided_by", "due_at"])
    data = {"check": current.pk, "result": [Result.NOT_YET, Result.NOT_EFFECTIVE]}
    events.write(
        by=by,
        verb="action.judge_not_effective",
        subject=current.action,
        data=data,
        reason=reason,
        plant_id=case.plant_id,
    )
    return current


@transaction.atomic
def extend_window(by: User, *, check: EffectivenessCheck, window_days: int, reason: str) -> EffectivenessCheck:
    """Look longer, because the numbers have not decided. Refused without a reason or for a shorter window."""
    current, case = _open_check(by, check, "action.edit")
    reason = given(reason, "reason", _("Say why the check needs more time."))
    if not current.window_days < window_days <= LONGEST_WINDOW:
        text = _("The new window is longer than the old one and at most 730 days.")
        raise Refused(text, fields={"window_days": text})
    data = {"check": current.pk, "window_days": [current.window_days, window_days]}
    current.window_days = window_days
    if current.implemented_on:
        current.due_at = clock.now()
        queue.effectiveness_is_due(current.pk)
    current.save(update_fields=["window_days", "due_at"])
    events.write(
        by=by, verb="action.extend_window", subject=current.action, data=data, reason=reason, plant_id=case.plant_id
    )
    return current


def _open_check(by: User, check: EffectivenessCheck, permission: str) -> tuple[EffectivenessCheck, Nonconformance]:
    require(by, permission)
    require_visible(by, check)
    case = steps.locked(check.nonconformance)
    current = EffectivenessCheck.objects.select_for_update().get(pk=check.pk)
    if not case.is_open or current.result != Result.NOT_YET:
        raise Refused(_("This check is decided already."))
    return current, case
