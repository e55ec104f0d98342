"""Questions and answers between us and a supplier, with files; each side knows what it has not read yet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from django.db import transaction
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import User
from qc.permissions import require
from qc.services import events, notices
from qc.services.wording import later
from suppliers.models import CorrectiveActionRequest, Message, MessageRead
from suppliers.services import access, evidence

Status = CorrectiveActionRequest.Status
LONGEST_MESSAGE = 4000
MOST_FILES = 10  # with one message
DOUBLE_CLICK = dt.timedelta(minutes=2)


@transaction.atomic
def send_message(
    by: User, *, request: CorrectiveActionRequest, text: str, files: Iterable[evidence.Upload] = ()
) -> Message:
    """Write to the other side, with files. Refused when empty, too long, or before it was issued, and beside `files`
    for a file that is not accepted. A double click is one message.
    """
    require(by, "request.answer" if by.is_outside else "request.message")
    row = access.hold(by, request)
    text = _checked(row, text)
    last = row.messages.order_by("-at", "-pk").first()
    now = clock.now()
    if last is not None and (last.by_id, last.text) == (by.pk, text) and now - last.at < DOUBLE_CLICK:
        return last
    message = Message.objects.create(request=row, text=text, by=by, at=now)
    names = _attach(by, message, files)
    _tell(by, row, message)
    _note(by, row)
    data = {"message": message.pk, "text": text, "files": names}
    events.write(by=by, verb="request.message", subject=row, data=data)
    return message


def _checked(row: CorrectiveActionRequest, text: str) -> str:
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused(_("The message is empty."), fields={"text": _("Write something.")})
    if len(text) > LONGEST_MESSAGE:
        raise Refused(_("The message is too long."), fields={"text": _("At most 4,000 characters.")})
    if row.status == Status.DRAFT or row.issued_at is None:
        raise Refused(_("The supplier does not see this request yet. Issue it first."))
    if row.status == Status.CANCELLED:
        raise Refused(_("This request was taken back."))
    return text


def _attach(by: User, message: Message, files: Iterable[evidence.Upload]) -> list[str]:
    given = list(files)
    if len(given) > MOST_FILES:
        sentence = _("At most %(most)d files with one message.") % {"most": MOST_FILES}
        raise Refused(sentence, fields={"files": sentence})
    names = []
    for upload in given:
        try:
            names.append(evidence.store(by, request=message.request, upload=upload, message=message).name)
        except Refused as refusal:
            raise Refused(refusal.message, fields={"files": f"{upload.name}: {refusal.message}"}) from refusal
    return names


def _tell(by: User, row: CorrectiveActionRequest, message: Message) -> None:
    words = {"who": str(by), "number": row.number, "text": message.text}
    said = later(lambda: _("%(who)s about %(number)s: %(text)s") % words)
    # Straight to the form, so that an answer is one click away.
    name = "suppliers:request-detail" if by.is_outside else "portal:request-messages"
    people = access.holders(row) if by.is_outside else access.recipients(row)
    path = reverse(name, args=[row.pk]) + ("#messages" if by.is_outside else "")
    notices.tell(to=people, key=f"message:{message.pk}", text=said, path=path, subject=row)


@transaction.atomic
def mark_read(by: User, *, request: CorrectiveActionRequest) -> None:
    """Note that a person has read the messages of a request; nothing is written when there is nothing new."""
    if unread(by, [request.pk]):
        _note(by, access.hold(by, request))


def _note(by: User, request: CorrectiveActionRequest) -> None:
    MessageRead.objects.update_or_create(request=request, user=by, defaults={"at": clock.now()})


def with_read(rows: QuerySet[CorrectiveActionRequest], viewer: User) -> Any:
    """The requests with `read_at`: until when the viewer has read their messages."""
    read = MessageRead.objects.visible_to(viewer).filter(request=OuterRef("pk")).values("at")[:1]
    return rows.annotate(read_at=Subquery(read))


def count_new(viewer: User, request: CorrectiveActionRequest, thread: Iterable[Message]) -> int:
    """How many of these messages the viewer has not read; `request` comes from `with_read`."""
    read_at: dt.datetime | None = getattr(request, "read_at")  # noqa: B009  (an annotation of the query)
    theirs = [each for each in thread if (each.by.supplier_id is None) == viewer.is_outside]
    return sum(read_at is None or each.at > read_at for each in theirs)


def unread(viewer: User, requests: Collection[int]) -> dict[int, int]:
    """How many messages of the other side each request has that this person has not read; only those with any."""
    read = MessageRead.objects.visible_to(viewer).filter(request=OuterRef("request")).values("at")[:1]
    rows = Message.objects.visible_to(viewer).filter(request__in=requests, by__supplier__isnull=viewer.is_outside)
    new = rows.annotate(read_at=Subquery(read)).filter(Q(read_at__isnull=True) | Q(at__gt=F("read_at")))
    return dict(new.order_by().values_list("request").annotate(count=Count("pk")))
