"""Bad days and bad lots that come back: a mixture over units against units that differ by nature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from qc.analysis.data import Floats
from qc.analysis.exposure import Problem
from qc.analysis.layouts import Layout, Level
from qc.analysis.places import Candidate
from qc.stats.shrinkage import level_sums

BAD_SHARES = (0.04, 0.08, 0.15, 0.25, 0.4)
BAD_RATIOS = (2.5, 4.0, 7.0, 12.0)
BASES = (1.0, 0.75, 0.55)
BAD_DAYS = 3
FORTNIGHT = 14
MOST_NATS = 170.0  # of one unit: four of them stay within what a float holds


def recurring_days(
    laid: Sequence[tuple[Layout, Floats, float]], spread: float, least: int, slack: float
) -> list[Candidate]:
    """Places where bad days come back over more than a fortnight: a mixture over days that differ by nature.

    `laid` has layouts with the expected records per place and day and the price; what falls `slack` short of its
    price is left out.
    """
    rows = [(layout, at, mean[at], price) for layout, mean, price in laid for at in _busy(layout, least)]
    if not rows:
        return []
    means = np.stack([mean for _, _, mean, _ in rows])
    best = mixtures(np.stack([layout.count[at] for layout, at, _, _ in rows]), means, spread)
    found = []
    for nth, (layout, at, mean, price) in enumerate(rows):
        bad = np.flatnonzero(best.bad[nth])
        if best.gain[nth] <= max(price - slack, 0.0) or len(bad) < BAD_DAYS or bad[-1] - bad[0] < FORTNIGHT:
            continue
        excess = (layout.count[at] - mean)[bad]
        if excess.max() > 0.5 * excess.sum():
            continue
        where = tuple(zip(layout.dimensions, layout.codes[at].tolist(), strict=True))
        window = int(bad[0]), int(bad[-1]) + 1
        numbers = float(best.gain[nth]), price, float(layout.count[at, bad].sum()), float(mean[bad].sum())
        found.append(Candidate(where, "recurring", *window, *numbers, bad=tuple(bad.tolist())))
    return found


def _busy(layout: Layout, least: int) -> list[int]:
    places: list[int] = np.flatnonzero(layout.count.sum(axis=1) >= 2 * least).tolist()
    return places


def recurring_lots(
    problem: Problem, level: Level, layout: Layout, spread: float, price: float, least: int
) -> list[Candidate]:
    """Suppliers of whose lots two or more are bad: a mixture over lots that differ by nature."""
    cells = problem.cells
    suppliers = layout.codes[_busy(layout, least), 0].tolist()
    if "supplier_lot" not in level.factors or not suppliers:
        return []
    lot, mean = cells.codes["supplier_lot"], level.without(frozenset({"supplier_lot"}))
    known = lot >= 0
    size = int(lot.max(initial=0)) + 1
    owner = np.full(size, -1, dtype=np.int64)
    owner[lot[known]] = cells.codes["supplier"][known]
    count, expected = (level_sums(lot[known], w[known], size) for w in (cells.count, mean))
    theirs = owner[None, :] == np.array(suppliers)[:, None]
    best = mixtures(count * theirs, expected * theirs, spread)
    found = []
    for nth, supplier in enumerate(suppliers):
        bad = best.bad[nth] & theirs[nth]
        if best.gain[nth] <= 0 or bad.sum() < 2:
            continue
        days = cells.day[known & bad[lot]]
        numbers = float(best.gain[nth]), price, float(count[bad].sum()), float(expected[bad].sum())
        window, lots = (int(days.min()), int(days.max()) + 1), tuple(np.flatnonzero(bad).tolist())
        found.append(Candidate((("supplier", supplier),), "lots", *window, *numbers, bad=lots))
    return found


@dataclass(frozen=True, slots=True)
class Mixtures:
    """Per row of units: gain of "some are bad" over "they differ by nature", and which then are bad."""

    gain: Floats
    bad: NDArray[np.bool_]


def mixtures(count: Floats, mean: Floats, spread: float) -> Mixtures:
    """The best mixture over the grid of base level, share of bad units and their ratio, for each row of units."""
    mean = np.maximum(mean, 1e-12)
    level = (count.sum(axis=1) / np.maximum(mean.sum(axis=1), 1e-9))[:, None]
    plain = np.maximum(_relative(count, mean, level, spread).sum(axis=1), 0.0)
    values = []
    for base in BASES:  # bad units raise the average, so that the good ones lie below it
        good = _relative(count, mean, base, spread)
        total = good.sum(axis=1) - plain
        for ratio in BAD_RATIOS:
            more = _relative(count, mean, base * ratio, spread) - good
            times = np.expm1(np.minimum(more, MOST_NATS))
            values += [total + _log_product(1 + share * times) for share in BAD_SHARES]
    gain = np.stack(values)
    best = gain.argmax(axis=0)
    chosen = np.zeros(count.shape, dtype=np.bool_)
    for nth in np.unique(best).tolist():
        rows = np.flatnonzero(best == nth)
        base, ratio, share = list(product(BASES, BAD_RATIOS, BAD_SHARES))[nth]
        n, e = count[rows], mean[rows]
        more = _relative(n, e, base * ratio, spread) - _relative(n, e, base, spread)
        chosen[rows] = (more > np.log1p(-share) - np.log(share)) & (n > base * e)
    few = (count * chosen).sum(axis=1) < 5
    return Mixtures(np.where(few, -np.inf, gain.max(axis=0)), chosen)


def _relative(count: Floats, mean: Floats, ratio: float | Floats, spread: float) -> Floats:
    """Log-likelihood of counts at `ratio` times their mean less that at their mean (negative binomial, variance
    mean + spread * mean^2).
    """
    ratio = np.maximum(ratio, 1e-12)
    if spread <= 0:
        return np.asarray(count * np.log(ratio) - (ratio - 1) * mean)
    a = 1.0 / spread
    return np.asarray(count * np.log(ratio) - (count + a) * np.log((ratio * mean + a) / (mean + a)))


def _log_product(values: Floats) -> Floats:
    """Sum of logs along the rows, with a fourth of the logarithms."""
    fourth, rest = divmod(values.shape[1], 4)
    parts = [values[:, i * fourth : (i + 1) * fourth] for i in range(4)]
    four = np.log(parts[0] * parts[1] * parts[2] * parts[3]).sum(axis=1)
    return np.asarray(four + np.log(values[:, -rest:]).sum(axis=1) if rest else four)
