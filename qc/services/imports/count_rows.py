"""Rows of a file become production counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import transaction

from qc import clock
from qc.errors import Refused
from qc.ingest import cells as reading
from qc.models import Import, Plant, Product, ProductionCount, ProductionLine, Shift, User
from qc.services import exposure
from qc.services.imports.cells import Cells
from qc.services.imports.lookups import Codes
from qc.services.imports.placing import NAMES, Places
from qc.services.imports.staged import CHANGED, ERROR, NEW, SAME, Staged, line
from qc.services.inputs import plant_changed

Key = tuple[int, str, int, int]


class CountRows:
    """Reads counts. What a line made in a shift stands in one row."""

    def __init__(self, lookups: Codes, plant: int | None, answers: dict[str, Any]) -> None:
        self.codes, self.answers = lookups, answers
        self.places = Places(lookups, plant)
        self.touched: set[tuple[int, int]] = set()
        self._rows: dict[Key, int] = {}

    def lines(self, cells: Cells) -> Iterator[str]:
        """The staged lines of a chunk."""
        found = self.places.find(list(zip(*(cells.texts(name) for name in NAMES), strict=True)))
        for at, place in enumerate(found):
            for each in place.wrong:
                cells.mark([at], each.name, each.value, each.reason, each.hint, creates=each.creates)
        days = cells.each("production_on", partial(reading.day, day_first=self.answers.get("day_first")), needed=True)
        mark = self.answers.get("decimal_mark") or "."
        units = cells.each("units", partial(reading.units, mark=mark), needed=True)
        products = cells.each("product", lambda t: self.codes.named("product", t, self.codes.products).pk, empty=0)
        shifts = self._shifts(cells, [place.plant for place in found])
        self._refuse_future(cells, days, found)
        there = self._there([place.line for place in found], [day for day in days if day])
        for at, number in enumerate(cells.numbers):
            if at not in cells.marks:
                key = (found[at].line, f"{days[at]}", shifts[at], products[at])
                first = self._rows.setdefault(key, number)
                if first != number:
                    hint = "Delete one of the rows, or add their units."
                    cells.mark([at], "units", "", f"is said of the same line, day, shift and product in row {first}",
                               hint, is_fixable=False)  # fmt: skip
            if at in cells.marks:
                yield line(ERROR, number, data=cells.marks[at])
                continue
            self.touched.add((found[at].plant, 0))
            pk, before = there.get(key, (None, None))
            if before == units[at]:
                yield line(SAME, number, pk)
                continue
            data = {"key": key, "units": units[at], "before": before}
            yield line(NEW if pk is None else CHANGED, number, pk, data=data)

    def _shifts(self, cells: Cells, plants: Sequence[int]) -> list[int]:
        answer = []
        for at, (text, plant) in enumerate(zip(cells.texts("shift"), plants, strict=True)):
            key = " ".join(text.split()).casefold()
            if key in reading.EMPTY or not plant:
                answer.append(0)
                continue
            names = {
                name.casefold(): each.pk
                for each in self.codes.shifts.get(plant, [])
                for name in (each.name, f"shift {each.code}", each.code)
            }
            answer.append(names.get(key, 0))
            if key not in names:
                cells.mark([at], "shift", text, "is not a shift of the plant", "Correct it, or leave it empty.")
        return answer

    def _refuse_future(self, cells: Cells, days: Sequence[dt.date | None], found: Sequence[Any]) -> None:
        latest = clock.today() + dt.timedelta(days=1)
        for at, day in enumerate(days):
            if day and day > latest:
                cells.mark([at], "production_on", cells.texts("production_on")[at], "lies in the future", "Correct it.")
            elif day and day < dt.date(1990, 1, 1):
                cells.mark([at], "production_on", cells.texts("production_on")[at], "is too long ago", "Correct it.")

    def _there(self, lines: Sequence[int], days: Sequence[dt.date]) -> dict[Key, tuple[int, int]]:
        if not days:
            return {}
        rows = ProductionCount.objects.visible_to(self.codes.by).filter(
            line__in=set(lines), production_on__range=(min(days), max(days))
        )
        names = ("pk", "line_id", "production_on", "shift_id", "product_id", "units")
        return {
            (line, f"{day}", shift or 0, product or 0): (pk, units)
            for pk, line, day, shift, product, units in rows.order_by().values_list(*names).iterator()
        }


@transaction.atomic
def apply(by: User, row: Import, staged: Staged, keys: Mapping[int, int]) -> dict[str, Any]:
    """Save the counts: one verb for all of them."""
    lines = {each.pk: each for each in ProductionLine.objects.visible_to(by).select_related("plant")}
    shifts, products = _by_pk(Shift, by), _by_pk(Product, by)
    rows, before = [], []
    for each in staged:
        if each.state in (NEW, CHANGED):
            data = each.data()
            line_pk, day, shift, product = (data["key"][0], data["key"][1], data["key"][2], data["key"][3])
            line_pk, product = keys.get(line_pk, line_pk), keys.get(product, product)
            rows.append({
                "line": lines[line_pk], "production_on": dt.date.fromisoformat(day), "shift": shifts.get(shift),
                "product": products.get(product), "units": data["units"],
            })  # fmt: skip
            before.append([[line_pk, day, shift, product], data["units"], data["before"]])
    exposure.set_counts(by, rows=rows)
    return {"counts": before}


@transaction.atomic
def undo(by: User, row: Import, kept: Mapping[str, Any]) -> None:
    """Put back what was there. Refused when a count was changed since."""
    lines = {each.pk: each for each in ProductionLine.objects.visible_to(by).select_related("plant")}
    shifts, products = _by_pk(Shift, by), _by_pk(Product, by)
    again, plants = [], set()
    for (line_pk, day, shift, product), after, before in kept["counts"]:
        there = ProductionCount.objects.filter(
            line=line_pk, production_on=day, shift=shift or None, product=product or None
        ).order_by("pk")
        if line_pk not in lines or there.values_list("units", flat=True).first() != after:
            raise Refused(f"The count of line {lines.get(line_pk, line_pk)} on {day} was changed after the import.")
        if before is None:
            there.delete()
            plants.add(lines[line_pk].plant_id)
            continue
        again.append({
            "line": lines[line_pk], "production_on": dt.date.fromisoformat(day), "shift": shifts.get(shift),
            "product": products.get(product), "units": before,
        })  # fmt: skip
    exposure.set_counts(by, rows=again)
    for plant in Plant.objects.filter(pk__in=plants).order_by("pk"):
        plant_changed(plant)


def _by_pk(model: Any, by: User) -> dict[int, Any]:
    return {each.pk: each for each in model._default_manager.visible_to(by)}
