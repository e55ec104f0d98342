"""The first page: what needs this person, by role."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from qc import clock, permissions
from qc.models import CorrectiveAction, Defect, Event, Finding, Nonconformance, Plant, ProductionCount, User
from qc.web.access import InsideRequest
from qc.web.covering import PLACES, with_findings
from qc.web.sources import DAYS, rate_of
from qc.web.system import demo_progress

FEW = 6
Role = User.Role


def home(request: InsideRequest) -> HttpResponse:
    """Outside users have their own place; everyone else sees what the role needs first."""
    user = request.user
    if user.is_outside:
        return redirect("portal:home")
    if not permissions.is_inside(user):
        raise Http404
    context: dict[str, Any] = {"progress": demo_progress()}
    if user.role == Role.INSPECTOR:
        context |= _at_the_line(user)
    elif user.role == Role.AUDITOR:
        context["events"] = Event.objects.visible_to(user).select_related("by", "plant")[:20]
    else:
        context |= {"strip": _strip(user), "systemic": _systemic(user)[:FEW], "days": DAYS}
    if user.role in (Role.ENGINEER, Role.MANAGER):
        context["is_quality"] = True
        context |= {"known": _systemic(user).exclude(decision="none")[:FEW], "top": _most(user)}
    return render(request, f"qc/home_{_kind(user)}.html", context)


def _kind(user: User) -> str:
    kinds = {Role.INSPECTOR: "inspector", Role.AUDITOR: "auditor"}
    return kinds.get(Role(user.role), "quality")


def _systemic(user: User) -> Any:
    rows = Finding.objects.visible_to(user).current().systemic()
    return rows.select_related("plant", "defect_type").order_by("-changed_at", "-pk")


def _at_the_line(user: User) -> dict[str, Any]:
    mine = Defect.objects.visible_to(user).filter(recorded_by=user).select_related(*PLACES)
    actions = CorrectiveAction.objects.visible_to(user).open().filter(owner=user)
    return {
        "rows": with_findings(user, list(mine.order_by("-recorded_at", "-pk")[:FEW])),
        "systemic": _systemic(user)[:FEW],
        "actions": actions.select_related("nonconformance")[:FEW],
        "today": clock.today(),
    }


def _strip(user: User) -> dict[str, Any]:
    """The plants of this person in one line of figures."""
    today = clock.today()
    week, month = today - dt.timedelta(days=6), today - dt.timedelta(days=DAYS - 1)
    before = (week - dt.timedelta(days=7), week - dt.timedelta(days=1))
    records = Defect.objects.visible_to(user).counted()
    units = ProductionCount.objects.visible_to(user).filter(production_on__gte=month).aggregate(n=Sum("units"))["n"]
    cases = Nonconformance.objects.visible_to(user)
    on_lines = records.filter(production_on__gte=month, line__isnull=False)
    plants = list(Plant.objects.visible_to(user)[:2])
    return {
        "plant": plants[0] if len(plants) == 1 else None,
        "rate": rate_of(on_lines.count(), units),
        "week": records.filter(production_on__gte=week).count(),
        "week_before": records.filter(production_on__range=before).count(),
        "new_systemic": _systemic(user).filter(first_seen_at__date__gte=week).count(),
        "systemic": _systemic(user).count(),
        "cases": cases.open().count(),
        "late": cases.overdue(on=today).count(),
    }


def _most(user: User) -> list[dict[str, Any]]:
    """The defect codes logged most in the last four weeks."""
    rows = Defect.objects.visible_to(user).counted().filter(production_on__gte=clock.today() - dt.timedelta(DAYS - 1))
    names = ("counts_as", "counts_as__name")
    return list(rows.order_by().values(*names).annotate(n=Count("pk")).order_by("-n", "counts_as__name")[:8])
