"""What the pages of a case say of money, events and due times."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext as _

from qc.models import CaseCost, Event, Nonconformance
from qc.services import costs

register = template.Library()
STATES = dict(Nonconformance.Status.choices)


@register.filter
def cost(row: CaseCost) -> str:
    """The amount of a row of costs: 1,240.50 EUR."""
    return costs.money(row.amount_minor, row.currency)


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """An amount in minor units with its currency."""
    return costs.money(amount_minor, currency)


@register.filter
def event_detail(event: Event) -> str:
    """What an event was about, in few words: the lot, the amount, the quantity, the state it led to."""
    data: dict[str, Any] = event.data
    parts = [str(data[name]) for name in ("lot", "amount", "other", "from", "meaning") if data.get(name)]
    if data.get("decision") and not isinstance(data["decision"], list):
        parts.append(f"{str(data['decision']).replace('_', ' ')}: {_plain(data.get('quantity'))}")
    state = data.get("status")
    if isinstance(state, list) and len(state) == 2 and state[0] and state[0] != state[1]:
        parts.append(_("now: %(state)s") % {"state": STATES.get(state[1], state[1])})
    return " · ".join(parts)


def _plain(value: object) -> str:
    text = str(value)
    return text.rstrip("0").rstrip(".") if "." in text else text
