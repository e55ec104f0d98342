"""What a simulated plant is: lines that make products in three shifts, stations with machines, parts bought in lots."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FIRST_DAY = 20_458  # Monday 5 January 2026 in days since 1970
DAYS = 120
LINES = ("L1", "L2", "L3", "L4", "L5")
SHIFTS = ("day", "evening", "night")
SHIFT_HOUR = np.array([6, 14, 22])
SHIFT_VOLUME = np.array([1.0, 1.0, 0.8])
WEEKDAY_VOLUME = np.array([1.0, 1.0, 1.0, 1.0, 1.0, 0.7, 0.35])
PRODUCTS = tuple(f"PR-10{i}" for i in range(8))
STATIONS = {"STAMP": 2, "WELD": 2, "PAINT": 1, "ASSY": 1, "TEST": 1}  # with their machines per line
PARTS = {"P-BLANK": 2, "P-WIRE": 2, "P-COAT": 3, "P-SCREW": 3, "P-SEAL": 2, "P-PCB": 2}  # with their suppliers
GROUPS = ((0, 1, 2), (3, 4))  # lines that a lot feeds together, where it does not feed all of them
UNITS_PER_DAY = 7_200
OPERATORS = tuple(f"I-{i:02d}" for i in range(1, 10))
TYPES = (  # name, station, part, records per 1,000 units
    ("burr", "STAMP", "P-BLANK", 0.49),
    ("crack", "STAMP", "P-BLANK", 0.105),
    ("dent", "STAMP", "", 0.30),
    ("intermittent", "TEST", "P-PCB", 0.08),
    ("label-wrong", "ASSY", "", 0.095),
    ("leak", "TEST", "P-SEAL", 0.29),
    ("loose-fastener", "ASSY", "P-SCREW", 0.30),
    ("misalignment", "ASSY", "", 0.29),
    ("missing-part", "ASSY", "", 0.095),
    ("misweld", "WELD", "", 0.093),
    ("no-power", "TEST", "P-PCB", 0.155),
    ("orange-peel", "PAINT", "P-COAT", 0.41),
    ("porosity", "WELD", "P-WIRE", 0.31),
    ("runs", "PAINT", "", 0.21),
    ("spatter", "WELD", "", 0.53),
    ("thin-coat", "PAINT", "P-COAT", 0.185),
)


@dataclass(frozen=True, slots=True)
class Lots:
    """Deliveries as columns: which supplier's lot of which part fed which lines from when to when."""

    part: tuple[str, ...]
    supplier: tuple[str, ...]
    name: tuple[str, ...]
    lines: tuple[tuple[int, ...], ...]
    first: Ints
    last: Ints
    units: Ints

    def __len__(self) -> int:
        return len(self.name)


@dataclass(frozen=True, slots=True)
class Layout:
    """Production rows as columns, the lots, which lot fed which line on which day, and who inspected."""

    day: Ints
    shift: Ints
    line: Ints
    product: Ints
    units: Floats
    lots: Lots
    lot_of: dict[str, Ints]  # part -> lot per production row
    operator: Ints  # who looks at this row's units

    def machines(self, station: str) -> int:
        """Machines of a station on each line."""
        return STATIONS[station]

    def supplier_of(self, part: str) -> NDArray[np.str_]:
        """Supplier's name per production row."""
        return np.array(self.lots.supplier)[self.lot_of[part]]


def lay_out(
    rng: np.random.Generator, *, volume: float = 1.0, days: int = DAYS, one_sided: str = "", own: str = ""
) -> Layout:
    """A plant of `days` days; `volume` multiplies its units.

    The supplier `one_sided` feeds mostly one group of lines; the part `own` has a supplier (Z) of its own on one line.
    """
    speed = rng.lognormal(0.0, 0.6, len(LINES)).clip(0.25, 4)
    speed *= UNITS_PER_DAY * volume / (speed.sum() * SHIFT_VOLUME.sum())
    makes = _products(rng)
    rows: list[tuple[int, int, int, int, float]] = []
    for day in range(days):
        for shift in range(len(SHIFTS)):
            for line in range(len(LINES)):
                total = speed[line] * SHIFT_VOLUME[shift] * WEEKDAY_VOLUME[day % 7] * rng.normal(1.0, 0.03)
                made = rng.choice(makes[line], rng.integers(1, len(makes[line]) + 1), replace=False)
                parts = rng.dirichlet(np.full(len(made), 3.0)) * total
                rows += [(day, shift, line, int(p), float(max(round(u), 1))) for p, u in zip(made, parts, strict=True)]
    day_, shift_, line_, product_, units = (np.array(column) for column in zip(*rows, strict=True))
    lots, lot_of = _deliveries(rng, day_, line_, units, days, one_sided, (own, int(np.argsort(speed)[-2])))
    return Layout(day_, shift_, line_, product_, units, lots, lot_of, _inspectors(rng, day_, shift_, line_))


