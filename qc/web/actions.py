"""Actions of a case and the checks of their effect; every verb comes back to the case's page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from qc.models import CorrectiveAction, EffectivenessCheck
from qc.services import actions, effectiveness
from qc.web import case_forms as f
from qc.web.access import InsideRequest, inside_required
from qc.web.case_page import case_of
from qc.web.cases import finish

VERBS: dict[str, tuple[type[forms.Form], Callable[..., Any]]] = {
    "start": (forms.Form, actions.start),
    "carry_out": (f.CarryOutForm, actions.carry_out),
    "verify": (forms.Form, actions.verify),
    "reject": (f.ReasonForm, actions.reject),
    "cancel": (f.ReasonForm, actions.cancel),
    "plan_effectiveness": (f.CheckForm, effectiveness.plan_effectiveness),
}
CHECK_VERBS: dict[str, tuple[type[forms.Form], Callable[..., Any]]] = {
    "extend_window": (f.ExtendForm, effectiveness.extend_window),
    "judge_not_effective": (f.ReasonForm, effectiveness.judge_not_effective),
}


@inside_required
@require_POST
def action_create(request: InsideRequest, pk: int) -> HttpResponse:
    """A new action of the case with this key."""
    case = case_of(request, pk)
    form = f.ActionForm(request.user, case, request.POST, auto_id="add_action_%s")
    return finish(request, case, "add_action", form, lambda data: actions.add(request.user, case=case, **data))


@inside_required
@require_POST
def action_step(request: InsideRequest, pk: int, verb: str) -> HttpResponse:
    action = get_object_or_404(CorrectiveAction.objects.visible_to(request.user), pk=pk)
    form_class, step = VERBS[verb]
    form = form_class(request.POST, auto_id=f"action_{pk}_{verb}_%s")
    case = case_of(request, action.nonconformance_id)
    return finish(
        request, case, f"action_{pk}_{verb}", form, lambda data: step(request.user, action=action, **_own(data))
    )


@inside_required
@require_POST
def check_step(request: InsideRequest, pk: int, verb: str) -> HttpResponse:
    check = get_object_or_404(EffectivenessCheck.objects.visible_to(request.user), pk=pk)
    form_class, step = CHECK_VERBS[verb]
    form = form_class(request.POST, auto_id=f"check_{pk}_{verb}_%s")
    case = case_of(request, check.nonconformance_id)
    return finish(request, case, f"check_{pk}_{verb}", form, lambda data: step(request.user, check=check, **_own(data)))


def _own(data: dict[str, Any]) -> dict[str, Any]:
    """Without the case's version: an action has its own."""
    return {name: value for name, value in data.items() if name != "version"}
