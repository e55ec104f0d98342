"""Waking the background work of reports after commit."""

from qc.queue import wake


def schedule_is_due(schedule_pk: int) -> None:
    """Produce the report of a schedule's slot."""
    wake("reports.tasks.produce", schedule_pk)


def delivery_is_due(delivery_pk: int) -> None:
    """Send a report to one recipient."""
    wake("reports.tasks.deliver", delivery_pk)
