"""The clock of the containment: how soon something has to keep more bad parts from getting out."""

from __future__ import annotations

import datetime as dt

from qc.models import Nonconformance, Severity

# Critical: at once, so that such a case is not even saved without its containment.
WITHIN = {
    Severity.CRITICAL.value: dt.timedelta(0),
    Severity.MAJOR.value: dt.timedelta(hours=24),
    Severity.MINOR.value: dt.timedelta(hours=72),
}


def due_at(severity: str, opened_at: dt.datetime) -> dt.datetime:
    """Until when a case of this severity has to be contained."""
    return opened_at + WITHIN[severity]


def reset(case: Nonconformance) -> None:
    """Set the clock anew for the severity of an open case; what is contained keeps its time for the record."""
    if case.status == Nonconformance.Status.OPEN:
        case.contain_due_at = due_at(case.severity, case.opened_at)
