"""Where the records and units of one type lie, for each set of dimensions; it stays as it is while causes are added."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qc.analysis.background import LINE_DAY
from qc.analysis.data import Floats, Ints
from qc.analysis.exposure import Plant, Problem
from qc.analysis.keys import counted, mixed, place_of, unmixed
from qc.analysis.places import own_factors
from qc.analysis.shares import shares, size_of
from qc.stats.shrinkage import Factor, Fit

MOST_KEYS = 1_000_000  # a table of them costs less than a search
CALENDAR_SPREAD = 0.5  # without units, places' shares of one type differ by nature from their shares of all records


@dataclass(slots=True)
class Layout:
    """All scopes of one set of dimensions that hold enough records, and which cells are theirs."""

    dimensions: tuple[str, ...]
    codes: Ints  # places x dimensions
    count: Floats  # places x days
    alternatives: int  # how many places of these dimensions exist
    apart: frozenset[str]  # factors whose multipliers are the places' own
    held: Ints  # cells that lie in a place
    spot: Ints  # place x day of each such cell, in one number
    back: Ints  # place of the cells -> place of the layout, where several share their units
    units_of: int  # how many places have units of their own
    share: Floats | None = None  # of the units, where nobody counted them
    doubt: Floats | None = None

    @property
    def place(self) -> Ints:
        """Place of each held cell."""
        return np.asarray(self.spot // self.count.shape[1])


def lay_out(plant: Plant, problem: Problem, dimensions: Sequence[str], least: int) -> Layout | None:
    """The places with enough records, or None where there is none."""
    inside = problem.cell_of >= 0
    if not dimensions:
        return _whole(plant, problem, inside) if inside.sum() >= least else None
    covered = [d for d in dimensions if d in problem.cells.codes]
    shared = [d for d in dimensions if d not in covered]
    at_cell, rows = problem.cell_of[inside], problem.records[inside]
    own = [problem.cells.codes[d][at_cell] if d in covered else plant.columns[d].codes[rows] for d in dimensions]
    known = np.all([code >= 0 for code in own], axis=0)
    if known.sum() < least:
        return None
    sizes = [size_of(plant, problem, d) for d in dimensions]
    key = mixed(own, sizes)
    all_keys, times = counted(key[known])
    keys = all_keys[times >= least]
    if not len(keys):
        return None
    place = np.where(known, place_of(keys, key), -1)
    seen = place >= 0
    spot = place[seen] * plant.days + problem.day[inside][seen]
    count = np.bincount(spot, minlength=len(keys) * plant.days).reshape(len(keys), plant.days).astype(np.float64)
    layout = _over_cells(problem, dimensions, covered, unmixed(keys, sizes), count)
    if shared:
        layout.share, layout.doubt = shares(plant, problem, dimensions, layout.codes, rows[known])
        layout.alternatives = len(all_keys)
    return layout


def _whole(plant: Plant, problem: Problem, inside: NDArray[np.bool_]) -> Layout:
    """The whole plant as one place."""
    count = np.bincount(problem.day[inside], minlength=plant.days)[None, :].astype(np.float64)
    return _over_cells(problem, (), (), np.zeros((1, 0), dtype=np.int64), count)


def _over_cells(
    problem: Problem, dimensions: Sequence[str], covered: Sequence[str], codes: Ints, count: Floats
) -> Layout:
    cells, days = problem.cells, count.shape[1]
    apart = {LINE_DAY, *own_factors(covered)}
    if not covered:
        held = np.arange(len(cells.day))
        back = np.zeros(len(codes), dtype=np.int64)
        return Layout(tuple(dimensions), codes, count, 1, frozenset(apart), held, cells.day, back, 1)
    at = [list(dimensions).index(d) for d in covered]
    sizes = [int(cells.codes[d].max(initial=0)) + 1 for d in covered]
    key = mixed([cells.codes[d] for d in covered], sizes)
    key[np.any([cells.codes[d] < 0 for d in covered], axis=0)] = -1
    keys, back = np.unique(mixed([codes[:, i] for i in at], sizes), return_inverse=True)
    place, existing = _looked_up(keys, key, math.prod(sizes))
    held = np.flatnonzero(place >= 0)
    spot = place[held] * days + cells.day[held]
    return Layout(tuple(dimensions), codes, count, existing, frozenset(apart), held, spot, back, len(keys))


def _looked_up(keys: Ints, key: Ints, space: int) -> tuple[Ints, int]:
    """Place of each cell's key among `keys` (-1: none), and how many places exist."""
    if space > MOST_KEYS:
        return place_of(keys, key), max(len(np.unique(key[key >= 0])), 1)
    table = np.full(space + 1, -1, dtype=np.int64)  # the last one is for a key of -1
    table[keys] = np.arange(len(keys))
    return table[key], max(int(np.count_nonzero(np.bincount(key + 1, minlength=1)[1:])), 1)


@dataclass(slots=True)
class Level:
    """A fit's mean without the multipliers of some factors, on the level of the records; each worked out once."""

    fit: Fit
    factors: Mapping[str, Factor]
    total: float
    known: dict[frozenset[str], Floats]

    def without(self, apart: frozenset[str]) -> Floats:
        """The mean per cell without these factors' own multipliers."""
        named = frozenset(name for name in apart if name in self.factors and self.factors[name].spread > 0)
        if named not in self.known:
            mean = self.fit.mean.copy()
            for (name, factor), multipliers in zip(self.factors.items(), self.fit.multipliers, strict=True):
                if name in named:
                    mean /= multipliers[factor.codes]
            self.known[named] = np.asarray(mean * (self.total / mean.sum()))
        return self.known[named]


def expected(layout: Layout, level: Level, *, calendar: bool) -> tuple[Floats, Floats]:
    """Expected records per place and day without the places' own natural multipliers, and the variance of these."""
    mean, days, size = level.without(layout.apart)[layout.held], layout.count.shape[1], layout.units_of
    series = np.bincount(layout.spot, mean, size * days).reshape(size, days)
    spread = np.zeros(size)
    for name in sorted(layout.apart - {LINE_DAY}):  # a set's own order would change the last digit from run to run
        factor = level.factors.get(name)
        if factor is None or factor.spread <= 0:
            continue
        one = name in layout.dimensions  # then a place is one level
        spread += factor.spread * (1.0 if one else _concentration(layout, factor, mean))
    table, spread = np.asarray(series[layout.back], dtype=np.float64), spread[layout.back]
    if layout.share is not None and layout.doubt is not None:
        table = table * layout.share[:, None]
        spread = spread + layout.doubt + (CALENDAR_SPREAD if calendar else 0.0)
    return table, spread


def _concentration(layout: Layout, factor: Factor, mean: Floats) -> Floats:
    """How much of a level's variance is left in each place: 1 for one level, 1/n for n equal ones."""
    key = layout.place * factor.size + factor.codes[layout.held]
    table = np.bincount(key, mean, layout.units_of * factor.size).reshape(layout.units_of, factor.size)
    return np.asarray((table**2).sum(axis=1) / np.maximum(table.sum(axis=1) ** 2, 1e-300))
