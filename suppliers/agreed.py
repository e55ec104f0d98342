"""What was agreed beside the answers, from rows that a person may read: for the pages of both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F

from qc.models import User
from suppliers import sorting
from suppliers.claimed import Shown
from suppliers.models import (
    ControlledShipping,
    CorrectiveActionRequest,
    CostClaim,
    Extension,
    SortResult,
)

COUNTED = ("id", "sorted_on", "at", "lot", "quantity_checked", "quantity_bad", "struck_at")


@dataclass(frozen=True)
class Sorting:
    """A controlled shipping with how far it is from its exit."""

    shipping: ControlledShipping
    progress: sorting.Progress


def of_request(user: User, row: CorrectiveActionRequest) -> dict[str, Any]:
    """Extensions, controlled shipping and claims of a request, for the context of its page."""
    asked = Extension.objects.visible_to(user).filter(stage__request=row)
    claims = CostClaim.objects.visible_to(user).filter(request=row)
    claims = claims.select_related("request__supplier")
    related = ("stage", "asked_by", "decided_by")
    return {
        "extensions": list(asked.select_related(*related)) if _may_have(row, "extensions") else [],
        "shippings": shippings(user, request=row) if _may_have(row, "shippings") else [],
        "claims": [Shown(claim) for claim in claims] if _may_have(row, "claims") else [],
    }


def _may_have(row: CorrectiveActionRequest, name: str) -> bool:
    """Whether it is worth asking: the request may have been read with what is there."""
    return bool(getattr(row, f"has_{name}", True))


def shippings(user: User, **which: Any) -> list[Sorting]:
    """Controlled shipping that the person may read, what runs first, with its progress.

    One query with a row per result: who may read the shipping may read its results.
    """
    rows = ControlledShipping.objects.visible_to(user).filter(**which).select_related("request__supplier")
    rows = rows.defer("reason", "end_reason")
    joined = rows.annotate(**{f"result_{name}": F(f"results__{name}") for name in COUNTED})
    known: dict[int, ControlledShipping] = {}
    results: dict[int, list[SortResult]] = {}
    for row in joined:
        values = {name: getattr(row, f"result_{name}") for name in COUNTED}
        of_row = results.setdefault(row.pk, [])
        known.setdefault(row.pk, row)
        if values["id"] is not None:
            of_row.append(SortResult(**values))
    found = [Sorting(row, sorting.progress(row, results[row.pk])) for row in known.values()]
    return sorted(found, key=lambda each: each.shipping.ended_at is not None)
