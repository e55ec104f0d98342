"""The last days, whose production is not counted yet: taken as usual, so that today's records are compared today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qc.analysis.data import Column, Exposure, Floats, Ints

MOST_DAYS = 14  # counts that are later than this will not come any more
USUAL_DAYS = 14  # counted days whose mean stands for a day that is not counted
WEEKDAYS_OF = 28  # days that show which weekdays are worked


@dataclass(frozen=True, slots=True)
class Taken:
    """A line whose last days were taken as usual; code -1 where production does not say lines."""

    line: int
    name: str
    days: int


def completed(
    produced: Exposure, recorded: Ints, columns: dict[str, Column], names: Sequence[str]
) -> tuple[Exposure, tuple[Taken, ...]]:
    """Production up to the last recorded day: each line's uncounted last days get the mean of its last counted ones.

    Only lines with records behind their last count are running for sure; a weekday that they do not work stays empty
    unless something was recorded on it.
    """
    made = produced.units > 0
    line = produced.dimensions["line"].coded_as(columns["line"].labels) if "line" in names else _none(produced.day)
    where = columns["line"].codes if "line" in names else _none(recorded)
    end, rows, days, units, taken = int(recorded.max()), [], [], [], []
    for code in np.unique(line[made]).tolist():
        mine = np.flatnonzero(made & (line == code))
        open_days = _open_days(produced.day[mine], recorded[where == code], end)
        if not len(open_days):
            continue
        usual, mean = _usual(produced, mine, names)
        rows.append(np.tile(usual, len(open_days)))
        days.append(np.repeat(open_days, len(usual)))
        units.append(np.tile(mean, len(open_days)))
        taken.append(Taken(code, columns["line"].labels[code] if code >= 0 else "", len(open_days)))
    if not taken:
        return produced, ()
    like = np.concatenate([np.arange(len(produced.day)), *rows])
    dimensions = {name: column.take(like) for name, column in produced.dimensions.items()}
    full = Exposure(np.concatenate([produced.day, *days]), np.concatenate([produced.units, *units]), dimensions)
    return full, tuple(taken)


def _none(days: Ints) -> Ints:
    return np.full(len(days), -1, dtype=np.int64)


def _open_days(counted: Ints, recorded: Ints, end: int) -> Ints:
    """Days behind a line's last count, up to the last recorded day, on which it has surely worked."""
    last = int(counted.max())
    behind = np.arange(last + 1, min(end, last + MOST_DAYS) + 1)
    if not (np.isin(behind, recorded)).any():
        return behind[:0]
    worked = np.unique(counted[counted > last - WEEKDAYS_OF] % 7)
    return behind[np.isin(behind % 7, worked) | np.isin(behind, recorded)]


def _usual(produced: Exposure, mine: Ints, names: Sequence[str]) -> tuple[Ints, Floats]:
    """A row of each shift and product of the line's last counted days, and their mean units per day."""
    days = np.unique(produced.day[mine])[-USUAL_DAYS:]
    late = mine[produced.day[mine] >= days[0]]
    codes = np.stack([produced.dimensions[name].codes[late] for name in names] or [np.zeros(len(late), dtype=np.int64)])
    _, first, which = np.unique(codes, axis=1, return_index=True, return_inverse=True)
    return late[first], np.bincount(which.ravel(), produced.units[late]) / len(days)


def note(taken: Sequence[Taken]) -> str:
    """In words, lines with as many days together."""
    parts = []
    for days in sorted({one.days for one in taken}):
        lines = sorted(one.name for one in taken if one.days == days and one.name)
        where = f" of line{'s' * (len(lines) > 1)} {', '.join(lines)}" if lines else ""
        parts.append(f"the last {f'{days} days' if days > 1 else 'day'}{where}")
    several = len(parts) > 1 or any(one.days > 1 for one in taken)
    are, were = ("are", "were") if several else ("is", "was")
    return f"exposure: {' and '.join(parts)} {are} not counted yet and {were} taken as usual"
