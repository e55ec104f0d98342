"""The portal is for suppliers' people, with a login or through a link to one request; to everybody else it is a 404."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import translation

from qc import clock
from qc.models import User
from suppliers.models import AccessLink, CorrectiveActionRequest
from suppliers.services import links, messages

P = ParamSpec("P")
LINK = "access_link"  # in the session: the digest of the link that was opened, of no use without the session
REQUESTS = "portal/requests/<int:pk>/"


class OutsideRequest(HttpRequest):
    """A request of a supplier's person; `link` is set when the person came in through one."""

    user: User
    htmx: Any
    link: AccessLink | None


View = Callable[Concatenate[OutsideRequest, P], HttpResponseBase]


def supplier_required(view: View[P]) -> Callable[..., HttpResponseBase]:
    """For whoever works for a supplier, and for links to one request; the page speaks the person's language.

    A link acts as its contact, limited to its request: `visible_to` shows that user nothing else.
    """
    return _guarded(view, takes_links=True)


def account_required(view: View[P]) -> Callable[..., HttpResponseBase]:
    """For whoever works for a supplier and logged in; a link is sent to the login."""
    return _guarded(view, takes_links=False)


def _guarded(view: View[P], *, takes_links: bool) -> Callable[..., HttpResponseBase]:
    @login_not_required  # the guard below asks for a login itself, where no link is open
    @wraps(view)
    def guarded(request: OutsideRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        link = None if request.user.is_authenticated else opened(request)
        request.link = link
        if request.user.is_authenticated:
            if not (request.user.is_active and request.user.supplier_id):
                raise Http404
        elif link is None or not takes_links:
            return redirect_to_login(request.get_full_path())
        elif link.refusal(at=clock.now()):
            return is_over(request, link)
        elif _is_of_another(request, link):
            raise Http404
        else:
            request.user = links.person_of(link)
        with translation.override(request.user.language):
            return view(request, *args, **kwargs)

    return guarded


def opened(request: HttpRequest) -> AccessLink | None:
    """The link that this session was opened with, as it is now."""
    digest = request.session.get(LINK)
    return links.kept(digest) if isinstance(digest, str) else None


def is_over(request: HttpRequest, link: AccessLink | None, token: str = "", status: int = 410) -> HttpResponse:
    """Says why a link does not work, and offers a fresh one by mail; the same for a link that never was."""
    why = link.refusal(at=clock.now()) if link else "closed"
    with translation.override(link.user.language if link else translation.get_language()):
        return render(request, "suppliers/portal/link_over.html", {"why": why, "token": token}, status=status)


def _is_of_another(request: HttpRequest, link: AccessLink) -> bool:
    """Whether the address names another request than the link is for: a second wall beside `visible_to`."""
    match = request.resolver_match
    return bool(match and match.route.startswith(REQUESTS) and match.kwargs.get("pk") != link.request_id)


def own_requests(user: User) -> Any:
    """The supplier's own requests with their stages and answers."""
    rows = CorrectiveActionRequest.objects.visible_to(user).select_related("plant", "supplier", "issued_by", "contact")
    return rows.with_stages(user)


def own_request(user: User, pk: int) -> CorrectiveActionRequest:
    """One of the supplier's own requests, or 404."""
    row: CorrectiveActionRequest = get_object_or_404(messages.with_read(own_requests(user), user), pk=pk)
    return row
