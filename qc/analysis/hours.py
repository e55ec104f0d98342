"""A process of a few days that never stops is judged by the hour, because no day can stand out among so few."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qc.analysis.data import Column, Exposure, Ints

FEW_DAYS = 10
ENOUGH = 50  # records that show whether there is a pause in the day
HOURS = 24
WORKED = 20  # hours of the day with records: with more of them empty the hours are a shift's, not the process's


def around_the_clock(minute: Ints, dimensions: Mapping[str, Column], made: Exposure | None) -> bool:
    """Whether the records span few days, without shifts, and at all hours of the day."""
    if len(minute) < ENOUGH or minute.max() - minute.min() > FEW_DAYS * 1440 or "shift" in dimensions:
        return False
    if made is not None and ("shift" in made.dimensions or np.ptp(made.day) > FEW_DAYS):
        return False
    return len(np.unique(minute // 60 % HOURS)) >= WORKED


def by_the_hour(minute: Ints, made: Exposure) -> Exposure:
    """Each day's units spread evenly over its hours; the first and last day only over those with records."""
    first, last = int(minute.min()) // 60, int(minute.max()) // 60
    start, stop = made.day * HOURS, made.day * HOURS + HOURS
    start = np.where(made.day == first // HOURS, np.maximum(start, first), start)
    stop = np.where(made.day == last // HOURS, np.minimum(stop, last + 1), stop)
    times = stop - start
    each = np.repeat(np.arange(len(times)), times)
    hour = np.arange(len(each)) - np.repeat(np.cumsum(times) - times, times) + start[each]
    dimensions = {name: column.take(each) for name, column in made.dimensions.items()}
    return Exposure(hour, made.units[each] / times[each], dimensions)
