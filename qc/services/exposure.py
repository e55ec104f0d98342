"""The verbs of the denominators: units made, lots used, what runs now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from qc import clock
from qc.errors import Refused, Stale
from qc.models import LotUse, Product, ProductionCount, ProductionLine, ProductionRun, Shift, SupplierLot, User
from qc.permissions import require
from qc.services import events
from qc.services.inputs import plant_changed
from qc.services.places import require_plant

MOST_UNITS = 10**12


@transaction.atomic
def set_count(
    by: User,
    *,
    line: ProductionLine,
    production_on: dt.date,
    units: int,
    shift: Shift | None = None,
    product: Product | None = None,
) -> ProductionCount:
    """Say how many units a line made on a production date (by shift and product where known); replaces what was said.

    Refused for negative units, a day in the future, or a shift of another plant.
    """
    require(by, "exposure.record")
    row = {"line": line, "production_on": production_on, "units": units, "shift": shift, "product": product}
    _check_count(by, row)
    key = {"line": line, "production_on": production_on, "shift": shift, "product": product}
    count = ProductionCount.objects.select_for_update().filter(**key).order_by("pk").first()
    before = count.units if count else None
    if count is None:
        count = ProductionCount(**key, units=units, recorded_by=by)
    count.units, count.recorded_by, count.recorded_at = units, by, clock.now()
    count.save()
    _refuse_twice([count])
    if before != units:
        plant_changed(line.plant)
        data = {"units": [before, units], "production_on": production_on, "line": line.code}
        events.write(by=by, verb="exposure.set_count", subject=count, data=data, plant_id=line.plant_id)
    return count


@transaction.atomic
def set_counts(by: User, *, rows: Sequence[Mapping[str, Any]]) -> int:
    """Set many counts at once, all or none; rows as in `set_count`. Returns how many rows were written.

    Refused names the row; two rows for the same line, date, shift and product are refused.
    """
    require(by, "exposure.record")
    counts: dict[tuple[int, dt.date, int | None, int | None], ProductionCount] = {}
    for number, row in enumerate(rows, start=1):
        _check_count(by, row, f"Row {number}: ")
        shift, product = row.get("shift"), row.get("product")
        key = (row["line"].pk, row["production_on"], shift and shift.pk, product and product.pk)
        if key in counts:
            raise Refused(f"Row {number}: line {row['line']}, {row['production_on']} is there twice.")
        counts[key] = ProductionCount(
            line=row["line"], production_on=row["production_on"], shift=shift, product=product,
            units=row["units"], recorded_by=by, recorded_at=clock.now(),
        )  # fmt: skip
    if not counts:
        return 0
    _replace(list(counts.values()), set(counts))
    plants = {count.line.plant for count in counts.values()}
    ordered = sorted(plants, key=lambda each: each.pk)
    for plant in ordered:
        plant_changed(plant)
    for plant in ordered:
        subject = next(count for count in counts.values() if count.line.plant_id == plant.pk).line
        events.write(by=by, verb="exposure.set_counts", subject=subject, data={"rows": len(counts)})
    return len(counts)


def _replace(counts: list[ProductionCount], keys: set[tuple[int, dt.date, int | None, int | None]]) -> None:
    days = [count.production_on for count in counts]
    lines = {count.line_id for count in counts}
    there = ProductionCount.objects.filter(line__in=lines, production_on__range=(min(days), max(days)))
    fields = ("pk", "line_id", "production_on", "shift_id", "product_id")
    old = [pk for pk, *key in there.values_list(*fields).iterator() if tuple(key) in keys]
    for start in range(0, len(old), 500):
        ProductionCount.objects.filter(pk__in=old[start : start + 500]).delete()
    ProductionCount.objects.bulk_create(counts, batch_size=1000)
    _refuse_twice(counts)


def _refuse_twice(counts: Sequence[ProductionCount]) -> None:
    """The total of a shift and its parts by product exclude each other: they would count the same units twice."""
    days = [count.production_on for count in counts]
    lines = {count.line_id: count.line for count in counts}
    touched = {(count.line_id, count.production_on, count.shift_id) for count in counts}
    there = ProductionCount.objects.filter(line__in=lines, production_on__range=(min(days), max(days)))
    kinds: dict[tuple[int, dt.date, int | None], set[bool]] = {}
    for line_id, day, shift_id, product in there.values_list(
        "line_id", "production_on", "shift_id", "product_id"
    ).iterator():
        kinds.setdefault((line_id, day, shift_id), set()).add(product is None)
    both = sorted((str(lines[key[0]]), key[1]) for key, found in kinds.items() if key in touched and len(found) == 2)
    if both:
        line, on = both[0]
        message = f"Line {line}, {on}: the shift has units as a total and by product; it takes one of the two."
        raise Refused(message, fields={"product": message})


def _check_count(by: User, row: Mapping[str, Any], prefix: str = "") -> None:
    line, units, shift = row["line"], row["units"], row.get("shift")
    require_plant(by, line.plant)
    if isinstance(units, bool) or not isinstance(units, int) or not 0 <= units <= MOST_UNITS:
        message = f"{prefix}Units are a whole number from 0 upwards; {units!s:.40} is not."
        raise Refused(message, fields={"units": message})
    if row["production_on"] > clock.today(line.plant.time_zone) + dt.timedelta(days=1):
        message = f"{prefix}{row['production_on']} lies in the future."
        raise Refused(message, fields={"production_on": message})
    if shift is not None and shift.plant_id != line.plant_id:
        message = f"{prefix}{shift} belongs to another plant than line {line}."
        raise Refused(message, fields={"shift": message})


@transaction.atomic
def record_lot_use(
    by: User,
    *,
    supplier_lot: SupplierLot,
    line: ProductionLine,
    first_on: dt.date,
    last_on: dt.date | None = None,
    units: int | None = None,
) -> LotUse:
    """Say that a supplier lot fed a line from one production date to another; see `use_lots`."""
    row = {"supplier_lot": supplier_lot, "line": line, "first_on": first_on, "last_on": last_on, "units": units}
    use_lots(by, rows=[row])
    return LotUse.objects.get(supplier_lot=supplier_lot, line=line, first_on=first_on)


@transaction.atomic
def use_lots(by: User, *, rows: Sequence[Mapping[str, Any]]) -> int:
    """Record many lot uses, all or none; a use with the same lot, line and first day is replaced.

    Refused names the row: a last day before the first, or a lot that another plant received.
    """
    require(by, "exposure.record")
    uses = []
    for number, row in enumerate(rows, start=1):
        lot, line, last = row["supplier_lot"], row["line"], row.get("last_on")
        require_plant(by, line.plant)
        if last is not None and last < row["first_on"]:
            message = f"Row {number}: the last day {last} is before the first day {row['first_on']}."
            raise Refused(message, fields={"last_on": message})
        if lot.plant_id != line.plant_id:
            message = f"Row {number}: lot {lot} was received by another plant than line {line}."
            raise Refused(message, fields={"supplier_lot": message})
        uses.append(LotUse(**{"last_on": None, "units": None, **row}))
    LotUse.objects.bulk_create(
        uses, batch_size=1000, update_conflicts=True,
        unique_fields=["supplier_lot", "line", "first_on"], update_fields=["last_on", "units"],
    )  # fmt: skip
    ordered = sorted({use.line.plant for use in uses}, key=lambda each: each.pk)
    for plant in ordered:
        plant_changed(plant)
    for plant in ordered:
        subject = next(use.line for use in uses if use.line.plant_id == plant.pk)
        events.write(by=by, verb="exposure.use_lots", subject=subject, data={"rows": len(uses)})
    return len(uses)


def _now_on(by: User, line: ProductionLine, seen: int | None) -> ProductionRun | None:
    """What runs on a line, with the line locked: two people who start something at once do it one after the other."""
    require(by, "exposure.record")
    require_plant(by, line.plant)
    ProductionLine.objects.select_for_update().get(pk=line.pk)
    running = ProductionRun.objects.filter(line=line, ended_at__isnull=True).select_related("product").first()
    if seen is not None and seen != (running.pk if running else 0):
        now = f"{running.product} runs there" if running else "nothing runs there any more"
        raise Stale(f"Meanwhile it was changed: {now}. Look at it again.")
    return running


@transaction.atomic
def start_run(by: User, *, line: ProductionLine, product: Product, seen: int | None = None) -> ProductionRun:
    """Say what runs on a line now; ends what ran before. Returns the running row when nothing changes.

    `seen` is the key of the run that the person saw there (0: none); Stale when it is another one by now.
    """
    running = _now_on(by, line, seen)
    if running is not None:
        if running.product_id == product.pk:
            return running
        running.ended_at = clock.now()
        running.save(update_fields=["ended_at"])
    run = ProductionRun.objects.create(line=line, product=product, started_at=clock.now())
    data = {"line": line.code, "product": [running and running.product.code, product.code]}
    events.write(by=by, verb="exposure.start_run", subject=run, data=data, plant_id=line.plant_id)
    return run


@transaction.atomic
def stop_run(by: User, *, line: ProductionLine, seen: int | None = None) -> ProductionRun | None:
    """Say that nothing runs on a line now; `seen` as in `start_run`. None when nothing ran."""
    running = _now_on(by, line, seen)
    if running is None:
        return None
    running.ended_at = clock.now()
    running.save(update_fields=["ended_at"])
    data = {"line": line.code, "product": [running.product.code, None]}
    events.write(by=by, verb="exposure.stop_run", subject=running, data=data, plant_id=line.plant_id)
    return running
