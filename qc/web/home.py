"""The first page: what needs this person, by role."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock, permissions
from qc.analysis import explain
from qc.models import CorrectiveAction, Defect, Event, Finding, Nonconformance, Plant, ProductionCount, User
from qc.web.access import InsideRequest
from qc.web.covering import PLACES, with_findings
from qc.web.sources import DAYS, rate_of
from qc.web.system import demo_progress

FEW = 6
Role = User.Role


@dataclass(frozen=True)
class Todo:
    """Something that waits for this person, with the reason."""

    icon: str
    url: str
    title: str
    why: str
    is_late: bool = False
    verdict: str = ""


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
        context["todo"] = sorted(_todo(user), key=lambda each: not each.is_late)
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


def _todo(user: User) -> Iterator[Todo]:
    yield from _late_work(user)
    yield from _decisions(user)
    yield from _own_cases(user)


def _late_work(user: User) -> Iterator[Todo]:
    today = clock.today()
    cases = Nonconformance.objects.visible_to(user).overdue(on=today).select_related("owner").order_by("due_on")
    for case in cases[:FEW]:
        why = _("The case is overdue since %(day)s; owner %(owner)s.")
        why %= {"day": f"{case.due_on:%-d %b}", "owner": case.owner}
        yield Todo("briefcase", reverse("qc:case-detail", args=[case.pk]), str(case), why, is_late=True)
    actions = CorrectiveAction.objects.visible_to(user).overdue(on=today).exclude(status="done")
    for action in actions.select_related("nonconformance", "owner", "supplier").order_by("due_on")[:FEW]:
        why = _("%(who)s should have done it by %(day)s, for %(case)s.")
        why %= {
            "who": action.owner or action.supplier,
            "day": f"{action.due_on:%-d %b}",
            "case": action.nonconformance.number,
        }
        yield Todo("wrench", _action_url(action), action.title, why, is_late=True)


def _decisions(user: User) -> Iterator[Todo]:
    waiting = CorrectiveAction.objects.visible_to(user).filter(status="done").exclude(done_by=user)
    if permissions.may(user, "action.verify"):
        for action in waiting.select_related("nonconformance", "done_by")[:FEW]:
            why = _("%(who)s says it is done; a second person has to see it.") % {"who": action.done_by}
            yield Todo("check2-square", _action_url(action), action.title, why)
    for finding in _systemic(user).undecided()[:FEW]:
        place = explain.place(finding.where) if finding.where else str(finding.plant)
        known = finding.expected  # none where the records alone say that it is too much
        why = (
            _("%(plant)s: %(found)s found, %(expected)s expected. Is the analysis right?")
            if known
            else _("%(plant)s: %(found)s found. Is the analysis right?")
        )
        why %= {"plant": finding.plant, "found": finding.incidents, "expected": round(known or 0, 1)}
        title = f"{finding.defect_type.name}: {place}"
        yield Todo("graph-up-arrow", reverse("qc:finding-detail", args=[finding.pk]), title, why, verdict="systemic")


def _own_cases(user: User) -> Iterator[Todo]:
    today = clock.today()
    own = Nonconformance.objects.visible_to(user).open().filter(owner=user)
    for case in own.exclude(Q(due_on__lt=today)).order_by("due_on", "opened_at")[:FEW]:
        why = _("Your case: %(state)s.") % {"state": case.get_status_display().lower()}
        yield Todo("briefcase", reverse("qc:case-detail", args=[case.pk]), str(case), why)


def _action_url(action: CorrectiveAction) -> str:
    return f"{reverse('qc:case-detail', args=[action.nonconformance_id])}#action-{action.pk}"
