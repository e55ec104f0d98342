"""Many places x many windows of time at once: how much better is a rate of its own inside than outside?

Everything here is a closed form on cumulative sums, so that millions of windows cost seconds. The gain is a Poisson
log-likelihood ratio, conditional on the total, in which each place keeps a natural multiplier of its own that is
shrunk towards 1 (`spread`): with spread 0 it is Kulldorff's statistic [1], with a large spread only the place's own
before and after count. The multiplier has a gamma prior with mean 1 and variance `spread` [2].

References:
[1] M. Kulldorff, A spatial scan statistic, Comm. Stat. Theory Methods 26 (1997) 1481.
[2] W. DuMouchel, Bayesian data mining in large frequency tables, The American Statistician 53 (1999) 177.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EPISODES = (14, 21, 30, 45, 60)
BURSTS = (1, 2, 3, 4, 5)
NO_SPREAD = 1e-9
AT_ONCE = 200_000  # windows in one table, so that it stays in the cache
ROWS = ("gain", "start", "stop", "count", "mean")


@dataclass(frozen=True, slots=True)
class Windows:
    """Best window of one family for each place: gain in nats, first day and day after the last, count and expected."""

    family: str
    gain: Floats
    start: Ints
    stop: Ints
    count: Floats
    mean: Floats
    tried: int


def scan(count: Floats, mean: Floats, total: float, spread: Floats, *, least: int = 5) -> list[Windows]:
    """Search every family of windows. `count` and `mean` are places x days, `total` all records of the type.

    `mean` is scaled so that all of the plant sums to `total`. `spread` is per place. Windows with fewer than `least`
    records are not looked at.

    >>> count = np.zeros((2, 40))
    >>> count[:, ::4], count[0, 20:23] = 1.0, 5.0
    >>> found = scan(count, np.full((2, 40), count.sum() / 80), float(count.sum()), np.zeros(2))
    >>> best = max(found, key=lambda windows: windows.gain[0])
    >>> best.family, int(best.start[0]), int(best.stop[0])
    ('burst', 20, 23)
    """
    days = count.shape[1]
    families = _families(days)
    rows = max(1, AT_ONCE // max(sum(many for _, runs in families for _, many, _ in runs), 1))
    parts = [
        _scan(count[at : at + rows], mean[at : at + rows], total, spread[at : at + rows], families, least)
        for at in range(0, max(len(count), 1), rows)
    ]
    return [_joined([part[nth] for part in parts]) for nth in range(len(families))]


Runs = list[tuple[int, int, int]]  # windows as (first start, number of starts, length of each)


def _families(days: int) -> list[tuple[str, Runs]]:
    found: list[tuple[str, Runs]] = [("always", [(0, 1, days)])]
    if days > 1:
        found.append(("since", [(start, 1, days - start) for start in range(1, days)]))
    for family, lengths in (("episode", EPISODES), ("burst", BURSTS)):
        fitting = [(0, days - length + 1, length) for length in lengths if length < days]
        if fitting:
            found.append((family, fitting))
    return found


def _scan(
    count: Floats, mean: Floats, total: float, spread: Floats, families: list[tuple[str, Runs]], least: int
) -> list[Windows]:
    counts = np.concatenate([np.zeros((len(count), 1)), np.cumsum(count, axis=1)], axis=1)
    means = np.concatenate([np.zeros((len(mean), 1)), np.cumsum(mean, axis=1)], axis=1)
    a = 1.0 / np.maximum(spread, NO_SPREAD)
    series = _Series(counts, means, total, a, _without(counts[:, -1], means[:, -1], total, a), least)
    return [series.best(family, runs) for family, runs in families]


def _joined(parts: list[Windows]) -> Windows:
    if len(parts) == 1:
        return parts[0]
    gain, start, stop, count, mean = (np.concatenate([getattr(part, name) for part in parts]) for name in ROWS)
    return Windows(parts[0].family, gain, start, stop, count, mean, parts[0].tried)


@dataclass(frozen=True, slots=True)
class _Series:
    counts: Floats
    means: Floats
    total: float
    a: Floats
    none: Floats  # log-likelihood of each place without any window
    least: int

    def best(self, family: str, runs: Runs) -> Windows:
        """The best window of each place."""
        n = self._counts(runs)
        start = np.concatenate([np.arange(first, first + many) for first, many, _ in runs])
        stop = start + np.repeat([length for _, _, length in runs], [many for _, many, _ in runs])
        gain = np.full(n.shape, -np.inf)
        place, window = np.nonzero(n >= self.least)
        inside = n[place, window]
        e = self.means[place, stop[window]] - self.means[place, start[window]]
        # the rate inside must be 1.4 times the rate outside, which a large place itself pulls up
        worth = inside * (self.total - e) > 1.4 * e * (self.total - inside)
        if worth.any():
            place, window = place[worth], window[worth]
            own = self.counts[place, -1], self.means[place, -1]
            value = _with(inside[worth], e[worth], *own, self.total, self.a[place])
            gain[place, window] = value - self.none[place]
        top = gain.argmax(axis=1)
        rows = np.arange(len(n))
        mean = self.means[rows, stop[top]] - self.means[rows, start[top]]
        return Windows(family, gain[rows, top], start[top], stop[top], n[rows, top], mean, len(start))

    def _counts(self, runs: Runs) -> Floats:
        table = self.counts
        if len(runs) > 1 and runs[0][1] == 1:  # all to the last day
            return np.asarray(table[:, -1:] - table[:, runs[0][0] : runs[-1][0] + 1])
        parts = [table[:, at + length : at + length + many] - table[:, at : at + many] for at, many, length in runs]
        return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)


def window_gain(n: Floats, e: Floats, place_n: Floats, place_e: Floats, total: float, spread: Floats) -> Floats:
    """Log-likelihood gain of a free rate in a window with n records (e expected) of a place with place_n (place_e).

    All arguments are arrays of one length, `total` aside: the records of the type in the whole plant. In nats.

    >>> one = np.ones(1)
    >>> round(float(window_gain(9 * one, 3 * one, 12 * one, 12 * one, 100.0, 0 * one)[0]), 3)
    4.077
    """
    a = 1.0 / np.maximum(spread, NO_SPREAD)
    return np.asarray(_with(n, e, place_n, place_e, total, a) - _without(place_n, place_e, total, a))


def _with(n: Floats, e: Floats, place_n: Floats, place_e: Floats, total: float, a: Floats) -> Floats:
    other_n, other_e = np.maximum(total - place_n, 0.0), np.maximum(total - place_e, 1e-9)
    one = _profile(place_n - n, np.maximum(place_e - e, 0.0), other_n, other_e, a)
    # the rate inside is free, so its share of the likelihood needs neither the place's nor the plant's level
    return np.asarray(n * np.log(n / np.maximum(e, 1e-9)) - n + one)


def _without(place_n: Floats, place_e: Floats, total: float, a: Floats) -> Floats:
    return _profile(place_n, place_e, np.maximum(total - place_n, 0.0), np.maximum(total - place_e, 1e-9), a)


def _profile(n: Floats, e: Floats, other_n: Floats, other_e: Floats, a: Floats) -> Floats:
    """Largest log-likelihood over the plant's level g and the place's shrunk multiplier m."""
    m = np.ones_like(n)
    g = np.ones_like(n)
    for _ in range(3):
        g = np.maximum(n + other_n, 0.5) / np.maximum(m * e + other_e, 1e-9)
        m = (a + n) / (a + g * e)
    loglik = n * np.log(np.maximum(m * g, 1e-12)) - m * g * e + other_n * np.log(np.maximum(g, 1e-12)) - g * other_e
    # log m - m + 1 is of order (m-1)^2, but a can be 1e9: guard against its rounding
    return np.asarray(loglik + np.where(a < 1e8, a * (np.log(m) - m + 1), 0.0))
