"""Production counts: a grid per line and week that people will really fill in."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock, permissions
from qc.errors import Refused
from qc.models import Plant, ProductionCount, ProductionLine, Shift, User
from qc.services import exposure
from qc.web.access import InsideRequest, inside_required

UNITS = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass
class Cell:
    """One day and shift of the grid: what is stored, what was typed, and what is wrong with it."""

    name: str
    day: dt.date
    shift: Shift | None
    stored: int | None
    text: str
    by_product: bool
    label: str
    error: str = ""


def _monday(text: str | None, zone: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text or "")
    except ValueError:
        day = clock.today(zone)
    if not dt.date(1990, 1, 1) <= day <= dt.date(2200, 1, 1):
        day = clock.today(zone)
    return day - dt.timedelta(days=day.weekday())


@inside_required
def count_list(request: InsideRequest) -> HttpResponse:
    """The lines of the person's plants, and for which of the last weeks their counts are missing."""
    lines = list(ProductionLine.objects.visible_to(request.user).filter(is_active=True).select_related("plant"))
    weeks = [_monday(None, "UTC") - dt.timedelta(weeks=back) for back in range(4)]
    counts = ProductionCount.objects.visible_to(request.user).filter(production_on__gte=weeks[-1])
    known = set(counts.order_by().values_list("line_id", "production_on").distinct())
    rows = []
    for line in lines:
        days = {week: sum((line.pk, week + dt.timedelta(days=d)) in known for d in range(7)) for week in weeks}
        rows.append({"line": line, "weeks": list(days.items())})
    context = {"rows": rows, "weeks": weeks, "plants": Plant.objects.visible_to(request.user).count()}
    return render(request, "qc/count_list.html", context)


@inside_required
def count_create(request: InsideRequest, pk: int) -> HttpResponse:
    """The week of one line, by shift. Saving writes what was changed, all of it or nothing."""
    lines = ProductionLine.objects.visible_to(request.user).select_related("plant")
    line = get_object_or_404(lines, pk=pk)
    week = _monday(request.GET.get("week"), line.plant.time_zone)
    cells = _cells(request.user, line, week)
    status = 200
    if request.method == "POST":
        permissions.require(request.user, "exposure.record")
        _take(cells, request)
        if not any(cell.error for cell in cells) and _save(request.user, line, cells):
            messages.success(request, _("Counts of %(line)s are saved.") % {"line": line})
            return redirect(f"{reverse('qc:count-create', args=[line.pk])}?week={week}")
        status = 422
    return render(request, "qc/count_form.html", _context(line, week, cells), status=status)


def _cells(user: User, line: ProductionLine, week: dt.date) -> list[Cell]:
    last = week + dt.timedelta(days=6)
    rows = ProductionCount.objects.visible_to(user).filter(line=line, production_on__range=(week, last))
    stored: dict[tuple[dt.date, int | None], int] = {}
    by_product = set()
    for day, shift_id, product_id, units in rows.values_list("production_on", "shift_id", "product_id", "units"):
        stored[day, shift_id] = stored.get((day, shift_id), 0) + units
        if product_id:
            by_product.add((day, shift_id))
    shifts: list[Shift | None] = [*Shift.objects.visible_to(user).filter(plant=line.plant)]
    cells = []
    for shift in shifts or [None]:
        for offset in range(7):
            day, key = week + dt.timedelta(days=offset), shift.pk if shift else None
            known = stored.get((day, key))
            text = "" if known is None else str(known)
            name = f"u-{day}-{key or 0}"
            label = f"{shift or _('Day')}, {day:%a %-d %b}"
            cells.append(Cell(name, day, shift, known, text, (day, key) in by_product, label))
    return cells


def _take(cells: list[Cell], request: InsideRequest) -> None:
    for cell in cells:
        if cell.by_product or cell.name not in request.POST:
            continue
        cell.text = request.POST[cell.name].strip()
        if cell.text and not UNITS.fullmatch(cell.text):
            cell.error = _("Units are a whole number such as 480; %(text)s is not.") % {"text": cell.text[:40]}
        elif not cell.text and cell.stored is not None:
            cell.error = _("A count cannot be emptied. If nothing was made, write 0.")


@transaction.atomic
def _save(by: User, line: ProductionLine, cells: list[Cell]) -> bool:
    changed = [cell for cell in cells if cell.text and not cell.by_product and cell.text != str(cell.stored)]
    rows = [{"line": line, "production_on": cell.day, "shift": cell.shift, "units": int(cell.text)} for cell in changed]
    try:
        exposure.set_counts(by, rows=rows)
    except Refused as refusal:
        late = [cell for cell in changed if cell.day > clock.today(line.plant.time_zone)]
        for cell in late or changed[:1]:
            cell.error = refusal.message
        return False
    return True


def _context(line: ProductionLine, week: dt.date, cells: list[Cell]) -> dict[str, object]:
    shifts: dict[Shift | None, list[Cell]] = {}
    for cell in cells:
        shifts.setdefault(cell.shift, []).append(cell)
    return {
        "line": line,
        "week": week,
        "days": [week + dt.timedelta(days=offset) for offset in range(7)],
        "earlier": week - dt.timedelta(weeks=1),
        "later": week + dt.timedelta(weeks=1),
        "shifts": list(shifts.items()),
        "errors": [cell for cell in cells if cell.error],
        "by_product": any(cell.by_product for cell in cells),
        "total": sum(cell.stored or 0 for cell in cells),
    }
