"""What a person was told."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from qc.models import Notice
from qc.services import notices
from qc.web.access import InsideRequest, inside_required
from qc.web.lists import page_of


@inside_required
def inbox(request: InsideRequest) -> HttpResponse:
    rows = Notice.objects.visible_to(request.user).select_related("plant")
    context = page_of(request, rows) | {"unread_count": rows.unread().count()}
    return render(request, "qc/inbox.html", context)


@inside_required
@require_POST
def notice_open(request: InsideRequest, pk: int) -> HttpResponse:
    """Mark a notice as read and go where it points."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    notices.mark_read(request.user, notice=notice)
    own = notice.path.startswith("/") and url_has_allowed_host_and_scheme(notice.path, None)
    return redirect(notice.path if own else "qc:inbox")


@inside_required
@require_POST
def inbox_read(request: InsideRequest) -> HttpResponse:
    notices.mark_all_read(request.user)
    return redirect("qc:inbox")
