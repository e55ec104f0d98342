"""Errors as application/problem+json; expected refusals of the verbs are mapped here, once."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from qc.errors import Conflict, NotAllowed, Refused, Stale

MEDIA_TYPE = "application/problem+json"
STATUS_OF = {
    NotAllowed: status.HTTP_403_FORBIDDEN,
    Stale: status.HTTP_409_CONFLICT,
    Conflict: status.HTTP_409_CONFLICT,
}
# What any operation may answer besides its success; the schema says so for each of them.
EXPECTED = {
    400: "The request has errors; `errors` names the fields.",
    401: "No token, or one that is unknown, expired or revoked.",
    403: "Your role or your token does not include this step.",
    404: "There is no such record among those that you may read.",
    405: "There is no such step here.",
    406: "Only JSON is spoken here.",
    409: "The record was changed meanwhile, or the idempotency key was used for other values.",
    413: "The body is too large.",
    415: "Only JSON is read here.",
    429: "Too many attempts; try again later.",
}


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, Refused):
        set_rollback()
        fields = {name: [text] for name, text in error.fields.items()}
        return problem(STATUS_OF.get(type(error), status.HTTP_400_BAD_REQUEST), error.message, fields)
    if isinstance(error, ValidationError):
        set_rollback()
        fields = error.message_dict if hasattr(error, "error_dict") else {}
        return problem(status.HTTP_400_BAD_REQUEST, " ".join(error.messages), fields)
    if isinstance(error, IntegrityError):
        # Two senders raced for one key, or a value that must be unique is taken: the database decided.
        set_rollback()
        return problem(status.HTTP_409_CONFLICT, "Another record has these values already.")
    response = exception_handler(error, context)
    if response is None:
        return None
    data = response.data
    detail = data.get("detail") if isinstance(data, dict) else None
    errors = data if detail is None else None
    answer = problem(response.status_code, str(detail or "The request has errors."), errors)
    for name, value in response.headers.items():
        if name.lower() != "content-type":
            answer[name] = value
    return answer


def problem(code: int, detail: str, errors: Any = None) -> Response:
    body: dict[str, Any] = {"title": HTTPStatus(code).phrase, "status": code, "detail": detail}
    if errors:
        body["errors"] = errors if isinstance(errors, dict) else {"body": errors}
    return Response(body, status=code, content_type=MEDIA_TYPE)


def document(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """Say in the OpenAPI document that every operation may answer with a problem."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = {
        "type": "object",
        "description": "Why a request was not done (RFC 9457).",
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": True},
        },
        "required": ["title", "status", "detail"],
    }
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            for code, meaning in EXPECTED.items():
                operation["responses"].setdefault(str(code), {"description": meaning, "content": content})
    return result
