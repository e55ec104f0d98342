"""Many places x many windows of time at once: how much better is a rate of its own inside than outside?

Everything here is a closed form on cumulative sums, so that millions of windows cost seconds. The gain is a Poisson
log-likelihood ratio, conditional on the total, in which each place keeps a natural multiplier of its own that is
shrunk towards 1 (`spread`): with spread 0 it is Kulldorff's statistic (1997, Comm. Stat. Theory Methods 26:1481), with
a large spread only the place's own before and after count.
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
    """
    days = count.shape[1]
    counts = np.concatenate([np.zeros((len(count), 1)), np.cumsum(count, axis=1)], axis=1)
    means = np.concatenate([np.zeros((len(mean), 1)), np.cumsum(mean, axis=1)], axis=1)
    series = _Series(counts, means, total, spread, least)
    found = [series.best("always", np.array([0]), np.array([days]))]
    starts = np.arange(1, days)
    if days > 1:
        found.append(series.best("since", starts, np.full(len(starts), days)))
    for family, lengths in (("episode", EPISODES), ("burst", BURSTS)):
        fitting = [length for length in lengths if length < days]
        if fitting:
            start = np.concatenate([np.arange(days - length + 1) for length in fitting])
            stop = start + np.repeat(fitting, [days - length + 1 for length in fitting])
            found.append(series.best(family, start, stop))
    return found


@dataclass(slots=True)
class _Series:
    counts: Floats
    means: Floats
    total: float
    spread: Floats
    least: int

    def best(self, family: str, start: Ints, stop: Ints) -> Windows:
        n = self.counts[:, stop] - self.counts[:, start]
        e = self.means[:, stop] - self.means[:, start]
        gain = np.full(n.shape, -np.inf)
        # the rate inside must be 1.4 times the rate outside, which a large place itself pulls up
        worth = (n >= self.least) & (n * (self.total - e) > 1.4 * e * (self.total - n))
        place, _ = np.nonzero(worth)
        if len(place):
            gain[worth] = window_gain(
                n[worth], e[worth], self.counts[place, -1], self.means[place, -1], self.total, self.spread[place]
            )
        top = gain.argmax(axis=1)
        rows = np.arange(len(n))
        return Windows(family, gain[rows, top], start[top], stop[top], n[rows, top], e[rows, top], len(start))


def window_gain(n: Floats, e: Floats, place_n: Floats, place_e: Floats, total: float, spread: Floats) -> Floats:
    """Log-likelihood gain of a free rate in a window with n records (e expected) of a place with place_n (place_e)."""
    a = 1.0 / np.maximum(spread, NO_SPREAD)
    outside_n, outside_e = place_n - n, np.maximum(place_e - e, 0.0)
    other_n, other_e = np.maximum(total - place_n, 0.0), np.maximum(total - place_e, 1e-9)
    one = _profile(outside_n, outside_e, other_n, other_e, a)
    none = _profile(place_n, place_e, other_n, other_e, a)
    # the rate inside is free, so its share of the likelihood needs neither the place's nor the plant's level
    return np.asarray(n * np.log(n / np.maximum(e, 1e-9)) - n + one - none)


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
