"""Findings: what the analysis says, what people say to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qc.models import Finding
from qc.services import findings
from qc.services.listings.base import parse, query_of
from qc.services.listings.others import FINDINGS, standing
from qc.web import finding_page
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.fields import Reason
from qc.web.lists import ListFilter, slice_of
from qc.web.refusals import submit

TABS = {
    "systemic": gettext_lazy("Systemic"),
    "one_off": gettext_lazy("One-off"),
    "insufficient": gettext_lazy("Not enough data"),
    "background": gettext_lazy("Background"),
    "all": gettext_lazy("All"),
}


@inside_required
def finding_list(request: InsideRequest) -> HttpResponse:
    params = request.GET.dict()
    rows = FINDINGS.rows(request.user, {name: value for name, value in params.items() if name != "verdict"})
    counts = rows.order_by().aggregate(
        all=Count("pk"), **{verdict: Count("pk", filter=standing(verdict)) for verdict in Finding.Verdict.values}
    )
    tab = params.get("verdict", "systemic")
    tab = tab if tab in TABS else "systemic"
    shown = rows if tab == "all" else rows.filter(standing(tab))
    context = slice_of(request, FINDINGS, shown.select_related("plant", "defect_type", "line", "supplier"))
    context["tabs"] = [(name, label, counts[name], name == tab) for name, label in TABS.items()]
    rest = query_of(params, without=("verdict", "page", "after", "before"))
    context |= {"filter": ListFilter(request.user, FINDINGS, request.GET, leave=("verdict",)), "tab": tab}
    context |= {"rest": rest, "narrowed": bool(rest), "query": query_of(parse(rest) | {"verdict": tab})}
    return render(request, "qc/finding_list.html", context)


class DecisionForm(forms.Form):
    """A person's word on a finding."""

    decision = forms.ChoiceField(
        choices=[("confirm", ""), ("dismiss", ""), ("override", ""), ("reconsider", "")], widget=forms.HiddenInput
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    verdict = forms.ChoiceField(
        choices=Finding.Verdict.choices, label=gettext_lazy("What is it, then?"), required=False
    )
    reason = Reason(required=False)


def _forms(finding: Finding, sent: DecisionForm | None = None) -> dict[str, Any]:
    made = {}
    for decision in ("confirm", "dismiss", "override", "reconsider"):
        form = DecisionForm(initial={"decision": decision, "version": finding.version}, auto_id=f"{decision}_%s")
        if sent is not None and sent.cleaned_data.get("decision") == decision:
            form = sent
        if decision != "override":
            del form.fields["verdict"]
        form.fields["reason"].required = decision != "confirm"
        made[decision] = form
    return made


def _page(
    request: InsideRequest, finding: Finding, sent: DecisionForm | None = None, status: int = 200
) -> HttpResponse:
    context = finding_page.page_of(request, finding) | {
        "forms": _forms(finding, sent),
        "sent": sent.cleaned_data.get("decision", "") if sent else "",
    }
    return render(request, "qc/finding_detail.html", context, status=status)


def _finding(request: InsideRequest, pk: int) -> Finding:
    related = (
        "plant",
        "defect_type",
        "line",
        "supplier",
        "run__full_run",
        "decided_by",
        "recurrence_of",
        "closed_case",
    )
    return get_object_or_404(Finding.objects.visible_to(request.user).select_related(*related), pk=pk)


@inside_required
def finding_detail(request: InsideRequest, pk: int) -> HttpResponse:
    return _page(request, _finding(request, pk))


@role_required("finding.decide")
@require_POST
def finding_decide(request: InsideRequest, pk: int) -> HttpResponse:
    finding = _finding(request, pk)
    decision = request.POST.get("decision", "")
    form = DecisionForm(request.POST, auto_id=f"{decision}_%s")
    saved = submit(form, lambda: _decide(request, finding, form)) if form.is_valid() else None
    if saved is None:
        return _page(request, finding, form, status=422)
    messages.success(request, _("Your decision is saved."))
    return redirect("qc:finding-detail", pk=pk)


def _decide(request: InsideRequest, finding: Finding, form: DecisionForm) -> Finding:
    data = form.cleaned_data
    version = {"version": data["version"]} if data["version"] is not None else {}
    verbs: dict[str, Callable[..., Finding]] = {
        "confirm": findings.confirm,
        "dismiss": findings.dismiss,
        "override": findings.override,
        "reconsider": findings.reconsider,
    }
    extra: dict[str, Any] = dict(version)
    if data["decision"] == "override":
        extra["verdict"] = data["verdict"]
    if data["decision"] == "reconsider":
        extra.clear()
    return verbs[data["decision"]](request.user, finding=finding, reason=data["reason"], **extra)


@role_required("finding.decide")
@require_POST
def finding_watch(request: InsideRequest, pk: int) -> HttpResponse:
    finding = _finding(request, pk)
    findings.watch(request.user, finding=finding, watched=request.POST.get("watched") == "1")
    return redirect("qc:finding-detail", pk=pk)
