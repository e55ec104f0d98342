"""A plant with its natural differences, and the causes that a scenario puts into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.bench.plants.layout import FIRST_DAY, LINES, PRODUCTS, SHIFTS, STATIONS, TYPES, Floats, Ints, Layout

STRONG = 0.14  # records per 1,000 units of the types that causes are given to
FEWEST = 22  # records that a cause is expected to leave at least; fewer are a matter of power, not of method
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Nature:
    """Variances of the natural (lognormal) multipliers: by product, line, machine, lot, day of a line, and row."""

    product: float = 0.035
    line: float = 0.0
    machine: float = 0.0
    lot: float = 0.0
    line_day: float = 0.0
    row: float = 0.05


NATURES = {
    "plain": Nature(),
    "overdispersed": Nature(row=0.5, line_day=0.1),
    "het": Nature(line=0.02, machine=0.04, lot=0.05, line_day=0.12, row=0.05),
    "wild": Nature(line=0.07, machine=0.1, lot=0.2, line_day=0.35, row=0.1),
}


@dataclass(frozen=True, slots=True)
class Cause:
    """Something that happened: `weight` times the natural mean is added per production row and machine."""

    kind: str
    type: int
    where: dict[str, str]
    verdict: str
    origin: str
    since: int | None
    weight: Floats
    until: int | None = None
    aliases: tuple[dict[str, str], ...] = ()


@dataclass(slots=True)
class World:
    """The plant before its records are drawn; a scenario adds causes and blemishes."""

    rng: np.random.Generator
    layout: Layout
    mean: list[Floats]  # per type: production rows x machines
    volume: float = 1.0
    causes: list[Cause] = field(default_factory=list)
    blemishes: list[Callable[..., None]] = field(default_factory=list)  # see blemishes.py
    shown: tuple[str, ...] = ()  # further columns that the records carry
    used: set[int] = field(default_factory=set)

    @classmethod
    def of(
        cls, rng: np.random.Generator, layout: Layout, nature: Nature, *, rate: float = 1.0, volume: float = 1.0
    ) -> World:
        """Draw the natural differences; every type has its own."""
        means = []
        for _, station, part, per_thousand in TYPES:
            slots = STATIONS[station]
            level = per_thousand * rate * rng.lognormal(0.0, 0.12) / 1000
            row = layout.units * level
            row = row * _drawn(rng, nature.product, len(PRODUCTS))[layout.product]
            row = row * _drawn(rng, nature.line, len(LINES))[layout.line]
            row = row * _drawn(rng, nature.line_day, (len(LINES), int(layout.day.max()) + 1))[layout.line, layout.day]
            row = row * _drawn(rng, nature.row, len(row))
            if part:
                row = row * _drawn(rng, nature.lot, len(layout.lots))[layout.lot_of[part]]
            machine = _drawn(rng, nature.machine if slots > 1 else 0.0, (len(LINES), slots)) / slots
            means.append(row[:, None] * machine[layout.line])
        return cls(rng, layout, means, volume)

    @property
    def days(self) -> int:
        """How many days the plant is watched."""
        return int(self.layout.day.max()) + 1

    def pick(self, *, bought: bool | None = None, machines: int = 0, again: int | None = None) -> int:
        """A type without a cause so far, strong enough to show one."""
        if again is not None:
            return again
        fits = [
            at
            for at, (_, station, part, rate) in enumerate(TYPES)
            if rate >= STRONG
            and at not in self.used
            and (bought is None or bool(part) == bought)
            and STATIONS[station] >= machines
        ]
        fits = fits or [at for at in range(len(TYPES)) if bought is None or bool(TYPES[at][2]) == bought]
        chosen = int(self.rng.choice(fits))
        self.used.add(chosen)
        return chosen

    def place(self, of_type: int, dimensions: Sequence[str]) -> tuple[dict[str, str], Mask]:
        """Any place of these dimensions with its mask over rows x machines."""
        layout, station, part = self.layout, TYPES[of_type][1], TYPES[of_type][2]
        row = int(self.rng.integers(len(layout.day)))
        slot = int(self.rng.integers(STATIONS[station]))
        mask = np.ones(self.mean[of_type].shape, dtype=np.bool_)
        where = {}
        for name in dimensions:
            if name == "machine":
                where[name] = f"{LINES[layout.line[row]]}-{station}-{slot + 1}"
                mask &= (layout.line == layout.line[row])[:, None] & (np.arange(STATIONS[station]) == slot)
                continue
            labels, codes = self.column(name, part)
            where[name] = labels[codes[row]]
            mask &= (codes == codes[row])[:, None]
        return where, mask

    def column(self, name: str, part: str = "") -> tuple[Sequence[str], Ints]:
        """Labels and codes of a dimension per production row."""
        layout = self.layout
        if name == "supplier":
            labels = sorted(set(layout.lots.supplier))
            of_lot = np.array([labels.index(s) for s in layout.lots.supplier])
            return labels, of_lot[layout.lot_of[part]]
        if name == "supplier_lot":
            return layout.lots.name, layout.lot_of[part]
        return {"line": (LINES, layout.line), "shift": (SHIFTS, layout.shift), "product": (PRODUCTS, layout.product)}[
            name
        ]

    def add(self, cause: Cause) -> None:
        """Put a cause into the plant."""
        self.causes.append(cause)
        self.used.add(cause.type)

    def expected(self, of_type: int, weight: Floats) -> float:
        """Records that a weight will add at volume 1."""
        return float((self.mean[of_type] * weight).sum()) / self.volume

    def truth(self, cause: Cause, injected: int) -> dict[str, object]:
        """The entry of truth.json."""
        entry: dict[str, object] = {
            "kind": cause.kind,
            "defect_type": TYPES[cause.type][0],
            "where": cause.where,
            "verdict": cause.verdict,
            "origin": cause.origin,
            "injected": injected,
            "since": iso(cause.since),
        }
        if cause.aliases:
            entry["aliases"] = list(cause.aliases)
        return entry


def _drawn(rng: np.random.Generator, variance: float, shape: int | tuple[int, ...]) -> Floats:
    """Lognormal multipliers with mean 1 and this variance; drawn at variance 0 too, so that seeds stay comparable."""
    sigma2 = np.log1p(variance)
    return np.asarray(np.exp(rng.normal(size=shape) * sigma2**0.5 - sigma2 / 2))


def iso(day: int | None) -> str | None:
    """A day of the plant as a date."""
    return None if day is None else str(np.datetime64(FIRST_DAY + day, "D"))
