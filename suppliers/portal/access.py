"""The portal is for suppliers' people: to everybody else every page of it is a 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import translation

from qc.models import User
from suppliers.models import CorrectiveActionRequest

P = ParamSpec("P")


class OutsideRequest(HttpRequest):
    """A request of a supplier's person."""

    user: User
    htmx: Any


def supplier_required(
    view: Callable[Concatenate[OutsideRequest, P], HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """A 404 for whoever does not work for a supplier; the page speaks the person's language."""

    @wraps(view)
    def guarded(request: OutsideRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not (request.user.is_authenticated and request.user.is_active and request.user.supplier_id):
            raise Http404
        with translation.override(request.user.language):
            return view(request, *args, **kwargs)

    return guarded


def own_requests(user: User) -> Any:
    """The supplier's own requests with their stages and answers."""
    rows = CorrectiveActionRequest.objects.visible_to(user).select_related("plant", "supplier", "issued_by", "contact")
    return rows.with_stages(user)


def own_request(user: User, pk: int) -> CorrectiveActionRequest:
    """One of the supplier's own requests, or 404."""
    row: CorrectiveActionRequest = get_object_or_404(own_requests(user), pk=pk)
    return row
