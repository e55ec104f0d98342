"""What the page of a finding shows, gathered in a fixed number of queries."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from qc import charts
from qc.analysis import explain, history, rivals
from qc.analysis.scope import matching
from qc.models import (
    CaseProposal,
    Comment,
    CorrectiveAction,
    Defect,
    EffectivenessCheck,
    Event,
    Finding,
    Nonconformance,
)
from qc.services import moments
from qc.web.access import InsideRequest
from qc.web.chart_choice import MOST_DAYS, chart_of
from qc.web.covering import PLACES

LATEST, SIMILAR, TRAIL = 8, 5, 30
MOST_PLACES = 200  # pairs of line and shift in the map
DECISIONS = ("finding.confirm", "finding.dismiss", "finding.override", "finding.reconsider", "finding.object")


def page_of(request: InsideRequest, finding: Finding) -> dict[str, Any]:
    """Everything but the forms."""
    scope = Defect.objects.visible_to(request.user).counted().filter(plant=finding.plant)
    scope = scope.filter(matching(finding.where, zone=finding.plant.zone), counts_as=finding.defect_type)
    cases = Nonconformance.objects.visible_to(request.user).filter(finding=finding).select_related("owner")
    events = Event.objects.visible_to(request.user).about(finding).select_related("by", "plant")
    known = list(cases)
    return {
        "finding": finding,
        **_chart(request, finding, scope),
        "records": scope.select_related(*PLACES)[:LATEST],
        "heat": _heat(scope),
        "rivals": [_rival(row) for row in finding.rivals if row["role"] != "scope"],
        "ruled_out": [_named(text) for text in finding.ruled_out],
        "similar": _similar(request, finding),
        "open_cases": [case for case in known if case.is_open],
        "closed_cases": [case for case in known if not case.is_open],
        "open_case": next((case for case in known if case.is_open), None),
        "proposal": CaseProposal.objects.visible_to(request.user).waiting().filter(finding=finding).first(),
        "background": _background(finding),
        "came_back": finding.recurrences.order_by("pk").last(),
        "events": events[:TRAIL],
        "decisions": events.filter(verb__in=DECISIONS)[:TRAIL],
        "comments": Comment.objects.visible_to(request.user).about(finding).select_related("by"),
    }


def _background(finding: Finding) -> dict[str, Any]:
    """How much places differ by nature, as the full run learnt that this finding rests on."""
    learnt = (finding.run.full_run or finding.run).background or {}
    spreads: dict[str, Any] = learnt.get("spreads", {})
    flat = {name: value for name, value in spreads.items() if not isinstance(value, dict)}
    return flat | {
        name: value for inner in spreads.values() if isinstance(inner, dict) for name, value in inner.items()
    }


def _chart(request: InsideRequest, finding: Finding, scope: QuerySet[Defect]) -> dict[str, Any]:
    weeks = history.weekly(finding)
    marks = moments.of_finding(request.user, finding, first=weeks.weeks[0]) if weeks.weeks else []
    days = scope.order_by("-production_on").values_list("production_on", flat=True)[: MOST_DAYS + 1]
    return chart_of(request, weeks, marks, list(days))


def _heat(scope: QuerySet[Defect]) -> charts.Spec | None:
    """Line by shift; nothing where all records lie in one place."""
    rows = scope.order_by().values_list("line__code", "shift__name").annotate(records=Count("pk"))
    cells = [(line or _("no line"), shift or _("no shift"), records) for line, shift, records in rows[:MOST_PLACES]]
    if len(cells) < 2:
        return None
    lines = len({line for line, _shift, _records in cells})
    caption = _("Records by line and shift; %(n)s lines") % {"n": lines}
    return charts.heat_map(sorted(cells), rows=_("Line"), columns=_("Shift"), caption=caption)


def _rival(row: dict[str, Any]) -> dict[str, Any]:
    says = {
        "same": _("the same units: only a trial tells them apart"),
        "finer": _("not all of it: elsewhere as usual"),
        "wider": _("raised elsewhere too"),
        "not_it": _("not it: without it still too many"),
        "both": _("not alone: both are raised"),
        "rather": _("could explain it better"),
        "unsure": _("too few to say"),
        "uncounted": _("most of it names this, but no units are counted for the comparison: only a trial tells"),
    }
    return {**row, "name": explain.place(row["where"]), "says": says[rivals.reading(row)]}


def _named(text: str) -> tuple[str, str]:
    """`mix: the rate...` as its heading and its sentence."""
    name, colon, rest = text.partition(": ")
    return (name.capitalize(), rest[:1].upper() + rest[1:]) if colon and len(name) < 30 else ("", text)


def _similar(request: InsideRequest, finding: Finding) -> list[Finding]:
    """Past and other findings of the same kind, those with a closed case first, and what cured them."""
    closed = Nonconformance.objects.visible_to(request.user).filter(status=Nonconformance.Status.CLOSED)
    rows = Finding.objects.visible_to(request.user).filter(defect_type=finding.defect_type).exclude(pk=finding.pk)
    rows = rows.filter(Q(verdict__in=["systemic", "one_off"]) | Q(pk=finding.recurrence_of_id))
    cured_first = rows.order_by(Exists(closed.filter(finding=OuterRef("pk"))).desc(), "-changed_at", "-pk")
    return list(
        cured_first.select_related("plant", "defect_type").prefetch_related(_closed_cases(request, closed))[:SIMILAR]
    )


def _closed_cases(request: InsideRequest, closed: QuerySet[Nonconformance]) -> Prefetch[Any]:
    """Each finding's closed cases with the actions that were verified and what the numbers said of them."""
    actions = CorrectiveAction.objects.visible_to(request.user).filter(status=CorrectiveAction.Status.VERIFIED)
    checks = EffectivenessCheck.objects.visible_to(request.user).exclude(result=EffectivenessCheck.Result.NOT_YET)
    parts: list[Prefetch[Any]] = [Prefetch("actions", actions), Prefetch("effectiveness_checks", checks)]
    return Prefetch("nonconformances", closed.prefetch_related(*parts), to_attr="closed_cases")
