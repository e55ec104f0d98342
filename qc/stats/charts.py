"""Control charts for people: p, np, u, c, Laney p' and u', g, t and individuals, with three-sigma limits.

A chart separates what happens always (between the limits) from what asks for a reason. Verdicts do not use charts.

Conventions, where books and programs differ:

* Limits stand three standard deviations from the centre [1]; a lower limit below zero is zero, the upper limit of a
  share is at most one (qcc and qicharts2 do the same).
* p' and u' stretch the limits by sigma_z, the mean moving range of the standardised points over 1.128 [2] (Minitab and
  qicharts2). Laney's own text takes the standard deviation from the moving range as well; others take the ordinary one.
  `widen_only` never lets sigma_z below 1, so a quiet stretch does not narrow the limits below what chance allows;
  the R packages do not do that, so it is off by default.
* g charts: see `g_chart`, the two R packages differ.
* A point with neither count nor exposure (a holiday week) is a gap: NaN in points and limits, and no signal.

References:
[1] D. Montgomery, Introduction to Statistical Quality Control, 6th ed., chapters 6, 7 and 9.
[2] D. Laney, Improved control charts for attributes, Quality Engineering 14 (2002) 531.
[3] J. Benneyan, Number-between g-type statistical quality control charts, Health Care Manag. Sci. 4 (2001) 305.
[4] L. Nelson, A control chart for parts-per-million nonconforming items, J. Quality Technology 26 (1994) 239.
[5] L. Nelson, Control charts for individual measurements, J. Quality Technology 14 (1982) 172.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from qc.stats.runs import Runs, run_tests
from qc.stats.series import Floats, Positions, amounts, base_points, counts_and_exposure, series

Kind = Literal["p", "np", "u", "c", "p'", "u'", "g", "t", "i"]
SIGMAS = 3.0
MOVING_RANGE = 1.128  # d2 of two points: the expected range of two standard normal values
RANGE_LIMIT = 3.267  # D4 of two points: a moving range beyond this many mean ranges is a jump of its own
LAST_DIGITS = 1e-12  # points that differ from the centre by less are equal to it
T_POWER = 1 / 3.6  # makes exponential times nearly normal [4]


@dataclass(frozen=True, slots=True)
class Chart:
    """Points with centre and limits, all of the same length and in the unit of the points.

    `deviation` is the standard deviation of each point about the centre, Laney's factor `sigma_z` included (1 for the
    other charts). A t chart has its centre and limits on the scale of time and its deviation on the scale of
    time^(1/3.6), where its `z` is computed.
    """

    kind: Kind
    points: Floats
    centre: Floats
    lower: Floats
    upper: Floats
    deviation: Floats
    sigma_z: float = 1.0

    @property
    def beyond(self) -> Positions:
        """Positions of the points outside the limits; a point on a limit is inside, whatever the last digit says."""
        slack = 1e-9 * (self.upper - self.lower) + LAST_DIGITS * np.abs(self.centre)
        return np.flatnonzero((self.points > self.upper + slack) | (self.points < self.lower - slack))

    @property
    def z(self) -> Floats:
        """Distance of each point from the centre in standard deviations: what run rules, EWMA and CUSUM work on."""
        power = T_POWER if self.kind == "t" else 1.0
        away = self.points**power - self.centre**power
        away = np.where(np.abs(away) > LAST_DIGITS * np.abs(self.centre), away, 0.0 * away)
        scaled = away / np.where(self.deviation > 0, self.deviation, 1.0)
        return np.where((self.deviation > 0) | (away == 0), scaled, np.copysign(np.inf, away))

    @property
    def runs(self) -> Runs:
        """Anhoej's run tests about the centre, gaps left out."""
        there = ~np.isnan(self.points)
        return run_tests(self.points[there], self.centre[there])


