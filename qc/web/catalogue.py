"""The defect catalogue: what the codes mean, how often they are used, what became of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Count, F, Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy

from qc import clock
from qc.models import CodeExample, Defect, DefectType, Event, Finding, PlaceOfUse, User
from qc.web.access import InsideRequest, inside_required
from qc.web.catalogue_forms import ExampleForm, ReasonForm, RetireForm
from qc.web.covering import PLACES, with_findings
from qc.web.lists import Filter, page_of

DAYS = 90
FEW = 8


class CatalogueFilter(Filter):
    group = forms.ChoiceField(label=gettext_lazy("Group"))
    state = forms.ChoiceField(
        choices=[("", gettext_lazy("In use")), ("retired", gettext_lazy("Retired")), ("all", gettext_lazy("All"))],
        label=gettext_lazy("State"),
    )
    q = forms.CharField(
        max_length=200,
        label=gettext_lazy("Search"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": gettext_lazy("Code, name, description")}),
    )

    def __init__(self, user: User, data: Any) -> None:
        super().__init__(user, data)
        names = DefectType.objects.visible_to(user).exclude(group="").order_by("group")
        groups = names.values_list("group", flat=True).distinct()
        self.fields["group"].choices = [("", gettext_lazy("All groups")), *((one, one) for one in groups)]  # type: ignore[attr-defined]

    def rows(self) -> QuerySet[DefectType]:
        """The codes that the filters leave, group by group."""
        rows = DefectType.objects.visible_to(self.user).select_related("merged_into")
        state, group, text = self.chosen("state"), self.chosen("group"), self.chosen("q")
        rows = rows.filter(is_active=state != "retired") if state != "all" else rows
        rows = rows.filter(group=group) if group else rows
        if text:
            rows = rows.filter(Q(code__icontains=text) | Q(name__icontains=text) | Q(description__icontains=text))
        return rows.order_by(F("group").asc(), "code")


@inside_required
def defect_type_list(request: InsideRequest) -> HttpResponse:
    chosen = CatalogueFilter(request.user, request.GET)
    context = page_of(request, chosen.rows()) | {"filter": chosen, "group": chosen.chosen("group")}
    types = list(context["page"])
    since = clock.today() - dt.timedelta(days=DAYS)
    used = Defect.objects.visible_to(request.user).counted().filter(counts_as__in=types, production_on__gte=since)
    times = dict(used.order_by().values_list("counts_as").annotate(n=Count("pk")))
    systemic = Finding.objects.visible_to(request.user).current().systemic().filter(defect_type__in=types)
    found = dict(systemic.order_by().values_list("defect_type").annotate(n=Count("pk")))
    context["rows"] = [(one, times.get(one.pk, 0), found.get(one.pk, 0)) for one in types]
    context |= {"days": DAYS, "doubtful": Defect.objects.visible_to(request.user).doubtful().count()}
    return render(request, "qc/defect_type_list.html", context)


@inside_required
def defect_type_detail(request: InsideRequest, pk: int) -> HttpResponse:
    rows = DefectType.objects.visible_to(request.user).select_related("merged_into")
    return render(request, "qc/defect_type_detail.html", detail(request, get_object_or_404(rows, pk=pk)))


def detail(request: InsideRequest, row: DefectType, **more: Any) -> dict[str, Any]:
    """What the page of a code shows; `more` are forms that were refused."""
    user = request.user
    records = Defect.objects.visible_to(user).counted().filter(Q(counts_as=row) | Q(defect_type=row))
    latest = list(records.select_related(*PLACES, "counts_as").order_by("-occurred_at", "-pk")[:FEW])
    findings = Finding.objects.visible_to(user).current().filter(defect_type=row)
    places = PlaceOfUse.objects.visible_to(user).filter(defect_type=row)
    examples = CodeExample.objects.visible_to(user).filter(defect_type=row).select_related("photo", "added_by")
    return {
        "kind": row,
        "rows": with_findings(user, latest),
        "findings": findings.select_related("plant", "defect_type").order_by("-verdict", "-changed_at")[:FEW],
        "places": places.select_related("line__plant", "station__line__plant", "product"),
        "examples": examples,
        "merged": row.merged.visible_to(user).order_by("code"),
        "events": _events(user, row),
        "retire_form": RetireForm(auto_id="retire_%s"),
        "back_form": ReasonForm(auto_id="back_%s"),
        "example_form": ExampleForm(auto_id="example_%s"),
        **more,
    }


def _events(user: User, row: DefectType) -> list[Event]:
    """Who changed the code. Places and numbers of records of all plants are for those who read every plant."""
    rows = Event.objects.visible_to(user).about(row).exclude(verb="attachment.add").select_related("by")
    found = list(rows[:50])
    for event in found if not user.sees_all_plants else ():
        event.data = {name: value for name, value in event.data.items() if name not in ("places", "records")}
    return found
