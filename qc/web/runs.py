"""What runs on each line now: one page for all lines, and the panel on the page of a line."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc.errors import NotAllowed, Refused
from qc.models import Product, ProductionLine, ProductionRun, User
from qc.services import exposure
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.lists import page_of


@inside_required
def run_list(request: InsideRequest) -> HttpResponse:
    return render(request, "qc/run_list.html", _context(request))


def _context(request: InsideRequest, *, bad: int = 0, error: str = "", typed: str = "") -> dict[str, Any]:
    lines = ProductionLine.objects.visible_to(request.user).filter(is_active=True).select_related("plant")
    context = page_of(request, lines)
    shown = list(context["page"])
    runs = ProductionRun.objects.visible_to(request.user).filter(line__in=shown, ended_at=None)
    now = {run.line_id: run for run in runs.select_related("product")}
    context["rows"] = [
        {"line": line, "run": now.get(line.pk), "error": error, "typed": typed}
        if line.pk == bad
        else {"line": line, "run": now.get(line.pk)}
        for line in shown
    ]
    return context | {"products": Product.objects.visible_to(request.user).filter(is_active=True)}


def _back(request: InsideRequest) -> HttpResponse:
    back = request.POST.get("back", "")
    if back and url_has_allowed_host_and_scheme(back, {request.get_host()}):
        return redirect(back)
    return redirect("qc:run-list")


def _seen(request: InsideRequest) -> int | None:
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _product(user: User, text: str) -> Product:
    found = Product.objects.visible_to(user).filter(code__iexact=text.strip(), is_active=True).first()
    if found is None:
        raise Refused(
            _("There is no product %(text)s. Choose one of the list.") % {"text": text[:40]}
            if text.strip()
            else _("Say which product runs.")
        )
    return found


@role_required("exposure.record")
@require_POST
def run_start(request: InsideRequest, pk: int) -> HttpResponse:
    """Start a product on a line; what ran before ends."""
    line = get_object_or_404(ProductionLine.objects.visible_to(request.user).select_related("plant"), pk=pk)
    typed = request.POST.get("product", "")
    try:
        run = exposure.start_run(request.user, line=line, product=_product(request.user, typed), seen=_seen(request))
    except NotAllowed:
        raise
    except Refused as refusal:
        context = _context(request, bad=line.pk, error=refusal.message, typed=typed)
        return render(request, "qc/run_list.html", context, status=422)
    messages.success(request, _("%(product)s runs on %(line)s now.") % {"product": run.product, "line": line})
    return _back(request)


@role_required("exposure.record")
@require_POST
def run_stop(request: InsideRequest, pk: int) -> HttpResponse:
    line = get_object_or_404(ProductionLine.objects.visible_to(request.user).select_related("plant"), pk=pk)
    exposure.stop_run(request.user, line=line, seen=_seen(request))
    messages.success(request, _("Nothing runs on %(line)s now.") % {"line": line})
    return _back(request)
