"""Micro-cells: how many units each place and time made, and which of the type's records fall where.

A cell is a production row (day x shift x line x product, or what of it is counted) x a machine of the type's station
x the supplier lot that fed the line on that day. Dimensions that production does not count (operator, cavity, hour of
the week, and all of them when there is no production) have no units of their own: their share is read from the
records of the other defect types.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qc.analysis import tail
from qc.analysis.data import Column, Dataset, Floats, Ints, LotUse, as_date
from qc.analysis.keys import mixed, unmixed
from qc.analysis.told import Told

HOURS = "hour_of_week"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FEW_OTHERS = 30  # fewer records of other types say nothing about shares
FEW_EXPECTED = 3.0  # a line or product with fewer expected records may have none by chance
STRANGE = 0.05  # fewer than this share of the expected records: the type does not belong there


@dataclass(slots=True)
class Cells:
    """One defect type's exposure. `day` counts from the first day of the data; -1 in codes means unknown."""

    day: Ints
    units: Floats
    count: Floats
    codes: dict[str, Ints]


@dataclass(slots=True)
class Problem:
    """One defect type, ready to be searched: its cells, its records and where each record's cell is."""

    type_code: int
    cells: Cells
    records: Ints  # rows of the dataset
    cell_of: Ints  # per record; -1 where exposure does not cover it
    day: Ints  # per record
    uncounted: tuple[str, ...] = ()  # dimensions without exposure

    @property
    def covered(self) -> int:
        """How many records the exposure covers."""
        return int((self.cell_of >= 0).sum())


