"""Planning how the effect of a fix will be judged, before it is implemented."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.analysis.scope import matching
from qc.errors import Refused
from qc.models import CorrectiveAction, Defect, DefectType, EffectivenessCheck, Nonconformance, User
from qc.permissions import require
from qc.services import events, steps
from qc.services.periods import Measured, Side, measured
from qc.services.scope import require_visible
from qc.stats import effectiveness as fix
from qc.stats import rates

Status = CorrectiveAction.Status
LONGEST_WINDOW = 730  # days
MOST_ALLOWED = 500  # incidents
LEAST_DAYS = 14  # a check sees two weeks if it can: what differs by weekday must not decide
USUAL_LEFT = 0.1  # of the rate, when no finding says what is left without the trouble
CERTAIN = 0.99
OFFERED = (0, 1, 2, 3, 5, 8, 12, 20)  # incidents allowed, as the page offers them


@dataclass(frozen=True, slots=True)
class Option:
    """A plan as people choose it: incidents allowed, exposure and days it needs, chance to recognise a good fix."""

    allowed: int
    exposure: float
    days: int
    recognised: float
    is_recommended: bool


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a check of an action would be planned from, and the plans to choose from."""

    incidents: int
    exposure: float
    unit: str
    since: dt.date
    pace: float
    left: float
    usual: int
    options: tuple[Option, ...]


@transaction.atomic
def plan_effectiveness(
    by: User,
    *,
    action: CorrectiveAction,
    window_days: int = 90,
    target_ratio: float = 1.0,
    allowed: int | None = None,
) -> EffectivenessCheck:
    """Fix, before the action is implemented, how its effect will be judged; a plan that is there already is replaced.

    The incidents of the case's defect type and scope since the trouble began set the rate before. The fix is effective
    when at most `allowed` incidents (by default none, or as many as two weeks can prove) occur in the exposure with
    which they prove that the rate is below `target_ratio` of what it was. Refused after implementation, without a
    defect type, or for a window, target or number that makes no sense.
    """
    require(by, "action.edit")
    require_visible(by, action)
    case = steps.locked(action.nonconformance)
    action = CorrectiveAction.objects.select_for_update().get(pk=action.pk)
    _check_plan(case, action, window_days, target_ratio, allowed)
    defect_type = case.defect_type
    if defect_type is None:
        raise Refused(_("The case has no defect type, so there is nothing to count. Waive the check at the end."))
    check = action.effectiveness_checks.filter(result=EffectivenessCheck.Result.NOT_YET).first()
    check = check or EffectivenessCheck(nonconformance=case, action=action)
    sides = _looked_back(check, case, defect_type, window_days, target_ratio)
    made = _made(sides.before, case, window_days, target_ratio, allowed=allowed)
    check.allowed, check.exposure_needed = (made.allowed, made.exposure) if made else (allowed or 0, None)
    check.planned_by, check.planned_at = by, clock.now()
    check.numbers = {"loop": case.loops, "unit": sides.unit}
    check.plan = as_plan(made, sides.before, sides.unit, case)
    check.save()
    names = ("where", "before_from", "window_days", "target_ratio", "allowed", "exposure_needed", "plan")
    data = {"check": check.pk, "defect_type": defect_type.code} | {name: getattr(check, name) for name in names}
    events.write(by=by, verb="action.plan_effectiveness", subject=action, data=data, plant_id=case.plant_id)
    return check


def outlook(case: Nonconformance, *, window_days: int = 90, target_ratio: float = 1.0) -> Outlook | None:
    """The plans that a check in this case could have today; None when there is nothing to count or to compare with."""
    if case.defect_type is None:
        return None
    check = EffectivenessCheck(nonconformance=case)
    before = (sides := _looked_back(check, case, case.defect_type, window_days, target_ratio)).before
    short = _made(before, case, window_days, target_ratio)
    best = _made(before, case, window_days, target_ratio, sure=fix.SURE)
    if short is None or best is None or short.exposure is None:
        return None
    pace, left = _pace(before), _left(case)
    options: list[Option] = []
    for allowed in sorted({*OFFERED, short.allowed, best.allowed}):
        made = _made(before, case, window_days, target_ratio, allowed=allowed)
        if made is None or made.exposure is None or (made.exposure > window_days * pace and allowed):
            continue
        if options and options[-1].recognised > CERTAIN and allowed > max(short.allowed, best.allowed):
            break  # more would only take longer
        days = math.ceil(made.exposure / pace)
        options.append(Option(allowed, made.exposure, days, made.recognised(left), allowed == best.allowed))
    return Outlook(
        before.incidents, before.exposure, sides.unit, before.first, pace, left, short.allowed, tuple(options)
    )


