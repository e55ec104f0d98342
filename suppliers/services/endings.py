"""How a request ends, and what ends with it."""

from __future__ import annotations

from django.db import transaction

from qc import clock
from qc.models import User
from qc.services import actions
from suppliers.models import CorrectiveActionRequest
from suppliers.services import claims, extensions, shipping

Status = CorrectiveActionRequest.Status


@transaction.atomic
def end(by: User, row: CorrectiveActionRequest, status: str, reason: str) -> None:
    """The request is over: no clock runs any more, and nobody waits for more time."""
    row.status, row.close_reason = status, reason
    row.closed_by, row.closed_at = by, clock.now()
    row.version += 1
    fields = ["status", "close_reason", "responsibility", "closed_by", "closed_at", "version"]
    row.save(update_fields=fields)
    row.stages.update(due_at=None)
    extensions.drop(by, request=row)


@transaction.atomic
def take_back(by: User, row: CorrectiveActionRequest, reason: str) -> None:
    """The supplier is rid of it: the action of the case, what was claimed and the extra sorting end with it."""
    end(by, row, Status.CANCELLED, reason)
    drop_action(by, row, reason)
    claims.drop(by, request=row, reason=reason)
    shipping.drop(by, request=row, reason=reason)


@transaction.atomic
def drop_action(by: User, row: CorrectiveActionRequest, reason: str) -> None:
    """Cancel the request's action on the case, unless it was carried out."""
    if action_waits(row):
        actions.cancel(by, action=row.action, reason=reason)


def action_waits(row: CorrectiveActionRequest) -> bool:
    """Whether the case is open and its action was not carried out."""
    return row.nonconformance.is_open and row.action.status in actions.WAITING
