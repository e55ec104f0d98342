"""The audit trail: who did what to which record, when and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from qc.models import Event, User
from qc.services import people
from qc.web.access import InsideRequest, role_required
from qc.web.lists import PERIODS, Filter, page_of


class EventFilter(Filter):
    """Filters of the trail."""

    q = forms.CharField(
        max_length=200,
        label=_("Record"),
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Number or text")}),
    )
    person = forms.ModelChoiceField(User.objects.none(), empty_label=_("Anyone"), label=_("Person"))
    verb = forms.CharField(max_length=60, label=_("What"), widget=forms.TextInput(attrs={"placeholder": "defect.void"}))
    period = forms.ChoiceField(choices=PERIODS, label=_("Period"))

    def __init__(self, user: User, data: Any) -> None:
        super().__init__(user, data)
        self.fields["person"].queryset = people.everyone(user)  # type: ignore[attr-defined]

    def rows(self) -> Any:
        """The events that the filters leave, newest first."""
        rows = Event.objects.visible_to(self.user)
        if self.chosen("person"):
            rows = rows.filter(by=self.chosen("person"))
        if self.chosen("verb"):
            rows = rows.filter(verb__startswith=self.chosen("verb"))
        if self.chosen("q"):
            rows = rows.filter(subject_text__icontains=self.chosen("q"))
        if self.first_day():
            rows = rows.filter(at__date__gte=self.first_day())
        return rows.select_related("by", "plant")


@role_required("audit.read")
def audit(request: InsideRequest) -> HttpResponse:
    chosen = EventFilter(request.user, request.GET)
    return render(request, "qc/audit.html", page_of(request, chosen.rows()) | {"filter": chosen})
