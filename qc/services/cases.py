"""The verbs of a case, from opening to closing. What each needs stands in the table of `steps`."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import (
    Containment,
    CorrectiveAction,
    Defect,
    EffectivenessCheck,
    Event,
    Nonconformance,
    Severity,
    User,
)
from qc.permissions import require
from qc.services import notices, openings, steps
from qc.services.case_edits import edit
from qc.services.causes import add_cause, verify_cause
from qc.services.dispositions import amend, dispose, finish_dispositions, review, sign, withdraw
from qc.services.openings import open_case
from qc.services.scope import require_visible
from qc.services.steps import Step, next_steps
from qc.services.wording import given, quantity, short

__all__ = [
    "Step",
    "about",
    "add_cause",
    "amend",
    "cancel",
    "close",
    "contain",
    "dispose",
    "edit",
    "finish_dispositions",
    "investigate",
    "link_defects",
    "next_steps",
    "open_case",
    "plan_actions",
    "reopen",
    "review",
    "sign",
    "start_verifying",
    "timeline",
    "verify_cause",
    "waive",
    "withdraw",
]

S = Nonconformance.Status


@transaction.atomic
def contain(
    by: User,
    *,
    case: Nonconformance,
    description: str,
    none_needed: bool = False,
    quantity_held: object = None,
    version: int | None = None,
) -> Nonconformance:
    """Record what keeps more bad parts from getting out, or why nothing is needed; an open case becomes contained.

    Refused without a description, or when a critical case is said to need none.
    """
    current = steps.begin(by, case, "contain", version=version)
    text = given(description, "description", _("Say what was done and where, or why nothing is needed."))
    if none_needed and current.severity == Severity.CRITICAL:
        refusal = _("A critical case needs a containment.")
        raise Refused(refusal, fields={"none_needed": refusal})
    held = None if quantity_held in (None, "") else quantity(quantity_held, "quantity_held")
    Containment.objects.create(
        nonconformance=current,
        description=text,
        none_needed=none_needed,
        quantity_held=held,
        done_by=by,
        done_at=clock.now(),
    )
    return steps.move(by, current, "contain", containment=text, none_needed=none_needed, quantity_held=held)


@transaction.atomic
def investigate(by: User, *, case: Nonconformance, reason: str = "", version: int | None = None) -> Nonconformance:
    """Look for the causes; from verifying, because the fix did not help: the loop counter rises.

    A check that is not decided yet goes on in the new loop.
    """
    current = steps.begin(by, case, "investigate", version=version)
    loops = current.loops
    if current.status == S.VERIFYING:
        current.loops += 1
        for check in current.effectiveness_checks.filter(result=EffectivenessCheck.Result.NOT_YET):
            check.numbers["loop"] = current.loops
            check.save(update_fields=["numbers"])
    return steps.move(by, current, "investigate", reason=reason.strip(), loops=[loops, current.loops])


@transaction.atomic
def plan_actions(by: User, *, case: Nonconformance, version: int | None = None) -> Nonconformance:
    """Causes are verified (occurrence and escape): decide what to do about them."""
    current = steps.begin(by, case, "plan_actions", version=version)
    return steps.move(by, current, "plan_actions")


@transaction.atomic
def start_verifying(by: User, *, case: Nonconformance, version: int | None = None) -> Nonconformance:
    """Every corrective action is implemented and a check is planned: now the numbers have to show that it helps."""
    current = steps.begin(by, case, "start_verifying", version=version)
    return steps.move(by, current, "start_verifying")


@transaction.atomic
def close(by: User, *, case: Nonconformance, reason: str = "", version: int | None = None) -> Nonconformance:
    """Close a case whose fix is effective, or a one-off with a reason.

    Refused for who carried out one of its actions, and when the fix is not shown to be effective.
    """
    current = steps.begin(by, case, "close", version=version)
    if current.status != S.VERIFYING:
        reason = given(reason, "reason", _("Say why nothing more has to be done."))
    return _finish(by, current, "close", reason.strip())


@transaction.atomic
def waive(by: User, *, case: Nonconformance, reason: str, version: int | None = None) -> Nonconformance:
    """Close a case without the proof that its fix is effective. A manager's word, with a reason that stays."""
    current = steps.begin(by, case, "waive", version=version)
    reason = given(reason, "reason", _("Say why the case is closed without proof that the fix helps."))
    undecided = current.effectiveness_checks.filter(result=EffectivenessCheck.Result.NOT_YET)
    undecided.update(result=EffectivenessCheck.Result.WAIVED, waive_reason=reason, decided_by=by)
    return _finish(by, current, "waive", reason)


