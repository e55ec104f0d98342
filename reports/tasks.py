"""Celery doors of reports: a name, limits, one call."""

from __future__ import annotations

from celery import shared_task

from qc.services import work
from reports import queue
from reports.models import Delivery, Schedule
from reports.services import schedules


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def produce(schedule_pk: int) -> None:
    """Produce the report of a schedule's slot."""
    schedules.produce(schedule_pk)


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def deliver(delivery_pk: int) -> None:
    """Send a report to one recipient."""
    schedules.deliver(delivery_pk)


@shared_task(soft_time_limit=work.SOFT_LIMIT, time_limit=work.HARD_LIMIT)
def sweep() -> None:
    """Find what is due and hand it to the workers."""
    work.sweep({Schedule: queue.schedule_is_due, Delivery: queue.delivery_is_due})
