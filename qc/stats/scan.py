"""The temporal scan of one series, with a null that knows overdispersion, and what is left without its worst period.

The statistic is Kulldorff's Poisson likelihood ratio over windows, conditional on the total, with exposure as the
probabilities (Kulldorff 1997, Comm. Stat. Theory Methods 26:1481), so it needs no baseline. Its null is drawn
Dirichlet-multinomial, the dispersion coming from successive differences: a dispersion of the whole series would
swallow a real episode.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
NO_DISPERSION = 1e6


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The best window [start, stop) with its count, expected count, statistic, p-value and dispersion of the null."""

    start: int
    stop: int
    count: float
    expected: float
    statistic: float
    p_value: float
    dispersion: float


@dataclass(frozen=True, slots=True)
class Lasting:
    """A scan and the same scan without its worst period: only what survives that is more than an event."""

    whole: ScanResult
    without_worst: ScanResult
    worst: int

    def systemic(self, alarm: float = 0.05, lasting: float = 0.01) -> bool:
        """An alarm that is still there at the stricter level when its worst period is left out."""
        return self.whole.p_value <= alarm and self.without_worst.p_value <= lasting


def dispersion(count: Floats, exposure: Floats) -> float:
    """Variance over mean of the counts, from successive differences of the rates (von Neumann 1941); at least 1.

    >>> dispersion(np.array([5.0, 5.0, 5.0]), np.ones(3))
    1.0
    """
    rate = count.sum() / exposure.sum()
    if rate <= 0 or len(count) < 3:
        return 1.0
    z = (count / exposure - rate) / np.sqrt(rate / exposure)
    return max(1.0, float(np.mean(np.diff(z) ** 2) / 2))


def statistic(count: Floats, expected: Floats) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Best log-likelihood ratio of excess over all windows for each row of counts, with the windows."""
    rows, n = count.shape
    total = count.sum(axis=1, keepdims=True)
    counts = np.concatenate([np.zeros((rows, 1)), np.cumsum(count, axis=1)], axis=1)
    means = np.concatenate([[0.0], np.cumsum(expected)])
    best = np.zeros(rows)
    start, stop = np.zeros(rows, dtype=np.int64), np.full(rows, n, dtype=np.int64)
    for length in range(1, n):
        c = counts[:, length:] - counts[:, :-length]
        e = (means[length:] - means[:-length])[None, :] * total
        with np.errstate(divide="ignore", invalid="ignore"):
            inside = np.where(c > 0, c * np.log(c / e), 0.0)
            outside = np.where(total > c, (total - c) * np.log((total - c) / (total - e)), 0.0)
        gain = np.where(c > e, inside + outside, 0.0)
        top = gain.argmax(axis=1)
        value = gain[np.arange(rows), top]
        better = value > best + 1e-12
        best, start = np.where(better, value, best), np.where(better, top, start)
        stop = np.where(better, top + length, stop)
    return best, start, stop


def scan(count: ArrayLike, exposure: ArrayLike, *, seed: int, draws: int = 999) -> ScanResult:
    """Scan one series of counts with their exposures; the p-value is the rank among `draws` simulated series."""
    n, units = _checked(count, exposure)
    total = int(n.sum())
    share = units / units.sum()
    if total == 0:
        return ScanResult(0, len(n), 0.0, 0.0, 0.0, 1.0, 1.0)
    value, start, stop = statistic(n[None, :], share)
    phi = dispersion(n, units)
    null, _, _ = statistic(_draw(total, share, phi, seed, draws), share)
    low, high = int(start[0]), int(stop[0])
    p = (1 + int((null >= value[0] - 1e-9).sum())) / (draws + 1)
    return ScanResult(
        low, high, float(n[low:high].sum()), float(share[low:high].sum() * total), float(value[0]), p, phi
    )


def scan_without_worst(count: ArrayLike, exposure: ArrayLike, *, seed: int, draws: int = 999) -> Lasting:
    """Scan, leave out the period with the largest excess, and scan again."""
    n, units = _checked(count, exposure)
    whole = scan(n, units, seed=seed, draws=draws)
    inside = np.arange(whole.start, whole.stop)
    worst = int(inside[(n - n.sum() * units / units.sum())[inside].argmax()])
    kept = np.arange(len(n)) != worst
    if kept.sum() < 2:
        return Lasting(whole, ScanResult(0, 0, 0.0, 0.0, 0.0, 1.0, 1.0), worst)
    return Lasting(whole, scan(n[kept], units[kept], seed=seed + 1, draws=draws), worst)


def _draw(total: int, share: Floats, phi: float, seed: int, draws: int) -> Floats:
    """Totals spread over the periods; Dirichlet-multinomial with variance phi times the multinomial's."""
    rng = np.random.default_rng(seed)
    concentration = (total - phi) / (phi - 1) if phi > 1 and total > phi else NO_DISPERSION
    if concentration >= NO_DISPERSION or phi <= 1:
        return rng.multinomial(total, share, size=draws).astype(np.float64)
    weights = rng.gamma(np.maximum(concentration * share, 1e-9), size=(draws, len(share)))
    sums = weights.sum(axis=1, keepdims=True)
    return rng.multinomial(total, np.where(sums > 0, weights / np.maximum(sums, 1e-300), share)).astype(np.float64)


def _checked(count: ArrayLike, exposure: ArrayLike) -> tuple[Floats, Floats]:
    n, units = np.asarray(count, dtype=np.float64), np.asarray(exposure, dtype=np.float64)
    if n.shape != units.shape or n.ndim != 1 or len(n) < 2:
        raise ValueError(f"a scan needs two series of one length of at least 2, not {n.shape} and {units.shape}")
    if not (np.isfinite(n).all() and (n >= 0).all()):
        raise ValueError(f"counts must be zero or more, but one is {n[~(n >= 0)][:1]}")
    if not (np.isfinite(units).all() and (units > 0).all()):
        raise ValueError(f"exposure must be above zero, but one is {units[~(units > 0)][:1]}")
    return n, units
