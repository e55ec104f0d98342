"""Findings: what the analysis says, what people say to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qc import charts
from qc.analysis import history
from qc.analysis.scope import matching
from qc.models import Comment, Defect, DefectType, Event, Finding, Nonconformance, Plant, ProductionLine, Supplier
from qc.services import findings
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.covering import PLACES
from qc.web.fields import Reason
from qc.web.lists import CodeChoice, Filter, page_of
from qc.web.refusals import submit

TABS = {
    "systemic": gettext_lazy("Systemic"),
    "one_off": gettext_lazy("One-off"),
    "insufficient": gettext_lazy("Not enough data"),
    "background": gettext_lazy("Background"),
    "all": gettext_lazy("All"),
}


class FindingFilter(Filter):
    plant = CodeChoice(Plant, empty_label=gettext_lazy("All plants"), label=gettext_lazy("Plant"))
    line = CodeChoice(ProductionLine, empty_label=gettext_lazy("All lines"), label=gettext_lazy("Line"))
    supplier = CodeChoice(Supplier, empty_label=gettext_lazy("All suppliers"), label=gettext_lazy("Supplier"))
    code = CodeChoice(DefectType, empty_label=gettext_lazy("All codes"), label=gettext_lazy("Code"))
    decision = forms.ChoiceField(
        choices=[("", gettext_lazy("Any")), *Finding.Decision.choices], label=gettext_lazy("Decision")
    )
    watched = forms.BooleanField(label=gettext_lazy("Watched"))

    def rows(self) -> QuerySet[Finding]:
        """The current findings that the filters leave."""
        rows = Finding.objects.visible_to(self.user).current()
        fields = {
            "plant": "plant",
            "line": "line",
            "supplier": "supplier",
            "code": "defect_type",
            "decision": "decision",
            "watched": "is_watched",
        }
        chosen = {column: self.chosen(name) for name, column in fields.items() if self.chosen(name)}
        return rows.filter(**chosen)


def _standing(verdict: str) -> Q:
    return Q(human_verdict=verdict) | Q(human_verdict="", verdict=verdict)


@inside_required
def finding_list(request: InsideRequest) -> HttpResponse:
    chosen = FindingFilter(request.user, request.GET)
    rows = chosen.rows()
    counts = rows.aggregate(all=Count("pk"), **{v: Count("pk", filter=_standing(v)) for v in Finding.Verdict.values})
    tab = request.GET.get("verdict", "systemic")
    tab = tab if tab in TABS else "systemic"
    shown = rows if tab == "all" else rows.filter(_standing(tab))
    first = Case(When(decision="none", then=Value(0)), default=Value(1), output_field=IntegerField())
    shown = shown.order_by(first, "-changed_at", "-pk").select_related("plant", "defect_type", "line", "supplier")
    context = page_of(request, shown) | {"filter": chosen, "tab": tab}
    rest = request.GET.copy()
    for name in ("verdict", "page"):
        rest.pop(name, None)
    context["tabs"] = [(name, label, counts[name], name == tab) for name, label in TABS.items()]
    context |= {"rest": rest.urlencode(), "narrowed": any(rest.values())}
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
    scope = Defect.objects.visible_to(request.user).counted().filter(plant=finding.plant)
    scope = scope.filter(matching(finding.where, zone=finding.plant.zone), defect_type=finding.defect_type)
    similar = Finding.objects.visible_to(request.user).filter(defect_type=finding.defect_type).exclude(pk=finding.pk)
    weeks = history.weekly(finding)
    cases = Nonconformance.objects.visible_to(request.user).filter(finding=finding)
    context = {
        "finding": finding,
        "forms": _forms(finding, sent),
        "spec": charts.finding_rate(weeks) if weeks.weeks else None,
        "records": scope.select_related(*PLACES)[:8],
        "places": _places(scope),
        "similar": similar.select_related("plant")[:6],
        "cases": cases.select_related("owner"),
        "has_open_case": cases.open().exists(),
        "sent": sent.cleaned_data.get("decision", "") if sent else "",
        "events": Event.objects.visible_to(request.user).about(finding).select_related("by", "plant")[:30],
        "comments": Comment.objects.visible_to(request.user).about(finding).select_related("by"),
    }
    return render(request, "qc/finding_detail.html", context, status=status)


def _places(scope: QuerySet[Defect]) -> list[dict[str, Any]]:
    """Where the records of the scope lie: line by shift, most first."""
    columns = ("line__code", "shift__code", "shift__name")
    rows = scope.order_by().values(*columns).annotate(records=Count("pk")).order_by("-records", *columns)[:8]
    return list(rows)


def _finding(request: InsideRequest, pk: int) -> Finding:
    related = ("plant", "defect_type", "line", "supplier", "run", "decided_by")
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
