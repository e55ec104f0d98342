"""More time for a stage: the supplier asks, we grant or refuse. The clock moves only when it is granted."""

from __future__ import annotations

import datetime as dt

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import User
from qc.permissions import require
from qc.services import events
from qc.services.wording import later
from suppliers import asked, due, overview
from suppliers.models import CorrectiveActionRequest, Extension, Stage, Submission
from suppliers.services import access, escalation, telling
from suppliers.services.reasons import required_reason

Status = Extension.Status
LONGEST = dt.timedelta(days=365)


@transaction.atomic
def ask(by: User, *, stage: Stage, reason: str, wanted_on: dt.date) -> Extension:
    """Ask for a later date for a stage that waits for the supplier. The clock goes on until we have decided.

    Refused without a reason, for a date that is not later, while another question about the stage is open, and when
    nothing waits for the supplier there.
    """
    require(by, "request.answer")
    reason = required_reason(reason)
    row = access.hold_stage(by, stage)
    request = row.request
    if request.status != request.Status.OPEN or row.status not in overview.WAITS:
        raise Refused(_("Nothing waits for you there, so there is no date to move."))
    if row.answer_due_at is None:
        raise Refused(_("This step has no date yet."))
    if row.extensions.filter(status=Status.OPEN).exists():
        raise Refused(_("You have asked for more time already. We decide and tell you."))
    _check_day(row, wanted_on, "wanted_on")
    extension = Extension.objects.create(
        stage=row,
        reason=reason,
        wanted_on=wanted_on,
        due_before_at=row.answer_due_at,
        asked_by=by,
        asked_at=clock.now(),
    )
    said = {"supplier": request.supplier, "number": request.number, "day": wanted_on, "stage": row.get_code_display()}
    text = _("%(supplier)s asks for more time for %(number)s, until %(day)s: %(stage)s.") % said
    key = f"extension:{extension.pk}:asked"
    telling.tell_us(request, key=key, text=text, path=telling.our_stage_path(row))
    data = {"stage": row.code, "wanted_on": wanted_on, "due_before_at": row.answer_due_at}
    events.write(by=by, verb="request.ask_extension", subject=request, data=data, reason=reason)
    return extension


def _check_day(stage: Stage, day: dt.date, field: str) -> None:
    """Refused when the day has passed, is no later than the date that holds, or lies years ahead."""
    zone = stage.request.plant.zone
    today = clock.today(stage.request.plant.time_zone)
    wrong = ""
    if day < today:
        wrong = _("This date has passed. Choose a later one.")
    elif day > today + LONGEST:
        wrong = _("Choose a date within a year.")
    elif stage.answer_due_at is not None and due.end_of_day(day, zone) <= stage.answer_due_at:
        wrong = _("This is no later than the date that holds.")
    elif due.end_of_day(day, zone) <= clock.now():
        wrong = _("It is past 17:00 on that day. Choose a later one.")
    if wrong:
        raise Refused(wrong, fields={field: wrong})


@transaction.atomic
def grant(by: User, *, extension: Extension, granted_on: dt.date | None = None, answer: str = "") -> Extension:
    """Give the time that was asked for, or until another day: from now on that date counts, also for the scorecard.

    Refused when it was decided already or the day is not later than the date that holds.
    """
    require(by, "request.review")
    row = _hold(by, extension)
    stage, day = row.stage, granted_on or row.wanted_on
    _check_day(stage, day, "granted_on")
    stage.answer_due_at = due.end_of_day(day, stage.request.plant.zone)
    escalation.schedule(stage)
    stage.save(update_fields=["answer_due_at", "due_at", "parked_at", "tries", "error"])
    # An answer that was sent while we had not decided is measured against the date that we grant.
    meanwhile = Submission.objects.filter(stage=stage, submitted_at__gte=row.asked_at)
    meanwhile.update(answer_due_at=stage.answer_due_at)
    row.granted_on = day
    _decide(by, row, Status.GRANTED, answer.replace("\x00", "").strip()[:2000])
    said = {"number": stage.request.number, "stage": asked.TITLES[stage.code], "day": day, "why": row.answer}
    text = later(lambda: _("%(number)s: you have until %(day)s for: %(stage)s. %(why)s") % said)
    telling.tell_supplier(stage.request, key=f"extension:{row.pk}:granted", text=text)
    data = {"stage": stage.code, "answer_due_at": [row.due_before_at, stage.answer_due_at]}
    events.write(by=by, verb="request.grant_extension", subject=stage.request, data=data, reason=row.answer)
    return row


@transaction.atomic
def refuse(by: User, *, extension: Extension, reason: str) -> Extension:
    """Keep the date, with a reason that the supplier reads. Refused when it was decided already."""
    require(by, "request.review")
    reason = required_reason(reason)
    row = _hold(by, extension)
    stage = row.stage
    _decide(by, row, Status.REFUSED, reason)
    said = {"number": stage.request.number, "stage": asked.TITLES[stage.code], "why": reason}
    text = later(lambda: _("%(number)s: the date stays as it is for: %(stage)s. %(why)s") % said)
    telling.tell_supplier(stage.request, key=f"extension:{row.pk}:refused", text=text)
    data = {"stage": stage.code}
    events.write(by=by, verb="request.refuse_extension", subject=stage.request, data=data, reason=reason)
    return row


def _hold(by: User, extension: Extension) -> Extension:
    """The open extension with its stage, the request locked until commit."""
    row = Extension.objects.visible_to(by).select_related("stage__request").filter(pk=extension.pk).first()
    if row is None:
        raise NotAllowed(_("This request is not yours."))
    stage = access.hold_stage(by, row.stage)
    row.refresh_from_db(fields=["status"])
    row.stage = stage
    if row.status != Status.OPEN:
        raise Refused(_("This was decided already: %(state)s.") % {"state": row.get_status_display().lower()})
    return row


def _decide(by: User, row: Extension, status: str, answer: str) -> None:
    row.status, row.answer, row.decided_by, row.decided_at = status, answer, by, clock.now()
    row.save(update_fields=["status", "answer", "granted_on", "decided_by", "decided_at"])


def drop(by: User, *, request: CorrectiveActionRequest) -> None:
    """What was asked about stages that are over, or in a request that is over, needs no decision any more."""
    over = Q(stage__status__in=[Stage.Status.ACCEPTED, Stage.Status.WAIVED])
    if request.status not in (request.Status.OPEN, request.Status.DISPUTED):
        over |= Q(stage__request=request)
    rows = Extension.objects.filter(over, stage__request=request, status=Status.OPEN)
    rows.update(status=Status.MOOT, decided_by=by, decided_at=clock.now())
