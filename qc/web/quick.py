"""Quick log: the QR code of a station opens its form; a code, Save, done. It works offline and without scripts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles import finders
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qc import clock
from qc.errors import Conflict, NotAllowed, Refused
from qc.models import Defect, Product, ProductionLine, Station, User
from qc.services import holds, quick
from qc.services.places import Calendar
from qc.web.access import InsideRequest, role_required
from qc.web.covering import PLACES, with_findings
from qc.web.lists import page_of
from qc.web.quick_forms import KEY, QuickForm, stepped

RECENT = 50  # of a person's records are looked through for the stations where they work
STATIONS = 4


@role_required("defect.record")
def quick_list(request: InsideRequest) -> HttpResponse:
    """Every station of the person's plants, those where the person logged last on top."""
    lines = ProductionLine.objects.visible_to(request.user).filter(is_active=True).select_related("plant")
    context = page_of(request, lines)
    stations = Station.objects.visible_to(request.user).filter(line__in=list(context["page"]), is_active=True)
    below: dict[int, list[Station]] = {}
    for station in stations:
        below.setdefault(station.line_id, []).append(station)
    context["rows"] = [(line, below.get(line.pk, [])) for line in context["page"]]
    context["recent"] = _recent(request.user)
    return render(request, "qc/quick_list.html", context)


def _recent(user: User) -> list[Station]:
    mine = Defect.objects.visible_to(user).filter(recorded_by=user, station__isnull=False).order_by("-pk")
    keys = list(dict.fromkeys(mine.values_list("station_id", flat=True)[:RECENT]))[:STATIONS]
    found = Station.objects.visible_to(user).select_related("line").in_bulk(keys)
    return [found[key] for key in keys if key in found]


@role_required("defect.record")
def quick_log(request: InsideRequest, pk: int) -> HttpResponse:
    """The form of a station. A script asks for JSON; everybody else gets pages."""
    posted = request.method == "POST"
    form = QuickForm(request.user, request.POST, request.FILES) if posted else QuickForm(request.user)
    spot = quick.spot(request.user, pk, at=form.occurred_at(), key=form.key())
    if spot is None:
        raise Http404
    step = _step(request, spot)
    if step is not None:
        return step
    saved, status = _save(request.user, form, spot)
    if saved is None:
        return _refused(request, spot, form, status)
    url = reverse("qc:quick-saved", args=[saved.pk])
    if _wants_json(request):
        return JsonResponse({"number": saved.number, "url": url})
    return redirect(url)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _save(user: User, form: QuickForm, spot: quick.Spot) -> tuple[Defect | None, int]:
    """The record, or what to answer while the form says why there is none."""
    if not form.is_valid():
        return None, 409 if form.has_error("person", "person") else 422
    try:
        return quick.log(user, spot=spot, **form.values(spot)), 200
    except NotAllowed:
        raise
    except Refused as refusal:
        for field, text in (refusal.fields or {"": refusal.message}).items():
            name = "code" if field == "defect_type" else field
            form.add_error(name if name in form.fields else None, text)
        return None, 409 if isinstance(refusal, Conflict) else 422


def _step(request: InsideRequest, spot: quick.Spot) -> HttpResponse | None:
    """The form opened, or after a step that saves nothing; None when it is to be saved."""
    sent = request.POST if request.method == "POST" else request.GET
    if request.method == "POST" and sent.get("do") not in ("scan", "less", "more"):
        return None
    data, scan, error = stepped(request.user, sent) if sent else (sent, None, "")
    if scan is not None and scan.field == "station":
        return redirect("qc:quick-log", pk=int(scan.value))
    if scan is not None and scan.field == "save" and request.method == "POST":
        return None
    names = {*QuickForm.base_fields, "seen_at"} - {"photos", "person"}
    known = {name: data[name] for name in names if data.get(name)} if data else {}
    return _page(request, spot, QuickForm(request.user, initial=known), scan_error=error)


def _refused(request: InsideRequest, spot: quick.Spot, form: QuickForm, status: int) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"errors": form.errors}, status=status)
    return _page(request, spot, form, status=status)


def _page(
    request: InsideRequest, spot: quick.Spot, form: QuickForm, *, scan_error: str = "", status: int = 200
) -> HttpResponse:
    plant, now, chosen = spot.station.line.plant, clock.now(), str(form["code"].value())
    buttons = quick.frequent(request.user, spot.station)
    active = quick.codes_at(request.user, spot.station)
    context: dict[str, Any] = {
        "form": form,
        "station": spot.station,
        "shift": Calendar().shift_of(plant, now)[1],
        "product": Product.objects.visible_to(request.user).filter(pk=spot.product_id or 0).first(),
        "product_key": form["product"].value() or spot.product_id,
        "buttons": buttons,
        "others": active.exclude(pk__in=[each.pk for each in buttons]),
        "chosen": active.filter(pk=chosen).first() if KEY.fullmatch(chosen) else None,
        "seen_at": form.data.get("seen_at") or form.initial.get("seen_at") or now.isoformat(),
        "scan_error": scan_error,
        "photos_again": bool(request.FILES),
    }
    return render(request, "qc/quick_log.html", context, status=status)


@role_required("defect.record")
def quick_saved(request: InsideRequest, pk: int) -> HttpResponse:
    """The number, what the analysis knows, and the way to the next one."""
    rows = Defect.objects.visible_to(request.user).select_related(*PLACES)
    defect = get_object_or_404(rows.filter(station__isnull=False), pk=pk)
    same = Defect.objects.visible_to(request.user).counted().filter(
        plant=defect.plant, counts_as=defect.counts_as_id, production_on=defect.production_on, station=defect.station
    )  # fmt: skip
    context = {
        "defect": defect,
        "finding": with_findings(request.user, [defect])[0][1],
        "times": same.filter(occurred_at__lte=defect.occurred_at).count(),
        "held": holds.warnings(request.user, plant=defect.plant, supplier_lot=defect.supplier_lot, own_lot=defect.lot),
        "may_undo": quick.may_undo(request.user, defect),
        "today": clock.today(defect.plant.time_zone),
    }
    return render(request, "qc/quick_saved.html", context)


@role_required("defect.void")
@require_POST
def quick_undo(request: InsideRequest, pk: int) -> HttpResponse:
    defect = get_object_or_404(Defect.objects.visible_to(request.user), pk=pk)
    quick.undo(request.user, defect=defect)
    return redirect("qc:quick-saved", pk=pk)


@role_required("defect.record")
def quick_waiting(request: InsideRequest) -> HttpResponse:
    """What waits in this browser: the page is empty, the script fills it from the browser's own store."""
    return render(request, "qc/quick_waiting.html")


@login_not_required
@require_safe
def quick_worker(request: HttpRequest) -> FileResponse:
    """The service worker, at an address that limits it to the quick log."""
    path = finders.find("quick-worker.js")
    if not isinstance(path, str):
        raise Http404(_("The script is missing."))
    response = FileResponse(Path(path).open("rb"), content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response
