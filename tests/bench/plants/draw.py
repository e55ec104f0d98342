"""Records of a world: drawn, blemished, and given as files or as a dataset."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qc.analysis.data import Column, Dataset, Exposure, LotUse
from tests.bench.plants.blemishes import Records
from tests.bench.plants.layout import (
    FIRST_DAY,
    LINES,
    OPERATORS,
    PRODUCTS,
    SHIFT_HOUR,
    SHIFTS,
    STATIONS,
    TYPES,
    Ints,
)
from tests.bench.plants.scenarios import SCENARIOS, world_of
from tests.bench.plants.world import World, iso

NO_MACHINE, NO_SUPPLIER, NO_LOT = 0.08, 0.05, 0.15  # shares of blank fields
PRODUCTION = ("date", "shift", "line", "product", "units")
LOTS = ("part", "supplier", "supplier_lot", "lines", "first_day", "last_day", "units")
Coded = tuple[Ints, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Plant:
    """A simulated plant: its world, its records and the truth."""

    world: World
    records: Records
    truth: list[dict[str, object]]
    columns: dict[str, Coded]  # codes with their names; -1 is blank

    def __len__(self) -> int:
        return len(self.records.minute)

    def dataset(self) -> Dataset:
        """What the engine reads, as `from_files` would read it from the files."""
        columns = {name: _column(*coded) for name, coded in self.columns.items()}
        same = columns.pop("serial", None)
        layout, lots = self.world.layout, self.world.layout.lots
        kept = self.records.units > 0
        production = Exposure(
            layout.day[kept] + FIRST_DAY,
            self.records.units[kept],
            {
                "shift": _column(layout.shift[kept], SHIFTS),
                "line": _column(layout.line[kept], LINES),
                "product": _column(layout.product[kept], PRODUCTS),
            },
        )
        each = np.repeat(np.arange(len(lots)), [len(lines) for lines in lots.lines])
        use = LotUse(
            part=Column.of(lots.part).take(each),
            supplier=Column.of(lots.supplier).take(each),
            supplier_lot=Column.of(lots.name).take(each),
            line=Column.of(LINES[line] for lines in lots.lines for line in lines),
            first_day=lots.first[each] + FIRST_DAY,
            last_day=lots.last[each] + FIRST_DAY,
            units=lots.units[each].astype(np.float64),
        )
        types = columns.pop("defect_type")
        return Dataset.of(self.records.minute, types, columns, identity=same, production=production, lots=use)

    def write(self, folder: Path) -> None:
        """defects.csv, production.csv, lots.csv and truth.json."""
        folder.mkdir(parents=True, exist_ok=True)
        layout, lots, records = self.world.layout, self.world.layout.lots, self.records
        order = np.argsort(records.minute, kind="stable")
        when = np.datetime_as_string(records.minute.astype("datetime64[m]"), unit="m")
        named = {name: np.array([*names, ""], dtype=object)[codes] for name, (codes, names) in self.columns.items()}
        fields = [[f"D{at + 1:07d}" for at in range(len(order))], when, named.pop("defect_type"), ["1"] * len(order)]
        head = ["ref", "occurred_at", "defect_type", "quantity", *named]
        fields += list(named.values())
        _write(folder / "defects.csv", head, ([column[at] for column in fields] for at in order.tolist()))
        made = np.flatnonzero(records.units > 0).tolist()
        _write(
            folder / "production.csv",
            PRODUCTION,
            (
                (
                    iso(int(layout.day[r])),
                    SHIFTS[layout.shift[r]],
                    LINES[layout.line[r]],
                    PRODUCTS[layout.product[r]],
                    int(records.units[r]),
                )
                for r in made
            ),
        )
        _write(
            folder / "lots.csv",
            LOTS,
            (
                (
                    lots.part[i],
                    lots.supplier[i],
                    lots.name[i],
                    ";".join(LINES[line] for line in lots.lines[i]),
                    iso(int(lots.first[i])),
                    iso(int(lots.last[i])),
                    int(lots.units[i]),
                )
                for i in range(len(lots))
            ),
        )
        (folder / "truth.json").write_text(json.dumps(self.truth, indent=1))


def simulate(name: str, seed: int, *, volume: float = 1.0) -> Plant:
    """The plant of a scenario (see SCENARIOS) and a seed; `volume` multiplies its units and thereby its records."""
    world = world_of(SCENARIOS[name], seed, volume)
    records, injected = _draw(world)
    for blemish in world.blemishes:
        blemish(world, records)
    truth = [world.truth(cause, n) for cause, n in zip(world.causes, injected, strict=True)]
    return Plant(world, records, truth, _columns(world, records))


def _draw(world: World) -> tuple[Records, list[int]]:
    rng, layout = world.rng, world.layout
    drawn: list[Ints] = []
    types: list[int] = []
    injected = []
    for at, mean in enumerate(world.mean):
        drawn.append(rng.poisson(mean))
        types.append(at)
    for cause in world.causes:
        drawn.append(rng.poisson(world.mean[cause.type] * cause.weight))
        types.append(cause.type)
        injected.append(int(drawn[-1].sum()))
    of_type, row, slot = [], [], []
    for at, counts in zip(types, drawn, strict=True):
        rows, slots = np.nonzero(counts)
        times = counts[rows, slots]
        row.append(np.repeat(rows, times))
        slot.append(np.repeat(slots, times))
        of_type.append(np.full(int(times.sum()), at, dtype=np.int64))
    rows = np.concatenate(row)
    start = SHIFT_HOUR[layout.shift[rows]] * 60
    minute = (layout.day[rows] + FIRST_DAY) * 1440 + start + rng.integers(0, 480, len(rows))
    records = Records(
        np.concatenate(of_type), rows, np.concatenate(slot), minute, np.arange(len(rows)), layout.units.copy()
    )
    return records, injected


def _columns(world: World, records: Records) -> dict[str, Coded]:
    """The columns of the file in its order; a part of the fields is blank, as it is everywhere."""
    layout, rng = world.layout, world.rng
    size = len(records.row)
    stations, parts = list(STATIONS), sorted({t[2] for t in TYPES if t[2]})
    station = np.array([stations.index(t[1]) for t in TYPES])[records.type]
    part = np.array([parts.index(t[2]) if t[2] else -1 for t in TYPES])[records.type]
    names = [f"{line}-{name}-{slot + 1}" for line in LINES for name in stations for slot in range(2)]
    machine = (layout.line[records.row] * len(stations) + station) * 2 + records.slot
    machine[rng.random(size) < NO_MACHINE] = -1
    of_part = np.stack([layout.lot_of[name] for name in parts])
    lot = np.where(part >= 0, of_part[part, records.row], -1)
    suppliers = sorted(set(layout.lots.supplier))
    supplier = np.append(np.array([suppliers.index(s) for s in layout.lots.supplier]), -1)[lot]
    supplier[rng.random(size) < NO_SUPPLIER] = -1
    lot[(rng.random(size) < NO_LOT) | (supplier < 0)] = -1
    columns: dict[str, Coded] = {
        "defect_type": (records.type, [t[0] for t in TYPES]),
        "product": (layout.product[records.row], PRODUCTS),
        "line": (layout.line[records.row], LINES),
        "station": (station, stations),
        "machine": (machine, names),
        "shift": (layout.shift[records.row], SHIFTS),
        "part": (part, parts),
        "supplier": (supplier, suppliers),
        "supplier_lot": (lot, layout.lots.name),
    }
    if "operator" in world.shown:
        columns["operator"] = (layout.operator[records.row], OPERATORS)
    if "serial" in world.shown:
        columns["serial"] = (records.unit, [f"U{at:07d}" for at in range(int(records.unit.max(initial=0)) + 1)])
    return columns


def _column(codes: Ints, names: Sequence[str]) -> Column:
    """The names that occur, sorted, with new codes."""
    there = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(names)))
    order = there[np.argsort(np.array(names, dtype=object)[there], kind="stable")] if len(there) else there
    place = np.full(len(names) + 1, -1, dtype=np.int64)
    place[order] = np.arange(len(order))
    return Column(place[codes], tuple(names[at] for at in order.tolist()))


def _write(path: Path, head: Sequence[str], rows: object) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)  # type: ignore[arg-type]