def p_chart(
    count: ArrayLike,
    size: ArrayLike,
    *,
    base: Sequence[int] | None = None,
    laney: bool = False,
    widen_only: bool = False,
) -> Chart:
    """Share of defective units: `count` of `size` units, one of each per point [1, section 7.2], Laney's p' [2].

    `base` names the points that set the centre and sigma_z (all of them by default). ValueError for a negative count,
    a count above its size or without size, or different lengths.

    >>> round(float(p_chart([12, 15, 8], [50, 50, 50]).upper[0]), 4)
    0.4128
    """
    n, units = counts_and_exposure(count, size)
    if (n > units).any():
        raise ValueError(f"more defective units than units: {n[n > units][0]:g} of {units[n > units][0]:g}")
    centre = _ratio(n, units, base)
    chart = _rates("p", n, units, centre * (1 - centre), base, laney, widen_only)
    return replace(chart, upper=np.minimum(chart.upper, 1.0))


def np_chart(count: ArrayLike, size: ArrayLike, *, base: Sequence[int] | None = None) -> Chart:
    """Number of defective units in samples of one size [1, section 7.2.1]. ValueError when the sizes differ.

    >>> chart = np_chart([12, 15, 8], [50, 50, 50])
    >>> round(float(chart.centre[0]), 3), round(float(chart.upper[0]), 2)
    (11.667, 20.64)
    """
    share = p_chart(count, size, base=base)
    sizes = sorted(set(np.asarray(size, dtype=np.float64).tolist()))
    if len(sizes) > 1:
        raise ValueError(f"an np chart needs samples of one size, not {sizes[0]:g} and {sizes[1]:g}; use a p chart")
    (one,) = sizes
    centre, lower, upper, deviation = (v * one for v in (share.centre, share.lower, share.upper, share.deviation))
    return Chart("np", share.points * one, centre, lower, upper, deviation)


def u_chart(
    count: ArrayLike,
    exposure: ArrayLike,
    *,
    base: Sequence[int] | None = None,
    laney: bool = False,
    widen_only: bool = False,
) -> Chart:
    """Defects per unit of exposure, any unit, one count and exposure per point [1, section 7.3], Laney's u' [2].

    `base` names the points that set the centre and sigma_z (all of them by default). ValueError for negative values,
    a count without exposure, or different lengths.

    >>> float(u_chart([10, 12, 8], [5, 5, 5]).centre[0])
    2.0
    """
    n, units = counts_and_exposure(count, exposure)
    return _rates("u", n, units, _ratio(n, units, base), base, laney, widen_only)


def c_chart(count: ArrayLike, *, base: Sequence[int] | None = None) -> Chart:
    """Number of defects per point of equal exposure [1, section 7.3.1].

    >>> chart = c_chart([9, 9, 9])
    >>> float(chart.lower[0]), float(chart.upper[0])
    (0.0, 18.0)
    """
    chart = u_chart(count, np.ones_like(amounts(count)), base=base)
    return replace(chart, kind="c")


def g_chart(between: ArrayLike, *, counts_event: bool = False) -> Chart:
    """Units between rare events, geometric [3]; a point far up means that events became rarer.

    Two conventions: units *between* two defects leave the defective one out, variance m(m + 1) and the median drawn as
    centre (qicharts2, the default); with `counts_event` the defective unit is counted, variance m(m - 1) and the mean
    drawn (qcc). The limits stand on the mean m in both. ValueError for negative values or no point.

    >>> chart = g_chart([36, 22, 38])
    >>> float(chart.centre[0]), round(float(chart.upper[0]), 1)
    (36.0, 129.5)
    """
    x = amounts(between)
    mean = float(x.mean())
    deviation = math.sqrt(max(mean * (mean - 1 if counts_event else mean + 1), 0.0))
    centre = mean if counts_event else float(np.median(x))
    return _constant("g", x, centre, max(mean - SIGMAS * deviation, 0.0), mean + SIGMAS * deviation, deviation)


