"""Telling both sides of a request what happened, each with the address of its own page."""

from __future__ import annotations

from django.urls import reverse
from django.utils.functional import Promise

from qc.services import notices
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import access


def tell_supplier(
    request: CorrectiveActionRequest, *, key: str, text: str | Promise, urgent: bool = False, path: str = ""
) -> None:
    """Tell whoever can be reached at the supplier, each in their own language (see `wording.later`)."""
    path = path or reverse("portal:request-detail", args=[request.pk])
    notices.tell(to=access.recipients(request), key=key, text=text, path=path, subject=request, urgent=urgent)


def tell_us(request: CorrectiveActionRequest, *, key: str, text: str | Promise, path: str = "") -> None:
    """Tell our people who hold the request."""
    notices.tell(to=access.holders(request), key=key, text=text, path=path or our_path(request), subject=request)


def our_path(request: CorrectiveActionRequest) -> str:
    """The manager's page of a request."""
    return reverse("suppliers:request-detail", args=[request.pk])


def our_stage_path(stage: Stage) -> str:
    """The manager's page of a stage."""
    return reverse("suppliers:stage-detail", args=[stage.pk])
