"""What happened at a place, to mark in its chart: fixes, new supplier lots, codes that were merged."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Min, Q
from django.utils.translation import gettext as _

from qc.models import CorrectiveAction, DefectType, Finding, LotUse, Nonconformance, ProductionLine, User

MOST_LOTS = 4  # those that came when the trouble began; more would hide the points
LONGEST = 28  # characters of a title
Moment = tuple[dt.date, str]


def of_finding(by: User, finding: Finding, *, first: dt.date) -> list[Moment]:
    """The moments of a finding's scope since `first` that the person may see, in order."""
    actions = CorrectiveAction.objects.visible_to(by).filter(
        nonconformance__in=Nonconformance.objects.visible_to(by).filter(finding=finding)
    )
    return sorted(_fixes(actions, first) + _lots(by, finding, first) + _merges(finding.defect_type, first))


def of_line(by: User, line: ProductionLine, *, first: dt.date) -> list[Moment]:
    """The fixes at a line since `first` that the person may see, in order."""
    cases = Nonconformance.objects.visible_to(by).filter(line=line)
    return sorted(_fixes(CorrectiveAction.objects.visible_to(by).filter(nonconformance__in=cases), first))


def _fixes(actions: Any, first: dt.date) -> list[Moment]:
    rows = actions.filter(implemented_on__gte=first).exclude(status=CorrectiveAction.Status.CANCELLED)
    return [(on, _short(title)) for on, title in rows.values_list("implemented_on", "title")]


def _lots(by: User, finding: Finding, first: dt.date) -> list[Moment]:
    """When the scope's lots came into use; a scope without supply in it has none."""
    paths = {"supplier": "part__supplier__code", "part": "part__number", "supplier_lot": "code"}
    named = Q()
    for name in paths.keys() & finding.where.keys():
        value = finding.where[name]
        values = value if isinstance(value, list | tuple) else [value]
        named &= Q(**{f"supplier_lot__{paths[name]}__in": values})
    if not named:
        return []
    uses = LotUse.objects.visible_to(by).filter(named, line__plant=finding.plant)
    began = uses.order_by().values_list("supplier_lot__code").annotate(on=Min("first_on")).filter(on__gte=first)
    around = finding.since or max((on for _lot, on in began), default=first)
    nearest = sorted(began, key=lambda row: (abs((row[1] - around).days), row[0]))[:MOST_LOTS]
    return [(on, _("Lot %(lot)s") % {"lot": lot}) for lot, on in nearest]


def _merges(defect_type: DefectType, first: dt.date) -> list[Moment]:
    rows = DefectType.objects.filter(merged_into=defect_type, merged_from_on__gte=first)
    told = rows.values_list("code", "merged_from_on")
    return [(on, _("%(code)s counts here") % {"code": code}) for code, on in told if on]


def _short(title: str) -> str:
    return title if len(title) <= LONGEST else title[: LONGEST - 1].rstrip() + "…"
