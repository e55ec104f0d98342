"""Two periods of a plant side by side: how much of the change of the rate is the mix, how much the rates themselves."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from qc.models import Defect, DefectType, Plant, ProductionCount, ProductionLine, User
from qc.stats.mix import Decomposition, Effect, decompose, standardised
from qc.stats.rates import Interval, poisson_interval

MILLION = 1_000_000
STRATA = {"product": "product__code", "line": "line__code", "shift": "shift__code"}
Days = tuple[dt.date, dt.date]
Tally = dict[str, int]


@dataclass(frozen=True)
class Side:
    """Incidents and units of one stratum or of all in a period, with the exact interval of the rate in ppm."""

    incidents: int
    units: int
    rate: Interval | None


@dataclass(frozen=True)
class Stratum:
    """A product, line or shift in both periods, and what it adds to the change (ppm)."""

    name: str
    before: Side
    after: Side
    mix: float
    rate: float


@dataclass(frozen=True)
class Comparison:
    """Both periods and the change between them, in ppm. `left_out`: records and units that name no stratum."""

    before_days: Days
    after_days: Days
    by: str
    before: Side
    after: Side
    strata: tuple[Stratum, ...]
    difference: float
    mix: Effect
    rate: Effect
    at_common_mix: tuple[Interval, Interval] | None
    left_out: tuple[int, int]

    @property
    def size(self) -> float:
        """How large the change is, whichever way it goes."""
        return abs(self.difference)

    @property
    def is_sure(self) -> bool:
        """Whether the mix or the rates surely moved it; else it may be chance."""
        return self.mix.is_sure or self.rate.is_sure


def compare(
    viewer: User,
    plant: Plant,
    *,
    before: Days,
    after: Days,
    by: str = "product",
    line: ProductionLine | None = None,
    defect_type: DefectType | None = None,
) -> Comparison | None:
    """Compare two periods over the strata `by`; None while one of them has no units that name a stratum.

    Incidents are records of line days with a production count, as everywhere where rates are told. What names no
    stratum cannot be compared within one; it is left out on both sides and counted. ValueError for an unknown `by`.
    """
    if by not in STRATA:
        raise ValueError(f"periods are compared by {', '.join(STRATA)}, not by {by!r}")
    counts = ProductionCount.objects.visible_to(viewer).filter(line__plant=plant)
    records = Defect.objects.visible_to(viewer).counted().filter(plant=plant)
    if line is not None:
        counts, records = counts.filter(line=line), records.filter(line=line)
    if defect_type is not None:
        records = records.judged_as(defect_type)
    units = [_units(counts, days, by) for days in (before, after)]
    found = [_incidents(records, counts, days, by) for days in (before, after)]
    lost_units = sum(each.pop("", 0) for each in units)
    lost = sum(each.pop("", 0) for each in found)
    for tally, made in zip(found, units, strict=True):
        lost += sum(tally.pop(name) for name in list(tally) if not made.get(name))
    if not (sum(units[0].values()) and sum(units[1].values())):
        return None
    return _compared((before, after), by, found, units, (lost, lost_units))


def _compared(
    days: tuple[Days, Days], by: str, found: list[Tally], units: list[Tally], left_out: tuple[int, int]
) -> Comparison:
    names = sorted({*units[0], *units[1]})
    columns = [[tally.get(name, 0) for name in names] for tally in (found[0], units[0], found[1], units[1])]
    parts = decompose(*columns)
    strata = [
        Stratum(name, _side(n1, e1), _side(n2, e2), mix * MILLION, rate * MILLION)
        for name, n1, e1, n2, e2, mix, rate in zip(
            names, *columns, parts.mix_by_stratum, parts.rate_by_stratum, strict=True
        )
    ]
    strata.sort(key=lambda each: -abs(each.mix + each.rate))
    return Comparison(
        before_days=days[0],
        after_days=days[1],
        by=by,
        before=_side(sum(columns[0]), sum(columns[1])),
        after=_side(sum(columns[2]), sum(columns[3])),
        strata=tuple(strata),
        difference=parts.difference * MILLION,
        mix=_in_ppm(parts.mix),
        rate=_in_ppm(parts.rate),
        at_common_mix=_at_common_mix(columns, parts),
        left_out=left_out,
    )


def _at_common_mix(columns: list[list[int]], parts: Decomposition) -> tuple[Interval, Interval] | None:
    """Both rates at the mix of both periods together; None when a stratum is new or gone."""
    n1, e1, n2, e2 = columns
    if not all(e1) or not all(e2):
        return None
    weights = [a + b for a, b in zip(e1, e2, strict=True)]
    return _ppm(standardised(n1, e1, weights)), _ppm(standardised(n2, e2, weights))


def _side(incidents: int, units: int) -> Side:
    return Side(incidents, units, _ppm(poisson_interval(incidents, units)) if units else None)


def _ppm(interval: Interval) -> Interval:
    return Interval(interval.rate * MILLION, interval.low * MILLION, interval.high * MILLION, interval.confidence)


def _in_ppm(effect: Effect) -> Effect:
    return Effect(effect.value * MILLION, effect.low * MILLION, effect.high * MILLION)


def _units(counts: QuerySet[ProductionCount], days: Days, by: str) -> Tally:
    rows = counts.filter(production_on__range=days, units__gt=0).order_by()
    return _tally(dict(rows.values_list(STRATA[by]).annotate(n=Sum("units"))))


def _incidents(records: QuerySet[Defect], counts: QuerySet[ProductionCount], days: Days, by: str) -> Tally:
    counted = counts.filter(line=OuterRef("line"), production_on=OuterRef("production_on"), units__gt=0)
    rows = records.filter(Q(line__isnull=False), Exists(counted), production_on__range=days).order_by()
    return _tally(dict(rows.values_list(STRATA[by]).annotate(n=Count("pk"))))


def _tally(found: Mapping[str | None, int]) -> Tally:
    """With an empty name for what names no stratum."""
    return {name or "": number for name, number in found.items()}
