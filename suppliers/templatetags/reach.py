"""Whether a person can be reached, who gets the mail instead, and the marks that people set."""

from __future__ import annotations

from typing import Any

from django import template

from qc import permissions
from qc.models import User

register = template.Library()


@register.inclusion_tag("suppliers/parts/reach.html", takes_context=True)
def reach(context: dict[str, Any], person: User) -> dict[str, Any]:
    """What keeps a person from being reached, with the steps to note it and to take it back."""
    request = context["request"]
    unreachable = not person.is_active or person.bounced_at is not None
    backup = person.backup if unreachable else None
    is_good = backup is not None and backup.is_active and backup.bounced_at is None
    return {
        "person": person,
        "backup": backup if is_good and backup and backup.supplier_id == person.supplier_id else None,
        "unreachable": unreachable,
        "may_mark": person.supplier_id is not None and permissions.may(request.user, "contact.edit"),
        "next": request.path,
        "csrf_token": context.get("csrf_token"),
    }
