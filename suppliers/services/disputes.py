"""The supplier says that the cause is not with them: we keep the request, or say that they are right."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import User
from qc.permissions import require
from qc.services import events
from qc.services.wording import later
from suppliers import due
from suppliers.models import CorrectiveActionRequest, Message
from suppliers.services import access, endings, escalation, stages, telling
from suppliers.services.reasons import required_reason

Status, Responsibility = CorrectiveActionRequest.Status, CorrectiveActionRequest.Responsibility


@transaction.atomic
def dispute(by: User, *, request: CorrectiveActionRequest, reason: str) -> CorrectiveActionRequest:
    """The supplier says that the cause is not with them; the clocks stand until we have decided."""
    require(by, "request.answer")
    reason = required_reason(reason)
    row = access.hold(by, request)
    if row.status != Status.OPEN:
        raise Refused(_("This request is %(state)s.") % {"state": row.get_status_display().lower()})
    row.status, row.dispute_reason, row.responsibility = Status.DISPUTED, reason, ""
    row.version += 1
    row.save(update_fields=["status", "dispute_reason", "responsibility", "version"])
    row.stages.update(due_at=None)
    said = {"supplier": row.supplier, "number": row.number, "reason": reason}
    text = _("%(supplier)s disputes %(number)s: %(reason)s") % said
    telling.tell_us(row, key=f"request:{row.pk}:disputed:{row.version}", text=text)
    events.write(by=by, verb="request.dispute", subject=row, reason=reason)
    return row


@transaction.atomic
def uphold(by: User, *, request: CorrectiveActionRequest, reason: str) -> CorrectiveActionRequest:
    """Keep a disputed request, with a reason that the supplier reads; open stages get their time anew.

    (Giving the supplier right is `concede`.)
    """
    require(by, "request.review")
    reason = required_reason(reason)
    row = _disputed(by, request)
    row.status, row.responsibility = Status.OPEN, Responsibility.SUPPLIER
    row.version += 1
    row.save(update_fields=["status", "responsibility", "version"])
    _restart_clocks(row, clock.now())
    Message.objects.create(request=row, text=reason, by=by, at=clock.now())
    said = {"number": row.number, "reason": reason}
    text = later(lambda: _("%(number)s stays open: %(reason)s") % said)
    telling.tell_supplier(row, key=f"request:{row.pk}:upheld:{row.version}", text=text)
    events.write(by=by, verb="request.uphold", subject=row, reason=reason)
    stages.when_all_done(row)
    return row


@transaction.atomic
def concede(
    by: User, *, request: CorrectiveActionRequest, reason: str, responsibility: str = Responsibility.OURS
) -> CorrectiveActionRequest:
    """Say that the supplier is right: the cause is with us or with somebody else, and the request is over.

    Its action on the case is cancelled, what was claimed is withdrawn, extra sorting ends. The supplier reads the
    reason. Refused when it is not disputed, without a reason, and for a responsibility that is none.
    """
    require(by, "request.review")
    reason = required_reason(reason)
    if responsibility not in (Responsibility.OURS, Responsibility.ELSEWHERE):
        sentence = _("Say with whom the cause is: with us, or with somebody else.")
        raise Refused(sentence, fields={"responsibility": sentence})
    row = _disputed(by, request)
    row.responsibility = responsibility
    endings.take_back(by, row, reason)
    said = {"number": row.number, "reason": reason}
    text = later(lambda: _("%(number)s is over: you were right, the cause is not with you. %(reason)s") % said)
    telling.tell_supplier(row, key=f"request:{row.pk}:conceded", text=text)
    data = {"responsibility": responsibility}
    events.write(by=by, verb="request.concede", subject=row, data=data, reason=reason)
    return row


def _disputed(by: User, request: CorrectiveActionRequest) -> CorrectiveActionRequest:
    row = access.hold(by, request)
    if row.status != Status.DISPUTED:
        raise Refused(_("%(number)s is not disputed.") % {"number": row.number})
    return row


def _restart_clocks(row: CorrectiveActionRequest, now: dt.datetime) -> None:
    days_off = row.plant.days_off
    for stage in row.stages.exclude(status__in=stages.DONE):
        stage.request = row
        fresh = due.answer_due_at(now, row.severity, stage.code, row.plant.zone, days_off)
        if fresh and stage.answer_due_at and stage.status in stages.WAITS:
            stage.answer_due_at = max(stage.answer_due_at, fresh)
        escalation.schedule(stage)
        stage.save(update_fields=["answer_due_at", "due_at", "parked_at", "tries", "error"])
