"""What the plant's lines, machines, products, lots and days differ by nature, learnt from all defect types together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qc.analysis.data import Floats, Ints
from qc.analysis.exposure import Cells, Plant, Problem
from qc.stats.shrinkage import Factor, Fit, fit, learn_spread, level_sums

LINE_DAY = "line_day"
LONE = "lone_line"  # a line with one machine at the type's station
NOT_FACTORS = (
    "station",
    "supplier",
)  # a supplier or a station is a cause or nothing; its lots and machines differ by nature
FIRST_GUESS = {
    "product": 0.1,
    "line": 0.03,
    LONE: 0.05,
    "machine": 0.03,
    "supplier_lot": 0.03,
    "shift": 0.01,
    LINE_DAY: 0.02,
}
ROUNDS = 2
PRODUCT_SPREAD = 0.06  # at least: a harder product has more of everything


@dataclass(frozen=True, slots=True)
class Spreads:
    """Variance of the natural multipliers of each factor; what a one-type run takes over from a full run."""

    of: dict[str, float]

    def __getitem__(self, name: str) -> float:
        return self.of.get(name, FIRST_GUESS.get(name, 0.03))


def level_codes(cells: Cells, days: int) -> dict[str, tuple[Ints, int]]:
    """Factor name -> (level per cell, number of levels)."""
    levels = {name: codes + 1 for name, codes in cells.codes.items() if name not in NOT_FACTORS}
    line = cells.codes.get("line")
    levels[LINE_DAY] = cells.day if line is None else (line + 1) * days + cells.day
    return {name: (codes, int(codes.max(initial=0)) + 1) for name, codes in levels.items()}


def factors(cells: Cells, days: int, spreads: Spreads) -> dict[str, Factor]:
    """The background's factors for one type's cells.

    Where every line has one machine, machine and line are the same place: the line has all of their differences.
    """
    own = dict(spreads.of)
    if _machines_per_line(cells) == 1:
        own |= {"line": spreads[LONE], "machine": 0.0}
    mine = Spreads(own)
    return {name: Factor(codes, size, mine[name]) for name, (codes, size) in level_codes(cells, days).items()}


def learn(plant: Plant, problems: Sequence[Problem]) -> Spreads:
    """Spread of each factor, pooled over the types (a type of few records says little and weighs little)."""
    spreads = Spreads(dict(FIRST_GUESS))
    told = [p for p in problems if p.covered >= 20]
    if plant.calendar or not told:
        return (
            Spreads(dict.fromkeys(FIRST_GUESS, 0.0) | {LINE_DAY: FIRST_GUESS[LINE_DAY]}) if plant.calendar else spreads
        )
    for _ in range(ROUNDS):
        pooled: dict[str, list[tuple[Floats, Floats]]] = {}
        shares = []
        for problem in told:
            named = factors(problem.cells, plant.days, spreads)
            fitted = fit(problem.cells.count, problem.cells.units, list(named.values()), sweeps=4)
            share = _machines_per_line(problem.cells)
            for name in named:
                of = LONE if name == "line" and share == 1 else name
                pooled.setdefault(of, []).append(_levels(problem.cells, named, fitted, name))
            shares += [share] if share != 1 else []
        learnt = {name: learn_spread(pairs) for name, pairs in pooled.items()}
        if "machine" in learnt and "line" in learnt:
            learnt["line"] = max(learnt["line"] - learnt["machine"] * float(np.mean(shares)), 0.0)
        if "product" in learnt:
            learnt["product"] = max(learnt["product"], PRODUCT_SPREAD)
        spreads = Spreads(learnt)
    return spreads


def _levels(cells: Cells, named: dict[str, Factor], fitted: Fit, name: str) -> tuple[Floats, Floats]:
    """Counts and expected values of a factor's levels, without its own multipliers and those that share its places."""
    apart = {LINE_DAY: {LINE_DAY}, "line": {"line", "machine", LINE_DAY}}.get(name, {name, LINE_DAY})
    mean = fitted.mean.copy()
    for (other, factor), m in zip(named.items(), fitted.multipliers, strict=True):
        if other in apart and factor.spread > 0:
            mean /= m[factor.codes]
    factor = named[name]
    seen, mean = (level_sums(factor.codes, w, factor.size) for w in (cells.count, mean))
    if name == "machine" and "line" in cells.codes:
        return _within_lines(cells, seen, mean)
    return _centred(seen, mean * (seen.sum() / max(float(mean.sum()), 1e-300)))


def _within_lines(cells: Cells, seen: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Machines against the other machines of their line, which alone tells a machine from its line.

    With n machines on a line their differences show only (n - 1) / n of their variance; counts and expected values
    are blown up about their line's level to give it back.
    """
    line_of = np.full(len(seen), -1, dtype=np.int64)
    line_of[cells.codes["machine"] + 1] = cells.codes["line"]
    line_of[0] = -1
    keep: list[tuple[float, float]] = []
    for line in np.unique(line_of[line_of >= 0]):
        here = np.flatnonzero((line_of == line) & (mean > 0))
        if len(here) < 2:
            continue
        level = mean[here] * (seen[here].sum() / mean[here].sum())
        grown = np.sqrt(len(here) / (len(here) - 1))
        keep += [(max(float(e + (n - e) * grown), 0.0), float(e)) for n, e in zip(seen[here], level, strict=True)]
    if not keep:
        return np.zeros(0), np.zeros(0)
    counts, means = np.array(keep).T
    return np.round(counts), means


def _machines_per_line(cells: Cells) -> float:
    """Mean of 1/n over the lines' numbers of machines: how much of a machine's variance its line shows."""
    if "machine" not in cells.codes or "line" not in cells.codes:
        return 0.0
    line, machine = cells.codes["line"] + 1, cells.codes["machine"]
    size = int(machine.max(initial=0)) + 1
    pairs = np.unique((line * size + machine)[machine >= 0]) // size
    counts = np.unique(pairs, return_counts=True)[1]
    return float(np.mean(1 / counts)) if len(counts) else 0.0


def _centred(seen: Floats, mean: Floats) -> tuple[Floats, Floats]:
    """Expected values on the level of the typical level, so that one bad level does not make the others look good."""
    kept = mean > 0
    seen, mean = seen[kept], mean[kept]
    if 3 <= len(seen) <= 40 and seen.sum() >= 5 * len(seen):
        ratio = seen / mean
        order = np.argsort(ratio)
        weight = np.cumsum(mean[order])
        middle = ratio[order][np.searchsorted(weight, weight[-1] / 2)]
        mean = mean * max(float(middle), 0.2)
    return seen, mean
