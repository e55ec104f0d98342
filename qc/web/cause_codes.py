"""The catalogue of causes: its list, a code with where it was used and what helped, and the steps of its keepers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from qc.models import Cause, CauseCode, CorrectiveAction
from qc.services import cause_codes
from qc.services.listings.actions import CAUSE_CODES, cured
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.cause_forms import CauseCodeEditForm, CauseCodeForm, ReasonOnly
from qc.web.lists import ListFilter, page_of, slice_of
from qc.web.refusals import submit

edits = role_required("cause_code.edit")
MOST_ACTIONS = 50


@inside_required
def cause_code_list(request: InsideRequest) -> HttpResponse:
    params = request.GET.dict()
    rows = CAUSE_CODES.rows(request.user, params | {"state": params.get("state") or "used"})
    context = slice_of(request, CAUSE_CODES, rows)
    context["filter"] = ListFilter(request.user, CAUSE_CODES, request.GET)
    return render(request, "qc/cause_code_list.html", context)


def _row(request: InsideRequest, pk: int) -> CauseCode:
    return get_object_or_404(CauseCode.objects.visible_to(request.user), pk=pk)


@inside_required
def cause_code_detail(request: InsideRequest, pk: int) -> HttpResponse:
    return _show(request, _row(request, pk))


def _show(
    request: InsideRequest, row: CauseCode, *, sent: str = "", form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    causes = Cause.objects.visible_to(request.user).filter(code=row).select_related("nonconformance")
    actions = CorrectiveAction.objects.visible_to(request.user).filter(cause__code=row)
    helped = set(cured(request.user).filter(cause__code=row).values_list("pk", flat=True))
    found = actions.select_related("nonconformance").order_by("-pk")[:MOST_ACTIONS]
    context: dict[str, Any] = page_of(request, causes.order_by("-recorded_at", "-pk")) | {
        "kind": row,
        "actions": [(action, action.pk in helped) for action in found],
        "edit_form": form if sent == "edit" else CauseCodeEditForm(row, auto_id="edit_%s"),
        "retire_form": form if sent == "retire" else ReasonOnly(auto_id="retire_%s"),
        "sent": sent,
    }
    return render(request, "qc/cause_code_detail.html", context, status=status)


@edits
def cause_code_create(request: InsideRequest) -> HttpResponse:
    form = CauseCodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        saved = submit(form, lambda: cause_codes.create(request.user, **form.cleaned_data))
        if saved is not None:
            messages.success(request, _("%(code)s is in the catalogue.") % {"code": saved.code})
            return redirect("qc:cause-code-list")
    return render(request, "qc/cause_code_form.html", {"form": form}, status=422 if form.errors else 200)


@edits
@require_POST
def cause_code_usual(request: InsideRequest) -> HttpResponse:
    """The codes that most plants begin with."""
    added = cause_codes.add_usual(request.user)
    text = ngettext("%(n)d code is added.", "%(n)d codes are added.", added)
    messages.success(request, text % {"n": added})
    return redirect("qc:cause-code-list")


@edits
@require_POST
def cause_code_edit(request: InsideRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    form = CauseCodeEditForm(row, request.POST, auto_id="edit_%s")
    saved = None
    if form.is_valid():
        saved = submit(form, lambda: cause_codes.edit(request.user, cause_code=row, **form.cleaned_data))
    return _done(request, row, saved, "edit", form)


@edits
@require_POST
def cause_code_retire(request: InsideRequest, pk: int) -> HttpResponse:
    row, form = _row(request, pk), ReasonOnly(request.POST, auto_id="retire_%s")
    saved = None
    if form.is_valid():
        saved = submit(form, lambda: cause_codes.retire(request.user, cause_code=row, **form.cleaned_data))
    return _done(request, row, saved, "retire", form)


@edits
@require_POST
def cause_code_reactivate(request: InsideRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    cause_codes.reactivate(request.user, cause_code=row)
    messages.success(request, _("%(code)s is in use again.") % {"code": row.code})
    return redirect("qc:cause-code-detail", pk=pk)


def _done(request: InsideRequest, row: CauseCode, saved: Any, name: str, form: forms.Form) -> HttpResponse:
    if saved is None:
        return _show(request, row, sent=name, form=form, status=422)
    messages.success(request, _("%(code)s is changed.") % {"code": row.code})
    return redirect("qc:cause-code-detail", pk=row.pk)
