"""What a verb says when it refuses: expected, explained to the person, never a 500."""

from __future__ import annotations


class Refused(Exception):
    """A request that cannot be done, with a sentence that says why and what to do.

    `fields` carries messages that belong beside a form field: {"quantity": "A quantity is a number above zero."}.
    """

    def __init__(self, message: str, *, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields or {}


class NotAllowed(Refused):
    """The person's role does not include this verb (HTTP 403)."""


class Stale(Refused):
    """The record was changed by someone else since it was read (HTTP 409)."""


class Conflict(Refused):
    """The same idempotency key came with another body (HTTP 409)."""
