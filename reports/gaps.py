"""What a report cannot know, said in the report: a missing number is not a zero."""

from __future__ import annotations

import datetime as dt

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qc.models import AnalysisTarget, Defect, Plant, ProductionCount, User

NAMED = 6


def missing(viewer: User, plant: Plant, first: dt.date, last: dt.date) -> tuple[str, ...]:
    """Sentences on what is missing in the days from first to last, both included."""
    days = Q(production_on__gte=first, production_on__lte=last)
    records = Defect.objects.visible_to(viewer).counted().filter(days, plant=plant).order_by()
    return (*_counts(viewer, plant, days, records), *_lots(records), *_analysis(viewer, plant))


def _counts(viewer: User, plant: Plant, days: Q, records: QuerySet[Defect]) -> list[str]:
    counts = ProductionCount.objects.visible_to(viewer).filter(days, line__plant=plant, units__gt=0).order_by()
    counted = set(counts.values_list("line_id", "production_on").distinct())
    if not counted:
        return [_("No production counts for these days: the rate is not known.")]
    found = records.values_list("line_id", "line__code", "production_on").annotate(n=Count("pk"))
    without = [(code, n) for line, code, day, n in found if line is not None and (line, day) not in counted]
    elsewhere = sum(n for line, _code, _day, n in found if line is None)
    said = []
    if without:
        lines = sorted({code for code, _n in without})
        number = sum(n for _code, n in without)
        text = ngettext(
            "%(n)s record is not in the rate, because its line had no production count that day: %(lines)s.",
            "%(n)s records are not in the rate, because their line had no production count that day: %(lines)s.",
            number,
        )
        said.append(text % {"n": f"{number:,}", "lines": _named(lines)})
    if elsewhere:
        text = ngettext(
            "%(n)s record is not in the rate, because it names no line.",
            "%(n)s records are not in the rate, because they name no line.",
            elsewhere,
        )
        said.append(text % {"n": f"{elsewhere:,}"})
    return said


def _lots(records: QuerySet[Defect]) -> list[str]:
    bought = records.filter(supplier__isnull=False)
    numbers = bought.aggregate(n=Count("pk"), lotless=Count("pk", filter=Q(supplier_lot__isnull=True)))
    if not numbers["lotless"]:
        return []
    return [
        _("%(lotless)s of %(n)s records on bought parts name no supplier lot.")
        % {"lotless": f"{numbers['lotless']:,}", "n": f"{numbers['n']:,}"}
    ]


def _analysis(viewer: User, plant: Plant) -> list[str]:
    behind = AnalysisTarget.objects.visible_to(viewer).filter(plant=plant, judged_version__lt=F("input_version"))
    codes = sorted(behind.values_list("defect_type__code", flat=True))
    if not codes:
        return []
    return [_("New records wait for the analysis, so their findings may lag: %(codes)s.") % {"codes": _named(codes)}]


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:NAMED])
    rest = len(names) - NAMED
    return shown if rest <= 0 else _("%(names)s and %(n)s more") % {"names": shown, "n": rest}
