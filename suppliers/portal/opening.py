"""Coming in through a link: a page with a button (mail programs open links by themselves), then one request."""

from __future__ import annotations

import datetime as dt
import re

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from qc import clock
from qc.models import User
from qc.web.login import client_address
from suppliers.models import AccessLink
from suppliers.portal.access import LINK, is_over, opened
from suppliers.services import links

STAY = dt.timedelta(hours=12)  # then the link has to be opened again
REFERRER = "strict-origin"  # never with the path, which is the secret; CSRF needs the origin


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link_open(request: HttpRequest, token: str) -> HttpResponse:
    link = links.find(token)
    if link is None or link.refusal(at=clock.now()):
        return _quiet(is_over(request, link, token, status=404))
    if isinstance(request.user, User):
        return _quiet(_with_a_login(request, link))
    if request.method != "POST":
        with translation.override(link.user.language):
            return _quiet(render(request, "suppliers/portal/link_open.html", {"link": link}))
    link = links.use(link, address=client_address(request))
    request.session.cycle_key()
    request.session[LINK] = link.digest
    request.session.set_expiry(STAY)
    return _quiet(redirect(_target(request, link)))


def _with_a_login(request: HttpRequest, link: AccessLink) -> HttpResponse:
    """Somebody is logged in: the own request opens with the login; for others the link is no way in."""
    if isinstance(request.user, User) and request.user.supplier_id == link.request.supplier_id:
        return redirect(_target(request, link))
    return render(request, "suppliers/portal/link_other.html", status=409)


def _target(request: HttpRequest, link: AccessLink) -> str:
    tail = request.GET.get("to", "")
    path = f"/portal/requests/{link.request_id}/"
    return f"{path}{tail}/" if re.fullmatch(r"[a-z_-]{1,40}", tail) else path


def _quiet(response: HttpResponse) -> HttpResponse:
    response["Referrer-Policy"] = REFERRER
    response["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@require_POST
def link_renew(request: HttpRequest) -> HttpResponse:
    """The same answer whether there is such a link or not."""
    token = request.POST.get("token", "")[:200]
    link = links.find(token) if token else opened(request)
    with translation.override(link.user.language if link else translation.get_language()):
        if link is not None:
            links.renew(link)
        return render(request, "suppliers/portal/link_renewed.html")


@login_not_required
@require_POST
def link_leave(request: HttpRequest) -> HttpResponse:
    """End the session of a link; the link itself still works."""
    request.session.pop(LINK, None)
    request.session.cycle_key()
    return render(request, "suppliers/portal/link_left.html", {"text": _("You have left the request.")})
