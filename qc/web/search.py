"""One field over everything that has a number, a code or a name."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from qc.models import Defect, Finding, Nonconformance, ProductionLine, Supplier, SupplierLot
from qc.models.fulltext import is_indexed
from qc.services.listings.texts import best
from qc.web.access import InsideRequest, inside_required

FEW = 12
SHORTEST, LONGEST = 2, 200


@inside_required
def search(request: InsideRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    groups = _groups(request, text) if len(text) >= SHORTEST else []
    found = sum(len(group["rows"]) for group in groups)
    context = {"q": text, "groups": groups, "found": found, "is_slow": bool(text) and not _is_indexed()}
    return render(request, "qc/search.html", context)


@cache
def _is_indexed() -> bool:
    return is_indexed()


def _any(text: str, *names: str) -> Q:
    condition = Q()
    for name in names:
        condition |= Q(**{f"{name}__icontains": text})
    return condition


def _groups(request: InsideRequest, text: str) -> list[dict[str, Any]]:
    user = request.user
    cases = Nonconformance.objects.visible_to(user).filter(_any(text, "number", "title", "description"))
    findings = Finding.objects.visible_to(user).current()
    findings = findings.filter(_any(text, "defect_type__code", "defect_type__name", "where_key", "explanation"))
    related = ("plant", "defect_type", "line", "supplier_lot")
    defects = best(Defect.objects.visible_to(user).select_related(*related), user, text, FEW)
    lots = SupplierLot.objects.visible_to(user).filter(_any(text, "code", "part__number"))
    suppliers = Supplier.objects.visible_to(user).filter(_any(text, "code", "name"))
    lines = ProductionLine.objects.visible_to(user).filter(_any(text, "code", "name"))
    return [
        {"kind": "case", "title": _("Cases"), "rows": cases.select_related("plant")[:FEW]},
        {"kind": "finding", "title": _("Findings"), "rows": findings.select_related("plant", "defect_type")[:FEW]},
        {"kind": "defect", "title": _("Defects"), "rows": defects, "more": len(defects) == FEW},
        {"kind": "supplier", "title": _("Suppliers"), "rows": suppliers[:FEW]},
        {"kind": "lot", "title": _("Supplier lots"), "rows": lots.select_related("part__supplier", "plant")[:FEW]},
        {"kind": "line", "title": _("Lines"), "rows": lines.select_related("plant")[:FEW]},
    ]
