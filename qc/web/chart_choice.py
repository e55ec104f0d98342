"""The chart of a page and the kinds to choose from, by links: ?chart=ewma&rules=nelson."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from qc import charts

LABELS = {
    "rate": gettext_lazy("Rate"),
    "count": gettext_lazy("Count"),
    "cumulative": gettext_lazy("Cumulative"),
    "ewma": gettext_lazy("Moving average (EWMA)"),
    "cusum": gettext_lazy("CUSUM"),
    "u": gettext_lazy("Plain u chart"),
    "between": gettext_lazy("Time between"),
}
WITH_RULES = ("rate", "u")
MOST_DAYS = 120  # incidents in the chart of the time between them: more are not rare


def chart_of(
    request: HttpRequest,
    history: charts.WeeklyCounts,
    moments: Sequence[tuple[dt.date, str]] = (),
    days: Sequence[dt.date] = (),
) -> dict[str, Any]:
    """What components/chart_kinds.html and components/chart.html need: spec, kinds and rules with their links.

    `days` are the days of the single incidents, newest first; a long row of them is not offered as rare.
    """
    named = request.GET.get("rules", "")
    rules = named if named in charts.RULES else "anhoej"
    rare = days if len(days) <= MOST_DAYS else ()
    kinds, spec = charts.choose(history, request.GET.get("chart", ""), moments, rules=rules, days=rare)
    chosen = next((kind.name for kind in kinds if kind.is_chosen), "")
    by = charts.RULES.items() if chosen in WITH_RULES else ()
    return {
        "spec": spec,
        "kinds": [_entry(request, LABELS[kind.name], kind.is_chosen, chart=kind.name) for kind in kinds],
        "rules": [_entry(request, label, name == rules, chart=chosen, rules=name) for name, label in by],
    }


def _entry(request: HttpRequest, label: object, is_chosen: bool, **values: str) -> dict[str, object]:
    return {"label": label, "url": _link(request, **values), "chosen": is_chosen}


def _link(request: HttpRequest, **values: str) -> str:
    """The page's address with these values, other filters kept."""
    query = request.GET.copy()
    for name, value in values.items():
        query[name] = value
    return f"?{query.urlencode()}#chart"
