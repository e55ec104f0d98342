"""Numbers per viewer: every function takes the viewer and starts from what that viewer may see."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet, Sum

from qc import clock
from qc.errors import NotAllowed
from qc.models import Defect, DefectType, Event, Finding, Plant, ProductionCount, User
from qc.stats.rates import binomial_interval, poisson_interval
from reports import duties, gaps
from reports.duties import Duties

TREND_WEEKS = 13
STANDING_ROWS = 15
MILLION = 1_000_000


@dataclass(frozen=True)
class Rate:
    """Defects per million units with the exact 95 % interval. Both counts are of line days with a production count."""

    defects: int
    units: int
    ppm: float
    low: float
    high: float


@dataclass(frozen=True)
class FindingLine:
    """A systemic finding, as it was said."""

    pk: int
    code: str
    name: str
    sentence: str
    since: dt.date | None
    decision: str


@dataclass(frozen=True)
class ParetoLine:
    """A defect type with its records this week and the week before; shares are of this week's records."""

    code: str
    name: str
    count: int
    before: int
    share: float
    cumulative: float


@dataclass(frozen=True)
class WeekLine:
    """Seven days: all records, and those with units that the rate is made of."""

    start: dt.date
    records: int
    defects: int
    units: int


@dataclass(frozen=True)
class WeeklySummary:
    """A plant's seven days, complete: every layout is made from this and nothing else."""

    plant: str
    plant_code: str
    time_zone: str
    period_from: dt.date
    period_until: dt.date
    made_at: dt.datetime
    new_findings: tuple[FindingLine, ...]
    standing: int
    standing_findings: tuple[FindingLine, ...]
    pareto: tuple[ParetoLine, ...]
    records: int
    records_before: int
    rate: Rate | None
    rate_before: Rate | None
    weeks: tuple[WeekLine, ...]
    cases: Duties
    actions: Duties
    answers: Duties
    missing: tuple[str, ...]
    audit_sequence: int
    audit_hash: str


def weekly(viewer: User, plant: Plant, period_from: dt.date, period_until: dt.date) -> WeeklySummary:
    """What happened at a plant in the days from `period_from` to `period_until`, both included, and what is due now.

    The week before and the trend are taken back from there in steps of seven days. NotAllowed when the viewer may
    not read the plant.
    """
    if not Plant.objects.visible_to(viewer).filter(pk=plant.pk).exists():
        raise NotAllowed(f"{viewer} may not read {plant}.")
    now = clock.now()
    today = now.astimezone(plant.zone).date()
    weeks = _weeks(viewer, plant, period_until)
    new, standing = _findings(viewer, plant, period_from, period_until)
    pareto = _pareto(viewer, plant, period_from, period_until)
    anchor = Event.objects.order_by("-sequence").values_list("sequence", "hash").first()
    return WeeklySummary(
        plant=plant.name,
        plant_code=plant.code,
        time_zone=plant.time_zone,
        period_from=period_from,
        period_until=period_until,
        made_at=now,
        new_findings=tuple(_line(finding) for finding in new),
        standing=len(new) + len(standing),
        standing_findings=tuple(_line(finding) for finding in standing[:STANDING_ROWS]),
        pareto=pareto,
        records=sum(line.count for line in pareto),
        records_before=sum(line.before for line in pareto),
        rate=rate(weeks[-1].defects, weeks[-1].units),
        rate_before=rate(weeks[-2].defects, weeks[-2].units),
        weeks=weeks,
        cases=duties.cases(viewer, plant, today),
        actions=duties.actions(viewer, plant, today),
        answers=duties.answers(viewer, plant, now),
        missing=gaps.missing(viewer, plant, period_from, period_until),
        audit_sequence=anchor[0] if anchor else 0,
        audit_hash=anchor[1] if anchor else "",
    )


def rate(defects: int, units: int) -> Rate | None:
    """Defects per million units; None without units, because nothing made is no data and not zero."""
    if units <= 0:
        return None
    if defects <= units:
        low, high = binomial_interval(defects, units)
    else:
        interval = poisson_interval(defects, units)
        low, high = interval.low, interval.high
    return Rate(defects, units, defects / units * MILLION, low * MILLION, high * MILLION)


def _records(viewer: User, plant: Plant, first: dt.date, last: dt.date) -> QuerySet[Defect]:
    days = Q(production_on__gte=first, production_on__lte=last)
    return Defect.objects.visible_to(viewer).counted().filter(days, plant=plant).order_by()


def _weeks(viewer: User, plant: Plant, last: dt.date) -> tuple[WeekLine, ...]:
    starts = [last - dt.timedelta(days=7 * back + 6) for back in reversed(range(TREND_WEEKS))]
    found = _records(viewer, plant, starts[0], last).values_list("line_id", "production_on").annotate(n=Count("pk"))
    counts = ProductionCount.objects.visible_to(viewer).filter(
        line__plant=plant, production_on__gte=starts[0], production_on__lte=last
    )
    made = {
        (line, day): units
        for line, day, units in counts.order_by().values_list("line_id", "production_on").annotate(n=Sum("units"))
        if units
    }
    records: Counter[int] = Counter()
    defects: Counter[int] = Counter()
    units_made: Counter[int] = Counter()
    for line, day, number in found:
        week = (day - starts[0]).days // 7
        records[week] += number
        defects[week] += number if (line, day) in made else 0
    for (_, day), units in made.items():
        units_made[(day - starts[0]).days // 7] += units
    return tuple(WeekLine(start, records[i], defects[i], units_made[i]) for i, start in enumerate(starts))


def _pareto(viewer: User, plant: Plant, first: dt.date, last: dt.date) -> tuple[ParetoLine, ...]:
    length = last - first + dt.timedelta(days=1)
    this = Count("pk", filter=Q(production_on__gte=first))
    before = Count("pk", filter=Q(production_on__lt=first))
    rows = _records(viewer, plant, first - length, last).values_list("counts_as").annotate(this=this, before=before)
    names = {kind.pk: kind for kind in DefectType.objects.visible_to(viewer).filter(pk__in=[row[0] for row in rows])}
    total = sum(count for _, count, _ in rows) or 1
    lines, seen = [], 0
    for pk, count, then in sorted(rows, key=lambda row: (-row[1], -row[2], names[row[0]].code)):
        seen += count
        lines.append(ParetoLine(names[pk].code, names[pk].name, count, then, count / total, seen / total))
    return tuple(lines)


def _findings(viewer: User, plant: Plant, first: dt.date, last: dt.date) -> tuple[list[Finding], list[Finding]]:
    start = dt.datetime.combine(first, dt.time(), plant.zone)
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), plant.zone)
    systemic = Finding.objects.visible_to(viewer).filter(plant=plant, first_seen_at__lt=end).current().systemic()
    rows = list(systemic.select_related("defect_type").order_by("-first_seen_at", "-pk"))
    return [row for row in rows if row.first_seen_at >= start], [row for row in rows if row.first_seen_at < start]


def _line(finding: Finding) -> FindingLine:
    return FindingLine(
        pk=finding.pk,
        code=finding.defect_type.code,
        name=finding.defect_type.name,
        sentence=finding.explanation,
        since=finding.since,
        decision=finding.get_decision_display(),
    )
