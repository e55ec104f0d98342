"""Background work on rows: claim one, do it once, clear it or give it back."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import TypeVar

from django.db import transaction

from qc import clock
from qc.errors import Refused
from qc.models.base import Work, WorkQuerySet

logger = logging.getLogger(__name__)
W = TypeVar("W", bound=Work)
Verb = Callable[[W], dt.datetime | None]

# A killed worker's row is free again after this long; every task's time limit must stay below it, or two would run.
LEASE = dt.timedelta(seconds=90)
LONG_LEASE = dt.timedelta(minutes=15)  # of work whose size people choose: whole plants, imported files
LONG_SOFT_LIMIT, LONG_HARD_LIMIT = 13 * 60, 14 * 60
SOFT_LIMIT, HARD_LIMIT = 70, 80  # seconds: first an exception that gives the row back, then the process is killed
PAUSES = (dt.timedelta(minutes=1), dt.timedelta(minutes=5))  # before the second and the third try
BATCH = 200  # a sweep hands over this many rows of a kind; the next sweep the next ones


class Park(Exception):
    """Raised by a verb that must not be tried again by itself: its text is shown, and a person decides."""


def run(
    rows: WorkQuerySet[W],
    pk: int,
    verb: Verb[W],
    *,
    unless_changed: str = "due_at",
    lease: dt.timedelta = LEASE,
) -> bool:
    """Do the work of one due row, at most once at a time; False when there was nothing to do.

    The verb gets the row and returns when it is due next (None: nothing more to do). A row whose field
    `unless_changed` moved while the verb ran (new input came in) keeps its due date and is done again.
    An exception gives the row back for another try (the third parks it) and is raised for the log.
    """
    # Durable: the claim and its try are on disk before the work, or a deadly row would be tried for ever.
    with transaction.atomic(durable=True):
        claimed = rows.claim(pk, minutes=lease.total_seconds() / 60)
    if not claimed:
        return False
    row = rows.get(pk=pk)
    # Our lease in the condition: should we have been so slow that another worker took over, the row is theirs.
    mine = rows.filter(pk=pk, lease_until=row.lease_until)
    try:
        due_at = verb(row)
    except Refused as refusal:
        _give_back(mine, row, refusal.message)
        logger.warning("%s %s: %s", row._meta.label, pk, refusal.message)
        return True
    except Park as stopped:
        mine.update(parked_at=clock.now(), lease_until=None, error=str(stopped))
        logger.warning("%s %s: %s", row._meta.label, pk, stopped)
        return True
    except Exception as error:
        _give_back(mine, row, f"{type(error).__name__}: {error}")
        raise
    unchanged = mine.filter(**{unless_changed: getattr(row, unless_changed)})
    if not unchanged.update(due_at=due_at, lease_until=None, tries=0, error=""):
        mine.update(lease_until=None, tries=0, error="")
    return True


def _give_back(mine: WorkQuerySet[W], row: W, error: str) -> None:
    wait = PAUSES[row.tries - 1] if row.tries <= len(PAUSES) else dt.timedelta(0)
    mine.release(row.pk, error=error, wait=wait)


def retry(rows: WorkQuerySet[W], pk: int) -> bool:
    """Free a parked row for three new tries; False when it is not parked."""
    fresh = {"due_at": clock.now(), "parked_at": None, "lease_until": None, "tries": 0, "error": ""}
    return bool(rows.parked().filter(pk=pk).update(**fresh))


def sweep(kinds: Mapping[type[Work], Callable[[int], None]]) -> int:
    """Hand every due row to a worker, oldest first; returns how many. The call is the kind's function of `queue`."""
    handed = 0
    for model, wake in kinds.items():
        rows: WorkQuerySet[Work] = model._default_manager.all()  # type: ignore[assignment]
        for pk in rows.due().order_by("due_at").values_list("pk", flat=True)[:BATCH]:
            wake(pk)
            handed += 1
    return handed
