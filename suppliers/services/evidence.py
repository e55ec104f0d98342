"""Files of a request: what we share, and what the supplier puts to an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import IO

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import Attachment, Defect, User
from qc.permissions import require
from qc.services import events, files
from qc.services.scope import require_visible
from suppliers.models import CorrectiveActionRequest, Evidence, Message, SharedDefect, Stage
from suppliers.services import access

Upload = files.Upload | IO[bytes]

MOST_FILES = 60  # on one request
MOST_BYTES = 2 * 2**30  # of one supplier


@transaction.atomic
def share(by: User, *, request: CorrectiveActionRequest, upload: Upload) -> Evidence:
    """Show the supplier a file. Refused beside `upload` when it is not accepted, or the request is over."""
    require(by, "request.issue")
    row = access.hold(by, request)
    if row.status not in (row.Status.DRAFT, row.Status.OPEN, row.Status.DISPUTED):
        raise Refused(_("This request is over; nothing is shared any more."))
    file = store(by, request=row, upload=upload)
    events.write(by=by, verb="request.share", subject=row, data={"evidence": file.pk, "name": file.name})
    return file


def copy(
    by: User,
    *,
    request: CorrectiveActionRequest,
    attachments: Iterable[Attachment],
    defect: SharedDefect | None = None,
) -> list[Evidence]:
    """Copy files of our own records into a request: from then on they are the supplier's to read.

    Refused for a file of another supplier's defect, and when a file is gone from the disk.
    """
    copies: list[Evidence] = []
    for attachment in attachments:
        require_visible(by, attachment)
        _require_of(request, attachment)
        try:
            stored = attachment.file.open("rb")
        except FileNotFoundError:
            message = _("The file %s is not there any more and cannot be shared.") % attachment.name
            raise Refused(message, fields={"attachments": message}) from None
        with stored:
            stored.name = attachment.name
            copies.append(store(by, request=request, upload=stored, defect=defect))
    return copies


def _require_of(request: CorrectiveActionRequest, attachment: Attachment) -> None:
    if attachment.subject_label != "qc.defect":
        return
    others = Defect.objects.filter(pk=attachment.subject_pk, supplier__isnull=False)
    if others.exclude(supplier=request.supplier_id).exists():
        message = _("%(name)s belongs to a defect of another supplier and cannot be shared.")
        message %= {"name": attachment.name}
        raise Refused(message, fields={"attachments": message})


@transaction.atomic
def store(
    by: User,
    *,
    request: CorrectiveActionRequest,
    upload: Upload,
    stage: Stage | None = None,
    message: Message | None = None,
    defect: SharedDefect | None = None,
) -> Evidence:
    """Check a file and keep it with the request; the same content twice at the same place is kept once."""
    file = files.checked(upload)
    others = Evidence.objects.filter(request=request)
    place = {"stage": stage, "message": message, "defect": defect}
    same = others.filter(**place, submission__isnull=True, sha256=file.sha256, uploaded_by=by).first()
    if same is not None:
        return same
    used = Evidence.objects.filter(request__supplier=request.supplier_id).aggregate(used=Sum("size", default=0))["used"]
    if others.count() >= MOST_FILES or used + file.size > MOST_BYTES:
        raise files.refusal(_("This request has as many files as it can hold."))
    row = Evidence(
        request=request,
        **place,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        uploaded_by=by,
        uploaded_at=clock.now(),
    )
    files.store(row, "file", file)
    row.save(force_insert=True)
    return row


@transaction.atomic
def remove(by: User, *, evidence: Evidence) -> Stage:
    """Take a file out of an answer that was not sent yet; returns its stage. Refused once it was sent."""
    require(by, "request.answer")
    row = Evidence.objects.visible_to(by).select_related("stage__request").filter(pk=evidence.pk).first()
    if row is None or row.stage is None or row.submission_id is not None:
        raise Refused(_("This file was sent already; it stays."))
    stage = access.hold_stage(by, row.stage)
    # Only now does it stand still: the answer may have been sent while we waited for the lock.
    row = Evidence.objects.visible_to(by).filter(pk=row.pk, stage=stage, submission__isnull=True).first()
    if row is None:
        raise Refused(_("This file was sent already; it stays."))
    data = {"stage": stage.code, "name": row.name, "sha256": row.sha256}
    delete(row)
    events.write(by=by, verb="request.remove_file", subject=stage.request, data=data)
    return stage


@transaction.atomic
def unshare(by: User, *, evidence: Evidence) -> CorrectiveActionRequest:
    """Take a file that we chose by mistake out of a draft; returns the request. Refused once it was issued."""
    require(by, "request.issue")
    require_visible(by, evidence)
    request = access.hold(by, evidence.request)
    if request.status != request.Status.DRAFT:
        raise Refused(_("The request was issued: the supplier has the file, and it stays."))
    row = Evidence.objects.visible_to(by).filter(pk=evidence.pk, request=request).shared().first()
    if row is None:
        raise Refused(_("This file was taken out already."))
    data = {"name": row.name, "sha256": row.sha256}
    delete(row)
    events.write(by=by, verb="request.remove_file", subject=request, data=data)
    return request


def delete(row: Evidence) -> None:
    """Remove a file and, once that is certain, what the store has of it."""
    storage, path = row.file.storage, str(row.file.name)
    row.delete()
    transaction.on_commit(lambda: storage.delete(path))