def t_chart(times: ArrayLike) -> Chart:
    """Time between rare events: an individuals chart of times^(1/3.6), drawn back on the scale of time [4].

    ValueError for a time that is not above zero: two events at once belong on a g chart.

    >>> chart = t_chart([3.0, 4.0, 5.0, 4.5, 3.5])
    >>> [round(float(v[0]), 2) for v in (chart.lower, chart.centre, chart.upper)]
    [2.1, 3.95, 6.76]
    """
    x = amounts(times)
    if (x <= 0).any():
        raise ValueError(f"a time between events must be above zero, but is {x[x <= 0][0]:g}; use a g chart")
    y = x**T_POWER
    centre, deviation = float(y.mean()), moving_range_deviation(y, screened=True)
    low, high = max(centre - SIGMAS * deviation, 0.0), centre + SIGMAS * deviation
    middle, lower, upper = (v ** (1 / T_POWER) for v in (centre, low, high))
    return _constant("t", x, middle, lower, upper, deviation)


def individuals_chart(values: ArrayLike, *, base: Sequence[int] | None = None) -> Chart:
    """Single measurements about their mean, deviation from the mean moving range over 1.128 [1, section 6.4].

    >>> chart = individuals_chart([33.75, 33.05, 34.00, 33.81, 33.46])
    >>> round(float(chart.centre[0]), 3), round(float(chart.upper[0]), 3)
    (33.614, 35.07)
    """
    x = series(values)
    usual = x[base_points(base, np.ones(len(x), dtype=bool))]
    centre, deviation = float(usual.mean()), moving_range_deviation(usual)
    return _constant("i", x, centre, centre - SIGMAS * deviation, centre + SIGMAS * deviation, deviation)


def moving_range_deviation(values: ArrayLike, *, screened: bool = False) -> float:
    """Standard deviation from the mean range of neighbours over 1.128; 0 for a single point.

    With `screened`, ranges of at least 3.267 times the mean are left out once, so that a jump does not widen the
    limits that should show it [5].

    >>> round(moving_range_deviation([1.0, 2.0, 1.0]), 4)
    0.8865
    """
    ranges = np.abs(np.diff(series(values)))
    if screened and len(ranges):
        kept = ranges[ranges < RANGE_LIMIT * ranges.mean()]
        ranges = kept if len(kept) else ranges
    return float(ranges.mean()) / MOVING_RANGE if len(ranges) else 0.0


def _rates(
    kind: Literal["p", "u"],
    n: Floats,
    units: Floats,
    variance: float,
    base: Sequence[int] | None,
    laney: bool,
    widen_only: bool,
) -> Chart:
    """Points n / units whose variance is `variance` / units."""
    there = units > 0
    usual = base_points(base, there)
    exposure = np.where(there, units, np.nan)
    points, centre = n / exposure, float(n[usual].sum() / units[usual].sum())
    deviation = np.sqrt(variance / exposure)
    sigma_z = 1.0
    if laney:
        z = (points[usual] - centre) / np.where(deviation[usual] > 0, deviation[usual], 1.0)
        sigma_z = moving_range_deviation(z) if len(z) > 1 else 1.0
        sigma_z = max(sigma_z, 1.0) if widen_only else sigma_z
    width = SIGMAS * sigma_z * deviation
    named: dict[str, Kind] = {"p": "p'", "u": "u'"}
    middle = np.where(there, centre, np.nan)
    lower, upper = np.maximum(middle - width, 0.0), middle + width
    return Chart(named[kind] if laney else kind, points, middle, lower, upper, sigma_z * deviation, sigma_z)


def _constant(kind: Kind, points: Floats, centre: float, lower: float, upper: float, deviation: float) -> Chart:
    middle, low, high, spread = (np.full(len(points), value) for value in (centre, lower, upper, deviation))
    return Chart(kind, points, middle, low, high, spread)


def _ratio(n: Floats, units: Floats, base: Sequence[int] | None) -> float:
    usual = base_points(base, units > 0)
    return float(n[usual].sum() / units[usual].sum())
