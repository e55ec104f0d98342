"""The 8D report of a request as a file."""

from __future__ import annotations

from django.http import FileResponse
from django.views.decorators.http import require_safe

from qc import clock
from qc.web.access import InsideRequest, inside_required
from suppliers import downloads
from suppliers.layouts import eightd, pdf, photos, tables
from suppliers.web.rows import the_request


@require_safe
@inside_required
def request_pdf(request: InsideRequest, pk: int) -> FileResponse:
    row = the_request(request.user, pk)
    found = eightd.report(request.user, row)
    paper = pdf.pdf(found, at=clock.now(), photos=photos.of_request(request.user, row))
    return downloads.report(paper, f"{found.file_name}.pdf")


@require_safe
@inside_required
def request_xlsx(request: InsideRequest, pk: int) -> FileResponse:
    found = eightd.report(request.user, the_request(request.user, pk))
    return downloads.report(tables.xlsx(found), f"{found.file_name}.xlsx")
