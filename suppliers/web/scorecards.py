"""Scorecards, our side: the ranking, a supplier's year, the rows behind a number, the rules, what people give."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qc import clock, permissions
from qc.models import Event, Supplier
from qc.render import tables
from qc.services.files import XLSX
from qc.web.access import InsideRequest, role_required
from qc.web.refusals import submit
from suppliers.models import Scorecard, ScoreRules
from suppliers.services import ranking, scorecards
from suppliers.web.score_forms import GivenForm, RulesForm, last_months, month_of

PAGE = 50
TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}


def _month(request: InsideRequest) -> dt.date:
    wanted = month_of(request.GET.get("month", ""))
    this = clock.today().replace(day=1)
    return wanted if wanted and wanted <= this else this


@require_safe
@role_required("score.read")
def scorecard_list(request: InsideRequest) -> HttpResponse:
    """The ranking: the year to date, this month, and how it went."""
    month, sort = _month(request), request.GET.get("sort", "score")
    page = Paginator(ranking.ranking(request.user, month, sort=sort), PAGE).get_page(request.GET.get("page"))
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "page": page,
        "query": query.urlencode(),
        "month": month,
        "months": last_months(13),
        "sort": sort if sort in ranking.SORTS else "score",
        "may_rule": permissions.may(request.user, "score.rules"),
        "may_give": permissions.may(request.user, "score.input"),
    }
    return render(request, "suppliers/scorecard_list.html", context)


@require_safe
@role_required("score.read")
def scorecard_export(request: InsideRequest, form: str) -> HttpResponse:
    """The ranking as a file."""
    if form not in TYPES:
        raise Http404
    month = _month(request)
    sheet = ranking.sheet(ranking.ranking(request.user, month), month)
    data = tables.xlsx_bytes([sheet]) if form == "xlsx" else tables.csv_bytes(sheet.columns, sheet.rows)
    answer = HttpResponse(data, content_type=TYPES[form])
    answer["Content-Disposition"] = f'attachment; filename="suppliers-{month:%Y-%m}.{form}"'
    return answer


@role_required("score.read")
def scorecard_detail(request: InsideRequest, pk: int) -> HttpResponse:
    """A supplier's twelve months; deliveries and documents are given here."""
    supplier = get_object_or_404(Supplier.objects.visible_to(request.user), pk=pk)
    form = GivenForm(request.POST or None, initial={"month": f"{_month(request):%Y-%m}"})
    if request.method == "POST":
        permissions.require(request.user, "score.input")
        if form.is_valid() and submit(form, lambda: _give(request, supplier, form)) is not None:
            messages.success(request, _("Saved; the score of the month is computed with it."))
            return redirect("suppliers:scorecard-detail", pk)
    return _page(request, supplier, form)


def _give(request: InsideRequest, supplier: Supplier, form: GivenForm) -> Scorecard:
    given = {name: form.cleaned_data[name] for name in scorecards.GIVEN}
    return scorecards.give(request.user, supplier=supplier, month=form.first_day(), **given)


def _page(request: InsideRequest, supplier: Supplier, form: GivenForm) -> HttpResponse:
    found = ranking.standing(request.user, supplier, _month(request))
    context = {
        "supplier": supplier,
        "standing": found,
        "months": found.months[::-1],
        "form": form,
        "sent": "give" if form.is_bound else "",
        "may_give": permissions.may(request.user, "score.input"),
    }
    return render(request, "suppliers/scorecard_detail.html", context, status=422 if request.method == "POST" else 200)


@require_safe
@role_required("score.read")
def scorecard_behind(request: InsideRequest, pk: int, part: str) -> HttpResponse:
    """The rows behind one number of one month."""
    cards = Scorecard.objects.visible_to(request.user).select_related("supplier")
    card = get_object_or_404(cards, pk=pk)
    if part not in ranking.PARTS:
        raise Http404
    context = {"card": card, "behind": ranking.behind(request.user, card, part)}
    return render(request, "suppliers/scorecard_behind.html", context)


@role_required("score.rules")
def scorecard_rules(request: InsideRequest) -> HttpResponse:
    """Weights and bands, and what they were before."""
    rows = ScoreRules.objects.visible_to(request.user).select_related("set_by")
    form = RulesForm(request.POST or None, initial=_values(rows.first() or ScoreRules()))
    if request.method == "POST" and form.is_valid():
        if submit(form, lambda: scorecards.set_rules(request.user, **form.cleaned_data)) is not None:
            messages.success(request, _("Saved. This month is computed with it; months that are over keep theirs."))
            return redirect("suppliers:scorecard-rules")
    events = Event.objects.visible_to(request.user).filter(subject_label="suppliers.scorerules")
    context = {"form": form, "events": events.select_related("by", "plant")[:20], "rows": rows[:20]}
    return render(request, "suppliers/scorecard_rules.html", context, status=422 if request.method == "POST" else 200)


def _values(row: ScoreRules) -> dict[str, Any]:
    return {name: getattr(row, name) for name in RulesForm.base_fields}


@role_required("score.input")
@require_POST
def scorecard_compute(request: InsideRequest) -> HttpResponse:
    """Compute this month and the last one now instead of in the night."""
    scorecards.compute_now(request.user)
    messages.success(request, _("The scorecards are being computed. Load the page again in a minute."))
    return redirect("suppliers:scorecard-list")
