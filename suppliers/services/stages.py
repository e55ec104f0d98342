"""The stages of a request: the supplier answers, we decide."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused, Stale
from qc.models import CorrectiveAction, User
from qc.permissions import require
from qc.services import actions, events
from qc.services.wording import later
from suppliers import answers, asked, due, overview
from suppliers.models import CorrectiveActionRequest, Evidence, Stage, Submission
from suppliers.services import access, escalation, evidence, extensions
from suppliers.services.reasons import required_reason
from suppliers.services.telling import our_stage_path, tell_supplier, tell_us

Code, Status, Action = Stage.Code, Stage.Status, CorrectiveAction.Status
WAITS = (Status.PENDING, Status.RETURNED)
DONE = (Status.ACCEPTED, Status.WAIVED)


@transaction.atomic
def acknowledge(by: User, *, request: CorrectiveActionRequest) -> Stage:
    """The supplier confirms that it has the request; this needs no decision of ours. Refused when it did already."""
    require(by, "request.answer")
    row = access.hold(by, request)
    require_open(row)
    stage = row.stages.get(code=Code.ACKNOWLEDGE)
    if stage.status != Status.PENDING:
        raise Refused(_("You have confirmed this request already."))
    note_receipt(by, stage)
    text = _("%(supplier)s has confirmed %(number)s.") % {"supplier": row.supplier, "number": row.number}
    tell_us(row, key=f"request:{row.pk}:acknowledged", text=text)
    events.write(by=by, verb="request.acknowledge", subject=row)
    return stage


@transaction.atomic
def note_receipt(by: User, stage: Stage, said: answers.Answers | None = None) -> Submission:
    """The supplier has the request, perhaps with what it says about team and problem; that needs no decision."""
    submission = Submission.objects.create(
        stage=stage,
        version=stage.submissions.count() + 1,
        answers=said or {},
        submitted_by=by,
        submitted_at=clock.now(),
        answer_due_at=stage.answer_due_at if stage.status == Status.PENDING else None,
    )
    stage.status = Status.ACCEPTED
    stage.due_at = None
    stage.save(update_fields=["status", "due_at"])
    return submission


@transaction.atomic
def save_draft(
    by: User,
    *,
    stage: Stage,
    answers: Mapping[str, Any],
    files: Iterable[evidence.Upload] = (),
    seen: str | None = None,
) -> Stage:
    """Keep what the supplier has typed and chosen so far; only the supplier sees it. Nothing is checked but files.

    `seen` is the mark of the draft that the person started from: Stale when a colleague has changed it since.
    """
    require(by, "request.answer")
    row = access.hold_stage(by, stage)
    _require_answerable(row)
    draft = _kept(row, answers)
    if seen is not None and draft != row.draft and seen != _mark(row):
        raise Stale(_("A colleague has changed this answer meanwhile. Send or save again to put yours in its place."))
    row.draft = draft
    row.save(update_fields=["draft"])
    names = keep_files(by, row, files)
    events.write(by=by, verb="request.save_draft", subject=row.request, data={"stage": row.code, "files": names})
    return row


def _mark(stage: Stage) -> str:
    return answers.mark(stage.draft)


def _kept(stage: Stage, raw: Mapping[str, Any]) -> answers.Answers:
    return answers.kept(stage.code, raw)


def keep_files(by: User, stage: Stage, uploads: Iterable[evidence.Upload]) -> list[str]:
    """Put files to an answer that is not sent yet; their names. Refused beside `files` with the name of a bad one."""
    names: list[str] = []
    for upload in uploads:
        try:
            names.append(evidence.store(by, request=stage.request, upload=upload, stage=stage).name)
        except Refused as refusal:
            raise Refused(refusal.message, fields={"files": f"{upload.name}: {refusal.message}"}) from refusal
    return names


@transaction.atomic
def submit(by: User, *, stage: Stage, answers: Mapping[str, Any], files: Iterable[evidence.Upload] = ()) -> Stage:
    """Send the answer to a stage, with the files of the draft and new ones; we are told. A next version each time.

    Refused names every field that is missing or wrong, and when it is not this stage's turn.
    """
    require(by, "request.answer")
    row = access.hold_stage(by, stage)
    request = row.request
    _require_answerable(row)
    checked = _checked(row, answers)
    names = keep_files(by, row, files)
    now = clock.now()
    submission = Submission.objects.create(
        stage=row,
        version=row.submissions.count() + 1,
        answers=checked,
        submitted_by=by,
        submitted_at=now,
        answer_due_at=row.answer_due_at,
    )
    Evidence.objects.filter(stage=row, submission__isnull=True).update(submission=submission)
    row.status, row.draft = Status.SUBMITTED, {}
    escalation.schedule(row)
    row.save(update_fields=["status", "draft", "due_at"])
    escalation.look_again(request)
    receipt = request.stages.get(code=Code.ACKNOWLEDGE)
    if receipt.status == Status.PENDING:
        note_receipt(by, receipt)
    text = _("%(supplier)s has answered %(number)s: %(stage)s.") % {
        "supplier": request.supplier,
        "number": request.number,
        "stage": row.get_code_display(),
    }
    key = f"stage:{row.pk}:v{submission.version}:submitted"
    tell_us(request, key=key, text=text, path=our_stage_path(row))
    data = {"stage": row.code, "version": submission.version, "answers": checked, "files": names}
    events.write(by=by, verb="request.submit", subject=request, data=data)
    return row


def _checked(stage: Stage, raw: Mapping[str, Any]) -> answers.Answers:
    return answers.checked(stage.code, raw, today=clock.today(stage.request.plant.time_zone))


@transaction.atomic
def accept(by: User, *, stage: Stage, version: int | None = None) -> Stage:
    """Accept the supplier's answer. The plan's date becomes the next due date; the implementation moves the action.

    Refused without an answer to review; Stale when `version` is not the answer that is there now.
    """
    require(by, "request.review")
    row = access.hold_stage(by, stage)
    submission = _to_decide(row, version)
    _decide(by, submission, Submission.Decision.ACCEPTED)
    row.status, row.due_at = Status.ACCEPTED, None
    row.save(update_fields=["status", "due_at"])
    if row.code == Code.PLAN:
        _agree_on_date(by, row.request, submission)
    if row.code == Code.IMPLEMENTATION:
        _carry_out(by, row.request, submission)
    extensions.drop(by, request=row.request)
    when_all_done(row.request)
    told = {"number": row.request.number, "stage": asked.TITLES[row.code]}
    text = later(lambda: _("%(number)s: your answer was accepted: %(stage)s.") % told)
    tell_supplier(row.request, key=f"stage:{row.pk}:v{submission.version}:accepted", text=text)
    data = {"stage": row.code, "version": submission.version}
    events.write(by=by, verb="request.accept", subject=row.request, data=data)
    return row


def _agree_on_date(by: User, request: CorrectiveActionRequest, submission: Submission) -> None:
    """The plan says when: the implementation's clock starts, and the action of the case gets its date."""
    day = dt.date.fromisoformat(submission.answers["implement_on"])
    stage = request.stages.get(code=Code.IMPLEMENTATION)
    if stage.status in WAITS:
        stage.answer_due_at = due.end_of_day(day, request.plant.zone)
        escalation.schedule(stage)
        stage.save(update_fields=["answer_due_at", "due_at"])
    if not _waits(request):
        return
    CorrectiveAction.objects.filter(pk=request.action_id).update(strength=submission.answers["strength"])
    reason = _("Agreed in the plan of %(number)s.") % {"number": request.number}
    action = actions.agree_date(by, action=request.action, due_on=day, reason=reason)
    if action.status == CorrectiveAction.Status.OPEN:
        action = actions.start(by, action=action)
    request.action = action


