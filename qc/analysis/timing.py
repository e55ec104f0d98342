"""Since when, until when, and how sure."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qc.analysis.background import LINE_DAY
from qc.analysis.data import Floats, Ints
from qc.analysis.exposure import Plant, Problem
from qc.analysis.places import own_factors
from qc.analysis.search import Cause, Found
from qc.stats.changepoint import onset
from qc.stats.shrinkage import Factor, level_sums

SHOCKS = (LINE_DAY, "supplier_lot")  # natural differences that come and go


@dataclass(frozen=True, slots=True)
class Window:
    """Days counted from the first day of the data; None = as far as the data go."""

    since: int | None
    until: int | None
    interval: tuple[int, int] | None
    ramp: float = 0.0


def timing(plant: Plant, problem: Problem, cause: Cause, found: Found) -> Window:
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
    series = _series(problem, cause, found, last)
    when = onset(series.count, series.mean, spread=series.spread, level_spread=series.level_spread)
    return Window(when.day, until, (when.low, when.high), when.ramp)


@dataclass(frozen=True, slots=True)
class _Series:
    """Days of a place: records, those expected without the cause, and how much both may differ by nature."""

    count: Floats
    mean: Floats
    spread: Floats
    level_spread: float


def _series(problem: Problem, cause: Cause, found: Found, last: int) -> _Series:
    """Daily counts in the place up to `last` against a background that does not know them.

    The fitted multipliers of the place and of its days and lots have taken some of what came before the fitted window
    for nature, and would hide an earlier onset. They are left out: days and lots become noise of a day, the place's
    own level becomes uncertain.
    """
    cells = problem.cells
    there = np.ones(len(cells.day), dtype=np.bool_)
    for name, code in cause.candidate.where:
        there &= cells.codes[name] == code
    there &= cells.day < last
    day = cells.day[there]
    mean = (cells.units if cause.mean is None else cause.mean)[there]
    own = {*SHOCKS, *own_factors(cause.candidate.dimensions)}
    free = [(name, factor) for name, factor in found.factors.items() if name in own and factor.spread > 0]
    for name, factor in free:
        mean = mean / found.multipliers[name][factor.codes[there]]
    spread, level_spread = np.zeros(last), 0.0
    for name, factor in free:
        codes = factor.codes[there]
        if name in SHOCKS:
            spread += factor.spread * _shares(day, codes, mean, last, factor)
        if name in own_factors(cause.candidate.dimensions):
            level_spread += factor.spread * float(_shares(np.zeros_like(day), codes, mean, 1, factor)[0])
    count = level_sums(day, cells.count[there], last)
    return _Series(count, level_sums(day, mean, last), spread, level_spread)


def _shares(group: Ints, codes: Ints, mean: Floats, size: int, factor: Factor) -> Floats:
    """How much of a level's variance is left in each group of cells: 1 for one level, 1/n for n equal ones."""
    pairs, at = np.unique(group * factor.size + codes, return_inverse=True)
    sums, whole = level_sums(at, mean, len(pairs)), level_sums(group, mean, size)
    return np.asarray(level_sums(pairs // factor.size, sums**2, size) / np.maximum(whole**2, 1e-300))
