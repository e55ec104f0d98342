"""Several records at once: their totals, one case for them, joining double entries, a file of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Max, Min, QuerySet, Sum
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from qc.errors import Refused
from qc.models import Defect, User
from qc.services import defects
from qc.services.listings.base import query_of
from qc.services.listings.defects import DEFECTS
from qc.services.openings import MOST_DEFECTS
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.covering import PLACES
from qc.web.lists import params_of

MOST_PICKED = 200
MOST_JOINED = 50
SHOWN = 50


def picked(user: User, query: QueryDict) -> QuerySet[Defect]:
    """The records that an address names: `defect=1&defect=2`, or `all=1` with the filters of the list."""
    if query.get("all") == "1":
        keys = DEFECTS.rows(user, params_of(query)).values("pk")[:MOST_DEFECTS]
        return Defect.objects.visible_to(user).filter(pk__in=list(keys.values_list("pk", flat=True)))
    return Defect.objects.visible_to(user).filter(pk__in=_keys(query))


def _keys(query: QueryDict) -> list[int]:
    texts = query.getlist("defect")[:MOST_PICKED]
    return [int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19]


def _address(name: str, query: QueryDict) -> str:
    """The page of a step for the same records."""
    if query.get("all") == "1":
        return f"{reverse(name)}?{query_of(params_of(query), without=('page', 'after', 'before', 'open'))}"
    return f"{reverse(name)}?{urlencode([('defect', key) for key in _keys(query)])}"


STEPS = {"look": "qc:defect-selection", "case": "qc:case-create", "join": "qc:defect-join-several"}


@inside_required
@require_POST
def defect_select(request: InsideRequest) -> HttpResponse:
    """What was ticked in the list, and what is to be done with it."""
    if not _keys(request.POST):
        raise Refused(_("Tick the records first."))
    return redirect(_address(STEPS.get(request.POST.get("do", ""), STEPS["look"]), request.POST))


@inside_required
def defect_selection(request: InsideRequest) -> HttpResponse:
    rows = picked(request.user, request.GET)
    totals = rows.aggregate(
        records=Count("pk"), quantity=Sum("quantity"), first=Min("production_on"), last=Max("production_on")
    )
    counted = rows.counted().aggregate(records=Count("pk"), quantity=Sum("quantity"))  # type: ignore[attr-defined]
    context = {
        "totals": totals,
        "counted": counted,
        "groups": [_groups(rows, title, path) for title, path in _GROUPS],
        "rows": rows.select_related(*PLACES)[:SHOWN],
        "case_url": _address("qc:case-create", request.GET),
        "join_url": _address("qc:defect-join-several", request.GET),
        "may_join": 1 < totals["records"] <= MOST_JOINED,
        "export_query": _export_query(request.GET),
    }
    return render(request, "qc/defect_selection.html", context)


_GROUPS = (
    (gettext_lazy("Code"), "counts_as__name"),
    (gettext_lazy("Line"), "line__code"),
    (gettext_lazy("Supplier"), "supplier__name"),
)


def _groups(rows: QuerySet[Defect], title: Any, path: str) -> dict[str, Any]:
    counts = rows.order_by().values(path).annotate(records=Count("pk"), pieces=Sum("quantity")).order_by("-records")[:6]
    return {"title": title, "rows": [(each[path] or "–", each["records"], each["pieces"]) for each in counts]}


def _export_query(query: QueryDict) -> str:
    if query.get("all") == "1":
        return query_of(params_of(query), without=("all", "page", "after", "before", "open"))
    return query_of({"picked": ",".join(str(key) for key in _keys(query))})


@role_required("defect.correct")
def defect_join_several(request: InsideRequest) -> HttpResponse:
    """Choose which of the ticked records stays; the others stay as its duplicates and count no more."""
    rows = list(picked(request.user, request.GET).select_related(*PLACES).order_by("occurred_at", "pk")[:MOST_JOINED])
    if request.method == "POST":
        if len(rows) < 2:
            raise Refused(_("Tick two records or more: one stays, the others count as it."))
        original = next((row for row in rows if str(row.pk) == request.POST.get("original")), rows[0])
        others = [row for row in rows if row.pk != original.pk]
        _join(request.user, original, others)
        said = ngettext("%(n)d record counts as %(number)s now.", "%(n)d records count as %(number)s now.", len(others))
        messages.success(request, said % {"n": len(others), "number": original.number})
        return redirect("qc:defect-detail", pk=original.pk)
    return render(request, "qc/defect_join.html", {"rows": rows})


@transaction.atomic
def _join(by: User, original: Defect, others: list[Defect]) -> None:
    for other in others:
        defects.mark_duplicate(by, defect=other, original=original)
