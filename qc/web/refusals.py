"""Expected refusals of the verbs, mapped once for every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from qc.errors import NotAllowed, Refused

T = TypeVar("T")


def submit(form: BaseForm, verb: Callable[[], T]) -> T | None:
    """Run a verb for a valid form. A refusal becomes errors beside the fields, and the answer is None."""
    try:
        return verb()
    except NotAllowed:
        raise
    except Refused as refusal:
        for name, text in refusal.fields.items():
            form.add_error(name if name in form.fields else None, text)
        if not refusal.fields:
            form.add_error(None, refusal.message)
        return None


class RefusalMiddleware:
    """A refused step without a form says why on the page it came from; a step that is not yours is a 403 page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        wants_page = "text/html" in request.headers.get("Accept", "") and not request.path.startswith("/api/")
        if response.status_code == 405 and request.method == "GET" and wants_page:
            # The address of a step: somebody opened it from the history, or came back to it through the login.
            page = render(request, "405.html", status=405)
            page["Allow"] = response["Allow"]
            return page
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, NotAllowed):
            return render(request, "403.html", {"message": error.message}, status=403)
        if isinstance(error, Refused):
            messages.error(request, error.message)
            return HttpResponseRedirect(_came_from(request), status=303)
        return None


def _came_from(request: HttpRequest) -> str:
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        parts = urlsplit(referer)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return "/"
