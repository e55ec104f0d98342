"""What was reported: the list, the page that reads like its PDF, and the files."""

from __future__ import annotations

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from qc.models import Plant
from qc.render import files
from qc.web.access import InsideRequest, inside_required
from qc.web.lists import CodeChoice, Filter, page_of
from reports.layouts import tables, weekly
from reports.layouts.document import Document
from reports.models import Delivery, Report, Schedule
from reports.services import schedules

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class ReportFilter(Filter):
    """Whose reports."""

    plant = CodeChoice(Plant, empty_label=_("All plants"), label=_("Plant"))


@require_safe
@inside_required
def report_list(request: InsideRequest) -> HttpResponse:
    """The archive, newest first."""
    narrow = ReportFilter(request.user, request.GET)
    rows = Report.objects.visible_to(request.user).select_related("plant", "schedule")
    if plant := narrow.chosen("plant"):
        rows = rows.filter(plant=plant)
    has_schedule = Schedule.objects.visible_to(request.user).exists()
    return render(
        request, "reports/report_list.html", page_of(request, rows) | {"filter": narrow, "has_schedule": has_schedule}
    )


@require_safe
@inside_required
def report_detail(request: InsideRequest, pk: int) -> HttpResponse:
    """The report as it stood when it was made, and who got it."""
    report = _report(request, pk)
    deliveries = Delivery.objects.visible_to(request.user).filter(report=report).select_related("recipient__user")
    context = {"report": report, "document": _document(report), "deliveries": deliveries}
    return render(request, "reports/report_detail.html", context)


@require_safe
@inside_required
def report_pdf(request: InsideRequest, pk: int) -> FileResponse:
    """The stored PDF: the very file that was mailed."""
    report = _report(request, pk)
    name = f"{_document(report).file_name}.pdf"
    return files.response(report.pdf, name=name, content_type="application/pdf")


@require_safe
@inside_required
def report_xlsx(request: InsideRequest, pk: int) -> HttpResponse:
    """The stored numbers as a workbook."""
    document = _document(_report(request, pk))
    return _download(tables.xlsx(document), f"{document.file_name}.xlsx", XLSX)


@require_safe
@inside_required
def report_csv(request: InsideRequest, pk: int) -> HttpResponse:
    """The stored numbers as CSV."""
    document = _document(_report(request, pk))
    return _download(tables.csv(document), f"{document.file_name}.csv", "text/csv; charset=utf-8")


def _report(request: InsideRequest, pk: int) -> Report:
    rows = Report.objects.visible_to(request.user).select_related("plant", "schedule")
    return get_object_or_404(rows, pk=pk)


def _document(report: Report) -> Document:
    return weekly.document(schedules.summary_of(report))


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
