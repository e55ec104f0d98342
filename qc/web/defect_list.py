"""Find records again: a list of defects, its filters, columns and views, and a record beside it."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from qc.models import Attachment, Defect, Nonconformance
from qc.models.fulltext import SHORTEST
from qc.services import views
from qc.services.listings.base import query_of
from qc.services.listings.defects import DEFECTS
from qc.services.listings.texts import words
from qc.web import covering
from qc.web.access import InsideRequest, inside_required
from qc.web.cells import drawn, paths_of
from qc.web.lists import ListFilter, frame_of, slice_of

HIDDEN = ("q", "case", "finding", "picked")  # set by other means than the page of filters
COUNT_SEARCH = 1_000  # a search counts its hits up to here


@inside_required
def defect_list(request: InsideRequest) -> HttpResponse:
    if request.htmx and request.htmx.target == "beside":
        return render(request, "qc/defect_list_beside.html", {"record": _beside(request), "is_alone": True})
    frame = frame_of(request.user, DEFECTS, request.GET)
    default = next((each for each in frame.views if each["is_default"]), None)
    if default and not request.GET:
        return redirect(f"{reverse('qc:defect-list')}?{default['query']}&view={default['pk']}")
    return render(request, "qc/defect_list.html", _context(request, frame) | {"record": _beside(request)})


def _context(request: InsideRequest, frame: Any) -> dict[str, Any]:
    params = request.GET.dict()
    columns = DEFECTS.shown(params if params.get("cols") else params | {"cols": frame.columns})
    rows = DEFECTS.more(DEFECTS.rows(request.user, params))
    has_verdict = any(column.cell == "verdict" for column in columns)
    paths = [*paths_of(columns), *(covering.PATHS if has_verdict else ())]
    context = slice_of(request, DEFECTS, rows, paths=list(dict.fromkeys(paths)), cap=_cap(params))
    found = list(context["page"])
    findings = covering.findings_for(request.user, found) if has_verdict else [None] * len(found)
    text = params.get("q", "")
    return context | {
        "rows": [drawn(columns, row, finding) for row, finding in zip(found, findings, strict=True)],
        "columns": columns,
        "frame": frame,
        "search": text,
        "kept": [(name, value) for name, value in params.items() if value and name not in LEFT_BY_SEARCH],
        "too_short": text and not words(text),
        "shortest": SHORTEST,
    }


LEFT_BY_SEARCH = ("q", "page", "after", "before", "open")


def _cap(params: dict[str, str]) -> int:
    return COUNT_SEARCH if params.get("q") else DEFECTS.cap


def _beside(request: InsideRequest) -> dict[str, Any] | None:
    """The record that the address opens beside the list."""
    text = request.GET.get("open", "")
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        return None
    rows = Defect.objects.visible_to(request.user).select_related(*covering.PLACES, "duplicate_of")
    defect = rows.filter(pk=int(text)).first()
    if defect is None:
        return None
    return {
        "defect": defect,
        "finding": covering.with_findings(request.user, [defect])[0][1],
        "cases": Nonconformance.objects.visible_to(request.user).filter(defects=defect),
        "attachments": Attachment.objects.visible_to(request.user).about(defect)[:6],
    }


@inside_required
def defect_filter(request: InsideRequest) -> HttpResponse:
    """Every filter, the columns and the order; what is chosen becomes the address of the list."""
    if request.method == "POST":
        return _chosen(request)
    params = request.GET.dict()
    shown = [each.name for each in DEFECTS.shown(params)]
    context = {
        "filter": ListFilter(request.user, DEFECTS, request.GET, leave=HIDDEN),
        "columns": [(each.name, each.label, each.name in shown) for each in DEFECTS.columns],
        "orders": [(each.name, each.label, each is DEFECTS.order(params)) for each in DEFECTS.orders],
        "kept": [(name, params[name]) for name in HIDDEN if params.get(name)],
        "query": query_of(params, without=views.PASSING),
    }
    return render(request, "qc/defect_list_filters.html", context)


def _chosen(request: InsideRequest) -> HttpResponse:
    sent: QueryDict = request.POST
    usual = ",".join(each.name for each in DEFECTS.columns if each.is_usual)
    columns = ",".join(each.name for each in DEFECTS.columns if each.name in sent.getlist("col"))
    asked = {each.name: sent.get(each.name, "").strip() for each in DEFECTS.dimensions}
    asked["sort"] = "" if sent.get("sort") == DEFECTS.orders[0].name else sent.get("sort", "")
    asked["cols"] = "" if columns == usual and not sent.get("keep") else columns
    if sent.get("keep"):
        views.keep_columns(request.user, listing=DEFECTS, columns=columns)
        asked["cols"] = ""
    query = query_of(asked)
    return redirect(f"{reverse('qc:defect-list')}?{query or 'view=all'}")
