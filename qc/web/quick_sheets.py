"""Sheets to print: the stations of a line, and the codes for a scanner."""

from __future__ import annotations

import itertools

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _

from qc import clock
from qc.models import DefectType, ProductionLine, Station
from qc.render import labels
from qc.web.access import InsideRequest, inside_required
from qc.web.quick_scan import SAVE

QUANTITIES = range(1, 11)


def _stations(request: InsideRequest, pk: int) -> tuple[ProductionLine, labels.Sheet]:
    """The sheet of a line, or of the one station that the address names."""
    line = get_object_or_404(ProductionLine.objects.visible_to(request.user).select_related("plant"), pk=pk)
    rows = Station.objects.visible_to(request.user).filter(line=line, is_active=True)
    chosen = request.GET.get("station", "")
    only = rows.filter(pk=int(chosen)) if chosen.isascii() and chosen.isdigit() else rows.none()
    root = settings.SITE_URL.rstrip("/")
    found = [
        labels.Label(
            root + reverse("qc:quick-log", args=[each.pk]), each.code, f"{each.name} · {line.code}".strip(" ·")
        )
        for each in (only or rows)
    ]
    title = f"{line.code} {line.name}" if line.name != line.code else line.code
    hint = _("Scan the code of your station with the phone's camera: its form for defects opens. %(plant)s.")
    return line, labels.Sheet(title, hint % {"plant": line.plant}, [("", found)], columns=2)


@inside_required
def quick_sheet(request: InsideRequest, pk: int) -> HttpResponse:
    line, sheet = _stations(request, pk)
    return render(request, "qc/quick_sheet.html", {"line": line, "sheet": sheet, "query": request.GET.urlencode()})


@inside_required
def quick_sheet_pdf(request: InsideRequest, pk: int) -> HttpResponse:
    line, sheet = _stations(request, pk)
    return _pdf(sheet, f"stations-{line.code}")


def _codes(request: InsideRequest) -> labels.Sheet:
    """What a scanner types: `qc.web.quick_scan` has the table."""
    rows = DefectType.objects.visible_to(request.user).filter(is_active=True).order_by("group", "code")
    groups = [
        (group or _("Other codes"), [labels.Label(f"C.{each.code}", each.code, each.name) for each in types])
        for group, types in itertools.groupby(rows, key=lambda each: each.group)
    ]
    steps = [labels.Label(SAVE, _("Save"), SAVE), *(labels.Label(f"N.{n}", f"× {n}", f"N.{n}") for n in QUANTITIES)]
    hint = _(
        "For a scanner that types what it reads and ends with Enter. On a station's form scan a code, then Save. "
        "C. marks a defect code, N. a quantity, S. a serial number, L. an own lot; anything else is taken as a "
        "serial number."
    )
    return labels.Sheet(_("Defect codes"), hint, [(_("Quantity and Save"), steps), *groups], columns=4)


@inside_required
def code_sheet(request: InsideRequest) -> HttpResponse:
    return render(request, "qc/code_sheet.html", {"sheet": _codes(request)})


@inside_required
def code_sheet_pdf(request: InsideRequest) -> HttpResponse:
    return _pdf(_codes(request), "defect-codes")


def _pdf(sheet: labels.Sheet, name: str) -> HttpResponse:
    response = HttpResponse(labels.pdf(sheet, at=clock.now()), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="{slugify(name)}.pdf"'
    return response
