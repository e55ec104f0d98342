"""Celery doors of supplier requests: a name, limits, one call."""

from __future__ import annotations

from celery import shared_task

from qc.services import work
from suppliers import queue
from suppliers.models import Stage
from suppliers.services import escalation


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def remind(stage_pk: int) -> None:
    """Remind whoever has to move on a stage."""
    escalation.remind(stage_pk)


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def sweep() -> None:
    """Find the stages that are due and hand them to the workers."""
    work.sweep({Stage: queue.reminder_is_due})
