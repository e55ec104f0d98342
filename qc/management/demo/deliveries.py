"""The story's numbers in the database, week by week: units made, lots received and used, defects."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any

from qc.management.demo import people
from qc.management.demo.plants import Rows
from qc.management.demo.production import Cell, week_of
from qc.management.demo.records import SITE_OF, Record
from qc.management.demo.steps import Step
from qc.management.demo.story import Story
from qc.management.demo.world import FINAL, FIRST_DAY, LATEST, STANDS_AT
from qc.models import SupplierLot
from qc.services import defects, exposure


def steps(story: Story) -> list[Step]:
    """One step for lots, counts and defects of each week, at the end of the week."""
    rows = Rows()
    return [
        Step(instant, f"week of {start:%-d %B}: {what}", partial(do, story, rows, week))
        for week in range(week_of(STANDS_AT.date()) + 1)
        for start in [FIRST_DAY + dt.timedelta(weeks=week)]
        for what, do, instant in _week(start)
    ]


def _week(start: dt.date) -> list[tuple[str, Callable[[Story, Rows, int], None], dt.datetime]]:
    monday = dt.datetime.combine(start, dt.time(3), dt.UTC)
    # Saturday morning, when the night shift that began on Friday is over everywhere.
    saturday = min(monday + dt.timedelta(days=5, hours=4), LATEST + dt.timedelta(minutes=1))
    return [
        ("lots", _use_lots, monday),
        ("units made", _set_counts, saturday - dt.timedelta(seconds=2)),
        ("defects", _record, saturday - dt.timedelta(seconds=1)),
    ]


def _use_lots(story: Story, rows: Rows, week: int) -> None:
    used = [use for use in story.uses if max(week_of(use.first_on), 0) == week]
    lots: dict[tuple[str, str, str], SupplierLot] = {}
    for use in used:
        lot = use.lot
        key = (lot.plant, lot.part, lot.code)
        facts = {"received_on": lot.received_on, "units": lot.units}
        place = {"plant": rows.plants[lot.plant], "part": rows.parts[lot.part], "code": lot.code}
        lots[key], _ = SupplierLot.objects.get_or_create(**place, defaults=facts)
    values: list[dict[str, Any]] = [
        {
            "supplier_lot": lots[use.lot.plant, use.lot.part, use.lot.code],
            "line": rows.lines[use.line],
            "first_on": use.first_on,
            "last_on": use.last_on,
            "units": use.units,
        }
        for use in used
    ]
    exposure.use_lots(people.of("mes"), rows=values)


def _set_counts(story: Story, rows: Rows, week: int) -> None:
    made: list[Cell] = [cell for cell in story.cells if week_of(cell.day) == week]
    values = [
        {
            "line": rows.lines[cell.line.code],
            "production_on": cell.day,
            "shift": rows.shifts[cell.site.code, cell.shift.code],
            "product": rows.products[cell.product],
            "units": cell.units,
        }
        for cell in made
    ]
    exposure.set_counts(people.of("mes"), rows=values)


def _record(story: Story, rows: Rows, week: int) -> None:
    lots = {
        (lot.plant.code, lot.part.number, lot.code): lot
        for lot in SupplierLot.objects.select_related("plant", "part__supplier")
    }
    by_author: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in story.records:
        if week_of(one.day) == week:
            by_author[author(one)].append(_values(one, rows, lots))
    for name, values in sorted(by_author.items()):
        defects.record_many(people.of(name), rows=values)


def author(one: Record) -> str:
    """Who enters it: the camera's program, or the plant's inspector."""
    if one.by_camera and one.site.code == "KDE":
        return "vision"
    return f"inspector.{one.site.code.lower()}"


def _values(one: Record, rows: Rows, lots: dict[tuple[str, str, str], SupplierLot]) -> dict[str, Any]:
    plant = SITE_OF[one.line].code
    return {
        "defect_type": rows.types[one.code],
        "occurred_at": one.at,
        "line": rows.lines[one.line],
        "station": rows.stations[one.line, one.station],
        "machine": rows.machines[one.machine] if one.machine else None,
        "product": rows.products[one.product],
        "serial": one.serial,
        "lot": one.lot,
        "part": rows.parts[one.part] if one.part else None,
        "supplier": rows.suppliers[one.supplier] if one.supplier else None,
        "supplier_lot": lots.get((plant, one.part, one.supplier_lot)),
        "cavity": one.cavity,
        "inspector": one.inspector,
        "note": one.note,
        "detected_at": "final" if one.station in FINAL else "in_process",
    }
