"""Since when, until when, and how sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qc.analysis.data import Floats
from qc.analysis.exposure import Plant, Problem
from qc.analysis.search import Cause
from qc.stats.changepoint import onset
from qc.stats.shrinkage import level_sums


@dataclass(frozen=True, slots=True)
class Window:
    """Days counted from the first day of the data; None = as far as the data go."""

    since: int | None
    until: int | None
    interval: tuple[int, int] | None
    ramp: float = 0.0


def timing(plant: Plant, problem: Problem, cause: Cause) -> Window:
    """The window of a cause: a posterior for a rise that lasts, the days themselves for a burst or a lot."""
    candidate = cause.candidate
    if candidate.family == "always":
        if "supplier_lot" not in candidate.dimensions or cause.mask is None:
            return Window(None, None, None)
        days = problem.cells.day[cause.mask]
        return Window(int(days.min()), int(days.max()), None)
    if candidate.family in ("burst", "recurring", "lots"):
        return Window(candidate.start, candidate.stop - 1, None)
    until = candidate.stop - 1 if candidate.family == "episode" else None
    if cause.mask is None:
        return Window(candidate.start, until, None)
    last = plant.days if until is None else candidate.stop
    count, mean = _series(problem, cause, last)
    found = onset(count, mean)
    return Window(found.day, until, (found.low, found.high), found.ramp)


def _series(problem: Problem, cause: Cause, last: int) -> tuple[Floats, Floats]:
    """Daily counts in the place up to `last` and those expected without the cause."""
    cells = problem.cells
    there = np.ones(len(cells.day), dtype=np.bool_)
    for name, code in cause.candidate.where:
        there &= cells.codes[name] == code
    there &= cells.day < last
    mean = cells.units if cause.mean is None else cause.mean
    count, expected = (level_sums(cells.day[there], w[there], last) for w in (cells.count, mean))
    return count, expected