def with_units(layout: Layout, units: Floats) -> Layout:
    """The same plant with other production counts."""
    return replace(layout, units=units)


def _products(rng: np.random.Generator) -> list[Ints]:
    """Three to five products per line; every product is made somewhere."""
    makes = [set(rng.choice(len(PRODUCTS), rng.integers(3, 6), replace=False).tolist()) for _ in LINES]
    for product in set(range(len(PRODUCTS))) - set().union(*makes):
        makes[int(rng.integers(len(LINES)))].add(product)
    return [np.array(sorted(one)) for one in makes]


def _deliveries(
    rng: np.random.Generator,
    day: Ints,
    line: Ints,
    units: Floats,
    days: int,
    one_sided: str,
    own: tuple[str, int],
) -> tuple[Lots, dict[str, Ints]]:
    made = np.zeros((len(LINES), days))
    np.add.at(made, (line, day), units)
    columns: list[tuple[str, str, str, tuple[int, ...], int, int, int]] = []
    lot_of = {}
    for part, suppliers in PARTS.items():
        names = [f"S-{part[2:]}-{letter}" for letter in "ABC"[:suppliers]]
        weight = rng.dirichlet(np.full(suppliers, 4.0))
        split = rng.random() < 0.6 or one_sided in names
        table = np.zeros((len(LINES), days), dtype=np.int64)
        number = 0
        groups = GROUPS if split else (tuple(range(len(LINES))),)
        if part == own[0]:
            groups = (*(tuple(at for at in group if at != own[1]) for group in groups), (own[1],))
        for at, group in enumerate(groups):
            share = _favoured(weight, names, one_sided, at)
            alone = f"S-{part[2:]}-Z" if group == (own[1],) and part == own[0] else ""
            start = 0
            while start < days:
                stop = min(start + int(rng.integers(2, 8)), days)
                supplier = alone or names[int(rng.choice(suppliers, p=share))]
                number += 1
                table[np.array(group), start:stop] = len(columns)
                used = round(float(made[np.array(group), start:stop].sum()))
                columns.append((part, supplier, f"{supplier}-{number:04d}", group, start, stop - 1, used))
                start = stop
        lot_of[part] = table[line, day]
    part_, supplier_, name, lines, first, last, used_ = zip(*columns, strict=True)
    return Lots(part_, supplier_, name, lines, np.array(first), np.array(last), np.array(used_)), lot_of


def _favoured(weight: Floats, names: list[str], one_sided: str, group: int) -> Floats:
    """Shares of the suppliers in a group of lines; a one-sided supplier has most of the first and little elsewhere."""
    if one_sided not in names:
        return weight
    share = weight.copy()
    share[names.index(one_sided)] = 2.5 if group == 0 else 0.12
    return np.asarray(share / share.sum())


def _inspectors(rng: np.random.Generator, day: Ints, shift: Ints, line: Ints) -> Ints:
    """Three inspectors a shift, who change lines and shifts from week to week."""
    weeks = int(day.max()) // 7 + 1
    table = np.zeros((weeks, len(SHIFTS), len(LINES)), dtype=np.int64)
    for week in range(weeks):
        order = rng.permutation(len(OPERATORS)).reshape(len(SHIFTS), 3)
        for at in range(len(SHIFTS)):
            table[week, at] = order[at][rng.permutation(np.arange(len(LINES)) % 3)]
    return table[day // 7, shift, line]
