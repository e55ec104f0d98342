"""Celery doors of supplier requests: a name, limits, one call."""

from __future__ import annotations

from celery import shared_task

from qc.services import work
from suppliers import queue
from suppliers.models import Round, ScoreMonth
from suppliers.services import escalation, rounds, scorecards, sweeping


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def remind(stage_pk: int) -> None:
    """Remind whoever has to move on a stage."""
    escalation.remind(stage_pk)


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def remind_due() -> None:
    """Remind of all stages that are due."""
    escalation.remind_due()


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def go_round(round_pk: int) -> None:
    """Look at the due dates of a plant's own cases and actions."""
    rounds.go(round_pk)


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def compute_scores(month_pk: int) -> None:
    """Compute the scorecards of a month."""
    scorecards.compute_month(month_pk)


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def sweep() -> None:
    """Find what is due and hand it to the workers."""
    sweeping.begin()
    work.sweep({Round: queue.round_is_due, ScoreMonth: queue.scores_are_due})
