"""The verbs of a request to a supplier. The verbs of its stages and files are here too, by name."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import EffectivenessCheck, User
from qc.permissions import require
from qc.services import actions, events, notices
from suppliers import due
from suppliers.models import CorrectiveActionRequest, Message, Stage
from suppliers.services import access, escalation, stages
from suppliers.services.drafts import SHOWN, change, draft
from suppliers.services.evidence import remove, share, unshare
from suppliers.services.stages import (
    accept,
    acknowledge,
    return_stage,
    save_draft,
    submit,
    waive_stage,
    was_rejected,
)

__all__ = [
    "accept",
    "acknowledge",
    "cancel",
    "change",
    "close",
    "dispute",
    "draft",
    "issue",
    "remove",
    "return_stage",
    "save_draft",
    "send_message",
    "share",
    "submit",
    "unshare",
    "uphold",
    "waive_stage",
    "was_rejected",
]

Status = CorrectiveActionRequest.Status
LONGEST_MESSAGE = 4000


@transaction.atomic
def issue(by: User, *, request: CorrectiveActionRequest) -> CorrectiveActionRequest:
    """Send the request: its stages get their due dates, and the supplier's people are told.

    Refused when it was issued already, or when nobody at the supplier could read it.
    """
    require(by, "request.issue")
    row = access.hold(by, request)
    if row.status != Status.DRAFT:
        raise Refused(_("%(number)s was issued already.") % {"number": row.number})
    if not access.contacts(row.supplier).exists():
        raise Refused(
            _("Nobody at %(supplier)s can log in, so nobody would read it. Add a contact first.")
            % {"supplier": row.supplier}
        )
    row.status, row.issued_by, row.issued_at = Status.OPEN, by, clock.now()
    row.version += 1
    row.save(update_fields=["status", "issued_by", "issued_at", "version"])
    _open_stages(row)
    text = _("New request %(number)s: %(title)s") % {"number": row.number, "title": row.title}
    urgent = row.severity == "critical"
    stages.tell_supplier(row, key=f"request:{row.pk}:issued", text=text, urgent=urgent)
    shown = {name: getattr(row, name) for name in SHOWN}
    events.write(by=by, verb="request.issue", subject=row, data={**shown, "contact": row.contact_id})
    return row


def _open_stages(request: CorrectiveActionRequest) -> None:
    issued_at = request.issued_at or clock.now()
    not_asked, days_off = due.NOT_ASKED.get(request.severity, frozenset()), request.plant.days_off
    for position, code in enumerate(Stage.Code.values):
        stage = Stage(request=request, position=position, code=code)
        if code in not_asked:
            stage.status = Stage.Status.WAIVED
        else:
            stage.answer_due_at = due.answer_due_at(issued_at, request.severity, code, request.plant.zone, days_off)
        stage.save(force_insert=True)
        escalation.schedule(stage)
        stage.save(update_fields=["due_at"])


@transaction.atomic
def cancel(by: User, *, request: CorrectiveActionRequest, reason: str) -> CorrectiveActionRequest:
    """Take the request back; its action on the case is cancelled too. The number stays used."""
    require(by, "request.issue" if request.status == Status.DRAFT else "request.cancel")
    reason = stages.required_reason(reason)
    row = access.hold(by, request)
    if row.status != Status.DRAFT:
        require(by, "request.cancel")
    if row.status in (Status.CLOSED, Status.CANCELLED):
        raise Refused(_("%(number)s is over already.") % {"number": row.number})
    was_issued = row.issued_at is not None
    _end(row, Status.CANCELLED, by, reason)
    _drop_action(by, row, reason)
    if was_issued:
        text = _("%(number)s was taken back: %(reason)s") % {"number": row.number, "reason": reason}
        stages.tell_supplier(row, key=f"request:{row.pk}:cancelled", text=text)
    events.write(by=by, verb="request.cancel", subject=row, reason=reason)
    return row


def _end(row: CorrectiveActionRequest, status: str, by: User, reason: str) -> None:
    row.status, row.close_reason = status, reason
    row.closed_by, row.closed_at = by, clock.now()
    row.version += 1
    row.save(update_fields=["status", "close_reason", "closed_by", "closed_at", "version"])
    row.stages.update(due_at=None)


def _drop_action(by: User, row: CorrectiveActionRequest, reason: str) -> None:
    """Cancel the request's action on the case, unless it was carried out."""
    if _action_waits(row):
        actions.cancel(by, action=row.action, reason=reason)


def _action_waits(row: CorrectiveActionRequest) -> bool:
    """Whether the case is open and its action was not carried out."""
    return row.nonconformance.is_open and row.action.status in actions.WAITING


