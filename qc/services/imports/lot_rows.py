"""Rows of a file become lots, their receipt, and the lines that they fed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction

from qc.errors import Refused
from qc.ingest import cells as reading
from qc.models import Import, LotUse, Plant, ProductionLine, SupplierLot, User
from qc.services import exposure
from qc.services.imports.cells import Cells
from qc.services.imports.lookups import Codes
from qc.services.imports.placing import NAMES, Found, Places
from qc.services.imports.staged import CHANGED, ERROR, NEW, SAME, Staged, line
from qc.services.inputs import plant_changed

DATES = ("received_on", "first_on", "last_on")


class LotRows:
    """Reads lots. A lot that is not there yet is what such a file brings, so it needs no leave to be created."""

    def __init__(self, lookups: Codes, plant: int | None, answers: dict[str, Any]) -> None:
        lookups.create = lookups.create | {"supplier_lot"}
        self.codes, self.answers = lookups, answers
        self.places = Places(lookups, plant)
        self.touched: set[tuple[int, int]] = set()
        self._rows: dict[tuple[Any, ...], int] = {}
        self._lots: dict[int, dict[str, Any]] = {}

    def lines(self, cells: Cells) -> Iterator[str]:
        """The staged lines of a chunk."""
        texts = {**{name: cells.texts(name) for name in NAMES}, "line": [""] * len(cells)}
        found = self.places.find(list(zip(*(texts[name] for name in NAMES), strict=True)))
        for at, place in enumerate(found):
            for each in place.wrong:
                cells.mark([at], each.name, each.value, each.reason, each.hint, creates=each.creates)
        values = self._values(cells)
        used = [self._used(cells, at, found[at], values) for at in range(len(cells))]
        lots, uses = self._there(found)
        for at, number in enumerate(cells.numbers):
            data = None if at in cells.marks else self._data(cells, at, found[at], values, used[at])
            if data is None or at in cells.marks:
                yield line(ERROR, number, data=cells.marks[at])
                continue
            self.touched.add((found[at].plant, 0))
            yield self._line(number, data, lots, uses)

    def _values(self, cells: Cells) -> dict[str, list[Any]]:
        day = partial(reading.day, day_first=self.answers.get("day_first"))
        units = partial(reading.units, mark=self.answers.get("decimal_mark") or ".")
        values: dict[str, list[Any]] = {name: cells.each(name, day) for name in DATES}
        return values | {name: cells.each(name, units) for name in ("received", "used")}

    def _used(self, cells: Cells, at: int, found: Found, values: dict[str, list[Any]]) -> list[int]:
        """The lines of a row."""
        lines = []
        text = cells.texts("lines")[at]
        for code in filter(None, map(str.strip, re.split(r"[;|]|, ", text))):
            nodes = self.codes.lines.find(reading.name(code, 0), found.plant) if found.plant else []
            if len(nodes) == 1:
                lines.append(nodes[0].pk)
            elif found.plant:
                cells.mark([at], "lines", text, f"names {code}, which is not a line of the plant", "Correct it.")
        if lines and values["first_on"][at] is None and at not in cells.marks:
            cells.mark([at], "first_on", "", "is needed where lines are named", "Say from which day on it was used.")
        first, last = values["first_on"][at], values["last_on"][at]
        if first and last and last < first:
            cells.mark([at], "last_on", cells.texts("last_on")[at], "is before the first day", "Correct one of them.")
        return lines

    def _data(
        self, cells: Cells, at: int, found: Found, values: dict[str, list[Any]], lines: Sequence[int]
    ) -> dict[str, Any] | None:
        number = cells.numbers[at]
        facts = {"received_on": _text(values["received_on"][at]), "units": values["received"][at]}
        facts = {name: value for name, value in facts.items() if value is not None}
        other = self._lots.setdefault(found.supplier_lot, facts)
        for name in facts.keys() & other.keys():
            if other[name] != facts[name]:
                cells.mark([at], "received", "", "differs from what an earlier row says of the lot", is_fixable=False)
                return None
        other.update(facts)
        uses = []
        for pk in lines:
            key = (found.supplier_lot, pk, _text(values["first_on"][at]))
            first = self._rows.setdefault(key, number)
            if first != number:
                cells.mark([at], "lines", "", f"is said of the same lot, line and day in row {first}", is_fixable=False)
                return None
            uses.append([pk, key[2], _text(values["last_on"][at]), values["used"][at] if len(lines) == 1 else None])
        return {"lot": found.supplier_lot, "facts": facts, "uses": uses}

    def _there(self, found: Sequence[Found]) -> tuple[dict[int, Any], dict[tuple[Any, ...], Any]]:
        keys = sorted({place.supplier_lot for place in found if place.supplier_lot > 0})
        lots: dict[int, Any] = {}
        uses: dict[tuple[Any, ...], Any] = {}
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            rows = SupplierLot.objects.visible_to(self.codes.by).filter(pk__in=part)
            lots |= {pk: {"received_on": _text(on), "units": units}
                     for pk, on, units in rows.values_list("pk", "received_on", "units")}  # fmt: skip
            there = LotUse.objects.visible_to(self.codes.by).filter(supplier_lot__in=part)
            names = ("supplier_lot_id", "line_id", "first_on", "last_on", "units")
            uses |= {(lot, pk, _text(first)): [_text(last), units]
                     for lot, pk, first, last, units in there.values_list(*names)}  # fmt: skip
        return lots, uses

    def _line(self, number: int, data: dict[str, Any], lots: dict[int, Any], uses: dict[tuple[Any, ...], Any]) -> str:
        there = lots.get(data["lot"])
        before = {name: there[name] for name in data["facts"] if there} if there else None
        differs = there is None or before != data["facts"]
        fresh = there is None
        kept = []
        for pk, first, last, units in data["uses"]:
            old = uses.get((data["lot"], pk, first))
            if old is None:
                fresh = True
            elif (last is None or last == old[0]) and (units is None or units == old[1]):
                continue
            else:
                differs = True
                last, units = last or old[0], units if units is not None else old[1]
            kept.append([pk, first, last, units, old])
        if not fresh and not differs:
            return line(SAME, number, data["lot"])
        data = {"lot": data["lot"], "facts": data["facts"], "before": before, "uses": kept}
        return line(NEW if fresh else CHANGED, number, data["lot"] if data["lot"] > 0 else None, data=data)


@transaction.atomic
def apply(by: User, row: Import, staged: Staged, keys: Mapping[int, int]) -> dict[str, Any]:
    """Save receipts and uses. The lots themselves were created with the rest of what the file brings."""
    rows = [each.data() for each in staged if each.state in (NEW, CHANGED)]
    changed: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}  # once a lot, however many rows say it
    uses = []
    lines = {each.pk: each for each in ProductionLine.objects.visible_to(by).select_related("plant")}
    for data in rows:
        lot = keys.get(data["lot"], data["lot"])
        if data["facts"]:
            SupplierLot.objects.filter(pk=lot).update(**data["facts"])
        if data["facts"] and data["before"] is not None and data["before"] != data["facts"]:
            for known, said in zip(changed.setdefault(lot, ({}, {})), (data["facts"], data["before"]), strict=True):
                known.update(said)
        uses += [[lot, *use] for use in data["uses"]]
    lots = SupplierLot.objects.in_bulk([use[0] for use in uses])
    exposure.use_lots(
        by,
        rows=[
            {
                "supplier_lot": lots[lot], "line": lines[pk], "first_on": dt.date.fromisoformat(first),
                "last_on": dt.date.fromisoformat(last) if last else None, "units": units,
            }
            for lot, pk, first, last, units, _old in uses
        ],
    )  # fmt: skip
    return {"lots": [[lot, *pair] for lot, pair in changed.items()], "uses": uses}


@transaction.atomic
def undo(by: User, row: Import, kept: Mapping[str, Any]) -> None:
    """Put receipts and uses back. Refused when one of them was changed since."""
    plants = set()
    for lot, pk, first, last, units, old in kept["uses"]:
        use = LotUse.objects.filter(supplier_lot=lot, line=pk, first_on=first).select_related("line").first()
        if use is None or [_text(use.last_on), use.units] != [last, units]:
            raise Refused(f"The use of lot {use.supplier_lot if use else lot} was changed after the import.")
        plants.add(use.line.plant_id)
        if old is None:
            use.delete()
        else:
            use.last_on, use.units = old
            use.save(update_fields=["last_on", "units"])
    for lot, after, before in kept["lots"]:
        there = SupplierLot.objects.get(pk=lot)
        if {"received_on": _text(there.received_on), "units": there.units} != {
            "received_on": _text(there.received_on), "units": there.units, **after,
        }:  # fmt: skip
            raise Refused(f"Lot {there} was changed after the import.")
        SupplierLot.objects.filter(pk=lot).update(**before)
    for plant in Plant.objects.filter(pk__in=plants).order_by("pk"):
        plant_changed(plant)


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
