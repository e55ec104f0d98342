"""Every place and window that could hold a cause, with a quick gain; the short list is refitted elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from qc.analysis.background import LINE_DAY, Spreads
from qc.analysis.data import Floats, Ints
from qc.analysis.exposure import HOURS, Plant, Problem
from qc.analysis.keys import mixed, place_of, unmixed
from qc.analysis.places import REPORTERS, Candidate, Places
from qc.analysis.recurring import recurring_days, recurring_lots
from qc.analysis.shares import shares, size_of
from qc.stats.shrinkage import Factor, Fit
from qc.stats.windows import Windows, scan

DEPTH = 3
NESTED = ({"line", "machine"}, {"station", "machine"}, {"supplier", "supplier_lot"})
ALONE = ("supplier_lot",)  # never part of a conjunction: a lot is a place of its own
EXTRA_DIMENSION = 2.0  # nats that every further dimension of a scope has to earn
FAMILIES = math.log(5)  # always, since, episode, burst, recurring
HOUR_PRICE = 5.0
CALENDAR_SPREAD = 0.5  # without units, places' shares of one type differ by nature from their shares of all records


def find(
    plant: Plant, problem: Problem, factors: dict[str, Factor], fit: Fit, spreads: Spreads, least: int
) -> list[Candidate]:
    """The best window of every family for every place, in the order of their net gain."""
    found: list[Candidate] = []
    inside = problem.cell_of >= 0
    total = float(problem.cells.count.sum())
    if total < least:
        return found
    names = sum(1 for _ in singles(problem))
    for dimensions in cuboids(problem):
        places = lay_out(plant, problem, factors, fit, spreads, dimensions, inside, least)
        if places is None:
            continue
        kinds = math.comb(names, len(dimensions))
        price = (
            math.log(places.alternatives) + math.log(max(kinds, 1)) + EXTRA_DIMENSION * (len(dimensions) - 1) + FAMILIES
        )
        shared = set(dimensions) & set(problem.uncounted)
        if HOURS in dimensions:
            found += hours(plant, places, total, price, least)
            continue
        for windows in scan(places.count, places.mean, total, places.spread, least=least):
            if not _makes_sense(problem, dimensions, windows.family):
                continue
            found += _candidates(places, windows, price + math.log(windows.tried), fitted=not shared)
        if shared or len(dimensions) == DEPTH or dimensions[0] in ALONE:
            continue
        if dimensions == ("supplier",):
            found += recurring_lots(
                problem, factors, fit, places, spreads["supplier_lot"], price + math.log(plant.days), least
            )
        elif "supplier" not in dimensions:
            found += recurring_days(places, spreads[LINE_DAY], price + math.log(plant.days), least)
    return sorted(found, key=lambda c: (-c.net, len(c.where), c.where, c.family, c.start, c.stop))


def _makes_sense(problem: Problem, dimensions: tuple[str, ...], family: str) -> bool:
    """A lot is bad or not; who reports is a habit; a part's only supplier cannot be worse than another."""
    if dimensions[0] in ALONE or set(dimensions) & set(REPORTERS):
        return family == "always"
    if "supplier" in problem.cells.codes and "supplier" in dimensions and family == "always":
        supplier = problem.cells.codes["supplier"]
        return len(np.unique(supplier[supplier >= 0])) > 1
    return True


def hours(plant: Plant, places: Places, total: float, price: float, least: int) -> list[Candidate]:
    """Hours of the week, over the whole period. Starting up after the week's pause is a known cause and has no price;
    any other hour is weak evidence, because nobody counts units by the hour, and has to earn HOUR_PRICE more.
    """
    start = plant.start_of_week
    column = places.dimensions.index(HOURS)
    found = []
    for windows in scan(places.count, places.mean, total, places.spread, least=least)[:1]:
        for candidate in _candidates(places, windows, price + HOUR_PRICE, fitted=False):
            code = candidate.where[column][1]
            found.append(replace(candidate, price=FAMILIES) if code == start else candidate)
    return found


def singles(problem: Problem) -> Iterator[str]:
    """Dimensions in which the type's exposure or records differ; a part's only supplier still has lots."""
    for name, codes in problem.cells.codes.items():
        known = codes[codes >= 0]
        if name == "supplier" or (len(known) and known.max() != known.min()):
            yield name
    yield from problem.uncounted


def cuboids(problem: Problem) -> Iterator[tuple[str, ...]]:
    """Sets of dimensions to depth 3; to depth 2 with those whose units are an estimate."""
    names = list(singles(problem))
    for depth in range(1, DEPTH + 1):
        for dimensions in combinations(names, depth):
            if depth == 1 or _may_join(problem, set(dimensions)):
                yield dimensions


def _may_join(problem: Problem, chosen: set[str]) -> bool:
    """Whether a set of dimensions can be one place."""
    if chosen & set(ALONE) or any(pair <= chosen for pair in NESTED):
        return False
    by_line = chosen & {HOURS, *REPORTERS}
    if by_line and (len(by_line) > 1 or chosen - by_line != {"line"}):
        return False
    return len(chosen) < DEPTH or not chosen & set(problem.uncounted)


