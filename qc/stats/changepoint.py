"""Since when? A posterior over the day on which a rate rose, by a step or by a ramp; and a test for a trend.

References:
[1] A. Raftery and V. Akman, Bayesian analysis of a Poisson process with a change-point, Biometrika 73 (1986) 85.
[2] D. Cox and P. Lewis, The Statistical Analysis of Series of Events (1966), section 3.3.
[3] J. Hilbe, Negative Binomial Regression, 2nd ed. (2011), section 8.1 (NB2: variance mean + spread * mean^2).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RATIOS = np.exp(np.linspace(math.log(1.3), math.log(25.0), 14))
RAMP_PRIOR = 0.3
SPREAD_TIMES = (1.0, 2.0, 4.0)  # of the spread that was learnt
NODES = ((-math.sqrt(3), 1 / 6), (0.0, 2 / 3), (math.sqrt(3), 1 / 6))  # a standard normal in three values
NO_SPREAD = 1e-9
MOST_ONSETS = 128


@dataclass(frozen=True, slots=True)
class Onset:
    """Best day, its interval (first and last day of it, inclusive), and the probability that the rise was a ramp."""

    day: int
    low: int
    high: int
    ramp: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Trend:
    """Laplace statistic (standard normal under a constant rate; positive = events crowd at the end)."""

    statistic: float
    p_value: float


def onset(
    count: Floats,
    mean: Floats,
    *,
    spread: float | Floats = 0.0,
    level_spread: float = 0.0,
    confidence: float = 0.9,
    window: int = 15,
) -> Onset:
    """Posterior over the onset day from daily counts and the counts expected without the cause.

    Every day and every size of rise (RATIOS) is equally likely beforehand, steps more likely than ramps. The day
    is the middle of the `window` days that hold most probability; the interval is the shortest of `confidence`. The
    step is the change-point model of [1] for counts that may differ more than chance; the rise lasts to the end of the
    series. `spread` is the natural variance of a day's rate relative to its square, one or one per day: counts are
    negative binomial [3] with variance mean + spread * mean^2, and as the spread itself is an estimate that a few bad
    days can exceed, SPREAD_TIMES of it are equally likely. `level_spread` is the variance of the place's own level
    before the rise relative to `mean`; the level is averaged over a lognormal distribution of that variance (three
    nodes of Gauss and Hermite). With both zero the counts are Poisson and the rate before is known.
    ValueError for shapes that do not fit or a spread below zero.

    >>> found = onset(np.array([1.0] * 20 + [6.0] * 10), np.ones(30), window=1)
    >>> found.day, found.low <= 20 <= found.high
    (20, True)
    """
    count, mean = np.asarray(count, dtype=np.float64), np.maximum(np.asarray(mean, dtype=np.float64), 1e-9)
    if count.shape != mean.shape or count.ndim != 1 or not len(count):
        raise ValueError(f"counts and means must be series of one length, not {count.shape} and {mean.shape}")
    days = np.broadcast_to(np.asarray(spread, dtype=np.float64), count.shape)
    if not days.min() >= 0 or not level_spread >= 0:
        raise ValueError(f"spreads must be zero or more, not {float(days.min())} and {level_spread}")
    step, ramp = _likelihoods(count, mean, days, level_spread)
    both = np.logaddexp(step + math.log(1 - RAMP_PRIOR), ramp + math.log(RAMP_PRIOR))
    posterior = np.exp(both - scipy.special.logsumexp(both))
    ramp_share = float(np.exp(scipy.special.logsumexp(ramp) + math.log(RAMP_PRIOR) - scipy.special.logsumexp(both)))
    low, high = _shortest(posterior, confidence)
    return Onset(_centre(posterior, window), low, high, ramp_share, confidence)


def _likelihoods(count: Floats, mean: Floats, spread: Floats, level_spread: float) -> tuple[Floats, Floats]:
    """Log-likelihood of a step and of a ramp on each day, averaged over levels, spreads and sizes of the rise."""
    steps, ramps = [], []
    wide = math.sqrt(math.log1p(level_spread))
    levels = [(math.exp(z * wide - wide * wide / 2), w) for z, w in (NODES if wide > 0 else ((0.0, 1.0),))]
    for times in SPREAD_TIMES if spread.max() > 0 else (1.0,):
        size = 1 / np.maximum(spread * times, NO_SPREAD)
        fixed = scipy.special.gammaln(count + size) - scipy.special.gammaln(size) - count * np.log(size)
        for level, weight in levels:
            prior = float(fixed.sum()) + math.log(weight)
            steps.append(_step(count, mean * level, size) + prior)
            ramps.append(_ramp(count, mean * level, size) + prior)
    return scipy.special.logsumexp(steps, axis=0), scipy.special.logsumexp(ramps, axis=0)


def _log_likelihood(count: Floats, mean: Floats, size: Floats) -> Floats:
    """Negative binomial [3] without the terms that the mean is not part of."""
    return np.asarray(count * np.log(mean) - (count + size) * np.log1p(mean / size))


def _step(count: Floats, mean: Floats, size: Floats) -> Floats:
    before = np.concatenate([[0.0], np.cumsum(_log_likelihood(count, mean, size))[:-1]])
    after = np.cumsum(_log_likelihood(count, mean * RATIOS[:, None], size)[:, ::-1], axis=1)[:, ::-1]
    return np.asarray(before + scipy.special.logsumexp(after, axis=0) - math.log(len(RATIOS)))


def _ramp(count: Floats, mean: Floats, size: Floats) -> Floats:
    """A rise that grows linearly from 1 on the onset day to its ratio on the last day.

    Of a long series about MOST_ONSETS days are worked out; the others lie on a line between their neighbours.
    """
    days = len(count)
    onsets = np.unique(np.linspace(0, days - 1, min(days, MOST_ONSETS)).round().astype(np.int64))
    many = days - onsets
    first = np.concatenate([[0], np.cumsum(many)[:-1]])
    behind = np.arange(many.sum()) - np.repeat(first, many)  # days since the onset, onset by onset
    day, grown = behind + np.repeat(onsets, many), (behind + 1) / np.repeat(many, many)
    before = np.concatenate([[0.0], np.cumsum(_log_likelihood(count, mean, size))[:-1]])[onsets]
    n, e, a = count[day], mean[day], size[day]
    values = [np.add.reduceat(_log_likelihood(n, (1 + (r - 1) * grown) * e, a), first) for r in RATIOS[2:]]
    found = before + scipy.special.logsumexp(values, axis=0) - math.log(len(values))
    return np.asarray(np.interp(np.arange(days), onsets, found))


def _centre(posterior: Floats, window: int) -> int:
    window = min(window, len(posterior))
    mass = np.convolve(posterior, np.ones(window), "valid")
    best = np.flatnonzero(mass > 0.95 * mass.max())  # while a place stood still every day is as likely: take the middle
    start = int(best[len(best) // 2])
    inside = posterior[start : start + window]
    return start + int(np.searchsorted(np.cumsum(inside), inside.sum() / 2))


def _shortest(posterior: Floats, confidence: float) -> tuple[int, int]:
    total = np.concatenate([[0.0], np.cumsum(posterior)])
    best = (0, len(posterior) - 1)
    for low in range(len(posterior)):
        high = int(np.searchsorted(total, total[low] + confidence - 1e-12))
        if high > len(posterior):
            break
        if high - 1 - low < best[1] - best[0]:
            best = (low, high - 1)
    return best


def laplace_trend(times: Sequence[float] | Floats, end: float) -> Trend:
    """Laplace's test for a trend of event times in (0, end] [2], two-sided.

    The statistic is nearly normal from four events on. ValueError for times outside.

    >>> laplace_trend([1, 2, 3, 4], 4.0).statistic > 0
    True
    """
    at = np.asarray(times, dtype=np.float64)
    if not end > 0 or (len(at) and (at.min() < 0 or at.max() > end)):
        raise ValueError(f"event times must lie between 0 and {end}")
    if not len(at):
        return Trend(0.0, 1.0)
    statistic = float((at.mean() - end / 2) / (end / math.sqrt(12 * len(at))))
    return Trend(statistic, math.erfc(abs(statistic) / math.sqrt(2)))
