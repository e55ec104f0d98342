"""Choosing which defects and photos of the case the supplier may see."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from qc.errors import Refused
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.lists import page_of
from suppliers.models import CorrectiveActionRequest, SharedDefect
from suppliers.services import sharing
from suppliers.web.rows import the_request


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("request.issue")
def defects_share(request: InsideRequest, pk: int) -> HttpResponse:
    row = the_request(request.user, pk)
    if request.method != "POST":
        return _page(request, row)
    by, rows = request.user, sharing.shareable(request.user, row)
    defects = list(rows.filter(pk__in=_keys(request, "defects")))
    photos = sharing.photos_of(by, defects).filter(pk__in=_keys(request, "photos"))
    try:
        new = sharing.share_defects(by, request=row, defects=defects, photos=photos)
    except Refused as refusal:
        return _page(request, row, refusal.message, status=422)
    said = ngettext("The supplier sees %(count)d more defect.", "The supplier sees %(count)d more defects.", len(new))
    messages.success(request, said % {"count": len(new)})
    return redirect("suppliers:request-detail", pk)


def _keys(request: InsideRequest, name: str) -> list[int]:
    """The keys that were ticked; what is no key is passed over."""
    return [int(key) for key in request.POST.getlist(name) if key.isascii() and key.isdigit() and len(key) < 19]


def _page(request: InsideRequest, row: CorrectiveActionRequest, refusal: str = "", status: int = 200) -> HttpResponse:
    context: dict[str, Any] = page_of(request, sharing.shareable(request.user, row))
    photos: dict[int, list[Any]] = {}
    for photo in sharing.photos_of(request.user, context["page"]):
        photos.setdefault(photo.subject_pk, []).append(photo)
    shared = SharedDefect.objects.visible_to(request.user).filter(request=row)
    known = set(shared.values_list("source", flat=True))
    found = [
        {"defect": defect, "photos": photos.get(defect.pk, []), "is_shared": defect.pk in known}
        for defect in context["page"]
    ]
    context |= {"row": row, "found": found, "refusal": refusal}
    return render(request, "suppliers/defects_share.html", context, status=status)


@require_POST
@inside_required
def defect_unshare(request: InsideRequest, pk: int) -> HttpResponse:
    shared = get_object_or_404(SharedDefect.objects.visible_to(request.user).select_related("request"), pk=pk)
    row = sharing.unshare_defect(request.user, shared=shared)
    messages.success(request, _("The supplier does not see the defect any more."))
    return redirect("suppliers:request-detail", row.pk)