def _waits(request: CorrectiveActionRequest) -> bool:
    """Whether the case is open and its action can still be moved."""
    waiting = request.action.status in (Action.OPEN, Action.IN_PROGRESS, Action.REJECTED)
    return waiting and request.nonconformance.is_open


def _carry_out(by: User, request: CorrectiveActionRequest, submission: Submission) -> None:
    """The accepted implementation is the evidence; the supplier's person did it, so any of us may verify it."""
    if not _waits(request):
        return
    said = submission.answers
    evidence_text = f"{request.number}, {said['first_lot']}: {said['done']}\n{said['validation']}"
    actions.carry_out(
        by,
        action=request.action,
        implemented_on=dt.date.fromisoformat(said["implemented_on"]),
        evidence=evidence_text,
        done_by=submission.submitted_by,
    )


@transaction.atomic
def return_stage(by: User, *, stage: Stage, reason: str, version: int | None = None) -> Stage:
    """Send an answer back with a reason; the supplier starts from what it sent, with a new due date.

    An accepted implementation goes back too, once its action was rejected on the case. Refused without a reason or
    without an answer to review; Stale as in `accept`.
    """
    require(by, "request.review")
    reason = required_reason(reason)
    row = access.hold_stage(by, stage)
    request = row.request
    if was_rejected(row):
        _reopen(row)
    submission = _to_decide(row, version)
    _decide(by, submission, Submission.Decision.RETURNED, reason)
    again = due.after(clock.now(), due.AFTER_RETURN[request.severity], request.plant.zone, request.plant.days_off)
    row.answer_due_at = max(again, row.answer_due_at) if row.answer_due_at else again
    row.status, row.draft = Status.RETURNED, submission.answers
    escalation.schedule(row)
    row.save(update_fields=["status", "draft", "answer_due_at", "due_at"])
    told = {"number": request.number, "stage": asked.TITLES[row.code], "reason": reason}
    text = later(lambda: _("%(number)s came back to you: %(stage)s. %(reason)s") % told)
    tell_supplier(request, key=f"stage:{row.pk}:v{submission.version}:returned", text=text)
    data = {"stage": row.code, "version": submission.version, "answer_due_at": row.answer_due_at}
    events.write(by=by, verb="request.return", subject=request, data=data, reason=reason)
    return row


