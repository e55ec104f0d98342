"""The audit trail: who did what to which record, when and why."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from qc.models import User
from qc.services import people
from qc.services.listings.others import EVENTS
from qc.web.access import InsideRequest, role_required
from qc.web.lists import ListFilter, slice_of


class EventFilter(ListFilter):
    """Filters of the trail; its people are those who ever wrote."""

    def __init__(self, user: User, data: Any) -> None:
        super().__init__(user, EVENTS, data, leave=("person",))
        people_field = forms.ModelChoiceField(people.everyone(user), empty_label=_("Anyone"), required=False)
        people_field.label = _("Person")
        self.fields["person"] = people_field


@role_required("audit.read")
def audit(request: InsideRequest) -> HttpResponse:
    rows = EVENTS.rows(request.user, request.GET.dict()).select_related("by", "plant")
    context = slice_of(request, EVENTS, rows) | {"filter": EventFilter(request.user, request.GET)}
    return render(request, "qc/audit.html", context)
