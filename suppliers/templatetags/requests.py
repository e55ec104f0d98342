"""What pages show of requests: the requests of a case, due dates in words, files by size."""

from __future__ import annotations

from typing import Any

from django import template

from qc import clock, permissions
from qc.models import Nonconformance
from suppliers import overview
from suppliers.models import CorrectiveActionRequest, Evidence

register = template.Library()


@register.inclusion_tag("suppliers/case_requests.html", takes_context=True)
def case_requests(context: dict[str, Any], case: Nonconformance) -> dict[str, Any]:
    """The requests of a case with their state and what is due next, within what the person may see."""
    user = context["user"]
    rows = CorrectiveActionRequest.objects.visible_to(user).filter(nonconformance=case).order_by("pk")
    found = []
    for row in rows.select_related("plant", "supplier").with_stages(user):
        steps = overview.steps(row, list(row.stages.all()), now=clock.now(), outside=False)
        found.append({"row": row, "sentence": overview.sentence(row, steps), "tone": overview.request_tone(row)})
    may_ask = permissions.may(user, "request.issue") and case.is_open
    return {"found": found, "case": case, "may_ask": may_ask}


@register.filter
def is_photo(evidence: Evidence) -> bool:
    """Whether a file can be shown as a picture."""
    return evidence.content_type in ("image/png", "image/jpeg")


@register.filter
def lines(text: str) -> list[str]:
    """The lines of a text that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]
