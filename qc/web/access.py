"""The inside is for our own people: to outside users every page of it is a 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase

from qc import permissions
from qc.errors import NotAllowed
from qc.models import User

P = ParamSpec("P")
View = Callable[Concatenate["InsideRequest", P], HttpResponse]


class InsideRequest(HttpRequest):
    """A request of one of our own people."""

    user: User
    htmx: Any


def is_outside(user: User | AnonymousUser) -> bool:
    """Whether the person belongs to a supplier."""
    return isinstance(user, User) and user.is_outside


def waiting_key(user: User) -> str:
    """Where the number of things that wait for a person is kept for a moment."""
    return f"waiting:{user.pk}"


def inside_required(view: Callable[Concatenate[InsideRequest, P], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A 404 for whoever is not one of our own people."""

    @wraps(view)
    def guarded(request: InsideRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not permissions.is_inside(request.user):
            raise Http404
        response = view(request, *args, **kwargs)
        if request.method == "POST":  # what the person did may be what waited
            cache.touch(waiting_key(request.user), 0)
        return response

    return guarded


def role_required(verb: str) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Our own people whose role includes the verb; others of ours get a page that says so."""

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: InsideRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not permissions.may(request.user, verb):
                raise NotAllowed("Your role does not include this page. Ask a quality manager.")
            return view(request, *args, **kwargs)

        return inside_required(guarded)

    return decorate
