"""Events that repeat are one cause: bad lots of one supplier, bad days of one place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qc.analysis.exposure import Problem
from qc.analysis.places import Candidate
from qc.analysis.recurring import BAD_DAYS, FORTNIGHT

LOTS = 2  # independent bad lots that are their supplier's
Where = tuple[tuple[str, int], ...]


def repeat_of(problem: Problem, candidate: Candidate) -> Where | None:
    """Whose repetition an event would be: a lot's supplier, a burst's place; None for what is no event."""
    if candidate.dimensions == ("supplier_lot",):
        return owner_of(problem, candidate.where[0][1])
    if candidate.dimensions == ("supplier",) and candidate.family == "lots":
        return candidate.where
    return candidate.where if candidate.family in ("burst", "recurring") else None


def owner_of(problem: Problem, lot: int) -> Where | None:
    """The supplier of a lot as a place."""
    suppliers = problem.cells.codes["supplier"][problem.cells.codes["supplier_lot"] == lot]
    return (("supplier", int(suppliers[0])),) if len(suppliers) and suppliers[0] >= 0 else None


def joined(problem: Problem, owner: Where, events: Sequence[Candidate]) -> Candidate | None:
    """One cause for events of one owner, or None while they are too few to say that they come back."""
    if len(events) < 2:
        return None
    best = min(events, key=lambda one: one.price - one.gain)
    start, stop = min(one.start for one in events), max(one.stop for one in events)
    numbers = best.gain, best.price, sum(one.count for one in events), sum(one.mean for one in events)
    if any(one.dimensions == ("supplier_lot",) for one in events):
        lots = {code for one in events for code in (one.bad or (one.where[0][1],))}
        days = problem.cells.day[np.isin(problem.cells.codes["supplier_lot"], sorted(lots))]
        window = int(days.min()), int(days.max()) + 1
        return Candidate(owner, "lots", *window, *numbers, bad=tuple(sorted(lots))) if len(lots) >= LOTS else None
    days_of = {day for one in events for day in (one.bad or range(one.start, one.stop))}
    bad = tuple(sorted(days_of))
    if not any(one.family == "recurring" for one in events) and (len(events) < BAD_DAYS or stop - start <= FORTNIGHT):
        return None
    return Candidate(owner, "recurring", start, stop, *numbers, bad=bad)
