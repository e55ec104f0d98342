"""Production counts: a grid per line and week that people will really fill in."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import permissions
from qc.errors import NotAllowed, Refused, Stale
from qc.models import Plant, ProductionCount, ProductionLine, User
from qc.services import weeks
from qc.web.access import InsideRequest, inside_required
from qc.web.count_week import WEEK, Week, missing_days, monday, take, week_of
from qc.web.lists import page_of

WEEKS = 4


@inside_required
def count_list(request: InsideRequest) -> HttpResponse:
    """The lines of the person's plants, and for which of the last weeks their counts are missing."""
    lines = ProductionLine.objects.visible_to(request.user).filter(is_active=True).select_related("plant")
    context = page_of(request, lines)
    mondays = [monday(None, "UTC") - dt.timedelta(weeks=back) for back in range(WEEKS)]
    counts = ProductionCount.objects.visible_to(request.user).filter(production_on__gte=mondays[-1])
    counts = counts.filter(line__in=list(context["page"]))
    known = set(counts.order_by().values_list("line_id", "production_on").distinct())
    context["rows"] = [{"line": line, "weeks": missing_days(mondays, known, line)} for line in context["page"]]
    context |= {"weeks": mondays, "plants": Plant.objects.visible_to(request.user).count()}
    return render(request, "qc/count_list.html", context)


@inside_required
def count_create(request: InsideRequest, pk: int) -> HttpResponse:
    """The week of one line. It saves cell by cell while one types, or as a whole: all of it or nothing."""
    lines = ProductionLine.objects.visible_to(request.user).select_related("plant")
    line = get_object_or_404(lines, pk=pk)
    start = monday(request.GET.get("week"), line.plant.time_zone)
    also, copy = request.GET.get("product", ""), "copy" in request.GET
    week = week_of(request.user, line, start, also=also, copy=copy)
    status = 200
    if request.method == "POST":
        permissions.require(request.user, "exposure.record")
        status = _save(request.user, week, request.POST)
        if status == 200 and request.htmx:  # one cell: drawn anew as it is stored now
            week = week_of(request.user, line, start, also=also)
        elif status == 200:
            messages.success(request, _("Counts of %(line)s are saved.") % {"line": line})
            return redirect(f"{reverse('qc:count-create', args=[line.pk])}?week={start}")
    context = {"week": week, "line": line, "earlier": start - WEEK, "later": start + WEEK, "also": also, "copy": copy}
    return render(request, "qc/count_form.html", context, status=200 if request.htmx else status)


def _save(by: User, week: Week, sent: Any) -> int:
    """Write what was typed; the answer's status. Errors end up in the cells."""
    entries = take(week, sent)
    if week.errors:
        return 422
    try:
        weeks.write_cells(by, line=week.line, entries=entries)
    except NotAllowed:
        raise
    except Refused as refusal:
        for cell in week.cells:
            cell.error = refusal.fields.get(cell.name, "")
        return 409 if isinstance(refusal, Stale) else 422
    return 200
