"""The ordinary defects: base rates per station and product, Poisson with 10 % more spread from own lot to own lot."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qc.management.demo.moments import at
from qc.management.demo.production import Cell, stream
from qc.management.demo.records import Record
from qc.management.demo.world import OVERDISPERSION, Line, Rate


def ordinary(line: Line, cells: Sequence[Cell]) -> list[Record]:
    """The base defects of a line, with time, machine and inspector."""
    random = stream("ordinary", line.code)
    units = np.array([cell.units for cell in cells], dtype=np.float64)
    expected = np.array([[_per_unit(line, rate, cell.product) for rate in line.rates] for cell in cells])
    expected *= units[:, None]
    whole = expected.sum(axis=1).clip(1e-12)
    # A gamma factor per lot with variance OVERDISPERSION / mean makes the variance of a lot's count 1.1 times Poisson.
    factor = random.gamma(whole / OVERDISPERSION, OVERDISPERSION / whole)
    counts = random.poisson(expected * factor[:, None])
    return [
        place(random, cell, line.rates[which])
        for row, cell in enumerate(cells)
        for which in np.flatnonzero(counts[row]).tolist()
        for _ in range(int(counts[row, which]))
    ]


def _per_unit(line: Line, rate: Rate, product: str) -> float:
    if rate.product and rate.product != product:
        return 0.0
    return rate.percent / 100 * line.hard.get(product, 1.0)


def place(random: np.random.Generator, cell: Cell, rate: Rate, *, truth: str = "") -> Record:
    """A record of a code somewhere in a cell: a moment of the shift, one of the station's machines, an inspector."""
    line = cell.line
    machines = line.machines.get(rate.station, ())
    people = [name for name in line.inspectors if name.startswith("I-")]
    camera = rate.station.startswith("AOI")
    return Record(
        line=line.code,
        station=rate.station,
        shift=cell.shift.code,
        product=cell.product,
        code=rate.code,
        at=at(cell.site, cell.day, cell.shift, float(random.random())),
        day=cell.day,
        machine=machines[int(random.integers(len(machines)))] if machines else "",
        lot=cell.lot,
        part=rate.part,
        inspector=rate.station if camera else people[int(random.integers(len(people)))],
        truth=truth,
        by_camera=camera,
    )
