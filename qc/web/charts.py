"""The chart script and the sheet of icons, served from our own address."""

from __future__ import annotations

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from qc.render import bundle
from qc.render import icons as icon_sheet

YEAR = 365 * 24 * 3600


@require_safe
def vega(request: HttpRequest) -> FileResponse:
    """The script under a name that changes with its content."""
    zipped = "gzip" in request.headers.get("Accept-Encoding", "")
    path = bundle.file(settings.HOME / "cache", zipped=zipped)
    response = FileResponse(path.open("rb"), content_type="text/javascript; charset=utf-8")
    if zipped:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    response["Vary"] = "Accept-Encoding"
    return response


@require_safe
def icons(request: HttpRequest) -> HttpResponse:
    """Every icon in one file, under a name that changes with its content."""
    response = HttpResponse(icon_sheet.sheet(), content_type="image/svg+xml")
    response["Cache-Control"] = f"private, max-age={YEAR}, immutable"
    return response
