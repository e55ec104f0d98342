"""What the pages say of causes and actions beyond their fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from qc.models import CorrectiveAction

register = template.Library()


@register.filter
def only_training(rows: Iterable[dict[str, Any]]) -> bool:
    """Whether training is all that is done against the cause: the weakest of actions, for it wears off."""
    corrective = [
        each["row"].strength
        for each in rows
        if each["row"].kind == CorrectiveAction.Kind.CORRECTIVE
        and each["row"].status != CorrectiveAction.Status.CANCELLED
    ]
    return bool(corrective) and set(corrective) == {CorrectiveAction.Strength.TRAINING}
