"""Defects: log one, find them, look at one, correct it, take it out of the counts."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qc import clock
from qc.models import (
    AnalysisTarget,
    Attachment,
    Defect,
    DefectType,
    Event,
    Nonconformance,
    Plant,
    ProductionLine,
    Supplier,
    User,
)
from qc.services import attachments, defects
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.covering import PLACES, with_findings
from qc.web.defect_forms import DefectCorrectForm, DefectCreateForm, DefectForm
from qc.web.lists import PERIODS, CodeChoice, Filter, page_of
from qc.web.refusals import submit

UNDO = dt.timedelta(minutes=2)


class DefectFilter(Filter):
    plant = CodeChoice(Plant, empty_label=gettext_lazy("All plants"), label=gettext_lazy("Plant"))
    line = CodeChoice(ProductionLine, empty_label=gettext_lazy("All lines"), label=gettext_lazy("Line"))
    code = CodeChoice(DefectType, empty_label=gettext_lazy("All codes"), label=gettext_lazy("Code"))
    supplier = CodeChoice(Supplier, empty_label=gettext_lazy("All suppliers"), label=gettext_lazy("Supplier"))
    status = forms.ChoiceField(
        choices=[("", gettext_lazy("All")), ("counted", gettext_lazy("Counted")), *Defect.Status.choices],
        label=gettext_lazy("State"),
    )
    period = forms.ChoiceField(choices=PERIODS, label=gettext_lazy("Period"))
    q = forms.CharField(
        max_length=200,
        label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Number, lot, serial, note")}),
    )

    def rows(self) -> QuerySet[Defect]:
        """The records that the filters leave, newest first."""
        rows: Any = Defect.objects.visible_to(self.user)
        fields = {"plant": "plant", "line": "line", "code": "defect_type", "supplier": "supplier"}
        rows = rows.filter(**{column: self.chosen(name) for name, column in fields.items() if self.chosen(name)})
        status = self.chosen("status")
        if status:
            rows = rows.counted() if status == "counted" else rows.filter(status=status)
        if self.first_day():
            rows = rows.filter(production_on__gte=self.first_day())
        text = self.chosen("q")
        if text:
            names = ("number", "lot", "serial", "supplier_lot__code", "note", "defect_type__code", "defect_type__name")
            found = Q()
            for name in names:
                found |= Q(**{f"{name}__icontains": text})
            rows = rows.filter(found)
        return rows  # type: ignore[no-any-return]


@inside_required
def defect_list(request: InsideRequest) -> HttpResponse:
    chosen = DefectFilter(request.user, request.GET)
    rows = chosen.rows().select_related(*PLACES).prefetch_related("nonconformances")
    context = page_of(request, rows) | {"filter": chosen}
    context["rows"] = with_findings(request.user, list(context["page"]))
    return render(request, "qc/defect_list.html", context)


@role_required("defect.record")
def defect_create(request: InsideRequest) -> HttpResponse:
    if request.method != "POST":
        known = {name: value for name, value in request.GET.items() if name in DefectForm.base_fields}
        form = DefectCreateForm(request.user, initial=known)
        return render(request, "qc/defect_form.html", {"form": form})
    form = DefectCreateForm(request.user, request.POST, request.FILES)
    saved = submit(form, lambda: _record(request.user, form)) if form.is_valid() else None
    if saved is None:
        return render(request, "qc/defect_form.html", {"form": form}, status=422)
    messages.success(request, _("%(number)s is saved.") % {"number": saved.number})
    return redirect("qc:defect-detail", pk=saved.pk)


@transaction.atomic
def _record(by: User, form: DefectCreateForm) -> Defect:
    defect = defects.record(by, **form.values())
    for upload in form.cleaned_data["photos"]:
        attachments.add(by, subject=defect, upload=upload)
    return defect


@inside_required
def defect_detail(request: InsideRequest, pk: int) -> HttpResponse:
    rows = Defect.objects.visible_to(request.user).select_related(*PLACES, "duplicate_of")
    defect = get_object_or_404(rows, pk=pk)
    context = {
        "defect": defect,
        "finding": with_findings(request.user, [defect])[0][1],
        "target": AnalysisTarget.objects.visible_to(request.user)
        .filter(plant=defect.plant, defect_type=defect.defect_type)
        .first(),
        "times_today": _times_today(request.user, defect),
        "revisions": defect.revisions.visible_to(request.user).select_related("replaced_by"),
        "cases": Nonconformance.objects.visible_to(request.user).filter(defects=defect),
        "attachments": Attachment.objects.visible_to(request.user).about(defect).select_related("uploaded_by"),
        "events": Event.objects.visible_to(request.user).about(defect).select_related("by", "plant")[:50],
        "may_undo": defect.recorded_by_id == request.user.pk and clock.now() - defect.recorded_at < UNDO,
        "counts": defect.status not in (Defect.Status.VOID, Defect.Status.DUPLICATE),
    }
    return render(request, "qc/defect_detail.html", context)


def _times_today(user: User, defect: Defect) -> int:
    same = Defect.objects.visible_to(user).counted().filter(production_on=defect.production_on)
    same = same.filter(defect_type=defect.defect_type, occurred_at__lte=defect.occurred_at)
    return same.filter(line=defect.line, station=defect.station, supplier=defect.supplier).count()


@role_required("defect.correct")
def defect_correct(request: InsideRequest, pk: int) -> HttpResponse:
    rows = Defect.objects.visible_to(request.user).select_related(*PLACES)
    defect = get_object_or_404(rows, pk=pk)
    if request.method != "POST":
        form = DefectCorrectForm(request.user, defect)
        return render(request, "qc/defect_correct.html", {"form": form, "defect": defect})
    form = DefectCorrectForm(request.user, defect, request.POST)
    context: dict[str, Any] = {"form": form, "defect": defect}
    if not form.is_valid():
        return render(request, "qc/defect_correct.html", context, status=422)
    if form.cleaned_data["version"] != defect.version:
        context |= form.rebased()
        return render(request, "qc/defect_correct.html", context, status=409)
    data = form.cleaned_data
    saved = submit(
        form,
        lambda: defects.correct(
            request.user, defect=defect, version=data["version"], reason=data["reason"], **form.changes()
        ),
    )
    if saved is None:
        return render(request, "qc/defect_correct.html", context, status=422)
    messages.success(request, _("%(number)s is corrected.") % {"number": saved.number})
    return redirect("qc:defect-detail", pk=saved.pk)


@role_required("defect.void")
@require_POST
def defect_void(request: InsideRequest, pk: int) -> HttpResponse:
    defect = get_object_or_404(Defect.objects.visible_to(request.user), pk=pk)
    defects.void(request.user, defect=defect, reason=request.POST.get("reason", ""))
    messages.success(request, _("%(number)s no longer counts.") % {"number": defect.number})
    return redirect("qc:defect-detail", pk=pk)
