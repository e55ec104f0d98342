"""Cases: list, open, and every step, each POST-only with its small form."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qc import clock
from qc.models import Cause, Defect, Finding, Nonconformance, Plant, Severity, Supplier, User
from qc.services import cases
from qc.web import case_forms as f
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.case_page import STEP_FORMS, case_of, show
from qc.web.lists import CodeChoice, Filter, page_of
from qc.web.refusals import submit


class CaseFilter(Filter):
    plant = CodeChoice(Plant, empty_label=gettext_lazy("All plants"), label=gettext_lazy("Plant"))
    supplier = CodeChoice(Supplier, empty_label=gettext_lazy("All suppliers"), label=gettext_lazy("Supplier"))
    severity = forms.ChoiceField(choices=[("", gettext_lazy("All")), *Severity.choices], label=gettext_lazy("Severity"))
    status = forms.ChoiceField(
        choices=[("", gettext_lazy("Open ones")), ("all", gettext_lazy("All")), *Nonconformance.Status.choices],
        label=gettext_lazy("State"),
    )
    mine = forms.BooleanField(label=gettext_lazy("Mine"))
    q = forms.CharField(
        max_length=200,
        label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Number or title")}),
    )

    def rows(self) -> QuerySet[Nonconformance]:
        """The cases that the filters leave; overdue ones first."""
        rows: Any = Nonconformance.objects.visible_to(self.user)
        for name in ("plant", "supplier", "severity"):
            if self.chosen(name):
                rows = rows.filter(**{name: self.chosen(name)})
        status = self.chosen("status")
        if status is None:
            rows = rows.open()
        elif status != "all":
            rows = rows.filter(status=status)
        if self.chosen("mine"):
            rows = rows.filter(owner=self.user)
        text = self.chosen("q")
        if text:
            rows = rows.filter(Q(number__icontains=text) | Q(title__icontains=text))
        late = Nonconformance.objects.visible_to(self.user).overdue(on=clock.today()).values("pk")
        first = Case(When(pk__in=late, then=Value(0)), default=Value(1), output_field=IntegerField())
        return rows.order_by(first, "-opened_at", "-pk")  # type: ignore[no-any-return]


@inside_required
def case_list(request: InsideRequest) -> HttpResponse:
    chosen = CaseFilter(request.user, request.GET)
    related = ("plant", "owner", "defect_type", "line", "supplier")
    context = page_of(request, chosen.rows().select_related(*related))
    return render(request, "qc/case_list.html", context | {"filter": chosen, "today": clock.today()})


@role_required("case.open")
def case_create(request: InsideRequest) -> HttpResponse:
    finding, defect = _source(request)
    context: dict[str, Any] = {"finding": finding, "defect": defect}
    if request.method != "POST":
        form = f.CaseForm(request.user, initial=_prefilled(finding, defect))
        return render(request, "qc/case_form.html", context | {"form": form})
    form = f.CaseForm(request.user, request.POST)
    saved = submit(form, lambda: _open(request.user, form, finding, defect)) if form.is_valid() else None
    if saved is None:
        return render(request, "qc/case_form.html", context | {"form": form}, status=422)
    messages.success(request, _("%(number)s is open.") % {"number": saved.number})
    return redirect("qc:case-detail", pk=saved.pk)


def _source(request: InsideRequest) -> tuple[Finding | None, Defect | None]:
    """What the case is opened from: ?finding=17 or ?defect=4."""
    finding, defect = request.GET.get("finding"), request.GET.get("defect")
    findings = Finding.objects.visible_to(request.user).select_related("plant", "defect_type", "line", "supplier")
    defects = Defect.objects.visible_to(request.user).select_related("plant", "defect_type", "line", "supplier")
    return (
        get_object_or_404(findings, pk=int(finding)) if finding and finding.isascii() and finding.isdigit() else None,
        get_object_or_404(defects, pk=int(defect)) if defect and defect.isascii() and defect.isdigit() else None,
    )


def _prefilled(finding: Finding | None, defect: Defect | None) -> dict[str, Any]:
    source = finding or defect
    if source is None:
        return {"severity": "major"}
    names = ("plant", "defect_type", "line", "supplier")
    known: dict[str, Any] = {name: getattr(source, f"{name}_id") for name in names}
    place = source.line.code if source.line else source.supplier.name if source.supplier else source.plant.name
    known["title"] = f"{source.defect_type.name}: {place}"[:200]
    known["severity"] = source.defect_type.severity if finding else source.severity  # type: ignore[union-attr]
    known["description"] = finding.explanation if finding else defect.note if defect else ""
    return known


def _open(by: User, form: f.CaseForm, finding: Finding | None, defect: Defect | None) -> Nonconformance:
    return cases.open_case(by, finding=finding, defects=[defect] if defect else (), **form.cleaned_data)


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
    return finish(request, case, verb, form, lambda data: step(request.user, case=case, **data))


@inside_required
@require_POST
def case_edit(request: InsideRequest, pk: int) -> HttpResponse:
    case = case_of(request, pk)
    form = f.EditForm(request.user, case, request.POST, auto_id="edit_%s")
    return finish(request, case, "edit", form, lambda data: cases.edit(request.user, case=case, **data))


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
    new = cases.reopen(request.user, case=case_of(request, pk), reason=request.POST.get("reason", ""))
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
