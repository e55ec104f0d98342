"""A Poisson background whose natural differences are shrunk by what the plant itself shows.

mean = units * rate * product of multipliers, one per level of each factor (line, machine, product, lot, day ...), and
each multiplier has a gamma prior with mean 1 and variance `spread`. A factor with spread 0 has no natural differences.
The spread is learnt over many defect types with a contaminated negative binomial, so that a few assignable causes do
not pass for nature (empirical Bayes on a gamma-Poisson model [1, 2]).

References:
[1] W. DuMouchel, Bayesian data mining in large frequency tables, The American Statistician 53 (1999) 177.
[2] C. Morris, Parametric empirical Bayes inference, J. Amer. Statist. Assoc. 78 (1983) 47.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPREADS = (0.0, 0.005, 0.01, 0.02, 0.03, 0.045, 0.065, 0.09, 0.13, 0.18, 0.25, 0.35, 0.5, 0.7, 1.0)
CONTAMINATION = 0.08  # share of levels that an assignable cause may have touched
TOUCHED_TYPES = 0.25  # share of types of which a cause touched many levels
OUTLIER_SPREAD = 1.0
MANY_LEVELS = 12
LEAST_RATIO = 0.02
ROUNDS = 4  # of level and ratios, which the tables of overlaps make nearly free
NEWTON = 6


def log_negative_binomial(count: Floats, mean: Floats, spread: float) -> Floats:
    """Log probability of counts with variance mean + spread * mean^2; Poisson where spread is 0.

    >>> float(np.exp(log_negative_binomial(np.array([0.0]), np.array([2.0]), 0.5))[0])
    0.25
    """
    mean = np.maximum(mean, 1e-12)
    if spread <= 0:
        return np.asarray(count * np.log(mean) - mean - scipy.special.gammaln(count + 1))
    a = 1.0 / spread
    return np.asarray(
        scipy.special.gammaln(count + a)
        - scipy.special.gammaln(a)
        - scipy.special.gammaln(count + 1)
        + count * np.log(mean / (mean + a))
        + a * np.log(a / (mean + a))
    )


def learn_spread(groups: Sequence[tuple[Floats, Floats]]) -> float:
    """Variance of the natural multipliers of one factor, from (counts, expected values) of its levels per defect type.

    The largest likelihood over a grid. An assignable cause may have touched a single level (CONTAMINATION) or, where
    a type has many levels, many of them (TOUCHED_TYPES, for instance a supplier whose lots are bad); such a type then
    has a wider spread of its own. A weak prior (one level's worth of evidence) prefers small spreads.

    >>> learn_spread([(np.array([10.0, 11.0, 9.0, 10.0]), np.full(4, 10.0))]) < 0.2
    True
    """
    pooled = -np.array(SPREADS)
    for count, mean in groups:
        kept = mean > 1e-9
        if kept.sum() < 3:
            continue
        own = _contaminated(count[kept], mean[kept])
        if kept.sum() >= MANY_LEVELS:
            wider = np.maximum.accumulate(own[::-1])[::-1]
            own = np.logaddexp(own + np.log1p(-TOUCHED_TYPES), wider + np.log(TOUCHED_TYPES))
        pooled += own
    weight = np.exp(pooled - pooled.max())
    return float(round((weight * SPREADS).sum() / weight.sum(), 4))


def _contaminated(count: Floats, mean: Floats) -> Floats:
    """Log-likelihood of each of SPREADS."""
    both = [*SPREADS, *(spread + OUTLIER_SPREAD for spread in SPREADS)]
    values, back = np.unique(np.array(both), return_inverse=True)
    rows = np.stack([log_negative_binomial(count, mean, float(spread)) for spread in values])[back]
    clean = rows[: len(SPREADS)] + np.log1p(-CONTAMINATION)
    touched = rows[len(SPREADS) :] + np.log(CONTAMINATION)
    return np.asarray(np.logaddexp(clean, touched).sum(axis=1))


def level_sums(codes: Ints, weights: Floats, size: int) -> Floats:
    """Sum of weights per level.

    >>> level_sums(np.array([0, 1, 0]), np.array([1.0, 2.0, 3.0]), 2).tolist()
    [4.0, 2.0]
    """
    return np.asarray(np.bincount(codes, weights, size), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Factor:
    """Levels of one factor per cell (`codes` in 0..size-1) and the variance of its natural multipliers."""

    codes: Ints
    size: int
    spread: float


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted background: `mean` per cell, multipliers per factor, and the ratio of each cause where it is alone."""

    mean: Floats
    multipliers: list[Floats]
    ratios: list[float]
    log_posterior: float
    overlap: Ints  # per cell: which causes hold there, as the bits of a number

    def without(self, at: int) -> Floats:
        """The mean per cell if one cause had not been."""
        times = _times(self.ratios)
        bare = np.array(times)
        bare[_bit(at, len(times))] -= self.ratios[at] - 1
        return np.asarray(self.mean * (bare / times)[self.overlap])


def fit(
    count: Floats,
    units: Floats,
    factors: Sequence[Factor],
    causes: Sequence[NDArray[np.bool_]] = (),
    *,
    sweeps: int = 6,
) -> Fit:
    """Fit rate, shrunk multipliers and free ratios of causes together, by cyclic maximisation.

    Causes add: a bad supplier and a worn line make their defects independently of each other, so where both are there
    are those of the one and those of the other, and not the product of their ratios.
    Every step is the exact maximum over one block, so the log posterior never falls. The causes move first, from
    multipliers of 1: a background that swallowed one gives it back only slowly. All arrays have one value per cell.

    >>> found = fit(np.array([10.0, 10.0, 40.0]), np.full(3, 5.0), [], [np.array([False, False, True])])
    >>> round(found.ratios[0], 2), found.mean.round(1).tolist()
    (4.0, [10.0, 10.0, 40.0])
    """
    multipliers = [np.ones(f.size) for f in factors]
    seen = [np.bincount(f.codes, count, f.size) for f in factors]
    ratios = [1.0] * len(causes)
    overlap = np.zeros(len(count), dtype=np.int64)
    for at, mask in enumerate(causes):
        overlap[mask] |= 1 << at
    hits = level_sums(overlap, count, 1 << len(causes))
    mean = units.astype(np.float64)
    for _ in range(sweeps):
        before = _times(ratios)
        level, ratios = _levels(hits, level_sums(overlap, mean, len(hits)) / before, ratios)
        mean *= level if not causes else (level * _times(ratios) / before)[overlap]
        for at, factor in enumerate(factors):
            if factor.spread <= 0:
                continue
            a = 1.0 / factor.spread
            expected = np.bincount(factor.codes, mean, factor.size) / multipliers[at]
            fresh = (a + seen[at]) / (a + expected)
            mean *= (fresh / multipliers[at])[factor.codes]
            multipliers[at] = fresh
    return Fit(mean, multipliers, ratios, _posterior(count, mean, factors, multipliers), overlap)


def _bit(at: int, size: int) -> NDArray[np.bool_]:
    return np.asarray((np.arange(size) >> at & 1) == 1)


def _times(ratios: Sequence[float]) -> Floats:
    """How many times the bare mean each overlap of causes has."""
    times = np.ones(1 << len(ratios))
    for at, ratio in enumerate(ratios):
        times[_bit(at, len(times))] += ratio - 1
    return np.maximum(times, LEAST_RATIO)


def _levels(hits: Floats, table: Floats, ratios: Sequence[float]) -> tuple[float, list[float]]:
    """Level of all and ratio of each cause, from records and bare mean of every overlap of causes."""
    fresh, level = list(ratios), float(hits.sum()) / max(float(table.sum()), 1e-300)
    if len(ratios) == 1 and hits[0] > 0:  # one cause: the records outside of it tell the level
        level = float(hits[0]) / max(float(table[0]), 1e-300)
        return level, [max(float(hits[1]), 0.1) / max(float(table[1]) * level, 1e-12)]
    for _ in range(ROUNDS if ratios else 0):
        times = _times(fresh)
        level = float(hits.sum()) / max(float((table * times).sum()), 1e-300)
        for at in range(len(fresh)):
            own = _bit(at, len(hits))
            others = _times([1.0 if i == at else r for i, r in enumerate(fresh)])
            fresh[at] = _ratio(hits[own], table[own] * level, others[own])
    return level, fresh


def _ratio(hits: Floats, bare: Floats, others: Floats) -> float:
    """The ratio r that makes sum(hits / (others + r - 1)) equal sum(bare), by Newton's method from below."""
    want, floor = max(float(bare.sum()), 1e-12), LEAST_RATIO - float(others.min())
    # no start of these lies above the root, as every term alone and all at the largest `others` fall short of the sum
    below = float((hits / want - others).max()), max(float(hits.sum()), 0.1) / want - float(others.max())
    more = max(*below, floor)
    for _ in range(NEWTON if len(hits) > 1 else 0):
        times = others + more
        slope = float((hits / times**2).sum())
        step = (float((hits / times).sum()) - want) / max(slope, 1e-300)
        more = max(more + step, floor)
    return more + 1


def _posterior(count: Floats, mean: Floats, factors: Sequence[Factor], multipliers: Sequence[Floats]) -> float:
    there = count > 0
    value = float((count[there] * np.log(mean[there].clip(1e-300))).sum() - mean.sum())
    for factor, m in zip(factors, multipliers, strict=True):
        if factor.spread > 0:
            value += float((np.log(m) - m + 1).sum()) / factor.spread
    return value
