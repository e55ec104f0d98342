"""A finding's weeks: incidents and units of its scope against the rest, for the chart that shows it."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

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
    seen = _seen(finding)
    everywhere, inside = seen.weeks(seen.everywhere), seen.weeks(seen.inside)
    weeks = _weeks(everywhere)
    units, rest_units = _units(finding, seen, weeks)
    return History(
        weeks=weeks,
        incidents=[inside[week] for week in weeks],
        units=units,
        rest_incidents=[everywhere[week] - inside[week] for week in weeks],
        rest_units=rest_units,
        since=finding.since,
        until=finding.until,
        label=", ".join(f"{name} {value}" for name, value in finding.where.items()) or "whole plant",
    )


Cells = Counter[tuple[dt.date, int | None]]  # records per production date and line


@dataclass(frozen=True, slots=True)
class _Seen:
    """The type's records, all and those of the scope, counted by the database in one pass."""

    everywhere: Cells
    inside: Cells

    @staticmethod
    def weeks(cells: Cells) -> Counter[dt.date]:
        weeks: Counter[dt.date] = Counter()
        for (day, _line), records in cells.items():
            weeks[_monday(day)] += records
        return weeks

    @staticmethod
    def lines(cells: Cells) -> set[int]:
        return {line for (_day, line), records in cells.items() if line is not None and records}


def _seen(finding: Finding) -> _Seen:
    records = Defect.objects.filter(plant=finding.plant, counts_as=finding.defect_type).counted()
    here = matching(finding.where, zone=finding.plant.zone)
    inside = Count("pk", filter=here) if finding.where else Count("pk")
    rows = records.order_by().values_list("production_on", "line_id").annotate(records=Count("pk"), here=inside)
    everywhere: Cells = Counter()
    within: Cells = Counter()
    for day, line, number, of_scope in rows:
        everywhere[day, line], within[day, line] = number, of_scope
    return _Seen(everywhere, within)


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())


def _weeks(seen: Iterable[dt.date]) -> list[dt.date]:
    mondays = sorted(seen)
    if not mondays:
        return []
    count = (mondays[-1] - mondays[0]).days // 7 + 1
    return [mondays[-1] - dt.timedelta(weeks=back) for back in reversed(range(min(count, WEEKS)))]


def _units(finding: Finding, seen: _Seen, weeks: list[dt.date]) -> tuple[list[float] | None, list[float] | None]:
    """Units of the scope and of the rest, where production counts can tell them apart; else (None, None)."""
    names = set(finding.where)
    if not weeks or not names <= COUNTED | ON_A_LINE:
        return None, None
    counts = ProductionCount.objects.filter(line__in=seen.lines(seen.everywhere), production_on__gte=weeks[0])
    mine = counts
    if names & {"line"} | names & ON_A_LINE:
        mine = mine.filter(line__in=seen.lines(seen.inside))
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
