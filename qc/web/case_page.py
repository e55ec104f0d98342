"""One case on one page: where it stands, what is next and what blocks it, and the form of every step that is open."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from qc import clock, permissions
from qc.models import Attachment, Nonconformance, User
from qc.services import cases, check_plans
from qc.services.board import undisposed
from qc.services.steps import suspect_material
from qc.web import case_forms as f
from qc.web import case_rows
from qc.web import material_forms as m
from qc.web.access import InsideRequest
from qc.web.case_verbs import WAITING, Sent, action_verbs, cause_verbs, check_verbs

S = Nonconformance.Status
STEP_FORMS: dict[str, type[forms.Form]] = {
    "contain": f.ContainForm,
    "review": m.ReviewForm,
    "dispose": m.DisposeForm,
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
SECTIONS = ("contain", "dispose", "cause", "act", "verify")


def case_of(request: InsideRequest, pk: int) -> Nonconformance:
    """The case, if the person may read it; else 404."""
    related = ("plant", "owner", "opened_by", "closed_by", "defect_type", "line", "product", "supplier", "part")
    rows = Nonconformance.objects.visible_to(request.user).select_related(*related, "finding__defect_type")
    return get_object_or_404(rows.select_related("reopened_from").annotate(**case_rows.counts(request.user)), pk=pk)


def show(request: InsideRequest, case: Nonconformance, *, sent: Sent | None = None, status: int = 200) -> HttpResponse:
    """The page of a case. `sent` is a form that was refused: it opens with its errors."""
    case_rows.load(request.user, case, *case_rows.on_the_page(case))
    steps = cases.next_steps(case, request.user)
    context: dict[str, Any] = {"case": case, "tab": "work", "sent": sent[0] if sent else ""}
    context["steps"] = {step.verb: step for step in steps}
    context["next"] = _next(case, steps)
    context["forms"] = _forms(request.user, case, steps, sent)
    if (key := request.GET.get("cause", "")).isdecimal() and not sent and case.is_open:  # an action for this cause
        context["forms"]["add_action"].initial["cause"] = key
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
        made["facts"] = f.FactsForm(case, auto_id="facts_%s")
        made["add_action"] = f.ActionForm(user, case, auto_id="add_action_%s", initial={"owner": case.owner_id})
        _same_people(made)
    if sent:
        made[sent[0]] = sent[1]
    return made


def _same_people(made: dict[str, forms.Form]) -> None:
    """Both forms offer the same colleagues: they are read once."""
    first: Any = made["edit"].fields["owner"]
    second: Any = made["add_action"].fields["owner"]
    choices = [*iter(first.choices)]  # list() would count them first
    first.choices, second.choices = choices, choices


def _rows(user: User, case: Nonconformance, sent: Sent | None) -> dict[str, Any]:
    actions, checks = case.actions.all(), case.effectiveness_checks.all()
    plans = check_plans.outlook(case) if _plans_checks(user, case) else None
    return {
        "causes": [{"row": row, "verbs": cause_verbs(user, case, row, sent)} for row in case.causes.all()],
        "actions": [{"row": row, "verbs": action_verbs(user, case, row, sent, plans)} for row in actions],
        "checks": [{"row": row, "verbs": check_verbs(user, case, row, sent)} for row in checks],
        "attachments": Attachment.objects.visible_to(user).about(case).select_related("uploaded_by", "plant"),
        "came_back": next((check for check in checks if check.came_back_on), None),
        "recurrences": [] if case.is_open else list(case.recurrences.all()),
    }


def _state(user: User, case: Nonconformance) -> dict[str, Any]:
    here = PLACE[S(case.status)]
    now, today = clock.now(), clock.today(case.plant.time_zone)
    return {
        "places": {name: "done" if i < here else "now" if i == here else "later" for i, name in enumerate(SECTIONS)},
        "is_late": case.is_open and case.due_on is not None and case.due_on < today,
        "contain_is_late": bool(case.waits_for_containment and case.contain_due_at and case.contain_due_at < now),
        "today": today,
        "undisposed": undisposed(case) if case.status == S.IN_REVIEW and suspect_material(case) else None,
        "may_edit": case.is_open and permissions.may(user, "case.edit"),
        "may_act": case.is_open and permissions.may(user, "action.edit"),
        "may_verify": case.is_open and permissions.may(user, "action.verify"),
    }


def _plans_checks(user: User, case: Nonconformance) -> bool:
    """Whether a check may be planned, so that its planning numbers are worth their queries."""
    if not case.is_open or not case.defect_type_id or not permissions.may(user, "action.edit"):
        return False
    return any(each.kind == "corrective" and each.status in WAITING for each in case.actions.all())
