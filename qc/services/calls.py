"""The verbs of API calls: how many a token has left this minute, and what it asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qc import clock
from qc.models import ApiCall, ApiToken

LIMIT = 600  # calls of a token in a minute; a batch of 1,000 records is one call
WINDOW = dt.timedelta(minutes=1)
KEPT = 1000  # calls that are kept of each token
SHOWN_ERRORS = 20


@dataclass(frozen=True)
class Allowance:
    """What a token may still do: calls left in this window, and the seconds until the oldest of them leaves it."""

    limit: int
    left: int
    resets_in: int


def allowance(*, token: ApiToken) -> Allowance:
    """How many calls a token has left. Counted in the database, so that all processes and hosts count together."""
    now = clock.now()
    lately = ApiCall.objects.filter(token=token, at__gt=now - WINDOW).order_by("at")
    used = lately.count()
    first = lately.values_list("at", flat=True).first() if used else None
    wait = (first + WINDOW - now).total_seconds() if first else 0.0
    return Allowance(LIMIT, max(LIMIT - used, 0), max(int(wait + 1), 0) if first else 0)


def note(
    *,
    token: ApiToken,
    method: str,
    path: str,
    status: int,
    records: int = 0,
    refused: int = 0,
    errors: Sequence[Any] = (),
) -> ApiCall:
    """Keep what was asked and how it ended; the oldest calls of the token go, now and then."""
    call = ApiCall.objects.create(
        token=token,
        at=clock.now(),
        method=method[:8],
        path=path[:200],
        status=status,
        records=records,
        refused=refused,
        errors=list(errors[:SHOWN_ERRORS]),
    )
    if call.pk % 100 == 0:
        newest = ApiCall.objects.filter(token=token).values_list("pk", flat=True)[KEPT : KEPT + 1]
        for last in newest:
            ApiCall.objects.filter(token=token, pk__lte=last).delete()
    return call