def _finish(by: User, case: Nonconformance, verb: str, reason: str) -> Nonconformance:
    case.closed_by, case.closed_at, case.close_reason = by, clock.now(), reason
    # What is shown to be effective is watched on: the trouble may come back.
    case.effectiveness_checks.exclude(result=EffectivenessCheck.Result.EFFECTIVE).update(due_at=None)
    results = sorted(set(case.effectiveness_checks.values_list("result", flat=True)))
    if case.owner_id != by.pk:
        text = _("%(by)s closed %(case)s.") % {"by": by, "case": case}
        notices.tell(to=[case.owner], key=f"case.close:{case.pk}", text=text, path=f"/cases/{case.pk}/", subject=case)
    return steps.move(by, case, verb, reason=reason, effectiveness=results)


@transaction.atomic
def cancel(by: User, *, case: Nonconformance, reason: str, version: int | None = None) -> Nonconformance:
    """End a case that should not have been one; it keeps its number. Its own open actions end with it.

    Refused without a reason, and while a supplier is working on an action (cancel the request first).
    """
    current = steps.begin(by, case, "cancel", version=version)
    reason = given(reason, "reason", _("Say why the case is cancelled."))
    waiting = list(current.actions.open())
    for action in waiting:
        action.status, action.cancel_reason = CorrectiveAction.Status.CANCELLED, reason
        action.version += 1
        action.save(update_fields=["status", "cancel_reason", "version"])
    current.effectiveness_checks.update(due_at=None)
    current.close_reason = reason
    return steps.move(by, current, "cancel", reason=reason, actions_cancelled=[action.pk for action in waiting])


@transaction.atomic
def link_defects(by: User, *, case: Nonconformance, defects: Iterable[Defect]) -> Nonconformance:
    """Add defects of the same plant to an open case. Refused when one of them is of another plant."""
    current = steps.begin_beside(by, case, "case.edit")
    keys = [defect.pk for defect in defects]
    mine = Defect.objects.visible_to(by).filter(pk__in=keys, plant=current.plant_id)
    if mine.count() != len(set(keys)):
        raise Refused(_("A defect is of another plant."), fields={"defects": _("A defect is of another plant.")})
    openings.link(current, keys)
    return steps.move(by, current, "link_defects", defects=list(mine.values_list("number", flat=True)))


@transaction.atomic
def reopen(by: User, *, case: Nonconformance, reason: str, containment: str = "") -> Nonconformance:
    """The trouble came back: a new case with its own number and clock that names the closed one.

    Refused without a reason, for a case that is not closed, or when it came back in another open case already.
    """
    require(by, "case.waive")
    require_visible(by, case)
    old = steps.locked(case)
    reason = given(short(reason, "reason"), "reason", _("Say how it came back."))
    if old.status != S.CLOSED:
        raise Refused(_("%(number)s is not closed.") % {"number": old.number})
    if running := old.recurrences.open().first():
        raise Refused(_("%(number)s is already open for it.") % {"number": running.number})
    new = open_case(
        by,
        plant=old.plant,
        title=old.title,
        description=f"{reason}\n\n{old.description}",
        severity=old.severity,
        defect_type=old.defect_type,
        line=old.line,
        product=old.product,
        supplier=old.supplier,
        part=old.part,
        containment=containment,
        owner=old.owner if old.owner.is_active else by,
    )
    new.reopened_from, new.finding, new.verdict = old, old.finding, old.verdict
    steps.move(by, new, "reopen", reason=reason, reopened_from=old.number)
    return new


def about(case: Nonconformance) -> Q:
    """Which events are about a case or a row of its own: most verbs write theirs at the case itself."""
    mine = Q(subject_label=case._meta.label_lower, subject_pk=case.pk)
    for rows in (case.actions, case.causes):
        mine |= Q(subject_label=rows.model._meta.label_lower, subject_pk__in=rows.order_by().values("pk"))
    return mine


def timeline(case: Nonconformance) -> QuerySet[Event]:
    """Everything that happened to a case and its rows, latest first."""
    return Event.objects.filter(about(case)).select_related("by").order_by("-sequence")
