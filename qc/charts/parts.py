"""The pieces that the charts share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

Spec = dict[str, Any]
MILLION = 1_000_000


def chart(layers: list[Spec], *, height: int, caption: str, table: tuple[list[str], list[list[Any]]]) -> Spec:
    """A specification of layers, with its caption and its table of (columns, rows)."""
    columns, rows = table
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": caption,
        "height": height,
        "padding": {"left": 2, "top": 4, "right": 16, "bottom": 4},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "layer": layers,
        "usermeta": {"caption": caption, "table": {"columns": columns, "rows": rows}},
    }


def week_axis(weeks: Sequence[dt.date] = ()) -> Spec:
    """Time across the chart, with a tick at each of the weeks if they are given.

    Days are read as UTC and must be shown as such, or they shift by one day west of Greenwich.
    """
    axis: Spec = {"format": "%-d %b", "labelOverlap": True, "grid": False, "tickCount": 8}
    if weeks:
        axis["values"] = [{"year": day.year, "month": day.month, "date": day.day, "utc": True} for day in weeks]
    scale = {"type": "utc", "padding": 10}
    return {"field": "week", "type": "temporal", "scale": scale, "title": None, "axis": axis}


def monday(day: dt.date) -> dt.date:
    """The first day of the week of a day."""
    return day - dt.timedelta(days=day.weekday())


def written(day: dt.date | None) -> str:
    """A day as captions write it."""
    return f"{day.day} {day:%B %Y}" if day else ""


def hint(field: str, title: str, form: str = "") -> Spec:
    """One line of what is shown on hovering."""
    kind = {"type": "quantitative", "format": form} if form else {"type": "nominal"}
    return {"field": field, "title": title, **kind}


def hints(fields: list[tuple[str, str, str]]) -> list[Spec]:
    """The lines shown on hovering over a week."""
    week = {"field": "week", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": "Week from"}
    return [week, *(hint(*field) for field in fields)]
