"""JSON bodies, read so that no body can break the server: size, depth, encoding."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class TooLarge(APIException):
    status_code = 413
    default_detail = "The body is too large."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """JSON in UTF-8. NaN and Infinity, lone surrogates and endless nesting are refused with a sentence."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            raise TooLarge
        try:
            data = json.loads(raw.decode("utf-8"), parse_constant=_not_json)
            _must_be_text(data, raw)
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"The body is not JSON: {error}") from error
        return data


def _not_json(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _must_be_text(data: Any, raw: bytes) -> None:
    """Half a surrogate pair is an escape that no encoding can write again."""
    if b"\\u" in raw:
        try:
            json.dumps(data, ensure_ascii=False).encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError("it contains half of a surrogate pair") from None
