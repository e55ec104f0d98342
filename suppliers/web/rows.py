"""Rows for the manager's pages, always within what the person may see."""

from __future__ import annotations

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404

from qc.models import User
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import messages, requests


def the_request(user: User, pk: int) -> CorrectiveActionRequest:
    """One request with everything that its page needs, or 404."""
    rows = CorrectiveActionRequest.objects.visible_to(user).select_related(
        "plant", "supplier", "contact", "issued_by", "closed_by", "action", "nonconformance__owner"
    )
    whole = rows.with_stages(user).with_what_is_there()
    judged = whole.annotate(has_effect=Exists(requests.shown_effect(OuterRef("action"))))
    found: CorrectiveActionRequest = get_object_or_404(messages.with_read(judged, user), pk=pk)
    return found


def the_stage(user: User, pk: int) -> Stage:
    """One stage with its request, or 404."""
    rows = Stage.objects.visible_to(user).select_related(
        "request__plant", "request__supplier", "request__action", "request__nonconformance"
    )
    return get_object_or_404(rows, pk=pk)