def lay_out(
    plant: Plant,
    problem: Problem,
    factors: dict[str, Factor],
    fit: Fit,
    spreads: Spreads,
    dimensions: Sequence[str],
    inside: NDArray[np.bool_],
    least: int,
) -> Places | None:
    """Counts and expected values per place and day, or None where no place has enough records."""
    covered = [d for d in dimensions if d in problem.cells.codes]
    shared = [d for d in dimensions if d not in covered]
    at_cell = problem.cell_of[inside]
    rows = problem.records[inside]
    own = [problem.cells.codes[d][at_cell] if d in covered else plant.columns[d].codes[rows] for d in dimensions]
    known = np.all([code >= 0 for code in own], axis=0)
    if known.sum() < least:
        return None
    sizes = [size_of(plant, problem, d) for d in dimensions]
    key = mixed(own, sizes)
    keys, times = np.unique(key[known], return_counts=True)
    keys = keys[times >= least]
    if not len(keys):
        return None
    place = np.where(known, place_of(keys, key), -1)
    days = plant.days
    held = place >= 0
    count = np.bincount(place[held] * days + problem.day[inside][held], minlength=len(keys) * days).reshape(
        len(keys), days
    )
    codes = unmixed(keys, sizes)
    mean, spread, apart = expected(problem, factors, fit, spreads, dimensions, covered, codes, days)
    if shared:
        share, doubt = shares(plant, problem, dimensions, codes, rows[known])
        mean, spread = mean * share[:, None], spread + doubt + (CALENDAR_SPREAD if plant.calendar else 0.0)
    alternatives = max(apart if not shared else len(np.unique(key[known])), 1)
    return Places(tuple(dimensions), codes, count.astype(np.float64), mean, spread, place, alternatives)


def expected(
    problem: Problem,
    factors: dict[str, Factor],
    fit: Fit,
    spreads: Spreads,
    dimensions: Sequence[str],
    covered: Sequence[str],
    codes: Ints,
    days: int,
) -> tuple[Floats, Floats, int]:
    """Expected records per place and day without the places' own natural multipliers, and the variance of these."""
    cells = problem.cells
    apart = {LINE_DAY, *covered}
    if "line" in covered:
        apart.add("machine")
    if "supplier" in covered:
        apart.add("supplier_lot")
    mean = _without(fit, factors, apart, float(cells.count.sum()))
    at = [list(dimensions).index(d) for d in covered]
    sizes = [int(cells.codes[d].max(initial=0)) + 1 for d in covered]
    key = mixed([cells.codes[d] for d in covered], sizes) if covered else np.zeros(len(mean), dtype=np.int64)
    if covered:
        key[np.any([cells.codes[d] < 0 for d in covered], axis=0)] = -1
        keys, back = np.unique(mixed([codes[:, i] for i in at], sizes), return_inverse=True)
    else:
        keys, back = np.zeros(1, dtype=np.int64), np.zeros(len(codes), dtype=np.int64)
    place = place_of(keys, key)
    held = place >= 0
    series = np.bincount(place[held] * days + cells.day[held], mean[held], len(keys) * days).reshape(len(keys), days)
    spread = np.zeros(len(keys))
    for name in sorted(apart - {LINE_DAY}):  # a set's own order would change the last digit from run to run
        if name in factors and factors[name].spread > 0:
            spread += factors[name].spread * _concentration(
                place[held], factors[name].codes[held], mean[held], len(keys)
            )
    existing = len(np.unique(key[key >= 0])) if covered else 1
    return np.asarray(series[back], dtype=np.float64), spread[back], existing


def _without(fit: Fit, factors: dict[str, Factor], apart: set[str], total: float) -> Floats:
    """The fitted mean without the multipliers of some factors, on the level of the records."""
    mean = fit.mean.copy()
    for (name, factor), multipliers in zip(factors.items(), fit.multipliers, strict=True):
        if name in apart and factor.spread > 0:
            mean /= multipliers[factor.codes]
    return np.asarray(mean * (total / mean.sum()))


def _concentration(place: Ints, level: Ints, mean: Floats, places: int) -> Floats:
    """How much of a level's variance is left in each place: 1 for one level, 1/n for n equal ones."""
    size = int(level.max(initial=0)) + 1
    table = np.bincount(place * size + level, mean, places * size).reshape(places, size)
    return np.asarray((table**2).sum(axis=1) / np.maximum(table.sum(axis=1) ** 2, 1e-300))


def _candidates(places: Places, windows: Windows, price: float, *, fitted: bool) -> list[Candidate]:
    found = []
    for at in np.flatnonzero(windows.gain > 1.0):
        where = tuple(zip(places.dimensions, (int(c) for c in places.codes[at]), strict=True))
        found.append(
            Candidate(
                where,
                windows.family,
                int(windows.start[at]),
                int(windows.stop[at]),
                float(windows.gain[at]),
                price,
                float(windows.count[at]),
                float(windows.mean[at]),
                fitted,
            )
        )
    return found


def with_gain(candidate: Candidate, gain: float) -> Candidate:
    """The same candidate after its refit."""
    return replace(candidate, gain=gain)
