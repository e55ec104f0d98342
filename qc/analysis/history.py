"""A finding's weeks: incidents and units of its scope against the rest, for the chart that shows it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from qc.analysis.scope import matching
from qc.models import Defect, Finding, ProductionCount

WEEKS = 52
COUNTED = {"line", "shift", "product"}  # what production counts tell apart; other parts of a scope share these units
ON_A_LINE = {"station", "machine", "tool", "operator", "inspector", "hour_of_week"}


@dataclass(frozen=True, slots=True)
class History:
    """Weeks from Monday to Sunday. `units` is None when production counts do not cover the scope."""

    weeks: list[dt.date]
    incidents: list[int]
    units: list[float] | None
    rest_incidents: list[int]
    rest_units: list[float] | None
    since: dt.date | None
    until: dt.date | None
    label: str


def weekly(finding: Finding) -> History:
    """The weeks of a finding's defect type at its plant: inside its scope and everywhere else on the same lines."""
    records = Defect.objects.filter(plant=finding.plant, defect_type=finding.defect_type).counted()
    inside = Counter(_mondays(records.filter(matching(finding.where, zone=finding.plant.zone))))
    everywhere = Counter(_mondays(records))
    weeks = _weeks(everywhere)
    rest = [everywhere[week] - inside[week] for week in weeks]
    units, rest_units = _units(finding, records, weeks)
    return History(
        weeks=weeks,
        incidents=[inside[week] for week in weeks],
        units=units,
        rest_incidents=rest,
        rest_units=rest_units,
        since=finding.since,
        until=finding.until,
        label=", ".join(f"{name} {value}" for name, value in finding.where.items()) or "whole plant",
    )


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _mondays(records: QuerySet[Defect]) -> Iterable[dt.date]:
    return (_monday(day) for day in records.order_by().values_list("production_on", flat=True).iterator())


def _weeks(seen: Iterable[dt.date]) -> list[dt.date]:
    mondays = sorted(seen)
    if not mondays:
        return []
    count = (mondays[-1] - mondays[0]).days // 7 + 1
    return [mondays[-1] - dt.timedelta(weeks=back) for back in reversed(range(min(count, WEEKS)))]


def _units(
    finding: Finding, records: QuerySet[Defect], weeks: list[dt.date]
) -> tuple[list[float] | None, list[float] | None]:
    """Units of the scope and of the rest, where production counts can tell them apart; else (None, None)."""
    names = set(finding.where)
    if not weeks or not names <= COUNTED | ON_A_LINE:
        return None, None
    lines = set(records.order_by().exclude(line=None).values_list("line_id", flat=True).distinct())
    counts = ProductionCount.objects.filter(line__in=lines, production_on__gte=weeks[0])
    mine = counts
    if names & {"line"} | names & ON_A_LINE:
        own = (
            records.filter(matching(finding.where, zone=finding.plant.zone))
            .order_by()
            .values_list("line_id", flat=True)
            .distinct()
        )
        mine = mine.filter(line__in=set(own))
    if "shift" in names:
        mine = mine.filter(shift__code=finding.where["shift"])
    if "product" in names:
        mine = mine.filter(product__code=finding.where["product"])
    inside, everywhere = _by_week(mine), _by_week(counts)
    if not all(everywhere[week] for week in weeks):
        return None, None
    return [inside[week] for week in weeks], [everywhere[week] - inside[week] for week in weeks]


def _by_week(counts: QuerySet[ProductionCount]) -> Counter[dt.date]:
    weeks: Counter[dt.date] = Counter()
    for day, units in counts.order_by().values_list("production_on").annotate(units=Sum("units")):
        weeks[_monday(day)] += units
    return weeks
