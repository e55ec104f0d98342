"""What people and files do to records and counts: recodes, double entries, reporters, wrong and late counts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tests.bench.plants.layout import LINES, OPERATORS, TYPES, Floats, Ints
from tests.bench.plants.world import Cause, World


@dataclass(slots=True)
class Records:
    """Drawn records as columns, and the production that is reported (not what was made)."""

    type: Ints
    row: Ints
    slot: Ints
    minute: Ints
    unit: Ints  # the unit that has the defect; two records of one unit within minutes are a double entry
    units: Floats
    reported: dict[str, int] = field(default_factory=dict)

    def take(self, rows: Ints) -> None:
        """Keep or repeat some records."""
        for name in ("type", "row", "slot", "minute", "unit"):
            setattr(self, name, getattr(self, name)[rows])


def trap(world: World, kind: str, of_type: int, where: dict[str, str], since: int | None = None) -> None:
    """Note in the truth that nothing systemic is here, whatever it looks like."""
    world.add(Cause(kind, of_type, where, "background", "unknown", since, np.zeros(world.mean[of_type].shape)))


def recode(world: World) -> None:
    """From some day on most records of one type are entered as another of the same station."""
    pairs = [
        (a, b)
        for a in range(len(TYPES))
        for b in range(len(TYPES))
        if a != b and TYPES[a][1] == TYPES[b][1] and TYPES[a][3] >= 0.18 and TYPES[b][3] >= 0.08
    ]
    old, new = pairs[int(world.rng.integers(len(pairs)))]
    since = int(world.rng.integers(40, 80))
    trap(world, "recode", new, {}, since)
    trap(world, "recode", old, {}, since)

    def rename(world: World, records: Records) -> None:
        late = (records.type == old) & (world.layout.day[records.row] >= since)
        records.type = np.where(late & (world.rng.random(len(late)) < 0.9), new, records.type)

    world.blemishes.append(rename)


def reporter(world: World, *, all_types: bool) -> None:
    """One inspector who records three times as much as the others, of all types or of two."""
    who = int(world.rng.integers(len(OPERATORS)))
    chosen = range(len(TYPES)) if all_types else [world.pick() for _ in range(2)]
    theirs = (world.layout.operator == who)[:, None]
    for at in chosen:
        weight = np.broadcast_to(theirs * 2.0, world.mean[at].shape)
        world.add(Cause("reporter", at, {"operator": OPERATORS[who]}, "background", "unknown", None, weight))
    world.shown += ("operator",)


def duplicates(world: World) -> None:
    """Half of two types' records at one line are entered twice within minutes."""
    for of_type in (world.pick(), world.pick()):
        line = int(world.layout.line[int(world.rng.integers(len(world.layout.line)))])
        trap(world, "duplicates", of_type, {"line": LINES[line]})

        def again(world: World, records: Records, of_type: int = of_type, line: int = line) -> None:
            here = np.flatnonzero((records.type == of_type) & (world.layout.line[records.row] == line))
            twice = here[world.rng.random(len(here)) < 0.7]
            size = len(records.type)
            records.take(np.concatenate([np.arange(size), twice]))
            records.minute[size:] += world.rng.integers(1, 6, len(twice))

        world.blemishes.append(again)
    world.shown += ("serial",)


def missing_counts(world: World) -> None:
    """A line whose production was not counted for a fortnight, and a day without any count."""
    line = int(world.rng.integers(len(LINES)))
    start, day = int(world.rng.integers(20, 90)), int(world.rng.integers(world.days - 20))

    def forget(world: World, records: Records) -> None:
        layout = world.layout
        gone = (layout.line == line) & (layout.day >= start) & (layout.day < start + 14)
        records.units = np.where(gone | (layout.day == day), 0.0, records.units)

    world.blemishes.append(forget)


def wrong_counts(world: World) -> None:
    """One count in fifty is ten times too large or too small: a digit too many."""

    def mistype(world: World, records: Records) -> None:
        wrong = world.rng.random(len(records.units)) < 0.02
        factor = np.where(world.rng.random(len(wrong)) < 0.5, 0.1, 10.0)
        records.units = np.where(wrong, np.maximum(np.round(records.units * factor), 1.0), records.units)

    world.blemishes.append(mistype)


def late_counts(world: World) -> None:
    """Counts of the last one to four days have not arrived on most lines."""
    behind = world.rng.integers(0, 5, len(LINES))

    def wait(world: World, records: Records) -> None:
        late = world.layout.day >= world.days - behind[world.layout.line]
        records.units = np.where(late, 0.0, records.units)

    world.blemishes.append(wait)
