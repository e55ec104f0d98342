"""What people and suppliers do about a case: planned, carried out with evidence, verified by someone else."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock, queue
from qc.errors import NotAllowed, Refused, Stale
from qc.models import Cause, CorrectiveAction, EffectivenessCheck, Nonconformance, Supplier, User
from qc.permissions import may, require
from qc.services import events, notices, openings, steps
from qc.services.effectiveness import compute_check, extend_window, judge_not_effective, plan_effectiveness
from qc.services.scope import require_visible
from qc.services.wording import choice, given, short

__all__ = [
    "add",
    "agree_date",
    "cancel",
    "carry_out",
    "compute_check",
    "edit",
    "extend_window",
    "judge_not_effective",
    "plan_effectiveness",
    "reject",
    "start",
    "verify",
]

Status = CorrectiveAction.Status
WAITING = (Status.OPEN, Status.IN_PROGRESS, Status.REJECTED)
EDITABLE = ("title", "description", "owner", "due_on", "strength", "cause")


@transaction.atomic
def add(
    by: User,
    *,
    case: Nonconformance,
    title: str,
    kind: str = "corrective",
    owner: User | None = None,
    supplier: Supplier | None = None,
    due_on: dt.date | None = None,
    description: str = "",
    strength: str = "",
    cause: Cause | None = None,
) -> CorrectiveAction:
    """Give somebody something to do about an open case (and its `cause`); by default it is the person's own.

    Refused beside the field (a due date in the past, a cause of another case), and for a finished case.
    """
    require(by, "action.edit")
    require_visible(by, case, supplier)
    current = steps.locked(case)
    if not current.is_open:
        raise Refused(_("%(number)s is finished: no action can be added.") % {"number": current.number})
    _check_day(current, due_on)
    _check_cause(current, cause)
    action = CorrectiveAction.objects.create(
        nonconformance=current,
        title=given(title, "title", _("Say what is to be done."), longest=200),
        kind=choice(kind, CorrectiveAction.Kind.values, "kind"),
        owner=_who(by, current, owner, supplier),
        supplier=supplier,
        due_on=due_on,
        description=short(description, "description"),
        strength=choice(strength, ["", *CorrectiveAction.Strength.values], "strength"),
        cause=cause,
        created_by=by,
        created_at=clock.now(),
    )
    _tell_owner(by, action)
    names = ("title", "kind", "owner_id", "supplier_id", "due_on", "strength", "cause_id")
    return _written(by, action, "add", **{name: getattr(action, name) for name in names})


@transaction.atomic
def edit(by: User, *, action: CorrectiveAction, version: int, reason: str = "", **changes: Any) -> CorrectiveAction:
    """Change what an action that waits says of EDITABLE; an owner that is None keeps the one that is there.

    Stale when someone else changed it meanwhile. Refused beside the field; a due date that is set moves only with a
    reason, and never into the past.
    """
    current = _begin(by, action, "action.edit", WAITING, version)
    if unknown := set(changes) - set(EDITABLE):
        raise ValueError(f"an action has no field {sorted(unknown)[0]!r} that can be edited")
    before = _editable(current)
    for name, value in changes.items():
        setattr(current, name, _edited(current, name, value))
    difference: dict[str, Any] = events.changes(before, _editable(current))
    if not difference:
        return current
    if "due_on" in difference:
        _check_day(current.nonconformance, current.due_on)
        if before["due_on"] is not None:
            reason = given(reason, "reason", _("Say why the due date changes."))
    if "owner_id" in difference:
        _tell_owner(by, current)
    return _saved(by, current, "edit", reason=short(reason, "reason"), **difference)


@transaction.atomic
def agree_date(by: User, *, action: CorrectiveAction, due_on: dt.date, reason: str) -> CorrectiveAction:
    """Take over the day that a supplier's accepted plan names, even when it has come meanwhile."""
    current = _begin(by, action, "action.edit", WAITING)
    if current.due_on == due_on:
        return current
    change, current.due_on = [current.due_on, due_on], due_on
    return _saved(by, current, "edit", reason=reason, due_on=change)


def _who(by: User, case: Nonconformance, owner: User | None, supplier: Supplier | None) -> User | None:
    """Who does it: the person named, or who adds it where no supplier does."""
    owner = owner or (None if supplier else by)
    if owner:
        openings.check_owner(owner, case.plant)
    return owner


