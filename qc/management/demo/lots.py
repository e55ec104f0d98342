"""Supplier lots and which lines they fed."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from qc.management.demo.sources import DELIVERIES, Delivery
from qc.management.demo.world import FIRST_DAY, LAST_DAY, year_week

LATE_LINES = {"SMT-2": 2}  # SMT-2 has a store of its own and starts each lot two working days later


@dataclass(frozen=True, slots=True)
class Lot:
    """A delivered lot."""

    plant: str
    supplier: str
    part: str
    code: str
    received_on: dt.date
    units: int


@dataclass(frozen=True, slots=True)
class Use:
    """A lot that fed a line from one production date to another."""

    lot: Lot
    line: str
    first_on: dt.date
    last_on: dt.date
    units: int


def all_lots() -> tuple[list[Lot], list[Use]]:
    """Every lot and every use, oldest first."""
    lots: list[Lot] = []
    uses: list[Use] = []
    for delivery in DELIVERIES:
        starts = _months() if delivery.monthly else _weeks(delivery)
        for start, following in zip(starts, starts[1:], strict=False):
            lot = _lot(delivery, start)
            used = [use for line in delivery.lines if (use := _use(delivery, lot, line, start, following))]
            if used:
                lots.append(lot)
                uses += used
    return lots, uses


def _weeks(delivery: Delivery) -> list[dt.date]:
    """The Mondays on which a lot goes into use, one before the first day for the lines that start later."""
    return [FIRST_DAY + dt.timedelta(weeks=n) for n in range(-1, 27)]


def _months() -> list[dt.date]:
    return [dt.date(2026, month, 1) for month in range(5, 13)]


def _lot(delivery: Delivery, start: dt.date) -> Lot:
    if delivery.monthly:
        code = f"{delivery.prefix}-26{start.month:02d}"
        return Lot(delivery.plant, delivery.supplier, delivery.part, code, start, delivery.units)
    week = start - dt.timedelta(weeks=delivery.lag_weeks)
    suffix = "A" if delivery.prefix == "THC" else ""
    # Delivered on the Thursday before it is used; a lot that waits a week carries the week of its delivery.
    received = start - dt.timedelta(days=4)
    code = f"{delivery.prefix}-{year_week(week)}{suffix}"
    return Lot(delivery.plant, delivery.supplier, delivery.part, code, received, delivery.units)


def _use(delivery: Delivery, lot: Lot, line: str, start: dt.date, following: dt.date) -> Use | None:
    late = LATE_LINES.get(line, 0)
    first = max(_working(start, late), FIRST_DAY)
    last = min(_working(following, late) - dt.timedelta(days=1), LAST_DAY)
    while last.weekday() > 4:
        last -= dt.timedelta(days=1)
    if first > last:
        return None
    return Use(lot, line, first, last, lot.units // len(delivery.lines))


def _working(day: dt.date, later: int) -> dt.date:
    while day.weekday() > 4:
        day += dt.timedelta(days=1)
    for _ in range(later):
        day += dt.timedelta(days=3 if day.weekday() == 4 else 1)
    return day


class InUse:
    """Which lot of a part fed a line on a day."""

    def __init__(self, uses: Sequence[Use]) -> None:
        self._uses: dict[tuple[str, str], list[Use]] = defaultdict(list)
        for use in uses:
            self._uses[use.line, use.lot.part].append(use)

    def lot(self, line: str, part: str, day: dt.date) -> Lot | None:
        """The lot, None when none was in use."""
        found = (use.lot for use in self._uses[line, part] if use.first_on <= day <= use.last_on)
        return next(found, None)
