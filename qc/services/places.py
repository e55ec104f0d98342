"""How the parts of a record fit together: a station lies on its line, a lot is of its part, a shift is of its plant."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from qc.errors import NotAllowed, Refused
from qc.models import LotUse, Machine, Part, Plant, ProductionLine, Shift, Station, Supplier, SupplierLot, User
from qc.models.shifts import shift_at

T = TypeVar("T")


@dataclass
class Place:
    """Where and from whom: filled from the most exact thing that is known, and checked for contradictions."""

    plant: Plant | None = None
    line: ProductionLine | None = None
    station: Station | None = None
    machine: Machine | None = None
    part: Part | None = None
    supplier: Supplier | None = None
    supplier_lot: SupplierLot | None = None


def complete(place: Place) -> Place:
    """Fill what follows from what is given (machine -> station -> line -> plant, lot -> part -> supplier).

    Refused, beside the field, when two of them contradict each other or when neither a line nor a supplier is given.
    """
    if place.machine:
        place.station = _agree("station", place.station, place.machine.station)
    if place.station:
        place.line = _agree("line", place.line, place.station.line)
    if place.supplier_lot:
        place.part = _agree("part", place.part, place.supplier_lot.part)
        place.plant = _agree("plant", place.plant, place.supplier_lot.plant)
    if place.part:
        place.supplier = _agree("supplier", place.supplier, place.part.supplier)
    if place.line:
        place.plant = _agree("plant", place.plant, place.line.plant)
    if place.line is None and place.supplier is None:
        raise Refused("Say where it comes from.", fields={"line": "Choose a line, or the supplier that delivered it."})
    if place.plant is None:
        raise Refused("Say which plant it is.", fields={"plant": "Choose the plant that received the part."})
    return place


def _agree(name: str, given: T | None, follows: T) -> T:
    if given is not None and given != follows:
        message = f"{given} does not go with the rest: it would have to be {follows}."
        raise Refused(message, fields={name: message})
    return follows


def require_plant(by: User, plant: Plant) -> None:
    """Refuse when the plant is not one of the person's."""
    if not (by.sees_all_plants or plant.pk in by.plant_ids):
        raise NotAllowed(f"{plant} is not one of your plants.")


@dataclass
class Calendar:
    """Shifts and lot use, read once for many records of the same plants."""

    shifts: dict[int, list[Shift]] = field(default_factory=dict)
    uses: dict[int, list[LotUse]] = field(default_factory=dict)

    def shift_of(self, plant: Plant, instant: dt.datetime) -> tuple[dt.date, Shift | None]:
        """The production date and shift of an instant at a plant."""
        if plant.pk not in self.shifts:
            self.shifts[plant.pk] = list(Shift.objects.filter(plant=plant).order_by("starts_at"))
        return shift_at(instant, plant.zone, self.shifts[plant.pk])

    def lots_on(self, line: ProductionLine, day: dt.date) -> list[SupplierLot]:
        """The supplier lots that fed a line on a production date."""
        if line.pk not in self.uses:
            uses: Iterable[LotUse] = LotUse.objects.filter(line=line).select_related("supplier_lot__part__supplier")
            self.uses[line.pk] = list(uses)
        return [
            use.supplier_lot
            for use in self.uses[line.pk]
            if use.first_on <= day and (use.last_on is None or day <= use.last_on)
        ]


def infer_lot(place: Place, day: dt.date, calendar: Calendar) -> bool:
    """Fill the supplier lot from lot use when a part (or supplier) is known and exactly one lot fed the line.

    True when something was filled: the record is then marked as inferred.
    """
    if place.line is None or place.supplier_lot is not None or place.supplier is None:
        return False
    fits = [
        lot
        for lot in calendar.lots_on(place.line, day)
        if lot.part.supplier_id == place.supplier.pk and (place.part is None or lot.part_id == place.part.pk)
    ]
    if len(fits) != 1:
        return False
    place.supplier_lot, place.part = fits[0], fits[0].part
    return True