def _edited(action: CorrectiveAction, name: str, value: Any) -> Any:
    """The new value of a field, checked."""
    if name == "title":
        return given(value, name, _("Say what is to be done."), longest=200)
    if name == "description":
        return short(value, name)
    if name == "strength":
        return choice(value, ["", *CorrectiveAction.Strength.values], name)
    if name == "cause":
        _check_cause(action.nonconformance, value)
    if name == "owner":
        if value is None:
            return action.owner
        openings.check_owner(value, action.nonconformance.plant)
    return value


def _editable(action: CorrectiveAction) -> dict[str, Any]:
    names = ("title", "description", "owner_id", "due_on", "strength", "cause_id")
    return {name: getattr(action, name) for name in names}


def _check_day(case: Nonconformance, due_on: dt.date | None) -> None:
    if due_on is not None and due_on < clock.today(case.plant.time_zone):
        text = _("%(day)s is over. Give a day from today on.") % {"day": due_on.isoformat()}
        raise Refused(text, fields={"due_on": text})


def _check_cause(case: Nonconformance, cause: Cause | None) -> None:
    if cause is not None and (cause.nonconformance_id != case.pk or cause.ruled_out_at is not None):
        text = _("Choose a cause of this case that is not ruled out.")
        raise Refused(text, fields={"cause": text})


@transaction.atomic
def start(by: User, *, action: CorrectiveAction) -> CorrectiveAction:
    """Say that work on it has begun. Refused when it is done or cancelled."""
    current = _begin(by, action, "action.carry_out", WAITING)
    _require_own(by, current)
    return _to(by, current, Status.IN_PROGRESS, "start")


@transaction.atomic
def carry_out(
    by: User,
    *,
    action: CorrectiveAction,
    implemented_on: dt.date,
    evidence: str,
    done_by: User | None = None,
    version: int | None = None,
) -> CorrectiveAction:
    """Record that the action is implemented, since when, and what shows it; its effect is measured from that day.

    `done_by` names the supplier's person when one of ours records what the action's supplier did. Refused without
    evidence, for a day in the future, and for somebody else's action unless the role plans actions.
    """
    current = _begin(by, action, "action.carry_out", WAITING, version)
    if done_by is None or done_by.pk == by.pk:
        _require_own(by, current)
        done_by = by
    elif not done_by.is_outside or done_by.supplier_id != current.supplier_id:
        raise Refused(_("Only a person of the action's supplier can be named as who did it."))
    evidence = given(evidence, "evidence", _("Say what shows that it is done: a photo, a document, a setting."))
    if implemented_on > clock.today(current.nonconformance.plant.time_zone):
        text = _("%(day)s lies in the future.") % {"day": implemented_on.isoformat()}
        raise Refused(text, fields={"implemented_on": text})
    current.implemented_on, current.evidence = implemented_on, evidence
    current.done_by, current.done_at = done_by, clock.now()
    _start_measuring(current)
    data: dict[str, Any] = {"implemented_on": implemented_on, "evidence": evidence, "done_by": done_by.pk}
    return _to(by, current, Status.DONE, "carry_out", **data)


def _start_measuring(action: CorrectiveAction) -> None:
    for check in action.effectiveness_checks.filter(result=EffectivenessCheck.Result.NOT_YET):
        check.implemented_on, check.due_at = action.implemented_on, clock.now()
        check.tries, check.parked_at, check.error = 0, None, ""
        check.save(update_fields=["implemented_on", "due_at", "tries", "parked_at", "error"])
        queue.effectiveness_is_due(check.pk)


@transaction.atomic
def verify(by: User, *, action: CorrectiveAction, version: int | None = None) -> CorrectiveAction:
    """A second person saw that it is done. Refused for who carried it out."""
    current = _begin(by, action, "action.verify", (Status.DONE,), version)
    if current.done_by_id == by.pk:
        raise NotAllowed(_("You carried this action out, so someone else verifies it."))
    current.verified_by, current.verified_at = by, clock.now()
    return _to(by, current, Status.VERIFIED, "verify")


