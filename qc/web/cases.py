"""Cases: list, open, and every step, each POST-only with its small form."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc import clock
from qc.models import Cause, Defect, Finding, Nonconformance, Severity, User
from qc.services import cases
from qc.services.listings.others import CASES
from qc.web import case_forms as f
from qc.web import case_material
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.case_page import STEP_FORMS, case_of, show
from qc.web.lists import ListFilter, slice_of
from qc.web.refusals import submit
from qc.web.selection import picked


@inside_required
def case_list(request: InsideRequest) -> HttpResponse:
    params = request.GET.dict()
    params.setdefault("status", "active")
    related = ("plant", "owner", "defect_type", "line", "supplier")
    rows = CASES.rows(request.user, params if params["status"] else params | {"status": "active"})
    context = slice_of(request, CASES, rows.select_related(*related)) | {"today": clock.today()}
    context["filter"] = ListFilter(request.user, CASES, request.GET)
    return render(request, "qc/case_list.html", context)


@role_required("case.open")
def case_create(request: InsideRequest) -> HttpResponse:
    finding, records = _source(request)
    context: dict[str, Any] = {"finding": finding, "defect": records[0] if records else None, "records": records}
    if request.method != "POST":
        form = f.CaseForm(request.user, initial=_prefilled(finding, records))
        return render(request, "qc/case_form.html", context | {"form": form})
    form = f.CaseForm(request.user, request.POST)
    saved = submit(form, lambda: _open(request.user, form, finding, records)) if form.is_valid() else None
    if saved is None:
        return render(request, "qc/case_form.html", context | {"form": form}, status=422)
    messages.success(request, _("%(number)s is open.") % {"number": saved.number})
    return redirect("qc:case-detail", pk=saved.pk)


def _source(request: InsideRequest) -> tuple[Finding | None, list[Defect]]:
    """What the case is opened from: ?finding=17, ?defect=4&defect=5, or ?all=1 with the filters of the list."""
    finding, related = request.GET.get("finding"), ("plant", "defect_type", "line", "supplier")
    if finding and finding.isascii() and finding.isdigit() and request.GET.get("all") != "1":
        rows = Finding.objects.visible_to(request.user).select_related(*related)
        return get_object_or_404(rows, pk=int(finding)), []
    records = list(picked(request.user, request.GET).select_related(*related))
    if not records and ("defect" in request.GET or "all" in request.GET):
        raise Http404
    return None, records


def _prefilled(finding: Finding | None, records: list[Defect]) -> dict[str, Any]:
    source = finding or (records[0] if records else None)
    if source is None:
        return {"severity": "major"}
    names = ("plant", "defect_type", "line", "supplier")
    known = {name: getattr(source, f"{name}_id") for name in names if _agree(records, name)}
    place = source.line.code if source.line else source.supplier.name if source.supplier else source.plant.name
    known["title"] = f"{source.defect_type.name}: {place}"[:200]
    if finding:
        return known | {"severity": source.defect_type.severity, "description": finding.explanation}
    worst = min((record.severity for record in records), key=Severity.values.index)
    notes = dict.fromkeys(record.note for record in records if record.note)
    return known | {"severity": worst, "description": "\n".join(notes)[:2000]}


def _agree(records: list[Defect], name: str) -> bool:
    """Whether all records name the same row: only then it speaks for the case."""
    return len({getattr(record, f"{name}_id") for record in records}) < 2


def _open(by: User, form: f.CaseForm, finding: Finding | None, records: list[Defect]) -> Nonconformance:
    return cases.open_case(by, finding=finding, defects=records, **form.cleaned_data)


@inside_required
def case_detail(request: InsideRequest, pk: int) -> HttpResponse:
    return show(request, case_of(request, pk))


@inside_required
@require_POST
def case_step(request: InsideRequest, pk: int, verb: str) -> HttpResponse:
    """One step of the case; the address names it. A refusal comes back beside its field on the case's page."""
    case = case_of(request, pk)
    form = STEP_FORMS[verb](request.POST, auto_id=f"{verb}_%s")
    step: Callable[..., Any] = getattr(cases, verb)
    end = case_material.finish if verb in case_material.STEPS else finish
    return end(request, case, verb, form, lambda data: step(request.user, case=case, **data))


@inside_required
@require_POST
def case_edit(request: InsideRequest, pk: int) -> HttpResponse:
    case = case_of(request, pk)
    form = f.EditForm(request.user, case, request.POST, auto_id="edit_%s")
    return finish(request, case, "edit", form, lambda data: cases.edit(request.user, case=case, **data))


@inside_required
@require_POST
def case_facts(request: InsideRequest, pk: int) -> HttpResponse:
    """The facts of the full record, beside its head."""
    case = case_of(request, pk)
    form = f.FactsForm(case, request.POST, auto_id="facts_%s")
    return finish(request, case, "facts", form, lambda data: cases.edit(request.user, case=case, **data))


@inside_required
@require_POST
def cause_verify(request: InsideRequest, pk: int) -> HttpResponse:
    causes = Cause.objects.visible_to(request.user).select_related("nonconformance")
    cause = get_object_or_404(causes, pk=pk)
    case = case_of(request, cause.nonconformance_id)
    form = f.VerifyCauseForm(request.POST, auto_id=f"cause_{pk}_%s")
    verb = functools.partial(cases.verify_cause, request.user, cause=cause)
    return finish(request, case, f"cause_{pk}", form, lambda data: verb(**data))


@role_required("case.waive")
@require_POST
def case_reopen(request: InsideRequest, pk: int) -> HttpResponse:
    sent = {name: request.POST.get(name, "") for name in ("reason", "containment")}
    new = cases.reopen(request.user, case=case_of(request, pk), **sent)
    messages.success(request, _("%(number)s is open.") % {"number": new.number})
    return redirect("qc:case-detail", pk=new.pk)


def finish(
    request: InsideRequest, case: Nonconformance, name: str, form: forms.Form, verb: Callable[[dict[str, Any]], Any]
) -> HttpResponse:
    """Run a step with its form: back to the case, or the case's page with what is wrong beside the field."""
    if form.is_valid() and submit(form, lambda: verb(form.cleaned_data)) is not None:
        messages.success(request, _("Saved."))
        return redirect("qc:case-detail", pk=case.pk)
    return show(request, case_of(request, case.pk), sent=(name, form), status=422)
