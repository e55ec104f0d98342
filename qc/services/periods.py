"""Incidents and exposure before and after a fix, counted in the database."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum

from qc.analysis.scope import matching
from qc.models import Defect, EffectivenessCheck, Plant, ProductionCount, ProductionLine

DAY = dt.timedelta(days=1)
COVERED = 0.9  # of the incidents before lie on days with counts: enough to judge by units made
PATIENCE = 14  # days after the fix in which counts may be late


@dataclass(frozen=True, slots=True)
class Side:
    """Incidents and exposure day by day from `first` to `last`, both included; none when `last` is before `first`.

    By units made only the days with counts are here, with the incidents of these days.
    """

    first: dt.date
    last: dt.date
    days: tuple[dt.date, ...]
    counts: tuple[int, ...]
    exposures: tuple[float, ...]

    @property
    def incidents(self) -> int:
        """All incidents of the period."""
        return sum(self.counts)

    @property
    def exposure(self) -> float:
        """All exposure of the period."""
        return sum(self.exposures)

    def until(self, days: int) -> Side:
        """The period cut behind its first so many days; all of it when there are no more."""
        if days >= len(self.days):
            return self
        last = self.days[days - 1] if days else self.first - DAY
        return Side(self.first, last, self.days[:days], self.counts[:days], self.exposures[:days])


@dataclass(frozen=True, slots=True)
class Measured:
    """Both sides of a fix, and whether exposure is in units made or in calendar days."""

    before: Side
    after: Side
    unit: str


def measured(
    check: EffectivenessCheck, plant: Plant, *, implemented_on: dt.date, until: dt.date, unit: str | None = None
) -> Measured:
    """Count both periods of a check. The day of the change is in neither, nor is `until` itself (it is not over).

    By units made where production counts cover the incidents before (only incidents of counted days then count),
    else by calendar days, and always by these when `unit` says days.
    """
    last = min(until - DAY, implemented_on + check.window_days * DAY)
    before = (check.before_from, implemented_on - DAY)
    after = (implemented_on + DAY, last)
    incidents = _incidents(check, plant, before[0], last)
    units = _units(check, plant, before[0], last) if unit != "days" else {}
    if _has_counts(incidents, units, before, after):
        return Measured(_side(before, incidents, units), _side(after, incidents, units), "units")
    return Measured(_side(before, incidents), _side(after, incidents), "days")


def followed(check: EffectivenessCheck, plant: Plant, *, first: dt.date, until: dt.date, unit: str) -> Side:
    """Incidents and exposure of a check's scope from `first` on, in `unit`; the day `until` is not over."""
    period = (first, until - DAY)
    incidents = _incidents(check, plant, *period)
    return _side(period, incidents, _units(check, plant, *period) if unit == "units" else None)


def _side(
    period: tuple[dt.date, dt.date], incidents: dict[dt.date, int], units: dict[dt.date, int] | None = None
) -> Side:
    first, last = period
    days = tuple(first + i * DAY for i in range(max((last - first).days + 1, 0)))
    if units is not None:
        days = tuple(day for day in days if units.get(day))
    exposures = tuple(1.0 if units is None else float(units[day]) for day in days)
    return Side(first, last, days, tuple(incidents.get(day, 0) for day in days), exposures)


def _sum(values: dict[dt.date, int], period: tuple[dt.date, dt.date], only: dict[dt.date, int] | None = None) -> int:
    days = (day for day in values if period[0] <= day <= period[1] and (only is None or only.get(day)))
    return sum(values[day] for day in days)


def _has_counts(
    incidents: dict[dt.date, int],
    units: dict[dt.date, int],
    before: tuple[dt.date, dt.date],
    after: tuple[dt.date, dt.date],
) -> bool:
    if not _sum(units, before):
        return False
    if _sum(incidents, before, units) < COVERED * _sum(incidents, before):
        return False
    return bool(_sum(units, after)) or (after[1] - after[0]).days < PATIENCE


def _incidents(check: EffectivenessCheck, plant: Plant, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """Records (not quantities) of the type in the scope by production date."""
    rows = (
        Defect.objects.counted()
        .judged_as(check.defect_type)
        .filter(
            matching(check.where, zone=plant.zone),
            plant=plant,
            production_on__range=(first, last),
        )
    )
    return dict(rows.order_by().values_list("production_on").annotate(Count("pk")))


def _units(check: EffectivenessCheck, plant: Plant, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    """Units made in the scope by production date; product and shift narrow them where the counts name them."""
    rows = ProductionCount.objects.filter(line__in=_lines(check.where, plant), production_on__range=(first, last))
    for name in ("product", "shift"):
        if name in check.where:
            narrowed = rows.filter(**{f"{name}__code__in": _values(check.where[name])})
            rows = narrowed if narrowed.exists() else rows
    return dict(rows.order_by().values_list("production_on").annotate(Sum("units")))


def _lines(where: dict[str, Any], plant: Plant) -> list[int]:
    """The lines on which the scope's units are made: named by it, or fed by its supplier, else all of the plant."""
    lines = ProductionLine.objects.filter(plant=plant)
    named = Q()
    for name, path in (("line", "code"), ("station", "stations__code"), ("machine", "stations__machines__code")):
        if name in where:
            named &= Q(**{f"{path}__in": _values(where[name])})
    if named:
        return list(lines.filter(named).values_list("pk", flat=True).distinct())
    fed = Q()
    for name, path in (("supplier", "part__supplier__code"), ("part", "part__number"), ("supplier_lot", "code")):
        if name in where:
            fed &= Q(**{f"lot_uses__supplier_lot__{path}__in": _values(where[name])})
    keys = list(lines.filter(fed).values_list("pk", flat=True).distinct()) if fed else []
    return keys or list(lines.values_list("pk", flat=True))


def _values(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
