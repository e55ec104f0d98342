"""A line's weeks: its incidents and units against the plant's other lines, for the chart of the line's page."""

from __future__ import annotations

import datetime as dt
from collections import Counter

from django.db.models import Count, Q, Sum

from qc.analysis.history import WEEKS, History
from qc.models import Defect, ProductionCount, ProductionLine


def of_line(line: ProductionLine, *, today: dt.date) -> History:
    """The last 52 full weeks at most, from the first one with a record; without units if none are counted for it."""
    this_week = today - dt.timedelta(days=today.weekday())
    first = this_week - dt.timedelta(weeks=WEEKS)
    span = Q(production_on__gte=first, production_on__lt=this_week)
    records = Defect.objects.counted().filter(span, plant=line.plant)
    counts = ProductionCount.objects.filter(span, line__plant=line.plant)
    mine = _weeks(records.filter(line=line).order_by().values_list("production_on").annotate(n=Count("pk")))
    every = _weeks(records.order_by().values_list("production_on").annotate(n=Count("pk")))
    made = _weeks(counts.filter(line=line).order_by().values_list("production_on").annotate(n=Sum("units")))
    all_made = _weeks(counts.order_by().values_list("production_on").annotate(n=Sum("units")))
    seen = [week for week in (*mine, *made) if week]
    start = min(seen) if seen else this_week
    weeks = [start + dt.timedelta(weeks=i) for i in range((this_week - start).days // 7)]
    has_units = bool(made)
    return History(
        weeks=weeks,
        incidents=[mine[week] for week in weeks],
        units=[float(made[week]) for week in weeks] if has_units else None,
        rest_incidents=[every[week] - mine[week] for week in weeks],
        rest_units=[float(all_made[week] - made[week]) for week in weeks] if has_units else None,
        since=None,
        until=None,
        label=f"line {line.code}",
    )


def _weeks(days: object) -> Counter[dt.date]:
    weeks: Counter[dt.date] = Counter()
    for day, number in days:  # type: ignore[attr-defined]
        weeks[day - dt.timedelta(days=day.weekday())] += number
    return weeks
