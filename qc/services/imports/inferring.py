"""The supplier lot that a row does not name, where exactly one lot of its supplier fed the line on that day."""

from __future__ import annotations

import datetime as dt

from qc.models import Part, ProductionLine, Supplier
from qc.services.imports.placing import Found
from qc.services.places import Calendar, Place, infer_lot


class Inference:
    """Asks the same question as a single record, once per place and day."""

    def __init__(self) -> None:
        self.calendar = Calendar()
        self._known: dict[tuple[int, int, int, str], tuple[str, str] | None] = {}

    def fill(self, found: Found, ids: tuple[str, ...], on: str) -> tuple[str, ...]:
        """The keys of a place as text, with part and lot filled in and marked where they follow from lot use."""
        if found.supplier <= 0 or found.line <= 0 or found.supplier_lot or found.part < 0:
            return ids
        key = (found.line, found.supplier, found.part, on)
        if key not in self._known:
            place = Place(
                line=ProductionLine(pk=found.line),
                supplier=Supplier(pk=found.supplier),
                part=Part(pk=found.part, supplier_id=found.supplier) if found.part else None,
            )
            filled = infer_lot(place, dt.date.fromisoformat(on), self.calendar)
            lot = place.supplier_lot if filled else None
            self._known[key] = (str(lot.part_id), str(lot.pk)) if lot else None
        lot_of = self._known[key]
        return (*ids[:5], *lot_of, "1") if lot_of else ids
