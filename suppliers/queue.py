"""Waking the background work of supplier requests after commit."""

from qc.queue import wake


def reminder_is_due(stage_pk: int) -> None:
    """Remind whoever has to move on a stage."""
    wake("suppliers.tasks.remind", stage_pk)


def reminders_are_due() -> None:
    """Remind of all stages that are due."""
    wake("suppliers.tasks.remind_due")


def round_is_due(round_pk: int) -> None:
    """Look at the due dates of a plant's own cases and actions."""
    wake("suppliers.tasks.go_round", round_pk)


def scores_are_due(month_pk: int) -> None:
    """Compute the scorecards of a month."""
    wake("suppliers.tasks.compute_scores", month_pk)
