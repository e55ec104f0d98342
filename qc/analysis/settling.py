"""What would change a verdict, said from its own numbers."""

from __future__ import annotations

import datetime as dt
import math

from qc.analysis.explain import place

SURE = 10.0  # nats by which the usual rate has to explain the coming days better than the present one
SHORTEST = 7  # days that anything lasting is watched before it is called over


def change(
    verdict: str,
    kind: str,
    where: dict[str, str],
    *,
    incidents: float,
    expected: float,
    since: dt.date | None,
    until: dt.date | None,
    first: dt.date,
    last: dt.date,
) -> str:
    """The sentence for a place that stands out; `first` and `last` are the days of the data.

    A lasting cause is over once so many days at the usual rate tell it from the present one: days x (a - b - b ln(a/b))
    nats for a daily rate a now and b usually.

    >>> day = dt.date(2026, 5, 1)
    >>> days = {"since": day, "until": None, "first": day, "last": day + dt.timedelta(days=27)}
    >>> change("systemic", "escalating", {"line": "L3"}, incidents=64, expected=16.0, **days)
    'Back at its usual number there (about 4 a week instead of 16), it would count as over after about 11 days.'
    """
    if kind == "lot":
        return "A second bad lot of the same supplier makes it the supplier's; one bad lot alone stays a one-off."
    if kind == "burst":
        return f"More bursts at {place(where)} over at least a fortnight make it systemic; one alone stays a one-off."
    if verdict != "systemic" or not where:
        return ""
    if until is not None and until < last:
        return f"It is over since {until:%-d %B %Y}; if it comes back there, it counts as the same problem again."
    days = max((last - (since or first)).days + 1, 1)
    now, usual = incidents / days, max(expected / days, 1e-9)
    if now <= usual:
        return ""
    each = now - usual - usual * math.log(now / usual)
    wait = max(math.ceil(SURE / each), SHORTEST)
    return (
        f"Back at its usual number there (about {7 * usual:.2g} a week instead of {7 * now:.2g}), "
        f"it would count as over after about {wait} days."
    )
