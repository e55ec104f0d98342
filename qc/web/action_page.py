"""All actions as a list, and one with its files, its history and the form that changes it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc import clock, permissions
from qc.models import Attachment, CorrectiveAction, EffectivenessCheck, Event
from qc.services import actions
from qc.services.listings.actions import ACTIONS
from qc.web.access import InsideRequest, inside_required
from qc.web.action_forms import ActionEditForm
from qc.web.case_verbs import WAITING, action_verbs
from qc.web.lists import ListFilter, slice_of
from qc.web.refusals import submit

TRAIL = 60


@inside_required
def action_list(request: InsideRequest) -> HttpResponse:
    params = request.GET.dict()
    params.setdefault("status", "active")
    rows = ACTIONS.rows(request.user, params if params["status"] else params | {"status": "active"})
    related = rows.select_related("nonconformance__plant", "owner", "supplier")
    context = slice_of(request, ACTIONS, related) | {"today": clock.today()}
    context["filter"] = ListFilter(request.user, ACTIONS, request.GET, leave=("case",))
    return render(request, "qc/action_list.html", context)


def _action(request: InsideRequest, pk: int) -> CorrectiveAction:
    related = ("nonconformance__plant", "nonconformance__owner", "owner", "supplier", "done_by", "verified_by")
    rows = CorrectiveAction.objects.visible_to(request.user).select_related(*related, "created_by", "cause__code")
    return get_object_or_404(rows, pk=pk)


@inside_required
def action_detail(request: InsideRequest, pk: int) -> HttpResponse:
    return _show(request, _action(request, pk))


@inside_required
@require_POST
def action_edit(request: InsideRequest, pk: int) -> HttpResponse:
    action = _action(request, pk)
    form = ActionEditForm(request.user, action.nonconformance, action, request.POST, auto_id="edit_%s")
    if form.is_valid():
        saved = submit(form, lambda: actions.edit(request.user, action=action, **form.cleaned_data))
        if saved is not None:
            messages.success(request, _("Saved."))
            return redirect("qc:action-detail", pk=pk)
    return _show(request, action, form=form, status=422)


def _show(
    request: InsideRequest, action: CorrectiveAction, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    case, user = action.nonconformance, request.user
    may_edit = case.is_open and action.status in WAITING and permissions.may(user, "action.edit")
    if form is None and may_edit:
        form = ActionEditForm(user, case, action, auto_id="edit_%s")
    checks = EffectivenessCheck.objects.visible_to(user).filter(action=action)
    events = Event.objects.visible_to(user).about(action).select_related("by", "plant").order_by("-sequence")[:TRAIL]
    offered = action_verbs(user, case, action, None, None)
    context: dict[str, Any] = {
        "action": action,
        "case": case,
        "edit_form": form if may_edit else None,
        "is_refused": status != 200,
        "verbs": [each for each in offered if "plan_effectiveness" not in each.name],
        "checks": checks.select_related("defect_type"),
        "attachments": Attachment.objects.visible_to(user).about(action).select_related("uploaded_by", "plant"),
        "events": events,
        "moves": [each for each in events if (each.data.get("due_on") or [None])[0] and each.verb == "action.edit"],
        "today": clock.today(case.plant.time_zone),
    }
    return render(request, "qc/action_detail.html", context, status=status)
