"""Changing the catalogue: create, edit, merge, retire, and the ways back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc.errors import Refused
from qc.models import CodeExample, Defect, DefectType, Nonconformance
from qc.services import catalogue, usage
from qc.web.access import InsideRequest, role_required
from qc.web.catalogue import detail
from qc.web.catalogue_forms import (
    CodeCreateForm,
    CodeEditForm,
    ExampleForm,
    GroupForm,
    MergeForm,
    ReasonForm,
    RetireForm,
)
from qc.web.refusals import submit

edits = role_required("catalogue.edit")


def _row(request: InsideRequest, pk: int) -> DefectType:
    return get_object_or_404(DefectType.objects.visible_to(request.user).select_related("merged_into"), pk=pk)


@edits
def defect_type_create(request: InsideRequest) -> HttpResponse:
    form = CodeCreateForm(request.user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        saved = submit(form, lambda: catalogue.create(request.user, **form.values()))
        if saved:
            messages.success(request, _("%(code)s is in the catalogue.") % {"code": saved.code})
            return redirect("qc:defect-type-detail", pk=saved.pk)
    return render(request, "qc/defect_type_form.html", {"form": form}, status=422 if form.errors else 200)


@edits
def defect_type_edit(request: InsideRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    if request.method != "POST":
        return render(request, "qc/defect_type_form.html", {"form": CodeEditForm(request.user, row), "kind": row})
    form = CodeEditForm(request.user, row, request.POST)
    if not form.is_valid():
        return render(request, "qc/defect_type_form.html", {"form": form, "kind": row}, status=422)
    if form.cleaned_data["version"] != row.version:
        return _stale(request, row, form)
    saved = submit(form, lambda: catalogue.edit(request.user, defect_type=row, **form.values()))
    if saved is None:
        return render(request, "qc/defect_type_form.html", {"form": form, "kind": row}, status=422)
    messages.success(request, _("%(code)s is changed.") % {"code": row.code})
    return redirect("qc:defect-type-detail", pk=pk)


def _stale(request: InsideRequest, row: DefectType, form: CodeEditForm) -> HttpResponse:
    """What stands there now, beside what was typed; saving once more puts it on top."""
    rows: list[dict[str, Any]] = [
        {"label": form.fields[name].label, "theirs": form[name].initial, "mine": form[name].value()}
        for name in form.changed_data
        if name in catalogue.FIELDS
    ]
    data = request.POST.copy()
    data["version"] = str(row.version)
    context = {"form": CodeEditForm(request.user, row, data), "kind": row, "conflict": rows}
    return render(request, "qc/defect_type_form.html", context, status=409)


@edits
def defect_type_merge(request: InsideRequest, pk: int) -> HttpResponse:
    row = _row(request, pk)
    form = MergeForm(request.user, row, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        saved = submit(form, lambda: catalogue.merge(request.user, source=row, **form.cleaned_data))
        if saved:
            both = {"one": row.code, "other": form.cleaned_data["into"].code}
            messages.success(request, _("%(one)s counts as %(other)s from now on. It can be taken back.") % both)
            return redirect("qc:defect-type-detail", pk=pk)
    from_on = form.cleaned_data.get("from_on") if form.is_bound else None
    moving = Defect.objects.visible_to(request.user).filter(pk__in=catalogue.moving(row, from_on).values("pk"))
    cases = Nonconformance.objects.visible_to(request.user).open().filter(defect_type=row)
    context = {"form": form, "kind": row, "moving": moving.count(), "cases": cases.select_related("owner")[:8]}
    return render(request, "qc/defect_type_merge.html", context, status=422 if form.errors else 200)


@edits
@require_POST
def defect_type_unmerge(request: InsideRequest, pk: int) -> HttpResponse:
    row, form = _row(request, pk), ReasonForm(request.POST, auto_id="back_%s")
    return _done(request, row, form, "back", lambda reason: catalogue.unmerge(request.user, source=row, reason=reason))


@edits
@require_POST
def defect_type_retire(request: InsideRequest, pk: int) -> HttpResponse:
    row, form = _row(request, pk), RetireForm(request.POST, auto_id="retire_%s")
    return _done(
        request, row, form, "retire", lambda reason: catalogue.retire(request.user, defect_type=row, reason=reason)
    )


def _done(request: InsideRequest, row: DefectType, form: Any, name: str, verb: Any) -> HttpResponse:
    """A step that needs a reason, or the page again with the form open."""
    saved = submit(form, lambda: verb(form.cleaned_data["reason"])) if form.is_valid() else None
    if saved is None:
        context = detail(request, row, sent=name, **{f"{name}_form": form})
        return render(request, "qc/defect_type_detail.html", context, status=422)
    messages.success(request, _("%(code)s is changed.") % {"code": row.code})
    return redirect("qc:defect-type-detail", pk=row.pk)


@edits
@require_POST
def defect_type_reactivate(request: InsideRequest, pk: int) -> HttpResponse:
    row = catalogue.reactivate(request.user, defect_type=_row(request, pk))
    messages.success(request, _("%(code)s may be logged again.") % {"code": row.code})
    return redirect("qc:defect-type-detail", pk=pk)


@edits
@require_POST
def defect_type_example(request: InsideRequest, pk: int) -> HttpResponse:
    row, form = _row(request, pk), ExampleForm(request.POST, request.FILES, auto_id="example_%s")
    saved = None
    if form.is_valid():
        saved = submit(form, lambda: usage.add_example(request.user, defect_type=row, **form.cleaned_data))
    if saved is None:
        context = detail(request, row, sent="example", example_form=form)
        return render(request, "qc/defect_type_detail.html", context, status=422)
    messages.success(request, _("The example is on the page."))
    return redirect("qc:defect-type-detail", pk=pk)


@edits
@require_POST
def example_remove(request: InsideRequest, pk: int) -> HttpResponse:
    rows = CodeExample.objects.visible_to(request.user).select_related("defect_type")
    row = usage.remove_example(request.user, example=get_object_or_404(rows, pk=pk))
    messages.success(request, _("The example is off the page."))
    return redirect("qc:defect-type-detail", pk=row.pk)


@edits
@require_POST
def group_rename(request: InsideRequest) -> HttpResponse:
    form = GroupForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Give the group's new name."))
    touched = catalogue.rename_group(request.user, **form.cleaned_data)
    messages.success(request, _("%(n)s codes have a new group.") % {"n": touched})
    return redirect(f"{reverse('qc:defect-type-list')}?{urlencode({'group': form.cleaned_data['new']})}")
