"""Handing stored files out: as a download, never as something that the browser runs."""

from __future__ import annotations

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404


def response(file: FieldFile, *, name: str, content_type: str, inline: bool = False) -> FileResponse:
    """A stored file under its own name, as a download unless `inline`. Http404 when it is gone from the disk."""
    try:
        stream = file.open("rb")
    except FileNotFoundError as error:
        raise Http404("The file is missing.") from error
    answer = FileResponse(stream, as_attachment=not inline, filename=name, content_type=content_type)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer
