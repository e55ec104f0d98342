"""Since when? A posterior over the day on which a rate rose, by a step or by a ramp; and a test for a trend.

References:
[1] A. Raftery and V. Akman, Bayesian analysis of a Poisson process with a change-point, Biometrika 73 (1986) 85.
[2] D. Cox and P. Lewis, The Statistical Analysis of Series of Events (1966), section 3.3.
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


def onset(count: Floats, mean: Floats, *, confidence: float = 0.9, window: int = 14) -> Onset:
    """Posterior over the onset day from daily counts and the counts expected without the cause.

    Every day and every size of rise (RATIOS) is equally likely beforehand, steps more likely than ramps. The day
    is the middle of the `window` days that hold most probability; the interval is the shortest of `confidence`. The
    step is the change-point model of [1] with the rate before it known; the rise lasts to the end of the series.
    ValueError for shapes that do not fit.

    >>> found = onset(np.array([1.0] * 20 + [6.0] * 10), np.ones(30), window=1)
    >>> found.day, found.low <= 20 <= found.high
    (20, True)
    """
    count, mean = np.asarray(count, dtype=np.float64), np.maximum(np.asarray(mean, dtype=np.float64), 1e-9)
    if count.shape != mean.shape or count.ndim != 1 or not len(count):
        raise ValueError(f"counts and means must be series of one length, not {count.shape} and {mean.shape}")
    step, ramp = _step(count, mean), _ramp(count, mean)
    both = np.logaddexp(step + math.log(1 - RAMP_PRIOR), ramp + math.log(RAMP_PRIOR))
    posterior = np.exp(both - scipy.special.logsumexp(both))
    ramp_share = float(np.exp(scipy.special.logsumexp(ramp) + math.log(RAMP_PRIOR) - scipy.special.logsumexp(both)))
    low, high = _shortest(posterior, confidence)
    return Onset(_centre(posterior, window), low, high, ramp_share, confidence)


def _step(count: Floats, mean: Floats) -> Floats:
    n = np.cumsum(count[::-1])[::-1]
    e = np.cumsum(mean[::-1])[::-1]
    return np.asarray(
        scipy.special.logsumexp(n[:, None] * np.log(RATIOS) - (RATIOS - 1) * e[:, None], axis=1)
    ) - math.log(len(RATIOS))


def _ramp(count: Floats, mean: Floats) -> Floats:
    """A rise that grows linearly from 1 on the onset day to its ratio on the last day."""
    days = len(count)
    at = np.arange(days)
    grown = np.clip((at[None, :] - at[:, None] + 1) / np.maximum(days - at[:, None], 1), 0.0, None)
    values = []
    for ratio in RATIOS[2:]:
        rate = 1 + (ratio - 1) * grown
        values.append((np.log(rate) * count).sum(axis=1) - ((rate - 1) * mean).sum(axis=1))
    return np.asarray(scipy.special.logsumexp(np.array(values), axis=0)) - math.log(len(values))


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
