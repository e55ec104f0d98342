"""What shows a defect type and what does not although it could have: each value of a dimension against its exposure.

The expected number of a value is its share of the exposure times the records that name the dimension: what would be
there if every value showed the type alike. A value's interval is that of its rate against all others together
(`qc.stats.rates.rate_ratio_to_expected`). Nothing here is a verdict: that is the analysis' word.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from qc.analysis.occurrences import Occurrences, read
from qc.models import DefectType, Plant
from qc.stats.rates import rate_ratio_to_expected

ENOUGH = 3.0  # expected records below which none may be chance: exp(-3) = 5 %
FEW_OTHERS = 30  # fewer records of other codes say nothing about shares
SHOWN = 10  # values of one side; the strongest
WEEKS_BEFORE = 8

# What each dimension asks; in the order of the matrix.
WHERE = ("line", "station", "machine", "tool", "cavity", "product", "supplier", "supplier_lot")
WHEN = ("week", "shift", "hour_of_week")
WHO = ("inspector",)
DIMENSIONS = (*WHERE, *WHEN, *WHO)


@dataclass(frozen=True, slots=True)
class Value:
    """One value: records found, its exposure (None: unknown), expected records and the ratio to all others."""

    name: str
    found: int
    exposure: float | None
    expected: float | None
    low: float | None
    high: float | None

    @property
    def excess(self) -> float:
        """Records beyond what was to be expected; nothing where that is not known."""
        return 0.0 if self.expected is None else self.found - self.expected

    @property
    def is_unseen(self) -> bool:
        """Whether it does not show the type, or surely less than the others do."""
        return self.found == 0 or (self.high is not None and self.high < 1)

    @property
    def is_raised(self) -> bool:
        """Whether it surely shows more than the others do."""
        return self.found > 0 and self.low is not None and self.low > 1

    @property
    def is_telling(self) -> bool:
        """Whether so much was to be expected that none would have been noticed."""
        return self.expected is not None and self.expected >= ENOUGH


@dataclass(frozen=True, slots=True)
class Side:
    """A dimension split into what shows the type and what does not."""

    question: str
    unit: str  # units, records (of other codes), or nothing where no exposure is known
    said: int  # records that name the dimension
    seen: tuple[Value, ...]
    unseen: tuple[Value, ...]
    more_seen: int
    more_unseen: int


def contrasts(plant: Plant, defect_type: DefectType, *, first: dt.date, last: dt.date) -> tuple[list[Side], int]:
    """The dimensions that the records of the type name, each split, and how many records there are.

    The weeks begin eight weeks earlier, so that the matrix shows the time before the trouble too.
    """
    start = first - dt.timedelta(weeks=WEEKS_BEFORE)
    data = read(plant, defect_type, first=start, last=last)
    inside = data.between(first, last)
    sides = [split(name, *tally(data if name == "week" else inside, name)) for name in DIMENSIONS]
    return [side for side in sides if side.said], len(inside.records)


def tally(data: Occurrences, name: str) -> tuple[Counter[str], Mapping[str, float], str]:
    """Records of each value, its exposure, and in which unit that is."""
    found = Counter(value for record in data.records if (value := record.get(name)))
    if not found:
        return found, {}, ""
    units = data.units_of(name)
    if units:
        return found, units, "units"
    others = data.others_of(name)
    return (found, others, "records") if sum(others.values()) >= FEW_OTHERS else (found, {}, "")


def split(name: str, found: Counter[str], exposure: Mapping[str, float], unit: str) -> Side:
    """Both sides of a dimension: what shows it by its excess, what does not by what was to be expected of it."""
    covered = sum(times for value, times in found.items() if exposure.get(value))
    whole = sum(exposure.values())
    values = [_value(each, found[each], exposure, covered, whole) for each in sorted({*found, *exposure})]
    seen = [value for value in values if not value.is_unseen]
    unseen = [value for value in values if value.is_unseen]
    if name == "week":
        seen, unseen = seen[-SHOWN:], unseen[-SHOWN:]  # in time, the latest
    else:
        seen.sort(key=lambda value: -value.excess)
        unseen.sort(key=lambda value: value.excess)
    all_seen = sum(not value.is_unseen for value in values)
    kept = tuple(seen[:SHOWN]), tuple(unseen[:SHOWN])
    more = all_seen - len(kept[0]), len(values) - all_seen - len(kept[1])
    return Side(name, unit, sum(found.values()), *kept, *more)


def _value(name: str, found: int, exposure: Mapping[str, float], covered: int, whole: float) -> Value:
    mine = exposure.get(name)
    if not mine:
        return Value(name, found, None, None, None, None)
    expected = covered * mine / whole
    if len(exposure) == 1:  # nothing to compare with
        return Value(name, found, mine, expected, None, None)
    ratio = rate_ratio_to_expected(found, expected, covered - found, covered - expected) if covered else None
    low, high = (ratio.low, ratio.high) if ratio else (0.0, math.inf)
    return Value(name, found, mine, expected, low, high if math.isfinite(high) else None)
