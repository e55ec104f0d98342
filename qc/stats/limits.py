"""Control limits of a count per exposure that do not cry wolf when weeks differ by more than chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Centre line and three-sigma limits per point, in incidents per unit. `spread` is Laney's sigma z, at least 1."""

    centre: float
    lower: list[float]
    upper: list[float]
    spread: float


def laney_u(counts: Sequence[float], units: Sequence[float], *, base: Sequence[int] | None = None) -> Limits | None:
    """Laney's u' chart (D. Laney, Quality Engineering 14(4), 2002): u limits stretched by the spread between points.

    `counts` are incidents and `units` the exposure of each point (any positive unit; 1 for plain counts). The points
    named by `base` (all by default) set centre and spread; limits are given for every point, NaN where there is no
    exposure. None when fewer than two base points have exposure or no incident is among them. The spread is never
    taken below 1, so that a quiet stretch does not narrow the limits below what chance allows.

    >>> limits = laney_u([10, 12, 9, 30], [1000, 1000, 1000, 1000], base=[0, 1, 2])
    >>> round(limits.centre, 4), round(limits.upper[3], 4)
    (0.0103, 0.02)
    """
    if len(counts) != len(units):
        raise ValueError(f"{len(counts)} counts for {len(units)} units")
    if any(count < 0 for count in counts) or any(not (unit >= 0 and math.isfinite(unit)) for unit in units):
        raise ValueError("counts and units must be finite and not negative")
    usable = [i for i in (range(len(counts)) if base is None else base) if units[i] > 0]
    total = sum(counts[i] for i in usable)
    if len(usable) < 2 or total == 0:
        return None
    centre = total / sum(units[i] for i in usable)
    scores = [(counts[i] / units[i] - centre) / math.sqrt(centre / units[i]) for i in usable]
    moves = [abs(after - before) for before, after in zip(scores, scores[1:], strict=False)]
    spread = max(1.0, sum(moves) / len(moves) / 1.128)
    widths = [3 * spread * math.sqrt(centre / unit) if unit > 0 else math.nan for unit in units]
    lower = [math.nan if math.isnan(width) else max(0.0, centre - width) for width in widths]
    return Limits(centre, lower, [centre + width for width in widths], spread)
