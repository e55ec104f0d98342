"""Bad days and bad lots that come back: a mixture over units against units that differ by nature."""

from __future__ import annotations

import math

import numpy as np

from qc.analysis.data import Floats, Ints
from qc.analysis.exposure import Problem
from qc.analysis.places import Candidate, Places
from qc.stats.shrinkage import Factor, Fit, level_sums, log_negative_binomial

BAD_SHARES = (0.04, 0.08, 0.15, 0.25, 0.4)
BAD_RATIOS = (2.5, 4.0, 7.0, 12.0)
BASES = (1.0, 0.75, 0.55)
LOG_BAD = np.array([math.log(share) for share in BAD_SHARES])
LOG_GOOD = np.array([math.log1p(-share) for share in BAD_SHARES])
BAD_DAYS = 3
FORTNIGHT = 14


def recurring_days(places: Places, spread: float, price: float, least: int) -> list[Candidate]:
    """Places where bad days come back over more than a fortnight: a mixture over days that differ by nature."""
    found = []
    for at in np.flatnonzero(places.count.sum(axis=1) >= 2 * least):
        count, mean = places.count[at], places.mean[at]
        best = mixture(count, mean, spread)
        if best is None:
            continue
        gain, bad = best
        excess = (count - mean)[bad]
        if len(bad) < BAD_DAYS or bad[-1] - bad[0] < FORTNIGHT or excess.max() > 0.5 * excess.sum():
            continue
        where = tuple(zip(places.dimensions, (int(c) for c in places.codes[at]), strict=True))
        inside = float(count[bad].sum()), float(mean[bad].sum())
        found.append(
            Candidate(
                where, "recurring", int(bad[0]), int(bad[-1]) + 1, gain, price, *inside, bad=tuple(int(d) for d in bad)
            )
        )
    return found


def recurring_lots(
    problem: Problem, factors: dict[str, Factor], fit: Fit, places: Places, spread: float, price: float, least: int
) -> list[Candidate]:
    """Suppliers of whose lots two or more are bad: a mixture over lots that differ by nature."""
    cells = problem.cells
    if "supplier_lot" not in factors:
        return []
    own = fit.multipliers[list(factors).index("supplier_lot")] if spread > 0 else None
    mean = fit.mean / own[factors["supplier_lot"].codes] if own is not None else fit.mean
    mean = mean * (cells.count.sum() / mean.sum())
    found = []
    for at in np.flatnonzero(places.count.sum(axis=1) >= 2 * least):
        here = (cells.codes["supplier"] == places.codes[at, 0]) & (cells.codes["supplier_lot"] >= 0)
        lots, which = np.unique(cells.codes["supplier_lot"][here], return_inverse=True)
        count, expected = (level_sums(which, w[here], len(lots)) for w in (cells.count, mean))
        best = mixture(count, expected, spread) if len(lots) > 1 else None
        if best is None or len(best[1]) < 2:
            continue
        gain, bad = best
        days = cells.day[here][np.isin(which, bad)]
        inside = float(count[bad].sum()), float(expected[bad].sum())
        found.append(
            Candidate(
                (("supplier", int(places.codes[at, 0])),),
                "lots",
                int(days.min()),
                int(days.max()) + 1,
                gain,
                price,
                *inside,
                bad=tuple(int(lot) for lot in lots[bad]),
            )
        )
    return found


def mixture(count: Floats, mean: Floats, spread: float) -> tuple[float, Ints] | None:
    """Gain of "some units are bad" over "units differ by nature", and which units then are bad."""
    level = float(count.sum() / max(mean.sum(), 1e-9))
    plain = float(log_negative_binomial(count, mean * np.array([[1.0], [level]]), spread).sum(axis=-1).max())
    usual = mean * np.array(BASES)[:, None]  # bad units raise the average, so that the good ones lie below it
    good = log_negative_binomial(count, usual, spread)[:, None, None]
    worse = log_negative_binomial(count, usual[:, None] * np.array(BAD_RATIOS)[:, None], spread)[:, :, None]
    is_good, is_bad = good + LOG_GOOD[:, None], worse + LOG_BAD[:, None]
    gain = np.logaddexp(is_good, is_bad).sum(axis=-1) - plain
    base, ratio, share = np.unravel_index(int(gain.argmax()), gain.shape)
    if gain[base, ratio, share] <= 0:
        return None
    chosen = np.flatnonzero((is_bad[base, ratio, share] > is_good[base, 0, share]) & (count > usual[base]))
    if not len(chosen) or count[chosen].sum() < 5:
        return None
    return float(gain[base, ratio, share]), chosen
