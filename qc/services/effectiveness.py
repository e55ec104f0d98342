"""Did the fix help? The check is planned before the fix; afterwards the numbers of both periods decide."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qc import clock, queue
from qc.errors import Refused
from qc.models import EffectivenessCheck, Nonconformance, User
from qc.permissions import require
from qc.services import check_bounds, events, notices, people, steps, watches, work
from qc.services.check_plans import LONGEST_WINDOW, as_numbers, plan_effectiveness
from qc.services.periods import Measured, Side
from qc.services.scope import require_visible
from qc.services.wording import given
from qc.stats import effectiveness as fix

__all__ = ["compute_check", "extend_window", "judge_not_effective", "plan_effectiveness"]

Result = EffectivenessCheck.Result
DAILY = dt.timedelta(days=1)


def compute_check(check_pk: int) -> bool:
    """Compare before and after when the check is due; False when there is nothing to do. Safe to run twice."""
    return work.run(EffectivenessCheck.objects.all(), check_pk, _compute)


@transaction.atomic
def _compute(check: EffectivenessCheck) -> dt.datetime | None:
    """Store the numbers; returns when to look again: daily until it is decided or the window is over.

    What is effective is watched from then on, see `watches`.
    """
    case = steps.locked(check.nonconformance)
    rows = EffectivenessCheck.objects.select_for_update(of=("self",)).select_related("action__owner", "defect_type")
    check = rows.get(pk=check.pk)
    if check.result == Result.EFFECTIVE:
        return watches.watch(check, case)
    if check.result != Result.NOT_YET or check.implemented_on is None or not case.is_open:
        return None
    return _judge(check, case, check.implemented_on)


def _judge(check: EffectivenessCheck, case: Nonconformance, implemented_on: dt.date) -> dt.datetime | None:
    today = clock.today(case.plant.time_zone)
    sides = check_bounds.measured_as_planned(check, case, implemented_on=implemented_on, until=today)
    changed = check_bounds.settle(check, case, sides, implemented_on)
    window_until = implemented_on + dt.timedelta(days=check.window_days)
    was_missed = bool(check.numbers.get("is_missed"))
    numbers, result = _numbers(check, sides, implemented_on)
    is_over = today > window_until or numbers["is_missed"]
    loop = check.numbers.get("loop", 0)
    check.numbers = {"loop": loop, "window_until": window_until.isoformat(), "is_over": is_over} | numbers
    check.result, check.computed_at = Result(result), clock.now()
    check.save(update_fields=["numbers", "result", "computed_at", "plan", "exposure_needed"])
    if changed:
        check_bounds.write_change(check, case, changed)
    if check.result != Result.NOT_YET:
        _decided(check, case)
        return watches.watch(check, case) if check.result == Result.EFFECTIVE else None
    if numbers["is_missed"] and not was_missed:
        _missed(check, case)
    elif today > window_until and not was_missed:
        _tell(check, case, "over", _still_open(check))
    return None if today > window_until else clock.now() + DAILY


def _numbers(check: EffectivenessCheck, sides: Measured, implemented_on: dt.date) -> tuple[dict[str, Any], fix.Result]:
    """What the plan, as it was fixed, says of both periods, as plain values, and the result.

    The bound decides (`check_bounds`, `qc.stats.effectiveness`). The ratio with its interval only describes, so it is
    of the records as they are today, all days before the fix included.
    """
    before, after = sides.before, sides.after
    plain: dict[str, Any] = {"unit": sides.unit, "before": as_numbers(before), "is_missed": False}
    made = check_bounds.bound(check, implemented_on, sides.unit)
    if made is None:
        return plain | {"after": as_numbers(after)}, "not_yet"
    said = fix.judge(made, after.counts, after.exposures)
    values = _described(before, said) | {
        "dispersion": made.dispersion,
        "needed": made.exposure,
        "still_needed": said.still_needed,
    }
    # JSON knows neither infinity nor "not a number".
    plain |= {name: value if value is not None and math.isfinite(value) else None for name, value in values.items()}
    plain |= {"after": as_numbers(after.until(said.days)), "allowed": check.allowed, "is_missed": said.is_missed}
    return plain | {"corrected": check_bounds.corrected(made, check.plan, before)}, said.result


def _described(before: Side, said: fix.Judgement) -> dict[str, float | None]:
    """Both rates side by side; nothing where today's records know no days before."""
    if before.exposure <= 0:
        return {}
    now = fix.before_after(before.incidents, before.exposure, said.after, said.after_exposure)
    return {
        "ratio": now.ratio.ratio,
        "low": now.ratio.low,
        "high": now.ratio.high,
        "p_value": now.ratio.p_value,
        "upper": now.upper,
        "lower": now.lower,
        "expected": before.incidents / before.exposure * said.after_exposure,
    }


def _decided(check: EffectivenessCheck, case: Nonconformance) -> None:
    if check.result == Result.EFFECTIVE:
        text = _("%(case)s: the fix is effective (%(after)d incidents after, %(before)d before). It can be closed.")
    else:
        text = _("%(case)s: the fix is not effective (%(after)d incidents after, %(before)d before).")
    before, after = check.numbers["before"]["incidents"], check.numbers["after"]["incidents"]
    _tell(check, case, check.result, text % {"case": case.number, "after": after, "before": before})
    data = {"check": check.pk, "result": [Result.NOT_YET, check.result], "numbers": check.numbers}
    by = people.system()
    events.write(by=by, verb="action.effectiveness", subject=check.action, data=data, plant_id=case.plant_id)


def _missed(check: EffectivenessCheck, case: Nonconformance) -> None:
    """More incidents than the plan allowed: it cannot show any more that the fix helps. People are told at once."""
    after = check.numbers["after"]["incidents"]
    text = ngettext(
        "%(case)s: %(after)d incident since the fix, the plan allowed %(allowed)d. It is not shown to help.",
        "%(case)s: %(after)d incidents since the fix, the plan allowed %(allowed)d. It is not shown to help.",
        after,
    )
    _tell(check, case, "missed", text % {"case": case.number, "after": after, "allowed": check.allowed})
    data = {"check": check.pk, "after": after, "allowed": check.allowed}
    by = people.system()
    events.write(by=by, verb="action.miss_plan", subject=check.action, data=data, plant_id=case.plant_id)


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
    """A person's word, when the plan is missed or the window over and the numbers did not decide: it does not help.

    The case can then be investigated again. Refused before that or without a reason.
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
    """Wait longer for the planned exposure. It does not change what the plan asks for, so it costs no certainty.

    Refused without a reason, for a shorter window, or when the plan is missed: looking on until the numbers please
    would prove nothing.
    """
    current, case = _open_check(by, check, "action.edit")
    reason = given(reason, "reason", _("Say why the check needs more time."))
    if current.numbers.get("is_missed"):
        raise Refused(_("More incidents occurred than the plan allowed: more time cannot show that the fix helps."))
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
