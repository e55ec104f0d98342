"""What explains a cause: its scope against each of its parts, and against what else could be blamed for it.

For a part or a rival (the lot, its supplier, the line, the shift that most of the excess shares) two numbers tell:

- *elsewhere*: the rival's other units. As usual there: the rival alone does not make it.
- *without*: the scope's own units outside of the rival. Still raised there: the rival is not needed for it.

A rival with nothing elsewhere and nothing without holds the same units: only a trial can tell the two apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qc.analysis.data import Floats, Ints
from qc.analysis.exposure import Plant, Problem
from qc.analysis.search import Cause
from qc.stats.rates import RateRatio, rate_ratio_to_expected

BLAMED = ("supplier_lot", "supplier", "machine", "station", "line", "shift", "product")  # the finest first
SHARE = 0.2  # of the excess that a rival has to hold
RAISED = 1.15  # a lower bound above this is more than the usual differences; the floor of findings too
ENOUGH = 3.0  # expected records from which none or few of them mean "as usual"
TRIFLE = 0.05  # fewer expected records tell nothing
Mask = NDArray[np.bool_]
Row = dict[str, Any]


def rivals(plant: Plant, problem: Problem, cause: Cause) -> list[Row]:
    """Rows of `where`, `role` (scope, part, rival or uncounted), `elsewhere` and `without`.

    Each side is found, expected, ratio and its exact 95 % interval (low, high), or None where there is nothing to see.
    Expected values are those of the fitted background without the cause; the level is set by the type's records
    outside of both. What could be blamed but has no units, or all of it where the scope itself has none, is
    `uncounted` and has no sides: nothing can be said for or against it.
    """
    cells, scope = problem.cells, cause.mask
    if scope is None or cause.mean is None:
        return _uncounted(plant, problem, cause, BLAMED)
    sides = _Sides(cells.count, cause.mean, scope)
    where = dict(cause.candidate.where)
    named = {name: plant.columns[name].labels[code] for name, code in where.items()}
    own = _side(round(cause.count), cause.expected, cause.ratio)
    rows: list[Row] = [{"where": named, "role": "scope", "elsewhere": None, "without": own}]
    window = _window(cells.day, cause)
    for name in [*where, *(name for name in BLAMED if name not in where)]:
        codes = cells.codes.get(name)
        if codes is None or (name in where and len(where) == 1) or len(np.unique(codes[window & (codes >= 0)])) < 2:
            continue
        code = where.get(name, _most_excess(codes, cells.count, cause.mean, scope))
        if code < 0:
            continue
        there = codes == code
        row = {
            "where": {name: plant.columns[name].labels[code]},
            "role": "part" if name in where else "rival",
            "elsewhere": sides.of(window & there & ~scope),
            "without": sides.of(scope & ~there),
        }
        rows.append(row)
    return rows + _uncounted(plant, problem, cause, problem.uncounted)


def _uncounted(plant: Plant, problem: Problem, cause: Cause, names: Sequence[str]) -> list[Row]:
    """The values that most of the cause's records name, of these dimensions, where records name others too."""
    where, rows = dict(cause.candidate.where), problem.records
    inside = _window(problem.day, cause)
    for name, code in where.items():
        inside &= plant.columns[name].codes[rows] == code
    found: list[Row] = []
    for name in (name for name in BLAMED if name in names and name not in where and name in plant.columns):
        codes = plant.columns[name].codes[rows]
        times = np.bincount(codes[inside & (codes >= 0)], minlength=1)
        if len(np.unique(codes[codes >= 0])) > 1 and 2 * times.max() > inside.sum():
            label = plant.columns[name].labels[int(times.argmax())]
            found.append({"where": {name: label}, "role": "uncounted", "elsewhere": None, "without": None})
    return found


def reading(row: Row) -> str:
    """What a part or rival says of the cause, by whether the exact intervals are above or reach down to the usual rate.

    `same` holds the same units; `finer`: the scope lies in it and it is as usual elsewhere; `wider` (raised there too),
    `not_it` (as usual elsewhere, and the scope without it still raised), `both`, `rather` (raised elsewhere, and the
    scope without it as usual), `unsure` where too few records say, `uncounted` where nobody counts its units.
    """
    if row.get("role") == "uncounted":
        return "uncounted"
    elsewhere, without = row["elsewhere"], row["without"]
    if elsewhere is None and without is None:
        return "same"
    out = _is_raised(elsewhere)
    if without is None:
        return "unsure" if out is None else "wider" if out else "finer"
    rest = _is_raised(without)
    if rest:
        return "both" if out else "not_it"
    return "rather" if out and rest is False else "unsure"


def _is_raised(side: Row | None) -> bool | None:
    """Whether a side is surely above the usual rate; None where so little is to be expected that it would not show."""
    if side is None:
        return None
    if side["low"] is not None and side["low"] > RAISED:
        return True
    return False if side["expected"] >= ENOUGH else None


def _window(day: Ints, cause: Cause) -> Mask:
    """The cells of the cause's days, in whatever place."""
    if cause.candidate.family == "recurring":
        return np.asarray(np.isin(day, cause.candidate.bad))
    return np.asarray((day >= cause.candidate.start) & (day < cause.candidate.stop))


def _most_excess(codes: Ints, count: Floats, mean: Floats, scope: Mask) -> int:
    """The value that holds most of the scope's excess; -1 where none holds a good part of it."""
    known = scope & (codes >= 0)
    if not known.any():
        return -1
    excess = np.bincount(codes[known], count[known] - mean[known])
    most = int(excess.argmax())
    return most if excess[most] >= SHARE * max(float((count - mean)[scope].sum()), TRIFLE) else -1


class _Sides:
    """Counts and expected values of any set of cells, the level being that of all others."""

    def __init__(self, count: Floats, mean: Floats, scope: Mask) -> None:
        self._count, self._mean, self._scope = count, mean, scope

    def of(self, cells: Mask) -> Row | None:
        """The numbers of these cells, or None where hardly anything is to be expected."""
        found, expected = float(self._count[cells].sum()), float(self._mean[cells].sum())
        if expected < TRIFLE and found == 0:
            return None
        rest = ~(cells | self._scope)
        ratio = rate_ratio_to_expected(
            round(found), max(expected, 1e-9), round(float(self._count[rest].sum())), float(self._mean[rest].sum())
        )
        return _side(round(found), expected, ratio)


def _side(found: int, expected: float, ratio: RateRatio) -> Row:
    numbers = {"ratio": ratio.ratio, "low": ratio.low, "high": ratio.high}
    plain = {name: float(f"{value:.4g}") if math.isfinite(value) else None for name, value in numbers.items()}
    return {"found": found, "expected": round(expected, 2), **plain}
