"""A Poisson background whose natural differences are shrunk by what the plant itself shows.

mean = units * rate * product of multipliers, one per level of each factor (line, machine, product, lot, day ...), and
each multiplier has a gamma prior with mean 1 and variance `spread`. A factor with spread 0 has no natural differences.
The spread is learnt over many defect types with a contaminated negative binomial, so that a few assignable causes do
not pass for nature (empirical Bayes; cf. DuMouchel 1999, The American Statistician 53:177, for the gamma-Poisson idea).
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
    """
    pooled = -np.array(SPREADS)
    for count, mean in groups:
        kept = mean > 1e-9
        if kept.sum() < 3:
            continue
        own = np.array([_contaminated(count[kept], mean[kept], spread) for spread in SPREADS])
        if kept.sum() >= MANY_LEVELS:
            wider = np.maximum.accumulate(own[::-1])[::-1]
            own = np.logaddexp(own + np.log1p(-TOUCHED_TYPES), wider + np.log(TOUCHED_TYPES))
        pooled += own
    return SPREADS[int(np.argmax(pooled > pooled.max() - 1e-9))]


def _contaminated(count: Floats, mean: Floats, spread: float) -> float:
    clean = log_negative_binomial(count, mean, spread) + np.log1p(-CONTAMINATION)
    touched = log_negative_binomial(count, mean, spread + OUTLIER_SPREAD) + np.log(CONTAMINATION)
    return float(np.logaddexp(clean, touched).sum())


def level_sums(codes: Ints, weights: Floats, size: int) -> Floats:
    """Sum of weights per level."""
    return np.asarray(np.bincount(codes, weights, size), dtype=np.float64)


@dataclass(slots=True)
class Factor:
    """Levels of one factor per cell (`codes` in 0..size-1) and the variance of its natural multipliers."""

    codes: Ints
    size: int
    spread: float


@dataclass(slots=True)
class Fit:
    """A fitted background: `mean` per cell, multipliers per factor, and the ratio of each cause."""

    mean: Floats
    multipliers: list[Floats]
    ratios: list[float]
    rate: float
    log_posterior: float


def fit(
    count: Floats,
    units: Floats,
    factors: Sequence[Factor],
    causes: Sequence[NDArray[np.bool_]] = (),
    *,
    sweeps: int = 6,
) -> Fit:
    """Fit rate, shrunk multipliers and free ratios of causes together, by cyclic maximisation.

    Every step is the exact maximum over one block, so the log posterior never falls. The causes move first, from
    multipliers of 1: a background that has already swallowed a cause gives it back only very slowly.
    """
    total = float(count.sum())
    multipliers = [np.ones(f.size) for f in factors]
    ratios = [1.0] * len(causes)
    seen = [np.bincount(f.codes, count, f.size) for f in factors]
    hit = [float(count[mask].sum()) for mask in causes]
    mean = units * (total / max(float(units.sum()), 1e-300))
    for _ in range(sweeps):
        mean *= total / max(float(mean.sum()), 1e-300)
        for at, mask in enumerate(causes):
            step = max(hit[at], 0.1) / max(float(mean[mask].sum()), 1e-12)
            mean[mask] *= step
            ratios[at] *= step
        for at, factor in enumerate(factors):
            if factor.spread <= 0:
                continue
            a = 1.0 / factor.spread
            expected = np.bincount(factor.codes, mean, factor.size) / multipliers[at]
            fresh = (a + seen[at]) / (a + expected)
            mean *= (fresh / multipliers[at])[factor.codes]
            multipliers[at] = fresh
    return Fit(
        mean,
        multipliers,
        ratios,
        total / max(float(units.sum()), 1e-300),
        _posterior(count, mean, factors, multipliers),
    )


def _posterior(count: Floats, mean: Floats, factors: Sequence[Factor], multipliers: Sequence[Floats]) -> float:
    there = count > 0
    value = float((count[there] * np.log(mean[there].clip(1e-300))).sum() - mean.sum())
    for factor, m in zip(factors, multipliers, strict=True):
        if factor.spread > 0:
            value += float((np.log(m) - m + 1).sum()) / factor.spread
    return value
