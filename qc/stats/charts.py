"""Control charts for people: p, np, u, c, Laney p' and u', g and t, with limits, run rules and Anhoej's run tests.

Limits are three standard deviations about the centre. Conventions follow Montgomery (Introduction to Statistical
Quality Control) and, for p' and u', Laney (2002, Quality Engineering 14:531) with Minitab's formula: sigma_z is the
mean moving range of the standardised points divided by 1.128. The numbers equal those of the R packages qicharts2 and
qcc.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
MOVING_RANGE = 1.128  # expected range of two standard normal values
T_POWER = 1 / 3.6  # makes exponential times nearly normal (Nelson 1994, J. Quality Technology 26:12)


@dataclass(frozen=True, slots=True)
class Runs:
    """Anhoej's tests: an unusually long run on one side of the centre, or unusually few crossings of it."""

    longest: int
    longest_limit: int
    crossings: int
    crossings_limit: int

    @property
    def signal(self) -> bool:
        """Whether either test says that the centre moved."""
        return self.longest > self.longest_limit or self.crossings < self.crossings_limit


@dataclass(frozen=True, slots=True)
class Chart:
    """Points with centre and limits. `sigma_z` is Laney's factor (1 without it)."""

    kind: Literal["p", "np", "u", "c", "p'", "u'", "g", "t"]
    points: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    sigma_z: float = 1.0

    @property
    def beyond(self) -> NDArray[np.int64]:
        """Positions of the points outside the limits; a point on a limit is inside, whatever the last digit says."""
        slack = 1e-9 * (self.upper - self.lower)
        return np.flatnonzero((self.points > self.upper + slack) | (self.points < self.lower - slack))

    @property
    def runs(self) -> Runs:
        """Anhoej's run tests about the centre."""
        return run_tests(self.points, self.centre)


def p_chart(count: ArrayLike, size: ArrayLike, *, base: Sequence[int] | None = None, laney: bool = False) -> Chart:
    """Share of defective units. `base` names the points that set the centre (all of them by default).

    >>> round(float(p_chart([12, 15, 8], [50, 50, 50]).upper[0]), 4)
    0.4264
    """
    n, size_ = _pair(count, size)
    if (n > size_).any():
        raise ValueError(f"more defective units than units: {n[n > size_][0]:g}")
    centre = _ratio(n, size_, base)
    chart = _rates("p", n / size_, centre, np.sqrt(centre * (1 - centre) / size_), base, laney)
    return Chart(chart.kind, chart.points, chart.centre, chart.lower, np.minimum(chart.upper, 1.0), chart.sigma_z)


def np_chart(count: ArrayLike, size: ArrayLike, *, base: Sequence[int] | None = None) -> Chart:
    """Number of defective units in samples of one size."""
    n, size_ = _pair(count, size)
    if len(set(size_.tolist())) > 1:
        raise ValueError("an np chart needs samples of one size; use a p chart")
    centre = _ratio(n, size_, base)
    return _rates("np", n, centre * float(size_[0]), np.sqrt(size_ * centre * (1 - centre)), base, False)


def u_chart(count: ArrayLike, exposure: ArrayLike, *, base: Sequence[int] | None = None, laney: bool = False) -> Chart:
    """Defects per unit of exposure.

    >>> float(u_chart([10, 12, 8], [5, 5, 5]).centre[0])
    2.0
    """
    n, units = _pair(count, exposure)
    centre = _ratio(n, units, base)
    return _rates("u", n / units, centre, np.sqrt(centre / units), base, laney)


def c_chart(count: ArrayLike, *, base: Sequence[int] | None = None) -> Chart:
    """Number of defects per point of equal exposure."""
    n, ones = _pair(count, np.ones_like(np.asarray(count, dtype=np.float64)))
    centre = _ratio(n, ones, base)
    return _rates("c", n, centre, np.full(len(n), math.sqrt(centre)), base, False)


