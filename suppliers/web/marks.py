"""Marks on a supplier's contact: mail comes back, it arrives again, the person left, the person is there after all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc.models import User
from qc.services import people
from qc.web.access import InsideRequest, role_required
from suppliers.services import access

Verb = Callable[..., User]
VERBS: dict[str, Verb] = {
    "bounced": access.mark_bounced,
    "arrives": access.clear_bounced,
    "left": access.mark_left,
    "back": access.clear_left,
}
WITH_REASON = ("bounced", "left")


@role_required("contact.edit")
@require_POST
def contact_mark(request: InsideRequest, pk: int, what: str) -> HttpResponse:
    if what not in VERBS:
        raise Http404
    contact = get_object_or_404(people.cared_for(request.user).filter(supplier__isnull=False), pk=pk)
    more: dict[str, Any] = {"reason": request.POST.get("reason", "")} if what in WITH_REASON else {}
    VERBS[what](request.user, contact=contact, **more)
    said = {
        "bounced": _("Noted. The backup is told from now on."),
        "arrives": _("Taken back. Mail goes to this person again."),
        "left": _("Noted. The account and its links are closed; the backup is told from now on."),
        "back": _("Taken back. The person can log in again."),
    }
    messages.success(request, said[what])
    came_from = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, None) and came_from.startswith("/")
    return redirect(came_from) if is_ours else redirect("qc:supplier-detail", contact.supplier_id)
