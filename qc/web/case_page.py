"""One case on one page: where it stands, what is next and what blocks it, and the form of every step that is open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock, permissions
from qc.models import (
    Attachment,
    Cause,
    Comment,
    CorrectiveAction,
    Defect,
    EffectivenessCheck,
    Event,
    Nonconformance,
    User,
)
from qc.services import cases, check_plans
from qc.services.steps import suspect_material, undisposed
from qc.web import case_forms as f
from qc.web.access import InsideRequest
from qc.web.covering import PLACES

S = Nonconformance.Status
STEP_FORMS: dict[str, type[forms.Form]] = {
    "contain": f.ContainForm,
    "review": f.ReviewForm,
    "dispose": f.DisposeForm,
    "finish_dispositions": f.StepForm,
    "investigate": f.MaybeReasonForm,
    "add_cause": f.CauseForm,
    "plan_actions": f.StepForm,
    "start_verifying": f.StepForm,
    "close": f.MaybeReasonForm,
    "waive": f.ReasonForm,
    "cancel": f.ReasonForm,
}
# Which of the five sections a state is in the middle of; what lies before it is done.
PLACE = {
    S.OPEN: 0,
    S.CONTAINED: 1,
    S.IN_REVIEW: 1,
    S.DISPOSITIONED: 2,
    S.INVESTIGATING: 2,
    S.ACTION_PLAN: 3,
    S.VERIFYING: 4,
    S.CLOSED: 5,
    S.CANCELLED: 5,
}
WAITING = (CorrectiveAction.Status.OPEN, CorrectiveAction.Status.IN_PROGRESS, CorrectiveAction.Status.REJECTED)
Sent = tuple[str, forms.Form]
SECTIONS = ("contain", "dispose", "cause", "act", "verify")


def case_of(request: InsideRequest, pk: int) -> Nonconformance:
    """The case, if the person may read it; else 404."""
    related = ("plant", "owner", "opened_by", "closed_by", "defect_type", "line", "product", "supplier", "part")
    rows = Nonconformance.objects.visible_to(request.user).select_related(*related, "finding", "reopened_from")
    return get_object_or_404(rows, pk=pk)


def show(request: InsideRequest, case: Nonconformance, *, sent: Sent | None = None, status: int = 200) -> HttpResponse:
    """The page of a case. `sent` is a form that was refused: it opens with its errors."""
    steps = cases.next_steps(case, request.user)
    context: dict[str, Any] = {"case": case, "sent": sent[0] if sent else ""}
    context["steps"] = {step.verb: step for step in steps}
    context["next"] = _next(case, steps)
    context["forms"] = _forms(request.user, case, steps, sent)
    context |= _rows(request.user, case, sent) | _state(request.user, case)
    return render(request, "qc/case_detail.html", context, status=status)


def _next(case: Nonconformance, steps: list[cases.Step]) -> list[cases.Step]:
    """What can be done, then what is blocked; without the ways out that this state does not lead to."""
    verifying = case.status == S.VERIFYING
    detours = {"investigate"} if verifying else {"close"}
    main = [step for step in steps if not step.is_side and (step.is_ready or step.verb not in detours)]
    return sorted(main, key=lambda step: not step.is_ready)


def _forms(user: User, case: Nonconformance, steps: list[cases.Step], sent: Sent | None) -> dict[str, forms.Form]:
    made: dict[str, forms.Form] = {}
    for step in steps:
        if step.is_ready and step.verb in STEP_FORMS:
            made[step.verb] = STEP_FORMS[step.verb](initial={"version": case.version}, auto_id=f"{step.verb}_%s")
    if case.is_open:
        made["edit"] = f.EditForm(user, case, auto_id="edit_%s")
        made["add_action"] = f.ActionForm(user, case, auto_id="add_action_%s", initial={"owner": case.owner_id})
    if sent:
        made[sent[0]] = sent[1]
    return made


def _rows(user: User, case: Nonconformance, sent: Sent | None) -> dict[str, Any]:
    actions = CorrectiveAction.objects.visible_to(user).filter(nonconformance=case)
    defects = Defect.objects.visible_to(user).filter(nonconformances=case)
    checks = EffectivenessCheck.objects.visible_to(user).filter(nonconformance=case)
    plans = check_plans.outlook(case) if _plans_checks(user, case) else None
    return {
        "containments": case.containments.select_related("done_by"),
        "dispositions": case.dispositions.select_related("decided_by"),
        "causes": [
            {"row": row, "verbs": _cause_verbs(user, case, row, sent)}
            for row in case.causes.select_related("recorded_by", "verified_by")
        ],
        "actions": [
            {"row": row, "verbs": _action_verbs(user, case, row, sent, plans)}
            for row in actions.select_related("owner", "supplier", "done_by", "verified_by")
        ],
        "checks": [
            {"row": row, "verbs": _check_verbs(user, case, row, sent)}
            for row in checks.select_related("action", "defect_type")
        ],
        "defects": defects.select_related(*PLACES)[:8],
        "defect_count": defects.count(),
        "lots": case.supplier_lots.select_related("part"),
        "attachments": Attachment.objects.visible_to(user).about(case).select_related("uploaded_by"),
        "comments": Comment.objects.visible_to(user).about(case).select_related("by"),
        "events": Event.objects.visible_to(user).filter(pk__in=cases.timeline(case)).select_related("by", "plant")[:60],
        "came_back": checks.filter(came_back_on__isnull=False).first(),
        "recurrences": case.recurrences.all(),
    }


def _state(user: User, case: Nonconformance) -> dict[str, Any]:
    here = PLACE[S(case.status)]
    today = clock.today(case.plant.time_zone)
    return {
        "places": {name: "done" if i < here else "now" if i == here else "later" for i, name in enumerate(SECTIONS)},
        "is_late": case.is_open and case.due_on is not None and case.due_on < today,
        "today": today,
        "undisposed": undisposed(case) if suspect_material(case) else None,
        "may_edit": case.is_open and permissions.may(user, "case.edit"),
        "may_act": case.is_open and permissions.may(user, "action.edit"),
        "may_verify": case.is_open and permissions.may(user, "action.verify"),
    }


@dataclass(frozen=True)
class RowVerb:
    """A step that a row of the case offers: its button and the form behind it."""

    name: str
    label: str
    url: str
    form: forms.Form
    tone: str = ""


def _offer(sent: Sent | None, label: str, route: str, pk: int, form: forms.Form, tone: str = "") -> RowVerb:
    noun, verb = route.split("-", 1)
    name = f"{noun}_{pk}_{verb.replace('-', '_')}" if noun != "cause" else f"cause_{pk}"
    form.auto_id = f"{name}_%s"
    return RowVerb(name, label, reverse(f"qc:{route}", args=[pk]), sent[1] if sent and sent[0] == name else form, tone)


def _plans_checks(user: User, case: Nonconformance) -> bool:
    """Whether a check may be planned, so that its planning numbers are worth their queries."""
    if not case.is_open or not case.defect_type_id or not permissions.may(user, "action.edit"):
        return False
    corrective = CorrectiveAction.objects.visible_to(user).filter(nonconformance=case, kind="corrective")
    return corrective.filter(status__in=WAITING).exists()


def _action_verbs(
    user: User, case: Nonconformance, action: CorrectiveAction, sent: Sent | None, plans: check_plans.Outlook | None
) -> list[RowVerb]:
    """What this person may do with an action now. What a supplier does is moved by its request."""
    status = CorrectiveAction.Status
    waits = action.status in WAITING
    edits = permissions.may(user, "action.edit")
    offers: list[RowVerb] = []
    if not case.is_open:
        return offers
    if waits and edits and case.defect_type_id and action.kind == CorrectiveAction.Kind.CORRECTIVE:
        offer = _offer(sent, _("Plan the check of its effect"), "action-plan-effectiveness", action.pk, f.CheckForm())
        if isinstance(offer.form, f.CheckForm):
            offer.form.offer(plans)
        offers.append(offer)
    mine = action.owner_id == user.pk and permissions.may(user, "action.carry_out")
    if waits and action.supplier_id is None and (mine or edits):
        done = f.CarryOutForm(initial={"implemented_on": clock.today(case.plant.time_zone)})
        offers.append(_offer(sent, _("It is done"), "action-carry-out", action.pk, done))
    if action.status == status.DONE and action.done_by_id != user.pk and permissions.may(user, "action.verify"):
        offers.append(_offer(sent, _("Verify"), "action-verify", action.pk, forms.Form(), "primary"))
        offers.append(_offer(sent, _("Not enough"), "action-reject", action.pk, f.ReasonForm()))
    if waits and edits and (action.supplier_id is None or action.status == status.REJECTED):
        offers.append(_offer(sent, _("Give up"), "action-cancel", action.pk, f.ReasonForm(), "danger"))
    return offers


def _cause_verbs(user: User, case: Nonconformance, cause: Cause, sent: Sent | None) -> list[RowVerb]:
    open_states = (S.INVESTIGATING, S.ACTION_PLAN)
    if cause.verified_at or case.status not in open_states or not permissions.may(user, "case.edit"):
        return []
    form = f.VerifyCauseForm(initial={"evidence": cause.evidence})
    return [_offer(sent, _("Verify this cause"), "cause-verify", cause.pk, form)]


def _check_verbs(user: User, case: Nonconformance, check: EffectivenessCheck, sent: Sent | None) -> list[RowVerb]:
    if not case.is_open or check.result != EffectivenessCheck.Result.NOT_YET or not check.implemented_on:
        return []
    offers = []
    if permissions.may(user, "action.edit") and not check.numbers.get("is_missed"):
        offers.append(_offer(sent, _("Look longer"), "check-extend-window", check.pk, f.ExtendForm()))
    if check.numbers.get("is_over") and permissions.may(user, "case.close"):
        offers.append(_offer(sent, _("It does not help"), "check-judge-not-effective", check.pk, f.ReasonForm()))
    return offers