@dataclass(slots=True)
class Plant:
    """The dataset with what all types share: days, base rows of exposure, machines of each station."""

    data: Dataset
    first_day: int
    days: int
    base: Cells
    columns: dict[str, Column]
    counted: tuple[str, ...]
    calendar: bool
    taken: tuple[tail.Taken, ...] = ()  # lines whose last days are not counted yet
    machines: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    told: dict[tuple[tuple[str, ...], tuple[str, ...]], Told] = field(default_factory=dict)  # see shares.py

    @classmethod
    def of(cls, data: Dataset) -> Plant:
        """Lay out the exposure: production rows, or one unit per calendar day when nothing was counted."""
        columns = dict(data.dimensions)
        produced = data.production
        first = int(data.day.min())
        last = int(data.day.max())
        if produced is not None and len(produced.day):
            first, last = min(first, int(produced.day.min())), max(last, int(produced.day.max()))
        if produced is None or produced.units.sum() <= 0:
            span = last - first + 1
            base = Cells(np.arange(span), np.ones(span), np.zeros(span), {})
            counted: tuple[str, ...] = ()
            taken: tuple[tail.Taken, ...] = ()
        else:
            counted = tuple(name for name in produced.dimensions if produced.dimensions[name].labels)
            for name in counted:
                columns[name] = _with_labels(columns.get(name), produced.dimensions[name], len(data))
            produced, taken = tail.completed(produced, data.day, columns, counted)
            kept = produced.units > 0
            codes = {}
            for name in counted:
                codes[name] = produced.dimensions[name].coded_as(columns[name].labels)[kept]
            base = Cells(produced.day[kept] - first, produced.units[kept], np.zeros(int(kept.sum())), codes)
        if data.lots is not None:  # here, so that a type judged alone sees the columns that it sees among all types
            for name, column in (("supplier", data.lots.supplier), ("supplier_lot", data.lots.supplier_lot)):
                columns[name] = _with_labels(columns.get(name), column, len(data))
        columns[HOURS] = hours_of_week(data.minute if data.per_day == 1 else data.minute * 0)
        plant = cls(
            data,
            first,
            last - first + 1,
            base,
            columns,
            counted,
            not counted and (produced is None or produced.units.sum() <= 0),
            taken,
        )
        plant.machines = plant._machines()
        return plant

    @property
    def step(self) -> Ints:
        """Steps of time (days, as a rule; see Dataset.per_day) of all records, counted from the first."""
        return self.data.day - self.first_day

    @property
    def span_days(self) -> float:
        """Days that the data cover."""
        return self.days / self.data.per_day

    def date_of(self, step: int) -> dt.date:
        """The date of a step of time."""
        return as_date((self.first_day + step) // self.data.per_day)

    def _machines(self) -> dict[int, list[tuple[int, int]]]:
        """Line -> its (station, machine) pairs, as all records show them; -1 = a station without machines."""
        if "line" not in self.counted or not {"station", "machine"} & set(self.columns):
            return {}
        unknown = np.full(len(self.data), -1, dtype=np.int64)
        line = self.columns["line"].codes
        station = self.columns["station"].codes if "station" in self.columns else unknown
        machine = self.columns["machine"].codes if "machine" in self.columns else unknown
        known = (line >= 0) & ((station >= 0) | (machine >= 0))
        sizes = [int(code.max(initial=0)) + 2 for code in (line, station, machine)]
        found = unmixed(np.unique(mixed([code[known] + 1 for code in (line, station, machine)], sizes)), sizes) - 1
        machines: dict[int, list[tuple[int, int]]] = {}
        for at_line, at_station, which in found.tolist():
            machines.setdefault(at_line, []).append((at_station, which))
        equipped = {(at_line, s) for at_line, pairs in machines.items() for s, which in pairs if which >= 0}
        return {
            at_line: [(s, which) for s, which in pairs if which >= 0 or (at_line, s) not in equipped]
            for at_line, pairs in machines.items()
        }

    def problem(self, type_code: int) -> Problem:
        """Cells and records of one defect type."""
        rows = np.flatnonzero(self.data.defect_type.codes == type_code)
        cells = _only(self.base, self._belongs(rows))
        slots = self._slots(rows)
        if slots:
            cells = _spread_over(cells, slots, cells.codes["line"])
        part = self._part(rows)
        if self.data.lots is not None and part is not None:
            cells = _feed(self, cells, self.data.lots, part)
        counted = [name for name in self.columns if name in cells.codes]
        cell_of = self._locate(rows, cells)
        inside = cell_of[cell_of >= 0]
        counts = np.bincount(inside, minlength=len(cells.day)).astype(np.float64)
        cells = Cells(cells.day, cells.units, counts, cells.codes)
        uncounted = tuple(
            sorted(name for name in self.columns if name not in counted and self._told_by_records(name, rows))
        )
        return Problem(type_code, cells, rows, cell_of, self.step[rows], uncounted)

    def _told_by_records(self, name: str, rows: Ints) -> bool:
        """Whether the records say enough of a dimension that has no units; lots and their suppliers have lot use."""
        if name == "part" or (self.data.lots is not None and name in ("supplier", "supplier_lot")):
            return False
        return 2 * int((self.columns[name].codes[rows] >= 0).sum()) >= len(rows)

    def _belongs(self, rows: Ints) -> NDArray[np.bool_]:
        """Base rows where the type can occur: solder defects belong to soldering lines, and that is no finding.

        A line or product that made many units without (nearly) any such defect, and has none of its stations, is left
        out of the comparison.
        """
        base = self.base
        keep = np.ones(len(base.day), dtype=np.bool_)
        for name in ("line", "product"):
            if name not in base.codes:
                continue
            size = len(self.columns[name].labels) + 1
            code = self.columns[name].codes[rows]
            seen = np.bincount(code[code >= 0], minlength=size).astype(np.float64)
            has = self._with_station(rows) if name == "line" else np.zeros(0, dtype=np.int64)
            for _ in range(3):
                at = base.codes[name]
                units = np.bincount(at[keep & (at >= 0)], base.units[keep & (at >= 0)], size)
                mean = units * (seen[units > 0].sum() / max(float(units.sum()), 1e-300))
                strange = (mean >= FEW_EXPECTED) & (seen <= STRANGE * mean)
                if name == "line" and len(has):
                    strange |= seen == 0
                strange[has] = False
                keep &= ~((at >= 0) & strange[at])
        return keep if keep.any() else np.ones(len(base.day), dtype=np.bool_)

    def _with_station(self, rows: Ints) -> Ints:
        """Lines that have a station (of the same name) at which the type occurs."""
        if "station" not in self.columns:
            return np.zeros(0, dtype=np.int64)
        station = self.columns["station"].codes
        own = set(np.unique(station[rows]).tolist()) - {-1}
        return np.array([line for line, pairs in self.machines.items() if own & {s for s, _ in pairs}], dtype=np.int64)

    @property
    def start_of_week(self) -> int | None:
        """The first worked hour after the week's longest pause (at least 16 hours), from all records."""
        codes = self.columns[HOURS].codes
        if not len(codes) or codes.max() < 0:
            return None
        worked = np.flatnonzero(np.bincount(codes, minlength=168) > 0.001 * len(codes))
        pauses = np.diff(np.append(worked, worked[0] + 168))
        longest = int(pauses.argmax())
        return int(worked[(longest + 1) % len(worked)]) if pauses[longest] > 16 else None

    def _slots(self, rows: Ints) -> dict[int, list[tuple[int, int, float]]]:
        """line -> (station, machine, share of the line's units); machines of one station share alike.

        Stations share as the type's own records do: that a defect is found at testing is its nature.
        """
        if not self.machines:
            return {}
        blank = np.full(len(rows), -1, dtype=np.int64)
        station = self.columns["station"].codes[rows] if "station" in self.columns else blank
        machine = self.columns["machine"].codes[rows] if "machine" in self.columns else blank
        weight = {
            s: float(n) for s, n in zip(*(a.tolist() for a in np.unique(station, return_counts=True)), strict=True)
        }
        slots: dict[int, list[tuple[int, int, float]]] = {}
        for at_line, pairs in self.machines.items():
            here = [pair for pair in pairs if pair[0] in weight]
            stations = sorted({s for s, _ in here})
            total = sum(weight[s] for s in stations)
            entries = []
            for at in stations:
                names = [which for s, which in here if s == at]
                own = station == at
                unknown = float(np.mean(machine[own] < 0)) if names != [-1] else 0.0
                entries += [(at, which, weight[at] / total * (1 - unknown) / len(names)) for which in names]
                if unknown:
                    entries.append((at, -1, weight[at] / total * unknown))
            if entries:
                slots[at_line] = entries
        return slots

    def _part(self, rows: Ints) -> int | None:
        """The bought part that this type concerns, in the labels of the lots: nearly always one."""
        if "part" not in self.columns or self.data.lots is None:
            return None
        parts = self.columns["part"].take(rows).coded_as(self.data.lots.part.labels)
        known = parts[parts >= 0]
        if not len(known):
            return None
        often = np.bincount(known)
        return int(often.argmax()) if often.max() >= 0.8 * len(known) and len(known) >= 0.5 * len(rows) else None

    def _locate(self, rows: Ints, cells: Cells) -> Ints:
        """The cell of each record; what the record leaves blank is taken from exposure (its largest such cell)."""
        names: list[str] = [name for name in ("line", "shift", "product") if name in cells.codes]
        names += [
            name
            for name in cells.codes
            if name not in names and name not in ("machine", "station", "supplier", "supplier_lot")
        ]
        soft = [name for name in ("station", "machine", "supplier_lot") if name in cells.codes]
        keys = [cells.day] + [cells.codes[n] for n in names + soft]
        mine = [self.step[rows]] + [self.columns[n].codes[rows] for n in names + soft]
        return _match(keys, mine, cells.units, 1 + len(names), len(soft))


def _match(keys: list[Ints], mine: list[Ints], units: Floats, firm: int, soft: int) -> Ints:
    """Look records up by all their keys, then with ever fewer of the soft ones (the last `soft`)."""
    found = np.full(len(mine[0]), -1, dtype=np.int64)
    for used in range(firm + soft, firm - 1, -1):
        left = np.flatnonzero(found < 0)
        if not len(left):
            break
        sizes = [
            int(max(k.max(initial=0), m.max(initial=0))) + 2 for k, m in zip(keys[:used], mine[:used], strict=True)
        ]
        cell_key = _mixed(keys[:used], sizes)
        own_key = _mixed([m[left] for m in mine[:used]], sizes)
        order = np.lexsort([-units, cell_key])
        at = np.searchsorted(cell_key[order], own_key)
        at = np.minimum(at, len(order) - 1)
        hit = cell_key[order[at]] == own_key
        found[left[hit]] = order[at[hit]]
    return found


def _mixed(codes: Sequence[Ints], sizes: Sequence[int]) -> Ints:
    key = np.zeros(len(codes[0]), dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        key = key * size + code + 1
    return key


def _only(cells: Cells, keep: NDArray[np.bool_]) -> Cells:
    return Cells(
        cells.day[keep], cells.units[keep], cells.count[keep], {name: code[keep] for name, code in cells.codes.items()}
    )


def _spread_over(cells: Cells, slots: dict[int, list[tuple[int, int, float]]], line: Ints) -> Cells:
    """Split each cell over the machines of its line."""
    most = max(slots, default=0) + 1
    counts = np.array([len(slots.get(at, ())) for at in range(most)] + [0])
    flat = [entry for at in range(most) for entry in slots.get(at, ())] + [(-1, -1, 1.0)]
    start = np.concatenate([np.cumsum(counts) - counts])
    at = np.where((line >= 0) & (line < most), line, most)
    repeat = np.maximum(counts[at], 1)
    each = np.repeat(np.arange(len(line)), repeat)
    offset = np.arange(len(each)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    entry = np.where(counts[at[each]] > 0, start[at[each]] + offset, len(flat) - 1)
    station, machine = (np.array([e[i] for e in flat], dtype=np.int64)[entry] for i in (0, 1))
    share = np.array([e[2] for e in flat])[entry]
    codes = {name: code[each] for name, code in cells.codes.items()}
    return Cells(cells.day[each], cells.units[each] * share, cells.count[each], codes | _slot_codes(station, machine))


def _slot_codes(station: Ints, machine: Ints) -> dict[str, Ints]:
    """Only what the plant has: a plant without machines has no such dimension."""
    return {name: codes for name, codes in (("station", station), ("machine", machine)) if (codes >= 0).any()}


def _feed(plant: Plant, cells: Cells, use: LotUse, part: int) -> Cells:
    """Give each cell the supplier and lot that fed its line on its day; two lots at once share by their size."""
    columns = plant.columns
    mine = np.flatnonzero(use.part.codes == part)
    lines = len(columns["line"].labels) if "line" in cells.codes else 0
    line = use.line.coded_as(columns["line"].labels)[mine] if lines else np.full(len(mine), -1)
    first = np.maximum(use.first_day[mine] - plant.first_day, 0)
    last = np.minimum(use.last_day[mine] - plant.first_day, plant.days - 1)
    length = np.maximum(last - first + 1, 0)
    each = np.repeat(np.arange(len(mine)), length)
    day = np.arange(len(each)) - np.repeat(np.cumsum(length) - length, length) + first[each]
    weight = np.maximum(use.units[mine][each], 1.0) / np.maximum(length[each], 1)
    at_line = line[each]
    if lines and (at_line < 0).any():  # a lot without lines fed all of them
        times = np.where(at_line < 0, lines, 1)
        again = np.repeat(np.arange(len(each)), times)
        nth = np.arange(len(again)) - np.repeat(np.cumsum(times) - times, times)
        at_line = np.where(at_line[again] < 0, nth, at_line[again])
        each, day, weight = each[again], day[again], weight[again]
    supplier = use.supplier.coded_as(columns["supplier"].labels)[mine][each]
    lot = use.supplier_lot.coded_as(columns["supplier_lot"].labels)[mine][each]
    key = (at_line + 1) * plant.days + day
    own = (cells.codes["line"] + 1) * plant.days + cells.day if lines else cells.day
    return _join(cells, own, key, {"supplier": supplier, "supplier_lot": lot}, weight)


def _join(cells: Cells, own: Ints, key: Ints, values: dict[str, Ints], weight: Floats) -> Cells:
    if not len(key):  # no lot was used while anything was made
        return Cells(
            cells.day, cells.units, cells.count, cells.codes | {name: np.full_like(own, -1) for name in values}
        )
    order = np.argsort(key, kind="stable")
    key, weight = key[order], weight[order]
    low, high = np.searchsorted(key, own, "left"), np.searchsorted(key, own, "right")
    repeat = np.maximum(high - low, 1)
    each = np.repeat(np.arange(len(own)), repeat)
    offset = np.arange(len(each)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    fed = (high > low)[each]
    at = np.where(fed, np.minimum(low[each] + offset, len(key) - 1), 0)
    total = np.concatenate([[0.0], np.cumsum(weight)])
    share = np.where(fed, weight[at] / (total[high] - total[low])[each].clip(1e-300), 1.0)
    codes = {name: code[each] for name, code in cells.codes.items()}
    codes |= {name: np.where(fed, value[order][at], -1) for name, value in values.items()}
    return Cells(cells.day[each], cells.units[each] * share, cells.count[each], codes)


def _with_labels(column: Column | None, other: Column, size: int) -> Column:
    """The records' column with the labels that only exposure knows added behind its own."""
    if column is None:
        return Column(np.full(size, -1, dtype=np.int64), other.labels)
    known = {label.casefold() for label in column.labels}
    more = tuple(label for label in other.labels if label.casefold() not in known)
    return Column(column.codes, column.labels + more) if more else column


def hours_of_week(minute: Ints) -> Column:
    """`Monday 06:00` for every record; a file with dates alone has no hours."""
    if not (minute % 1440).any():
        return Column(np.full(len(minute), -1, dtype=np.int64), ())
    code = ((minute // 1440 + 3) % 7) * 24 + minute % 1440 // 60  # 1970-01-01 was a Thursday
    labels = tuple(f"{day} {hour:02d}:00" for day in WEEKDAYS for hour in range(24))
    return Column(code, labels)