def _looked_back(
    check: EffectivenessCheck, case: Nonconformance, defect_type: DefectType, window_days: int, target_ratio: float
) -> Measured:
    """Fill in what is counted, and count it up to today."""
    today = clock.today(case.plant.time_zone)
    where = scope_of(case)
    check.defect_type, check.where, check.before_from = defect_type, where, _since(case, where, today)
    check.window_days, check.target_ratio = window_days, target_ratio
    return measured(check, case.plant, implemented_on=today, until=today)


def _made(
    before: Side,
    case: Nonconformance,
    window_days: int,
    target_ratio: float,
    *,
    allowed: int | None = None,
    sure: float = 0.0,
) -> fix.Plan | None:
    if before.exposure <= 0:
        return None
    phi, pace = rates.dispersion(before.counts, before.exposures), _pace(before)
    if allowed is not None:
        return fix.plan(before.incidents, before.exposure, allowed=allowed, agreed_ratio=target_ratio, dispersion=phi)
    return fix.recommended(
        before.incidents,
        before.exposure,
        least=min(LEAST_DAYS, window_days) * pace,
        most=window_days * pace,
        left=_left(case),
        sure=sure,
        agreed_ratio=target_ratio,
        dispersion=phi,
    )


def _pace(before: Side) -> float:
    """Exposure a calendar day, as the period before had it."""
    return before.exposure / max((before.last - before.first).days + 1, 1)


def _left(case: Nonconformance) -> float:
    """The part of the rate that stays when a fix takes away just what the finding says is too much."""
    ratio = case.finding.rate_ratio if case.finding else None
    return min(max(1 / ratio, USUAL_LEFT), 0.5) if ratio and ratio > 1 else USUAL_LEFT


def as_plan(made: fix.Plan | None, before: Side, unit: str, case: Nonconformance) -> dict[str, Any]:
    """A plan with what it was made from, as plain values; just the latter where nothing can be shown."""
    counted = {"unit": unit, "before": as_numbers(before)}
    if made is None:
        return counted
    pace, left = _pace(before), _left(case)
    return counted | {
        "alpha": made.alpha,
        "dispersion": made.dispersion,
        "pace": pace,
        "days": math.ceil(made.exposure / pace) if made.exposure else None,
        "left": left,
        "recognised": made.recognised(left),
    }


def as_numbers(side: Side) -> dict[str, Any]:
    """A period as plain values for a JSON field."""
    return {
        "from": side.first.isoformat(),
        "until": side.last.isoformat(),
        "incidents": side.incidents,
        "exposure": side.exposure,
    }


def _check_plan(
    case: Nonconformance, action: CorrectiveAction, window_days: int, target_ratio: float, allowed: int | None
) -> None:
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
    if allowed is not None and not 0 <= allowed <= MOST_ALLOWED:
        text = _("Between 0 and 500 incidents can be allowed.")
        raise Refused(text, fields={"allowed": text})


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
    known = Defect.objects.counted().filter(matching(where, zone=case.plant.zone), plant=case.plant)
    if case.defect_type and known.judged_as(case.defect_type).exists():
        return where
    return {name: value for name, value in where.items() if name not in ("supplier", "part")}


def _since(case: Nonconformance, where: dict[str, Any], today: dt.date) -> dt.date:
    """When the trouble began; never just its peak."""
    if case.finding is not None and case.finding.since:
        return case.finding.since
    known = Defect.objects.counted().filter(matching(where, zone=case.plant.zone), plant=case.plant)
    first = known.judged_as(case.defect_type).order_by("production_on").first() if case.defect_type else None
    return first.production_on if first else today