@transaction.atomic
def reject(by: User, *, action: CorrectiveAction, reason: str, version: int | None = None) -> CorrectiveAction:
    """What was done is not enough: the action waits again, measuring stops, and a verifying case goes back."""
    current = _begin(by, action, "action.verify", (Status.DONE,), version)
    if current.done_by_id == by.pk:
        raise NotAllowed(_("You carried this action out, so someone else judges it."))
    reason = given(reason, "reason", _("Say what is missing."))
    # What was measured belongs to a fix that is not accepted: the plan stays, and measuring starts with the next one.
    measured = current.effectiveness_checks.exclude(result=EffectivenessCheck.Result.WAIVED)
    measured.update(result=EffectivenessCheck.Result.NOT_YET, implemented_on=None, due_at=None)
    if current.owner and current.owner_id != by.pk:
        text = _("“%(action)s” was not accepted: %(reason)s") % {"action": current.title, "reason": reason}
        _tell(current.owner, current, "reject", text)
    rejected = _to(by, current, Status.REJECTED, "reject", reason=reason)
    case = current.nonconformance
    if case.status == steps.S.VERIFYING and current.kind == CorrectiveAction.Kind.CORRECTIVE:
        case.status = steps.S.ACTION_PLAN
        change = [steps.S.VERIFYING, steps.S.ACTION_PLAN]
        steps.move(by, case, "back_to_plan", reason=reason, status=change, action=current.pk)
    return rejected


@transaction.atomic
def cancel(by: User, *, action: CorrectiveAction, reason: str) -> CorrectiveAction:
    """Give the action up; its checks end with it. Refused without a reason, or when it is verified."""
    current = _begin(by, action, "action.edit", (*WAITING, Status.DONE))
    reason = given(reason, "reason", _("Say why the action is given up."))
    current.cancel_reason = reason
    current.effectiveness_checks.update(due_at=None)
    return _to(by, current, Status.CANCELLED, "cancel", reason=reason)


def _begin(
    by: User, action: CorrectiveAction, permission: str, sources: tuple[str, ...], version: int | None = None
) -> CorrectiveAction:
    """The locked action of an open case, in one of the states that the verb starts from."""
    require(by, permission)
    require_visible(by, action)
    case = steps.locked(action.nonconformance)  # the case first, always, so that two verbs never interlock
    current = CorrectiveAction.objects.select_for_update().get(pk=action.pk)
    current.nonconformance = case
    if version is not None and current.version != version:
        raise Stale(_("This action was changed by someone else meanwhile. Look at it again."))
    if not case.is_open:
        raise Refused(_("%(number)s is finished and stays as it is.") % {"number": case.number})
    if current.status not in sources:
        text = _("This action is “%(state)s”: this step is not possible now.")
        raise Refused(text % {"state": current.get_status_display()})
    return current


def _require_own(by: User, action: CorrectiveAction) -> None:
    if action.owner_id != by.pk and not may(by, "action.edit"):
        raise NotAllowed(_("This action is somebody else's."))


def _to(
    by: User, action: CorrectiveAction, status: str, verb: str, *, reason: str = "", **data: Any
) -> CorrectiveAction:
    change = [action.status, status]
    action.status = status
    return _saved(by, action, verb, reason=reason, status=change, **data)


def _saved(by: User, action: CorrectiveAction, verb: str, *, reason: str = "", **data: Any) -> CorrectiveAction:
    action.version += 1
    action.save()
    return _written(by, action, verb, reason=reason, **data)


def _written(by: User, action: CorrectiveAction, verb: str, *, reason: str = "", **data: Any) -> CorrectiveAction:
    plant_id = action.nonconformance.plant_id
    events.write(by=by, verb=f"action.{verb}", subject=action, data=data, reason=reason, plant_id=plant_id)
    return action


def _tell_owner(by: User, action: CorrectiveAction) -> None:
    if action.owner is None or action.owner_id == by.pk:
        return
    case = action.nonconformance
    text = _("%(by)s asks you to do: %(action)s (%(case)s).")
    _tell(action.owner, action, "owner", text % {"by": by, "action": action.title, "case": case.number})


def _tell(to: User, action: CorrectiveAction, what: str, text: str) -> None:
    path = f"/cases/{action.nonconformance_id}/"
    notices.tell(to=[to], key=f"action.{what}:{action.pk}:{action.version}", text=text, path=path, subject=action)
