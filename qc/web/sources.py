"""Where defects come from: lines and suppliers, each with its rate, what stands out and what was logged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from qc import clock
from qc.analysis import line_history
from qc.models import (
    Defect,
    Finding,
    Nonconformance,
    ProductionCount,
    ProductionLine,
    Supplier,
    SupplierLot,
    User,
)
from qc.services import moments
from qc.stats import rates
from qc.web import masters
from qc.web.access import InsideRequest, inside_required
from qc.web.chart_choice import chart_of
from qc.web.covering import PLACES, with_findings
from qc.web.lists import page_of
from qc.web.master_kinds import MASTERS

DAYS = 28
LATEST = 12


@dataclass(frozen=True, slots=True)
class Rate:
    """Records per unit in parts per million, with the exact 95 % interval; no rate without units."""

    incidents: int
    units: int
    ppm: float = 0.0
    low: float = 0.0
    high: float = 0.0


def rate_of(incidents: int, units: int | None) -> Rate:
    """The rate of so many records on so many units."""
    if not units:
        return Rate(incidents, 0)
    interval = rates.poisson_interval(incidents, units / 1_000_000)
    return Rate(incidents, units, interval.rate, interval.low, interval.high)


def first_day() -> dt.date:
    """The first of the days that these pages look at."""
    return clock.today() - dt.timedelta(days=DAYS - 1)


def _records(user: User) -> QuerySet[Defect]:
    return Defect.objects.visible_to(user).counted().filter(production_on__gte=first_day())


def _number(rows: Any, name: str, of: Iterable[int]) -> dict[int, int]:
    """How many rows point at each of the keys."""
    counted = rows.order_by().filter(**{f"{name}__in": list(of)}).values_list(name).annotate(n=Count("pk"))
    return dict(counted)


def _units(user: User, lines: Iterable[int]) -> dict[int, int]:
    counts = ProductionCount.objects.visible_to(user).filter(line__in=list(lines), production_on__gte=first_day())
    return dict(counts.order_by().values_list("line").annotate(n=Sum("units")))


def _systemic(user: User) -> QuerySet[Finding]:
    return Finding.objects.visible_to(user).current().systemic()


def _standing_out(user: User, **where: Any) -> list[Finding]:
    rows = Finding.objects.visible_to(user).current().filter(**where).exclude(decision="dismissed")
    rows = rows.filter(Q(human_verdict="", verdict__in=["systemic", "one_off"]) | Q(human_verdict="systemic"))
    return list(rows.select_related("plant", "defect_type").order_by("-verdict", "-changed_at")[:8])


def _master(user: User, noun: str, row: Any) -> dict[str, Any]:
    """What every master record's page says: what hangs below it, who changed it."""
    return {"master": MASTERS[noun]} | masters.around(user, MASTERS[noun], row)


@inside_required
def line_list(request: InsideRequest) -> HttpResponse:
    lines = ProductionLine.objects.visible_to(request.user).select_related("plant")
    context = page_of(request, lines)
    keys = [line.pk for line in context["page"]]
    records, units = _number(_records(request.user), "line", keys), _units(request.user, keys)
    systemic = _number(_systemic(request.user), "line", keys)
    context["rows"] = [
        {
            "line": line,
            "rate": rate_of(records.get(line.pk, 0), units.get(line.pk)),
            "systemic": systemic.get(line.pk, 0),
        }
        for line in context["page"]
    ]
    return render(request, "qc/line_list.html", context)


@inside_required
def line_detail(request: InsideRequest, pk: int) -> HttpResponse:
    line = get_object_or_404(ProductionLine.objects.visible_to(request.user).select_related("plant"), pk=pk)
    records = _records(request.user).filter(line=line).count()
    latest = Defect.objects.visible_to(request.user).filter(line=line).select_related(*PLACES)[:LATEST]
    cases = Nonconformance.objects.visible_to(request.user).open().filter(line=line)
    context = {
        "line": line,
        "since": first_day(),
        "rate": rate_of(records, _units(request.user, [pk]).get(pk)),
        "findings": _standing_out(request.user, line=line),
        "rows": with_findings(request.user, list(latest)),
        "cases": cases.select_related("owner")[:10],
    }
    context |= _chart(request, line) | _master(request.user, "line", line)
    return render(request, "qc/line_detail.html", context)


def _chart(request: InsideRequest, line: ProductionLine) -> dict[str, Any]:
    """The line's weeks against the plant's other lines, as the chart that the person chose."""
    weeks = line_history.of_line(line, today=clock.today(line.plant.time_zone))
    marks = moments.of_line(request.user, line, first=weeks.weeks[0]) if weeks.weeks else []
    return chart_of(request, weeks, marks)


@inside_required
def supplier_list(request: InsideRequest) -> HttpResponse:
    context = page_of(request, Supplier.objects.visible_to(request.user))
    keys = [supplier.pk for supplier in context["page"]]
    records = _number(_records(request.user), "supplier", keys)
    systemic = _number(_systemic(request.user), "supplier", keys)
    cases = _number(Nonconformance.objects.visible_to(request.user).open(), "supplier", keys)
    context["rows"] = [
        {
            "supplier": supplier,
            "recent": records.get(supplier.pk, 0),
            "systemic": systemic.get(supplier.pk, 0),
            "cases": cases.get(supplier.pk, 0),
        }
        for supplier in context["page"]
    ]
    return render(request, "qc/supplier_list.html", context)


@inside_required
def supplier_detail(request: InsideRequest, pk: int) -> HttpResponse:
    supplier = get_object_or_404(Supplier.objects.visible_to(request.user), pk=pk)
    lots = SupplierLot.objects.visible_to(request.user).filter(part__supplier=supplier)
    delivered = lots.filter(received_on__gte=first_day()).aggregate(n=Sum("units"))["n"]
    on_delivered = _records(request.user).filter(supplier_lot__in=lots.filter(received_on__gte=first_day()))
    latest = Defect.objects.visible_to(request.user).filter(supplier=supplier).select_related(*PLACES)[:LATEST]
    counted = Q(defects__status__in=[Defect.Status.LOGGED, Defect.Status.CONFIRMED])
    shown = lots.select_related("part", "plant").annotate(found=Count("defects", filter=counted))
    cases = Nonconformance.objects.visible_to(request.user).open().filter(supplier=supplier)
    context = {
        "supplier": supplier,
        "since": first_day(),
        "rate": rate_of(on_delivered.count(), delivered),
        "findings": _standing_out(request.user, supplier=supplier),
        "rows": with_findings(request.user, list(latest)),
        "lots": shown.order_by(F("received_on").desc(nulls_last=True), "code")[:LATEST],
        "cases": cases.select_related("owner")[:10],
        "contacts": supplier.contacts.select_related("backup").order_by("-is_active", "username"),
    }
    return render(request, "qc/supplier_detail.html", context | _master(request.user, "supplier", supplier))
