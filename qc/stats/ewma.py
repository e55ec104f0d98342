"""Exponentially weighted moving average: small lasting shifts, seen early.

References:
[1] S. Roberts, Control chart tests based on geometric moving averages, Technometrics 1 (1959) 239.
[2] D. Montgomery, Introduction to Statistical Quality Control, 6th ed., section 9.2.
[3] NIST/SEMATECH e-Handbook of Statistical Methods, section 6.3.2.4.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qc.stats.series import Floats, Positions


@dataclass(frozen=True, slots=True)
class Ewma:
    """The average after each point, with its centre and limits, in the unit of the points."""

    average: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    weight: float

    @property
    def beyond(self) -> Positions:
        """Positions of the averages outside their limits."""
        slack = 1e-9 * (self.upper - self.lower)
        return np.flatnonzero((self.average > self.upper + slack) | (self.average < self.lower - slack))


def ewma(points: ArrayLike, centre: float, deviation: ArrayLike, *, weight: float = 0.2, sigmas: float = 3.0) -> Ewma:
    """Average that gives the newest point `weight` and starts at `centre`, with limits `sigmas` deviations away [1].

    `deviation` is the standard deviation of the points: one number, or one per point when exposure differs. The
    variance of the average follows its own recursion, v = weight^2 deviation^2 + (1 - weight)^2 v, which for one
    deviation is the exact formula of [2, 3] with its narrower first limits (qcc draws the same). A gap (NaN) leaves
    average and variance as they were. ValueError for a weight outside (0, 1] or shapes that do not fit.

    >>> chart = ewma([9.45, 7.99, 9.29], 10.0, 1.0, weight=0.1, sigmas=2.7)
    >>> chart.average.round(4).tolist(), chart.upper.round(4).tolist()
    ([9.945, 9.7495, 9.7036], [10.27, 10.3632, 10.424])
    """
    x = np.asarray(points, dtype=np.float64)
    if x.ndim != 1 or not len(x):
        raise ValueError(f"a chart needs a series of at least one point, not an array of shape {x.shape}")
    if not 0 < weight <= 1:
        raise ValueError(f"the weight of the newest point is above 0 and at most 1, not {weight:g}")
    spread = np.broadcast_to(np.asarray(deviation, dtype=np.float64), x.shape)
    average, variance = float(centre), 0.0
    averages, variances = np.empty(len(x)), np.empty(len(x))
    for i, (value, scale) in enumerate(zip(x.tolist(), spread.tolist(), strict=True)):
        if value == value:  # not a gap
            average = weight * value + (1 - weight) * average
            variance = (weight * scale) ** 2 + (1 - weight) ** 2 * variance
        averages[i], variances[i] = average, variance
    width = sigmas * np.sqrt(variances)
    return Ewma(averages, np.full(len(x), float(centre)), centre - width, centre + width, weight)
