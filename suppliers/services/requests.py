"""The verbs of a request to a supplier. The verbs of its stages and files are here too, by name."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import EffectivenessCheck, User
from qc.permissions import require
from qc.services import events
from qc.services.wording import later
from suppliers import due
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import access, endings, escalation, stages, telling
from suppliers.services.descriptions import describe
from suppliers.services.disputes import concede, dispute, uphold
from suppliers.services.drafts import SHOWN, change, draft
from suppliers.services.evidence import remove, share, unshare
from suppliers.services.messages import mark_read, send_message
from suppliers.services.reasons import required_reason
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
    "concede",
    "describe",
    "dispute",
    "draft",
    "issue",
    "mark_read",
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
    told = {"number": row.number, "title": row.title}
    text = later(lambda: _("New request %(number)s: %(title)s") % told)
    urgent = row.severity == "critical"
    telling.tell_supplier(row, key=f"request:{row.pk}:issued", text=text, urgent=urgent)
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
    reason = required_reason(reason)
    row = access.hold(by, request)
    if row.status != Status.DRAFT:
        require(by, "request.cancel")
    if row.status in (Status.CLOSED, Status.CANCELLED):
        raise Refused(_("%(number)s is over already.") % {"number": row.number})
    was_issued = row.issued_at is not None
    endings.take_back(by, row, reason)
    if was_issued:
        told = {"number": row.number, "reason": reason}
        text = later(lambda: _("%(number)s was taken back: %(reason)s") % told)
        telling.tell_supplier(row, key=f"request:{row.pk}:cancelled", text=text)
    events.write(by=by, verb="request.cancel", subject=row, reason=reason)
    return row


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
    reason = required_reason(reason) if reason.strip() else ""
    if missing and not reason:
        raise Refused(" ".join(missing), fields={"reason": _("%(why)s Say why it is closed.") % {"why": missing[0]}})
    waived = list(left.values_list("code", flat=True))
    if waived:
        left.update(status=Stage.Status.WAIVED)
    endings.drop_action(by, row, reason)
    endings.end(by, row, Status.CLOSED, reason)
    text = later(lambda: _("%(number)s is closed. Thank you.") % {"number": row.number})
    telling.tell_supplier(row, key=f"request:{row.pk}:closed", text=text)
    events.write(by=by, verb="request.close", subject=row, data={"waived": waived}, reason=reason)
    return row


def shown_effect(action: Any) -> QuerySet[EffectivenessCheck]:
    """The checks which show that an action helps (or that we do without), by its key or an outer reference."""
    Result = EffectivenessCheck.Result
    return EffectivenessCheck.objects.filter(action=action, result__in=[Result.EFFECTIVE, Result.WAIVED])


def what_is_missing(request: CorrectiveActionRequest, *, has_effect: bool | None = None) -> list[str]:
    """What speaks against closing a request without a reason, in sentences; `has_effect` when it was read already."""
    missing = []
    if any(stage.status not in stages.DONE for stage in request.stages.all()):
        missing.append(_("The supplier has not answered everything yet."))
    elif endings.action_waits(request):
        missing.append(_("The action was not carried out."))
    if not (shown_effect(request.action_id).exists() if has_effect is None else has_effect):
        missing.append(_("No check shows yet that the action helps."))
    return missing
