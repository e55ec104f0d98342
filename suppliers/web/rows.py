"""Rows for the manager's pages, always within what the person may see."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from qc.models import User
from suppliers.models import CorrectiveActionRequest, Stage


def the_request(user: User, pk: int) -> CorrectiveActionRequest:
    """One request with everything that its page needs, or 404."""
    rows = CorrectiveActionRequest.objects.visible_to(user).select_related(
        "plant", "supplier", "contact", "issued_by", "closed_by", "action", "nonconformance__owner"
    )
    return get_object_or_404(rows.with_stages(user), pk=pk)


def the_stage(user: User, pk: int) -> Stage:
    """One stage with its request, or 404."""
    rows = Stage.objects.visible_to(user).select_related(
        "request__plant", "request__supplier", "request__action", "request__nonconformance"
    )
    return get_object_or_404(rows, pk=pk)
