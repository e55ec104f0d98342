"""What pages show of links and shared defects, and small things of the portal's pages."""

from __future__ import annotations

from typing import Any

from django import template

from qc.templatetags.face import in_language
from suppliers.models import AccessLink, CorrectiveActionRequest

register = template.Library()
LATEST = 20


@register.filter
def of(numbers: dict[int, int], key: int) -> int:
    """The number of a key, or 0."""
    return numbers.get(key, 0)


@register.filter
def whole(value: Any) -> str:
    """A figure without decimal places, its thousands apart as the reader's language has them."""
    return in_language(f"{float(value):,.0f}")


@register.filter
def tenths(value: Any) -> str:
    """A figure with one decimal place, as the reader's language writes it."""
    return in_language(f"{float(value):,.1f}")


@register.simple_tag(takes_context=True)
def links_of(context: dict[str, Any], row: CorrectiveActionRequest) -> Any:
    """The latest links of a request."""
    if not getattr(row, "has_links", True):
        return []
    rows = AccessLink.objects.visible_to(context["user"]).filter(request=row)
    return rows.select_related("user", "created_by", "revoked_by")[:LATEST]
