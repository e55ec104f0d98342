"""Rates of incidents per exposure: exact intervals, before against after, and what it takes to be sure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import scipy


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


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """What a corrective action did: the ratio after/before, the decision, and what is still needed to decide.

    `exposure_needed` is how much more exposure, at the rate seen since the action (or without any incident, whichever
    is more), would settle a result of `not_yet`; None when settled or when no amount would.
    """

    result: Literal["effective", "not_effective", "not_yet"]
    ratio: RateRatio
    upper: float
    lower: float
    exposure_needed: float | None


def _check(count: int, exposure: float) -> None:
    if count < 0:
        raise ValueError(f"a count must not be negative, but is {count}")
    if not (exposure > 0 and math.isfinite(exposure)):
        raise ValueError(f"exposure must be above zero and finite, but is {exposure}")


def poisson_lower(count: int, confidence: float = 0.95) -> float:
    """Exact one-sided lower bound of a Poisson mean (Garwood 1936, Biometrika 28:437)."""
    return 0.0 if count <= 0 else float(scipy.special.gammaincinv(count, 1 - confidence))


def poisson_upper(count: int, confidence: float = 0.95) -> float:
    """Exact one-sided upper bound of a Poisson mean; the "rule of three" for no incident.

    >>> round(poisson_upper(0), 4)
    2.9957
    """
    return float(scipy.special.gammaincinv(count + 1, confidence))


def poisson_interval(count: int, exposure: float = 1.0, confidence: float = 0.95) -> Interval:
    """Rate and its exact central interval (Garwood 1936).

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
    """Exact interval of a proportion (Clopper and Pearson 1934, Biometrika 26:404)."""
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
    """Ratio of the rate count/exposure to base_count/base_exposure.

    Given the total, the first count is binomial with odds ratio * exposure / base_exposure (Przyborowski and
    Wilenski 1940, Biometrika 31:313), so the interval is Clopper-Pearson's and the p-value its own: twice the smaller
    exact binomial tail, below 1 - confidence just when the interval leaves out 1 (Fay 2010, Biostatistics 11:373).

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

    With hardly any records outside (nothing to compare with) the expected value is taken as known.
    """
    _check(count, max(expected, 1e-300))
    if other_count >= 1:
        return rate_ratio(count, max(expected, 1e-9), other_count, other_expected, confidence)
    interval = poisson_interval(count, max(expected, 1e-9), confidence)
    tail = float(scipy.special.gammainc(count, expected)) if count else 1.0
    return RateRatio(interval.rate, interval.low, interval.high, min(1.0, 2 * tail), confidence)


def effectiveness(
    before: int,
    before_exposure: float,
    after: int,
    after_exposure: float,
    *,
    agreed_ratio: float = 1.0,
    alpha: float = 0.05,
) -> Effectiveness:
    """Did a corrective action work? Exact one-sided bounds at level `alpha` on the ratio after/before.

    effective: even the upper bound is below `agreed_ratio`; not_effective: even the lower bound is above it;
    otherwise not_yet. The before-period is everything since the trouble began, never just its peak.
    """
    ratio = rate_ratio(after, after_exposure, before, before_exposure) if after_exposure > 0 else None
    if ratio is None:
        ratio = RateRatio(math.nan, 0.0, math.inf, 1.0, 0.95)
        return Effectiveness(
            "not_yet",
            ratio,
            math.inf,
            0.0,
            exposure_needed(before, before_exposure, agreed_ratio=agreed_ratio, alpha=alpha),
        )
    bounds = rate_ratio(after, after_exposure, before, before_exposure, 1 - 2 * alpha)
    if bounds.high < agreed_ratio:
        return Effectiveness("effective", ratio, bounds.high, bounds.low, None)
    if bounds.low > agreed_ratio:
        return Effectiveness("not_effective", ratio, bounds.high, bounds.low, None)
    needed = exposure_needed(before, before_exposure, after=after, agreed_ratio=agreed_ratio, alpha=alpha)
    more = None if needed is None else max(needed - after_exposure, 0.0)
    return Effectiveness("not_yet", ratio, bounds.high, bounds.low, more)


def exposure_needed(
    before: int, before_exposure: float, *, after: int = 0, agreed_ratio: float = 1.0, alpha: float = 0.05
) -> float | None:
    """Total exposure after the action that would prove it effective if only `after` incidents occur in it.

    With none it is before_exposure * (alpha^(-1/before) - 1) / agreed_ratio. None when nothing came before.

    >>> [round(exposure_needed(n, 1.0), 2) for n in (3, 5, 8, 12, 20)]
    [1.71, 0.82, 0.45, 0.28, 0.16]
    """
    _check(before, before_exposure)
    if before == 0:
        return None
    high = float(scipy.special.betaincinv(after + 1, before, 1 - alpha))
    return before_exposure * high / (1 - high) / agreed_ratio
