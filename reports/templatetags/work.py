"""What waits for a person: in the navigation as a number, on the first page as a list."""

from __future__ import annotations

from typing import Any

from django import template
from django.core.cache import cache

from qc.web.access import waiting_key
from reports import waiting

register = template.Library()
FEW = 8
FRESH = 30  # seconds that the number in the navigation may be old; what the person does makes it new at once


@register.simple_tag(takes_context=True)
def waiting_count(context: dict[str, Any]) -> int:
    """How much waits for this person."""
    user = context["user"]
    return cache.get_or_set(waiting_key(user), lambda: waiting.count(user), FRESH) or 0


@register.inclusion_tag("reports/work_panels.html", takes_context=True)
def my_work(context: dict[str, Any]) -> dict[str, Any]:
    """The most urgent of what waits for this person, and of what is late with others."""
    user = context["user"]
    mine, elsewhere = waiting.waiting_for(user), waiting.late_elsewhere(user)
    return {"mine": mine[:FEW], "mine_count": len(mine), "elsewhere": elsewhere[:FEW], "late_count": len(elsewhere)}
