"""Rates of incidents per exposure, their ratios, and exact intervals of both.

Counts are incidents (records), never quantities; exposure is in any unit, the same for what is compared. Exact means
that the interval covers at least as often as it says, for every count; the price is that it is a little too wide.

References:
[1] F. Garwood, Fiducial limits for the Poisson distribution, Biometrika 28 (1936) 437.
[2] C. Clopper and E. Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial,
    Biometrika 26 (1934) 404.
[3] J. Przyborowski and H. Wilenski, Homogeneity of results in testing samples from Poisson series, Biometrika 31
    (1940) 313.
[4] M. Fay, Confidence intervals that match Fisher's exact or Blaker's exact tests, Biostatistics 11 (2010) 373.
[5] J. von Neumann, Distribution of the ratio of the mean square successive difference to the variance, Ann. Math.
    Statist. 12 (1941) 367.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike

from qc.stats.series import counts_and_exposure


@dataclass(frozen=True, slots=True)
class Interval:
    """A rate with its exact two-sided interval at `confidence`."""

    rate: float
    low: float
    high: float
    confidence: float


@dataclass(frozen=True, slots=True)
class RateRatio:
    """A ratio of two rates with its exact conditional interval and two-sided p-value."""

    ratio: float
    low: float
    high: float
    p_value: float
    confidence: float


def _check(count: int, exposure: float) -> None:
    if count < 0:
        raise ValueError(f"a count must not be negative, but is {count}")
    if not (exposure > 0 and math.isfinite(exposure)):
        raise ValueError(f"exposure must be above zero and finite, but is {exposure}")


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence is between 0 and 1, not {confidence}")


def poisson_lower(count: int, confidence: float = 0.95) -> float:
    """Exact one-sided lower bound of a Poisson mean [1]; 0 without incidents.

    >>> round(poisson_lower(10), 4)
    5.4254
    """
    _check_confidence(confidence)
    return 0.0 if count <= 0 else float(scipy.special.gammaincinv(count, 1 - confidence))


def poisson_upper(count: int, confidence: float = 0.95) -> float:
    """Exact one-sided upper bound of a Poisson mean [1]; the "rule of three" for no incident.

    >>> round(poisson_upper(0), 4)
    2.9957
    """
    if count < 0:
        raise ValueError(f"a count must not be negative, but is {count}")
    _check_confidence(confidence)
    return float(scipy.special.gammaincinv(count + 1, confidence))


def poisson_interval(count: int, exposure: float = 1.0, confidence: float = 0.95) -> Interval:
    """Rate per unit of `exposure` and its exact central interval [1]. ValueError for what cannot be.

    >>> i = poisson_interval(10)
    >>> round(i.low, 4), round(i.high, 4)
    (4.7954, 18.3904)
    """
    _check(count, exposure)
    tail = (1 + confidence) / 2
    return Interval(
        count / exposure, poisson_lower(count, tail) / exposure, poisson_upper(count, tail) / exposure, confidence
    )


def binomial_interval(count: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact central interval of a proportion, `count` of `trials` [2]. ValueError for what cannot be.

    >>> low, high = binomial_interval(10, 50)
    >>> round(low, 4), round(high, 4)
    (0.1003, 0.3372)
    """
    if not 0 <= count <= trials or trials < 1:
        raise ValueError(f"a proportion is between 0 and 1 of at least one trial, not {count} of {trials}")
    _check_confidence(confidence)
    tail = (1 - confidence) / 2
    low = 0.0 if count == 0 else float(scipy.special.betaincinv(count, trials - count + 1, tail))
    high = 1.0 if count == trials else float(scipy.special.betaincinv(count + 1, trials - count, 1 - tail))
    return low, high


def _central_p(count: int, total: int, share: float) -> float:
    below = float(scipy.special.bdtr(count, total, share))
    above = 1.0 if count == 0 else float(scipy.special.bdtrc(count - 1, total, share))
    return min(1.0, 2 * min(below, above))


def rate_ratio(
    count: int, exposure: float, base_count: int, base_exposure: float, confidence: float = 0.95
) -> RateRatio:
    """Ratio of the rate count / exposure to base_count / base_exposure.

    Given the total, the first count is binomial with odds ratio * exposure / base_exposure [3], so the interval is that
    of a proportion [2] and the p-value its own: twice the smaller exact binomial tail, below 1 - confidence just when
    the interval leaves out 1 [4]. Without any incident the ratio is NaN and the interval everything.

    >>> r = rate_ratio(133, 1200, 301, 1400)
    >>> round(r.ratio, 3), round(r.low, 3), round(r.high, 3)
    (0.516, 0.417, 0.634)
    """
    _check(count, exposure)
    _check(base_count, base_exposure)
    total = count + base_count
    if total == 0:
        return RateRatio(math.nan, 0.0, math.inf, 1.0, confidence)
    low, high = binomial_interval(count, total, confidence)
    scale = base_exposure / exposure
    return RateRatio(
        count / base_count * scale if base_count else math.inf,
        low / (1 - low) * scale,
        high / (1 - high) * scale if high < 1 else math.inf,
        _central_p(count, total, exposure / (exposure + base_exposure)),
        confidence,
    )


def rate_ratio_to_expected(
    count: int, expected: float, other_count: int, other_expected: float, confidence: float = 0.95
) -> RateRatio:
    """Ratio of observed to expected in one place, the level being set by the records outside of it.

    With hardly any records outside (nothing to compare with) the expected value is taken as known, and the interval is
    that of a Poisson rate [1].

    >>> round(rate_ratio_to_expected(20, 10.0, 0, 0.0).low, 3)
    1.222
    """
    _check(count, max(expected, 1e-300))
    if other_count >= 1:
        return rate_ratio(count, max(expected, 1e-9), other_count, other_expected, confidence)
    interval = poisson_interval(count, max(expected, 1e-9), confidence)
    tail = float(scipy.special.gammainc(count, expected)) if count else 1.0
    return RateRatio(interval.rate, interval.low, interval.high, min(1.0, 2 * tail), confidence)


def dispersion(count: ArrayLike, exposure: ArrayLike) -> float:
    """How much more counts vary from one piece to the next than chance lets them; 1 when it may be chance.

    `count` and `exposure` have one value per piece (day), in order of time. Neighbours are joined until each piece
    expects an incident; then it is half the mean square of successive differences of (count - expected) /
    sqrt(expected) [5]. Differences, not deviations from the mean, so that a step or a drift of the rate is not taken
    for noise. Below the upper 5 % point of chance (normal, variance (3 + 1 / expected) per difference), and with fewer
    than five pieces, it is 1: noise alone costs nothing.

    >>> dispersion([5, 4, 6, 5, 4, 6], [1] * 6), round(dispersion([0, 12, 1, 0, 14, 2], [1] * 6), 1)
    (1.0, 12.5)
    """
    n, units = counts_and_exposure(count, exposure)
    rate = float(n.sum() / units.sum())
    piece = np.floor(np.concatenate([[0.0], np.cumsum(units)[:-1]]) * rate + 1e-9)
    edges = np.unique(piece, return_index=True)[1]
    got, expected = np.add.reduceat(n, edges), rate * np.add.reduceat(units, edges)
    got, expected = got[expected > 0], expected[expected > 0]
    steps = len(got) - 1
    if steps < 4:
        return 1.0
    z = (got - expected) / np.sqrt(expected)
    found = float((np.diff(z) ** 2).mean()) / 2
    chance = 1.645 * math.sqrt((3 + float((1 / expected).mean())) / steps)
    return found if found > 1 + chance else 1.0
