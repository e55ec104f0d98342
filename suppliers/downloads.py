"""Serving a file of a request: as a download that no browser runs, after the door has checked who asks."""

from __future__ import annotations

import io

from django.http import FileResponse, Http404

from suppliers.models import Evidence


def as_download(evidence: Evidence) -> FileResponse:
    """The stored file under its given name; 404 when the store has lost it."""
    try:
        stored = evidence.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(stored, as_attachment=True, filename=evidence.name, content_type=evidence.content_type)
    return _guarded(response)


def report(content: bytes, name: str) -> FileResponse:
    """A report that was made for whoever asks, as a download."""
    return _guarded(FileResponse(io.BytesIO(content), as_attachment=True, filename=name))


def _guarded(response: FileResponse) -> FileResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
