"""What happened to a case, with what happened to the requests that it led to, in one list and one query."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Q

from qc.models import Event, Nonconformance
from qc.services import cases
from suppliers.models import CorrectiveActionRequest

register = template.Library()


@register.simple_tag(takes_context=True)
def case_events(context: dict[str, Any], case: Nonconformance, limit: int, before: int | None = None) -> list[Event]:
    """The latest events of a case, its rows and its requests; those before a sequence number where one is given."""
    user = context["user"]
    requests = CorrectiveActionRequest.objects.visible_to(user).filter(nonconformance=case).order_by()
    label = CorrectiveActionRequest._meta.label_lower
    about = cases.about(case) | Q(subject_label=label, subject_pk__in=requests.values("pk"))
    rows = Event.objects.visible_to(user).filter(about).select_related("by", "plant").order_by("-sequence")
    return list((rows.filter(sequence__lt=before) if before else rows)[:limit])
