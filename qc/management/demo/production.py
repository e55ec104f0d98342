"""Units made: one cell per line, production date, shift and product, each an own lot of its own."""

from __future__ import annotations

import datetime as dt
import zlib
from dataclasses import dataclass

import numpy as np

from qc.management.demo.moments import passed
from qc.management.demo.world import FIRST_DAY, SEED, SITES, Hours, Line, Site, days, year_week

MIX_CHANGES_ON = dt.date(2026, 10, 5)  # T8: FA-1 makes far more of the hard INV-12
NEW_MIX = {"ECU-40": 0.32, "ECU-25": 0.23, "INV-12": 0.45}
PILOT_ON = dt.date(2026, 11, 9)  # T16: the first 30 HP-120
PILOT_UNITS = 30


@dataclass(frozen=True, slots=True)
class Cell:
    """Units of a product that a line made in one shift: an own lot."""

    site: Site
    line: Line
    day: dt.date
    shift: Hours
    product: str
    units: int
    lot: str


def stream(*names: str) -> np.random.Generator:
    """Random numbers of their own for each use, so that a change in one place leaves the others as they were."""
    return np.random.default_rng([SEED, *(zlib.crc32(name.encode()) for name in names)])


def cells(site: Site, line: Line) -> list[Cell]:
    """Everything that a line made."""
    random = stream("units", line.code)
    made: list[Cell] = []
    for day in days():
        for shift in site.shifts:
            if shift.code not in line.shifts:
                continue
            units = round(line.units * float(random.normal(1.0, 0.03)) * passed(site, day, shift))
            for number, (product, count) in enumerate(_split(line, day, units).items(), start=1):
                if count > 0:
                    place = 10 * site.shifts.index(shift) + number
                    lot = f"{site.own_lot}-{year_week(day)}-{_lot_number(line, site, day, place):03d}"
                    made.append(Cell(site, line, day, shift, product, count, lot))
    return made


def _split(line: Line, day: dt.date, units: int) -> dict[str, int]:
    mix = NEW_MIX if line.code == "FA-1" and day >= MIX_CHANGES_ON else line.mix
    split = {product: round(units * share) for product, share in mix.items()}
    if line.code == "AS-2" and day == PILOT_ON:
        split = {"CP-80": units - PILOT_UNITS, "HP-120": PILOT_UNITS}
    return split


def _lot_number(line: Line, site: Site, day: dt.date, place: int) -> int:
    return 150 * site.lines.index(line) + 30 * day.weekday() + place


def all_cells() -> list[Cell]:
    """Everything that both plants made."""
    return [cell for site in SITES for line in site.lines for cell in cells(site, line)]


def week_of(day: dt.date) -> int:
    """Weeks since the first Monday."""
    return (day - FIRST_DAY).days // 7
