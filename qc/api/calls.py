"""What a token may ask in a minute, and what it asked: the limit's headers and the record of each call."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from qc.models import ApiToken
from qc.services import calls

TOO_MANY = 429


class PerToken(BaseThrottle):
    """So many calls a minute and token; people who are logged in by a page are not counted."""

    def __init__(self) -> None:
        self.seconds = 0

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiToken):
            return True
        allowance = calls.allowance(token=request.auth)
        self.seconds = allowance.resets_in
        request.allowance = allowance  # type: ignore[attr-defined]
        return allowance.left > 0

    def wait(self) -> float:
        return float(self.seconds)


class Counted(APIView):
    """A view whose calls by token are limited, kept, and answered with what is left."""

    throttle_classes = [PerToken]

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        token = request.auth if isinstance(request, Request) else None
        if isinstance(token, ApiToken):
            allowance = getattr(request, "allowance", None)
            if allowance:
                response["RateLimit-Limit"] = str(allowance.limit)
                response["RateLimit-Remaining"] = str(max(allowance.left - 1, 0))
                response["RateLimit-Reset"] = str(allowance.resets_in)
            if response.status_code != TOO_MANY:  # a sender that hammers on must not push out what it did before
                calls.note(token=token, method=request.method, path=request.path, **_told(request, response))
        return response


def _told(request: Request, response: Response) -> dict[str, Any]:
    """Status, records and errors of a call."""
    data = response.data if isinstance(response.data, dict) else {}
    told: dict[str, Any] = {"status": response.status_code}
    if response.status_code >= 400:
        told["errors"] = [{"detail": data.get("detail", ""), "errors": data.get("errors", {})}]
        told["records"] = told["refused"] = 1 if request.method == "POST" else 0
    elif isinstance(data.get("results"), list) and "refused" in data:
        told["records"], told["refused"] = len(data["results"]), data["refused"]
        told["errors"] = [each for each in data["results"] if each["errors"]]
    elif request.method == "POST":
        told["records"] = 1
    return told
