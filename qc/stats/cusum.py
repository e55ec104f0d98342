"""Cumulative sums: evidence of a shift, added up from the moment it began.

References:
[1] E. Page, Continuous inspection schemes, Biometrika 41 (1954) 100.
[2] D. Montgomery, Introduction to Statistical Quality Control, 6th ed., section 9.1.
[3] J. Lucas, Counted data CUSUM's, Technometrics 27 (1985) 129.
[4] G. Lorden, Procedures for reacting to a change in distribution, Ann. Math. Statist. 42 (1971) 1897.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from qc.stats.series import Floats, Positions, counts_and_exposure


@dataclass(frozen=True, slots=True)
class Cusum:
    """Sums upwards (never below zero) and downwards (never above), and the limit at which they signal."""

    up: Floats
    down: Floats
    limit: float

    @property
    def beyond(self) -> Positions:
        """Positions at which a sum is beyond the limit."""
        return np.flatnonzero((self.up > self.limit) | (self.down < -self.limit))

    @property
    def since(self) -> int | None:
        """The point after which the sum that signals first last stood at zero: where the shift is likely to begin."""
        if not len(self.beyond):
            return None
        at = int(self.beyond[0])
        side = self.up if self.up[at] > self.limit else self.down
        zero = np.flatnonzero(side[:at] == 0)
        return int(zero[-1]) + 1 if len(zero) else 0


def cusum(z: ArrayLike, *, allowance: float = 0.5, limit: float = 5.0) -> Cusum:
    """Two-sided tabular CUSUM [1, 2] of distances `z` from the target in standard deviations.

    `allowance` is half of the shift that should be found quickly, in standard deviations (qcc's se.shift / 2), `limit`
    the decision interval. Sums go on after a signal, as in qcc. A gap (NaN) changes neither sum.

    >>> sums = cusum([1.0, 2.0, -1.0])
    >>> sums.up.tolist(), sums.down.tolist()
    ([0.5, 2.0, 0.5], [0.0, 0.0, -0.5])
    """
    x = np.asarray(z, dtype=np.float64)
    if x.ndim != 1 or not len(x):
        raise ValueError(f"a chart needs a series of at least one point, not an array of shape {x.shape}")
    if allowance < 0 or limit <= 0:
        raise ValueError(f"allowance {allowance:g} must not be negative and limit {limit:g} must be above zero")
    up, down = np.zeros(len(x)), np.zeros(len(x))
    high = low = 0.0
    for i, value in enumerate(np.nan_to_num(x, nan=math.nan).tolist()):
        if value == value:
            high, low = max(0.0, high + value - allowance), min(0.0, low + value + allowance)
        up[i], down[i] = high, low
    return Cusum(up, down, limit)


def poisson_cusum(
    count: ArrayLike, exposure: ArrayLike, *, usual: float, raised: float, limit: float, reset: bool = False
) -> Cusum:
    """CUSUM of the log likelihood ratio of a `raised` against the `usual` rate of counts per exposure [3].

    Each point adds count * ln(raised / usual) - exposure * (raised - usual); only the upper sum is used. With `reset`
    the sum starts at zero again after a signal (as R's surveillance does). See `alarm_limit` for a limit whose false
    alarms are bounded. ValueError unless 0 < usual < raised.

    >>> poisson_cusum([3, 13], [1, 1], usual=4, raised=8, limit=5).up.round(4).tolist()
    [0.0, 5.0109]
    """
    n, units = counts_and_exposure(count, exposure)
    if not 0 < usual < raised:
        raise ValueError(f"the raised rate {raised:g} must be above the usual rate {usual:g}, and that above zero")
    gains = n * math.log(raised / usual) - units * (raised - usual)
    up, height = np.zeros(len(n)), 0.0
    for i, gain in enumerate(gains.tolist()):
        height = max(0.0, (0.0 if reset and height > limit else height) + gain)
        up[i] = height
    return Cusum(up, np.zeros(len(n)), limit)


def alarm_limit(expected: float, ratio: float, *, alpha: float = 0.05) -> float:
    """Limit for `poisson_cusum`: a watch of `expected` usual counts raises a false alarm with chance `alpha` at most.

    `ratio` is the raised rate over the usual one. The sum can leave zero only by a count, which lifts it by ln(ratio);
    from there it passes h with chance at most ratio * e^-h (Ville's inequality for the likelihood ratio, the step in
    Lorden's proof [4]), so `expected` counts give at most expected * ratio * e^-h.

    >>> round(alarm_limit(2.0, 4.0), 3)
    5.075
    """
    if not 0 < alpha < 1 or expected < 0 or ratio <= 1:
        raise ValueError(f"alpha {alpha:g} is between 0 and 1, expected {expected:g} >= 0 and ratio {ratio:g} > 1")
    return math.log(max(expected, 1.0) * ratio / alpha)