def g_chart(between: ArrayLike, *, counts_event: bool = False) -> Chart:
    """Units between events (geometric). The centre drawn is the median, the limits stand on the mean (Benneyan 2001).

    Units *between* two defects exclude the defective one (qicharts2, variance m(m+1)); with `counts_event` they
    include it (qcc, variance m(m-1), and the mean as the centre).
    """
    x = _series(between)
    mean = float(x.mean())
    deviation = math.sqrt(max(mean * (mean - 1 if counts_event else mean + 1), 0.0))
    centre = mean if counts_event else float(np.median(x))
    upper = mean + 3 * deviation
    return Chart(
        "g", x, np.full(len(x), centre), np.full(len(x), max(mean - 3 * deviation, 0.0)), np.full(len(x), upper)
    )


def t_chart(times: ArrayLike) -> Chart:
    """Time between events: an individuals chart of times^(1/3.6), drawn back on the scale of time."""
    x = _series(times)
    if (x <= 0).any():
        raise ValueError(f"a time between events must be above zero, but is {x[x <= 0][0]:g}; use a g chart")
    y = x**T_POWER
    centre = float(y.mean())
    ranges = np.abs(np.diff(y))
    limit = 3.267 * float(ranges.mean()) if len(ranges) else 0.0
    usual = ranges[ranges < limit] if len(ranges) else ranges  # a single jump must not widen the limits
    deviation = (float(usual.mean()) if len(usual) else 0.0) / MOVING_RANGE
    low, high = max(centre - 3 * deviation, 0.0), centre + 3 * deviation
    middle, lower, upper = (np.full(len(x), v ** (1 / T_POWER)) for v in (centre, low, high))
    return Chart("t", x, middle, lower, upper)


def run_tests(points: Floats, centre: Floats) -> Runs:
    """Longest run and crossings with their limits (Anhoej and Olesen 2014, PLoS ONE 9:e113825)."""
    side = np.sign(points - centre)
    side = side[side != 0]
    n = len(side)
    if not n:
        return Runs(0, 0, 0, 0)
    change = np.flatnonzero(np.diff(side) != 0)
    edges = np.concatenate([[-1], change, [n - 1]])
    return Runs(
        int(np.diff(edges).max()),
        round(math.log2(n) + 3),
        len(change),
        int(scipy.stats.binom.ppf(0.05, n - 1, 0.5)) if n > 1 else 0,
    )


def run_rule(points: Floats, centre: Floats, length: int = 7) -> NDArray[np.int64]:
    """Positions at which at least `length` points in a row have stood on one side (qcc's violating runs)."""
    side = np.sign(points - centre)
    in_row = 0
    found = []
    for at, s in enumerate(side):
        in_row = in_row + 1 if at and s == side[at - 1] else 1
        if s != 0 and in_row >= length:
            found.append(at)
    return np.array(found, dtype=np.int64)


def _rates(
    kind: Literal["p", "np", "u", "c"],
    points: Floats,
    centre: float,
    deviation: Floats,
    base: Sequence[int] | None,
    laney: bool,
) -> Chart:
    sigma_z = 1.0
    if laney:
        z = (points - centre) / np.where(deviation > 0, deviation, 1.0)
        z = z if base is None else z[list(base)]
        sigma_z = float(np.abs(np.diff(z)).mean()) / MOVING_RANGE if len(z) > 1 else 1.0
    middle = np.full(len(points), centre)
    names: dict[str, Literal["p'", "u'"]] = {"p": "p'", "u": "u'"}
    width = 3 * sigma_z * deviation
    return Chart(
        names[kind] if laney else kind, points, middle, np.maximum(middle - width, 0.0), middle + width, sigma_z
    )


def _series(values: ArrayLike) -> Floats:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or not len(x):
        raise ValueError("a chart needs a series of at least one point")
    bad = x[~(np.isfinite(x) & (x >= 0))]
    if len(bad):
        raise ValueError(f"a chart's values are finite and not negative, but one is {bad[0]:g}")
    return x


def _pair(count: ArrayLike, exposure: ArrayLike) -> tuple[Floats, Floats]:
    n, units = _series(count), _series(exposure)
    if n.shape != units.shape:
        raise ValueError(f"{len(n)} counts but {len(units)} exposures")
    if (units <= 0).any():
        raise ValueError(f"exposure must be above zero, but is {units[units <= 0][0]:g}")
    return n, units


def _ratio(n: Floats, units: Floats, base: Sequence[int] | None) -> float:
    rows = slice(None) if base is None else list(base)
    return float(n[rows].sum() / units[rows].sum())
