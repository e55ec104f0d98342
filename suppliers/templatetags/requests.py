"""What pages show of requests: the requests of a case, due dates in words, files by size."""

from __future__ import annotations

from typing import Any

from django import template

from qc import clock, permissions
from qc.models import Nonconformance, Supplier
from suppliers import agreed, asked, overview
from suppliers.claimed import Shown
from suppliers.models import CorrectiveActionRequest, CostClaim, Evidence

register = template.Library()


@register.inclusion_tag("suppliers/case_requests.html", takes_context=True)
def case_requests(context: dict[str, Any], case: Nonconformance) -> dict[str, Any]:
    """The requests of a case with their state and what is due next, within what the person may see."""
    user = context["user"]
    rows = CorrectiveActionRequest.objects.visible_to(user).filter(nonconformance=case).order_by("pk")
    issued = list(rows.select_related("plant", "supplier").with_stages(user).with_what_is_there())
    running: list[agreed.Sorting] = []
    if any(getattr(row, "has_shippings", True) for row in issued):
        running = agreed.shippings(user, request__nonconformance=case, ended_at=None)
    claims: list[CostClaim] = []
    if any(getattr(row, "has_claims", True) for row in issued):
        mine = CostClaim.objects.visible_to(user).filter(request__nonconformance=case)
        claims = list(mine.select_related("request"))
    found = []
    for row in issued:
        steps = overview.steps(row, list(row.stages.all()), now=clock.now(), outside=False)
        found.append(
            {
                "row": row,
                "sentence": overview.sentence(row, steps),
                "tone": overview.request_tone(row),
                "shippings": [each for each in running if each.shipping.request_id == row.pk],
                "claims": [Shown(claim) for claim in claims if claim.request_id == row.pk],
            }
        )
    may_ask = permissions.may(user, "request.issue") and case.is_open
    return {"found": found, "case": case, "may_ask": may_ask}


@register.inclusion_tag("suppliers/supplier_shipping.html", takes_context=True)
def supplier_shipping(context: dict[str, Any], supplier: Supplier) -> dict[str, Any]:
    """The controlled shipping that runs at a supplier, within what the person may see."""
    return {"running": agreed.shippings(context["user"], request__supplier=supplier, ended_at=None)}


@register.simple_tag(takes_context=True)
def request_agreements(context: dict[str, Any], row: CorrectiveActionRequest) -> dict[str, Any]:
    """Later dates, controlled shipping and cost claims of a request, within what the person may see."""
    return agreed.of_request(context["user"], row) if row.pk else {}


@register.filter
def step_title(code: str) -> str:
    """What a stage is called on the supplier's pages."""
    return str(asked.TITLES[code])


@register.filter
def is_photo(evidence: Evidence) -> bool:
    """Whether a file can be shown as a picture."""
    return evidence.content_type in ("image/png", "image/jpeg")


@register.filter
def lines(text: str) -> list[str]:
    """The lines of a text that are not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]
