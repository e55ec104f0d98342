"""Two rates over the same strata: what of their difference is mix and what is rate, and rates at a common mix.

A crude rate rises when more of what is hard is made, though nothing got worse. Strata are what is made (products,
lines, shifts); counts are incidents, exposure is units in the same strata.

References:
[1] E. Kitagawa, Components of a difference between two rates, J. Am. Stat. Assoc. 50 (1955) 1168.
[2] M. Fay and E. Feuer, Confidence intervals for directly standardized rates: a method based on the gamma
    distribution, Statistics in Medicine 16 (1997) 791.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qc.stats.rates import Interval

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Effect:
    """A part of a difference of rates with its approximate interval at the confidence asked for."""

    value: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True)
class Decomposition:
    """The crude rates of two periods, and their difference as mix effect plus rate effect, whole and by stratum."""

    before: float
    after: float
    mix: Effect
    rate: Effect
    mix_by_stratum: tuple[float, ...]
    rate_by_stratum: tuple[float, ...]

    @property
    def difference(self) -> float:
        """After minus before; mix and rate add up to it exactly."""
        return self.after - self.before


def decompose(
    before_counts: ArrayLike,
    before_exposure: ArrayLike,
    after_counts: ArrayLike,
    after_exposure: ArrayLike,
    *,
    confidence: float = 0.95,
) -> Decomposition:
    """Kitagawa's decomposition [1] of the difference of two crude rates over the same strata, in the same order.

    With shares w and rates r: mix = sum of (w2 - w1)(r1 + r2)/2, rate = sum of (r2 - r1)(w1 + w2)/2. A stratum that
    one period does not have is given its rate of the other: it changes the mix, and says nothing about a rate.
    Intervals: normal, counts as Poisson (a count of 0 has the variance of 1, so that no interval is a point).

    ValueError for different lengths, negative or infinite numbers, incidents without exposure, a period without any.

    >>> twice_as_much_of_the_hard_one = decompose([10, 30], [1000, 1000], [10, 60], [1000, 2000])
    >>> round(twice_as_much_of_the_hard_one.difference, 6) == round(twice_as_much_of_the_hard_one.mix.value, 6)
    True
    """
    n1, e1 = _stratum(before_counts, before_exposure)
    n2, e2 = _stratum(after_counts, after_exposure)
    if n1.size != n2.size:
        raise ValueError(f"both periods need the same strata, but have {n1.size} and {n2.size}")
    z = _quantile(confidence)
    w1, w2 = e1 / e1.sum(), e2 / e2.sum()
    r1, r2 = _rates(n1, e1), _rates(n2, e2)
    r1, r2 = np.where(e1 > 0, r1, r2), np.where(e2 > 0, r2, r1)
    mix, rate = (w2 - w1) * (r1 + r2) / 2, (r2 - r1) * (w1 + w2) / 2
    both = (e1 > 0) & (e2 > 0)
    half = np.where(both, (w2 - w1) / 2, w2 - w1)  # how much of the mix effect hangs on each known rate
    mean = np.where(both, (w1 + w2) / 2, 0.0)
    return Decomposition(
        before=float(n1.sum() / e1.sum()),
        after=float(n2.sum() / e2.sum()),
        mix=_effect(mix, half, (n1, e1), (n2, e2), z),
        rate=_effect(rate, mean, (n1, e1), (n2, e2), z),
        mix_by_stratum=tuple(mix.tolist()),
        rate_by_stratum=tuple(rate.tolist()),
    )


def standardised(counts: ArrayLike, exposure: ArrayLike, weights: ArrayLike, *, confidence: float = 0.95) -> Interval:
    """The rate at a given mix (direct standardisation) with the gamma interval of [2].

    `weights` say how much of each stratum the common mix has (units will do); strata with a weight need exposure.
    With one stratum the interval is Garwood's exact one. ValueError as in `decompose`.

    >>> standardised([4], [1000.0], [1.0]).rate
    0.004
    """
    n, e = _stratum(counts, exposure)
    w = np.asarray(weights, dtype=np.float64)
    if w.shape != n.shape or not np.isfinite(w).all() or (w < 0).any() or w.sum() <= 0:
        raise ValueError(f"one weight for each stratum, none negative, is needed; got {w.tolist()}")
    if ((w > 0) & (e <= 0)).any():
        raise ValueError("a stratum that has a weight has no exposure, so its rate is not known")
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence is between 0 and 1, not {confidence}")
    each = np.divide(w / w.sum(), e, out=np.zeros_like(e), where=e > 0)
    rate, variance, most = float(each @ n), float(each**2 @ n), float(each.max())
    tail = (1 - confidence) / 2
    low = 0.0
    if variance > 0:
        low = float(scipy.special.gammaincinv(rate**2 / variance, tail)) * variance / rate
    shape = (rate + most) ** 2 / (variance + most**2)
    high = float(scipy.special.gammaincinv(shape, 1 - tail)) * (variance + most**2) / (rate + most)
    return Interval(rate, low, high, confidence)


def _quantile(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"a confidence is between 0 and 1, not {confidence}")
    return float(scipy.special.ndtri(0.5 + confidence / 2))


def _stratum(counts: ArrayLike, exposure: ArrayLike) -> tuple[Numbers, Numbers]:
    n, e = np.asarray(counts, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    if n.ndim != 1 or n.shape != e.shape or n.size == 0:
        raise ValueError(f"counts and exposure need one number for each stratum, got shapes {n.shape} and {e.shape}")
    for name, values in (("count", n), ("exposure", e)):
        wrong = values[~np.isfinite(values) | (values < 0)]
        if wrong.size:
            raise ValueError(f"a {name} must not be negative or infinite, but one is {wrong[0]}")
    orphans = n[(n > 0) & (e == 0)]
    if orphans.size:
        raise ValueError(f"{orphans[0]:g} incidents are in a stratum without exposure")
    if e.sum() <= 0:
        raise ValueError("a period without exposure has no rate")
    return n, e


def _rates(n: Numbers, e: Numbers) -> Numbers:
    return np.divide(n, e, out=np.zeros_like(e), where=e > 0)


def _effect(
    parts: Numbers, weight: Numbers, before: tuple[Numbers, Numbers], after: tuple[Numbers, Numbers], z: float
) -> Effect:
    value = math.fsum(parts.tolist())
    variance = sum(
        float((np.divide(weight, e, out=np.zeros_like(e), where=e > 0) ** 2) @ np.maximum(n, 1))
        for n, e in (before, after)
    )
    spread = z * math.sqrt(variance)
    return Effect(value, value - spread, value + spread)
