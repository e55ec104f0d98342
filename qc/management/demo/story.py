"""All records of the demonstration in the order of time: ordinary ones, planted ones, serials, lots, double entries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from qc.management.demo import planted
from qc.management.demo.background import ordinary
from qc.management.demo.lots import InUse, Lot, Use, all_lots
from qc.management.demo.production import Cell, all_cells, stream
from qc.management.demo.records import Record
from qc.management.demo.sources import PARTS
from qc.management.demo.world import SITES, year_week

BLANK_LOTS = 0.10  # nobody wrote the lot down; lot use says which one it was


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that happened."""

    cells: list[Cell]
    lots: list[Lot]
    uses: list[Use]
    records: list[Record]


@cache
def tell() -> Story:
    """The same seed gives the same story."""
    cells = all_cells()
    lots, uses = all_lots()
    in_use = InUse(uses)
    records = planted.recoded([one for site in SITES for line in site.lines for one in _ordinary(line.code, cells)])
    records += _planted(cells, in_use)
    records.sort(key=lambda one: (one.at, one.line, one.station, one.code))
    _deliveries(records, in_use)
    _serials(records)
    records += planted.double_entries(records)
    records.sort(key=lambda one: (one.at, one.line, one.station, one.code, one.serial))
    return Story(cells, lots, uses, records)


def _ordinary(line: str, cells: Sequence[Cell]) -> list[Record]:
    own = [cell for cell in cells if cell.line.code == line]
    return ordinary(own[0].line, own)


def _planted(cells: list[Cell], in_use: InUse) -> list[Record]:
    def lot_of(line: str, part: str, day: dt.date) -> str:
        lot = in_use.lot(line, part, day)
        return lot.code if lot else ""

    records = planted.connectors(cells, lot_of) + planted.castings(cells, lot_of)
    for plant in (
        planted.stencil,
        planted.flux,
        planted.spindle,
        planted.power_dip,
        planted.dropped_pallet,
        planted.strict_inspector,
        planted.cold_start,
        planted.cavity,
        planted.pilot,
    ):
        records += plant(cells)
    return records


def _deliveries(records: Sequence[Record], in_use: InUse) -> None:
    """Supplier and lot of what concerns a bought part; the cavity of what was moulded."""
    random = stream("deliveries")
    for one in records:
        if not one.part:
            continue
        one.supplier = PARTS[one.part][0]
        lot = in_use.lot(one.line, one.part, one.day)
        if lot and random.random() >= BLANK_LOTS:
            one.supplier_lot = lot.code
        if one.code == "MLD-SHORT" and not one.cavity:
            one.cavity = f"C{int(random.integers(1, 9))}"


def _serials(records: Sequence[Record]) -> None:
    """A unit's serial number: product, week and a running number in which most numbers are units without a defect."""
    random = stream("serials")
    last: dict[str, int] = defaultdict(int)
    for one in records:
        series = f"{one.product.replace('-', '')}-{year_week(one.day)}"
        last[series] += int(random.integers(1, 40))
        one.serial = f"{series}-{last[series]:05d}"
