"""Files of lists, and the views that people keep of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc import clock
from qc.models import Export, SavedView
from qc.services import exports, views
from qc.services.files import XLSX
from qc.services.listings.base import Listing, parse
from qc.services.listings.registry import LISTINGS
from qc.web.access import InsideRequest, inside_required
from qc.web.lists import page_of
from qc.web.master_kinds import MASTERS

TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX}
PAGES = {"defects": "qc:defect-list", "findings": "qc:finding-list", "cases": "qc:case-list", "counts": "qc:count-list"}
PAGES |= {each.listing: each.list_page for each in MASTERS.values() if each.noun not in ("shift", "holiday")}
PAGES |= {"actions": "qc:action-list", "cause-codes": "qc:cause-code-list"}


def _listing(name: str) -> Listing:
    if name not in LISTINGS:
        raise Http404
    return LISTINGS[name]


@inside_required
@require_POST
def list_export(request: InsideRequest, name: str) -> HttpResponseBase:
    """What the list shows, as a file: at once, or in the background with a link in the inbox."""
    listing, query = _listing(name), request.POST.get("query", "")[:4000]
    form = request.POST.get("format", "csv")
    started = exports.take(request.user, listing=listing, format=form, query=query)
    if started is not None:
        messages.success(request, _("The file is being made. You may leave: the inbox tells when it is ready."))
        return redirect("qc:export-list")
    params = parse(query)
    filename = f"{listing.name}-{clock.today()}.{form}"
    answer: HttpResponseBase
    if form == "xlsx":
        answer = HttpResponse(exports.workbook(request.user, listing, params), content_type=XLSX)
    else:
        answer = StreamingHttpResponse(exports.csv_lines(request.user, listing, params), content_type=TYPES["csv"])
    answer["Content-Disposition"] = f'attachment; filename="{filename}"'
    return answer


@inside_required
def export_list(request: InsideRequest) -> HttpResponse:
    rows = Export.objects.visible_to(request.user)
    waiting = rows.filter(made_at__isnull=True, parked_at__isnull=True).exists()
    return render(request, "qc/export_list.html", page_of(request, rows) | {"waiting": waiting})


@inside_required
def export_file(request: InsideRequest, pk: int) -> HttpResponseBase:
    export = get_object_or_404(Export.objects.visible_to(request.user), pk=pk)
    if not export.is_ready:
        raise Http404
    answer = FileResponse(export.file.open(), as_attachment=True, filename=export.filename())
    answer["Content-Type"] = TYPES[export.format]
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _back(name: str, query: str) -> str:
    return f"{reverse(PAGES.get(name, 'qc:defect-list'))}?{query or 'view=all'}"


@inside_required
@require_POST
def view_save(request: InsideRequest, name: str) -> HttpResponse:
    listing = _listing(name)
    given, query = request.POST.get("name", ""), request.POST.get("query", "")
    is_default = bool(request.POST.get("default"))
    view = views.keep(request.user, listing=listing, name=given, query=query, is_default=is_default)
    messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
    return redirect(_back(view.list_name, view.query))


@inside_required
@require_POST
def view_remove(request: InsideRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    views.remove(request.user, view=view)
    messages.success(request, _("The view “%(name)s” is gone; the records stay.") % {"name": view.name})
    return redirect(_back(view.list_name, ""))


@inside_required
@require_POST
def view_default(request: InsideRequest, pk: int) -> HttpResponse:
    view = get_object_or_404(SavedView.objects.visible_to(request.user), pk=pk)
    views.make_default(request.user, view=view, is_default=not view.is_default)
    return redirect(_back(view.list_name, view.query))
