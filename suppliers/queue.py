"""Waking the background work of supplier requests after commit."""

from qc.queue import wake


def reminder_is_due(stage_pk: int) -> None:
    """Remind whoever has to move on a stage."""
    wake("suppliers.tasks.remind", stage_pk)