def was_rejected(stage: Stage) -> bool:
    """Whether this is an accepted implementation whose action was rejected on the case: it has to be done again."""
    request = stage.request
    running = request.status in (request.Status.OPEN, request.Status.VERIFYING)
    is_settled = stage.code == Code.IMPLEMENTATION and stage.status == Status.ACCEPTED
    return running and is_settled and request.action.status == Action.REJECTED


def _reopen(stage: Stage) -> None:
    """Put an accepted stage under review again; a request that only waited for the effect is open again."""
    stage.status = Status.SUBMITTED
    request = stage.request
    if request.status == request.Status.VERIFYING:
        request.status = request.Status.OPEN
        request.version += 1
        request.save(update_fields=["status", "version"])


@transaction.atomic
def waive_stage(by: User, *, stage: Stage, reason: str) -> Stage:
    """Do without the answer to a stage. Refused when one waits for review, and when the stage is over."""
    require(by, "request.review")
    reason = required_reason(reason)
    row = access.hold_stage(by, stage)
    require_open(row.request)
    if row.status == Status.SUBMITTED:
        raise Refused(_("There is an answer to review: accept it or return it."))
    if row.status in DONE:
        raise Refused(_("This stage is over already."))
    row.status, row.due_at = Status.WAIVED, None
    row.save(update_fields=["status", "due_at"])
    escalation.look_again(row.request)
    extensions.drop(by, request=row.request)
    when_all_done(row.request)
    events.write(by=by, verb="request.waive_stage", subject=row.request, data={"stage": row.code}, reason=reason)
    return row


def when_all_done(request: CorrectiveActionRequest) -> None:
    """With every stage accepted or waived, nothing waits for the supplier: our figures have to show the effect."""
    if request.status == request.Status.OPEN and not request.stages.exclude(status__in=DONE).exists():
        request.status = request.Status.VERIFYING
        request.version += 1
        request.save(update_fields=["status", "version"])


def require_open(request: CorrectiveActionRequest) -> None:
    """Refused when the request does not wait for the supplier."""
    if request.status == request.Status.DISPUTED:
        raise Refused(_("The request is disputed; it goes on when that is decided."))
    if request.status != request.Status.OPEN:
        raise Refused(_("This request is %(state)s.") % {"state": request.get_status_display().lower()})


def _require_answerable(stage: Stage) -> None:
    require_open(stage.request)
    if stage.code == Code.ACKNOWLEDGE:
        raise Refused(_("This step is one click: confirm that you have the request."))
    if stage.status == Status.SUBMITTED:
        raise Refused(_("You have sent this answer already. We will tell you when it was reviewed."))
    if stage.status in DONE:
        raise Refused(_("This step is over; nothing needs to be sent."))
    waiting_for = overview.blockers(stage, list(stage.request.stages.all()))
    if waiting_for:
        raise Refused(_("Answer this first: %(stage)s.") % {"stage": asked.TITLES[waiting_for[0].code]})


def _to_decide(stage: Stage, version: int | None) -> Submission:
    if stage.request.status not in (CorrectiveActionRequest.Status.OPEN, CorrectiveActionRequest.Status.DISPUTED):
        require_open(stage.request)
    if stage.status != Status.SUBMITTED:
        raise Refused(_("There is no answer to review. It may have been decided a moment ago."))
    submission = stage.submissions.order_by("-version")[0]
    if version is not None and version != submission.version:
        raise Stale(
            _("The supplier has sent version %(version)d meanwhile. Read it first.") % {"version": submission.version}
        )
    return submission


def _decide(by: User, submission: Submission, decision: str, reason: str = "") -> None:
    submission.decision, submission.reason = decision, reason
    submission.decided_by, submission.decided_at = by, clock.now()
    submission.save(update_fields=["decision", "reason", "decided_by", "decided_at"])
