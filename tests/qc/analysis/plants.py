"""A small plant, drawn with a seed, for tests of the engine."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from qc.analysis.data import Column, Dataset, Exposure

FIRST = 20_500  # a Monday's day number or near it
SHIFTS = ("day", "evening", "night")
LINES = ("L1", "L2", "L3", "L4")
Rate = Callable[[str, int, str, str], float]


def plant(*, days: int = 80, seed: int = 1, more: Rate | None = None, scale: float = 1.0, types: int = 6) -> Dataset:
    """Four lines, three shifts, `types` defect types of about 90 records each; `more` multiplies a cell's rate."""
    rng = np.random.default_rng(seed)
    found: list[tuple[int, str, str, str]] = []
    rows = [(day, shift, line) for day in range(days) for shift in SHIFTS for line in LINES]
    for name in (f"type-{i}" for i in range(types)):
        for day, shift, line in rows:
            for _ in range(rng.poisson(0.094 * (more(name, day, shift, line) if more else 1.0))):
                found.append((day, shift, line, name))
    hour = {"day": 6, "evening": 14, "night": 22}
    minute = np.array(
        [(FIRST + d) * 1440 + (hour[s] * 60 + int(rng.integers(480))) for d, s, _, _ in found], dtype=np.int64
    )
    day, shift, line = (list(column) for column in zip(*rows, strict=True))
    production = Exposure(
        np.array(day) + FIRST,
        np.full(len(rows), 100.0 * scale),
        {"shift": Column.of(shift), "line": Column.of(line)},
    )
    dimensions = {"shift": Column.of(f[1] for f in found), "line": Column.of(f[2] for f in found)}
    return Dataset.of(minute, Column.of(f[3] for f in found), dimensions, production=production)