@transaction.atomic
def close(by: User, *, request: CorrectiveActionRequest, reason: str = "") -> CorrectiveActionRequest:
    """Close the request: every stage is over and the check says that the action helps.

    Otherwise a reason is needed: the stages that are left are waived, an action that was not carried out is cancelled.
    Refused before it was issued, while an answer waits for review, and when it is over already.
    """
    require(by, "request.review")
    row = access.hold(by, request)
    if row.status not in (Status.OPEN, Status.VERIFYING):
        raise Refused(_("This request is %(state)s.") % {"state": row.get_status_display().lower()})
    left = row.stages.exclude(status__in=stages.DONE)
    if left.filter(status=Stage.Status.SUBMITTED).exists():
        raise Refused(_("There is an answer to review: accept it or return it first."))
    missing = what_is_missing(row)
    reason = stages.required_reason(reason) if reason.strip() else ""
    if missing and not reason:
        raise Refused(" ".join(missing), fields={"reason": _("%(why)s Say why it is closed.") % {"why": missing[0]}})
    waived = list(left.values_list("code", flat=True))
    if waived:
        left.update(status=Stage.Status.WAIVED)
    _drop_action(by, row, reason)
    _end(row, Status.CLOSED, by, reason)
    text = _("%(number)s is closed. Thank you.") % {"number": row.number}
    stages.tell_supplier(row, key=f"request:{row.pk}:closed", text=text)
    events.write(by=by, verb="request.close", subject=row, data={"waived": waived}, reason=reason)
    return row


def what_is_missing(request: CorrectiveActionRequest) -> list[str]:
    """What speaks against closing a request without a reason, in sentences."""
    missing = []
    if request.stages.exclude(status__in=stages.DONE).exists():
        missing.append(_("The supplier has not answered everything yet."))
    elif _action_waits(request):
        missing.append(_("The action was not carried out."))
    Result = EffectivenessCheck.Result
    shown = request.action.effectiveness_checks.filter(result__in=[Result.EFFECTIVE, Result.WAIVED]).exists()
    if not shown:
        missing.append(_("No check shows yet that the action helps."))
    return missing


@transaction.atomic
def dispute(by: User, *, request: CorrectiveActionRequest, reason: str) -> CorrectiveActionRequest:
    """The supplier says that the cause is not with them; the clocks stand until we have decided."""
    require(by, "request.answer")
    reason = stages.required_reason(reason)
    row = access.hold(by, request)
    if row.status != Status.OPEN:
        raise Refused(_("This request is %(state)s.") % {"state": row.get_status_display().lower()})
    row.status, row.dispute_reason = Status.DISPUTED, reason
    row.version += 1
    row.save(update_fields=["status", "dispute_reason", "version"])
    row.stages.update(due_at=None)
    text = _("%(supplier)s disputes %(number)s: %(reason)s") % {
        "supplier": row.supplier,
        "number": row.number,
        "reason": reason,
    }
    _tell_holders(row, f"request:{row.pk}:disputed:{row.version}", text)
    events.write(by=by, verb="request.dispute", subject=row, reason=reason)
    return row


@transaction.atomic
def uphold(by: User, *, request: CorrectiveActionRequest, reason: str) -> CorrectiveActionRequest:
    """Keep a disputed request, with a reason that the supplier reads; open stages get their time anew.

    (Giving the supplier right is `cancel`.)
    """
    require(by, "request.review")
    reason = stages.required_reason(reason)
    row = access.hold(by, request)
    if row.status != Status.DISPUTED:
        raise Refused(_("%(number)s is not disputed.") % {"number": row.number})
    row.status = Status.OPEN
    row.version += 1
    row.save(update_fields=["status", "version"])
    _restart_clocks(row, clock.now())
    Message.objects.create(request=row, text=reason, by=by, at=clock.now())
    text = _("%(number)s stays open: %(reason)s") % {"number": row.number, "reason": reason}
    stages.tell_supplier(row, key=f"request:{row.pk}:upheld:{row.version}", text=text)
    events.write(by=by, verb="request.uphold", subject=row, reason=reason)
    stages.when_all_done(row)
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


@transaction.atomic
def send_message(by: User, *, request: CorrectiveActionRequest, text: str) -> Message:
    """Write to the other side. Refused when empty, too long, or before it was issued. A double click is one."""
    require(by, "request.answer" if by.is_outside else "request.message")
    row = access.hold(by, request)
    text = text.replace("\x00", "").strip()
    if not text:
        raise Refused(_("The message is empty."), fields={"text": _("Write something.")})
    if len(text) > LONGEST_MESSAGE:
        raise Refused(_("The message is too long."), fields={"text": _("At most 4,000 characters.")})
    if row.status == Status.DRAFT or row.issued_at is None:
        raise Refused(_("The supplier does not see this request yet. Issue it first."))
    if row.status == Status.CANCELLED:
        raise Refused(_("This request was taken back."))
    last = row.messages.order_by("-at", "-pk").first()
    now = clock.now()
    if last is not None and (last.by_id, last.text) == (by.pk, text) and now - last.at < dt.timedelta(minutes=2):
        return last
    message = Message.objects.create(request=row, text=text, by=by, at=now)
    said = _("%(who)s about %(number)s: %(text)s") % {"who": by, "number": row.number, "text": text}
    if by.is_outside:
        _tell_holders(row, f"message:{message.pk}", said)
    else:
        stages.tell_supplier(row, key=f"message:{message.pk}", text=said)
    events.write(by=by, verb="request.message", subject=row, data={"message": message.pk, "text": text})
    return message


def _tell_holders(row: CorrectiveActionRequest, key: str, text: str) -> None:
    notices.tell(to=access.holders(row), key=key, text=text, path=stages.our_path(row), subject=row)
