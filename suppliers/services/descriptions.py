"""D0 to D2: what the supplier says about its first response, its team and the problem. It needs no decision of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import User
from qc.permissions import require
from qc.services import events
from suppliers import answers as form
from suppliers.models import CorrectiveActionRequest, Evidence, Stage
from suppliers.services import access, evidence, stages, telling


@transaction.atomic
def describe(
    by: User,
    *,
    request: CorrectiveActionRequest,
    answers: Mapping[str, Any],
    files: Iterable[evidence.Upload] = (),
) -> Stage:
    """Say who works on it and what the problem is; this confirms the request too. A next version each time.

    Refused beside the fields that are wrong, when nothing was filled in, and once the root cause is settled.
    """
    require(by, "request.answer")
    row = access.hold(by, request)
    stages.require_open(row)
    stage = row.stages.get(code=Stage.Code.ACKNOWLEDGE)
    stage.request = row
    if not may_describe(row):
        raise Refused(_("The root cause is settled; team and problem are not changed any more."))
    said = form.checked(stage.code, answers, today=clock.today(row.plant.time_zone))
    if not said:
        raise Refused(_("Nothing was filled in yet."))
    names = stages.keep_files(by, stage, files)
    submission = stages.note_receipt(by, stage, said)
    Evidence.objects.filter(stage=stage, submission__isnull=True).update(submission=submission)
    text = _("%(supplier)s has named team and problem: %(number)s.") % {"supplier": row.supplier, "number": row.number}
    telling.tell_us(row, key=f"stage:{stage.pk}:v{submission.version}:described", text=text)
    data = {"stage": stage.code, "version": submission.version, "answers": said, "files": names}
    events.write(by=by, verb="request.describe", subject=row, data=data)
    return stage


def may_describe(request: CorrectiveActionRequest) -> bool:
    """Whether team and problem may still be changed: until the root cause was accepted or waived."""
    settled = request.stages.filter(code=Stage.Code.ROOT_CAUSE, status__in=stages.DONE).exists()
    return request.status == request.Status.OPEN and not settled
