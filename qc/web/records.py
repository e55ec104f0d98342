"""Files and notes on records."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Model, QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc.models import Attachment, CorrectiveAction, Defect, Finding, Nonconformance
from qc.render import files
from qc.services import attachments, comments
from qc.web.access import InsideRequest, inside_required, role_required

SAFE_INLINE = ("image/png", "image/jpeg")


def _subject(request: InsideRequest, noun: str, pk: int) -> Model:
    rows: dict[str, QuerySet[Any]] = {
        "defect": Defect.objects.visible_to(request.user),
        "finding": Finding.objects.visible_to(request.user),
        "case": Nonconformance.objects.visible_to(request.user),
        "action": CorrectiveAction.objects.visible_to(request.user),
    }
    found: Model = get_object_or_404(rows[noun], pk=pk)
    return found


@role_required("attachment.add")
@require_POST
def attachment_add(request: InsideRequest, pk: int, noun: str) -> HttpResponse:
    subject = _subject(request, noun, pk)
    uploads = request.FILES.getlist("upload")
    for upload in uploads:
        attachments.add(request.user, subject=subject, upload=upload)
    if uploads:
        messages.success(request, _("The files are saved."))
    else:
        messages.error(request, _("Choose a file first."))
    return redirect(f"qc:{noun}-detail", pk=pk)


@inside_required
def attachment_detail(request: InsideRequest, pk: int) -> FileResponse:
    """The file itself. Only images that we drew anew are shown in place; everything else is a download."""
    row = get_object_or_404(Attachment.objects.visible_to(request.user), pk=pk)
    inline = row.content_type in SAFE_INLINE and "download" not in request.GET
    return files.response(row.file, name=row.name, content_type=row.content_type, inline=inline)


@role_required("comment.write")
@require_POST
def comment_create(request: InsideRequest, pk: int, noun: str) -> HttpResponse:
    subject = _subject(request, noun, pk)
    comment = comments.write(request.user, subject=subject, text=request.POST.get("text", ""))
    if unheard := comments.unheard(comment, subject):
        text = _("The note is saved, but nobody was told as %(names)s: no such person can read this. Check the name.")
        messages.warning(request, text % {"names": ", ".join(f"@{name}" for name in unheard)})
    return redirect(f"qc:{noun}-detail", pk=pk)
