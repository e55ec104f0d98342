"""What waits for us, or for a supplier past its date: for the first page of our own people."""

from __future__ import annotations

from typing import Any

from django import template

from qc import clock, permissions
from suppliers.models import Stage

register = template.Library()
FEW, MANY = 6, 60


@register.inclusion_tag("suppliers/waiting.html", takes_context=True)
def requests_waiting(context: dict[str, Any]) -> dict[str, Any]:
    """Answers that wait for our review, and stages that the supplier is late with."""
    user = context["user"]
    related = ("request__supplier", "request__plant")
    waiting = Stage.objects.visible_to(user).filter(status="submitted", request__status="open")
    late = Stage.objects.visible_to(user).overdue(at=clock.now()).select_related(*related)
    first: dict[int, Stage] = {}  # the longest overdue stage of each request
    for stage in late.order_by("answer_due_at", "pk")[:MANY]:
        first.setdefault(stage.request_id, stage)
    may_review = permissions.may(user, "request.review")
    return {
        "to_review": waiting.select_related(*related).order_by("answer_due_at", "pk")[:FEW] if may_review else [],
        "late": list(first.values())[:FEW],
    }
