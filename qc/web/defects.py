"""Defects: log one, find them, look at one, correct it, take it out of the counts."""

from __future__ import annotations

import datetime as dt

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc import clock
from qc.models import (
    AnalysisTarget,
    Attachment,
    Defect,
    Event,
    Nonconformance,
    User,
)
from qc.services import defects
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.covering import PLACES, with_findings
from qc.web.defect_history import versions

UNDO = dt.timedelta(minutes=2)


@inside_required
def defect_detail(request: InsideRequest, pk: int) -> HttpResponse:
    rows = Defect.objects.visible_to(request.user).select_related(*PLACES, "duplicate_of", "looks_like", "counts_as")
    defect = get_object_or_404(rows, pk=pk)
    context = {
        "defect": defect,
        "finding": with_findings(request.user, [defect])[0][1],
        "target": AnalysisTarget.objects.visible_to(request.user)
        .filter(plant=defect.plant, defect_type=defect.counts_as)
        .first(),
        "times_today": _times_today(request.user, defect),
        "versions": versions(request.user, defect),
        "duplicates": defect.duplicates.visible_to(request.user).select_related("recorded_by"),
        "cases": Nonconformance.objects.visible_to(request.user).filter(defects=defect),
        "attachments": Attachment.objects.visible_to(request.user).about(defect).select_related("uploaded_by"),
        "events": Event.objects.visible_to(request.user).about(defect).select_related("by", "plant")[:50],
        "may_undo": defect.recorded_by_id == request.user.pk and clock.now() - defect.recorded_at < UNDO,
        "counts": defect.is_counted,
    }
    return render(request, "qc/defect_detail.html", context)


def _times_today(user: User, defect: Defect) -> int:
    same = Defect.objects.visible_to(user).counted().filter(production_on=defect.production_on)
    same = same.filter(counts_as=defect.counts_as, occurred_at__lte=defect.occurred_at)
    return same.filter(line=defect.line, station=defect.station, supplier=defect.supplier).count()


@role_required("defect.void")
@require_POST
def defect_void(request: InsideRequest, pk: int) -> HttpResponse:
    defect = get_object_or_404(Defect.objects.visible_to(request.user), pk=pk)
    defects.void(request.user, defect=defect, reason=request.POST.get("reason", ""))
    messages.success(request, _("%(number)s no longer counts.") % {"number": defect.number})
    return redirect("qc:defect-detail", pk=pk)


@role_required("defect.restore")
@require_POST
def defect_restore(request: InsideRequest, pk: int) -> HttpResponse:
    defect = get_object_or_404(Defect.objects.visible_to(request.user), pk=pk)
    defects.restore(request.user, defect=defect, reason=request.POST.get("reason", ""))
    messages.success(request, _("%(number)s counts again.") % {"number": defect.number})
    return redirect("qc:defect-detail", pk=pk)
