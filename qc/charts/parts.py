"""The pieces that the charts share."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

from qc.stats.limits import Limits

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


def hint(field: str, title: str, form: str = "") -> Spec:
    """One line of what is shown on hovering."""
    kind = {"type": "quantitative", "format": form} if form else {"type": "nominal"}
    return {"field": field, "title": title, **kind}


def hints(fields: list[tuple[str, str, str]]) -> list[Spec]:
    """The lines shown on hovering over a week."""
    week = {"field": "week", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": "Week from"}
    return [week, *(hint(*field) for field in fields)]


def limit_fields(limits: Limits | None, i: int, scale: float) -> Spec:
    """Centre and limits of a point, in the chart's unit; a limit that says nothing is left out."""
    if limits is None or math.isnan(limits.upper[i]):
        return {}
    low, high = limits.lower[i] * scale, limits.upper[i] * scale
    return {"centre": limits.centre * scale, "upper": high} | ({"lower": low} if low > 0 else {})


def limit_layers(rows: list[Spec], limits: Limits | None) -> list[Spec]:
    """Centre line and dashed limits."""
    if limits is None:
        return []
    layers = []
    for field, style in (("centre", "centre"), ("upper", "limit"), ("lower", "limit")):
        values = [{"week": row["week"], "limit": row[field]} for row in rows if field in row]
        mark = {"type": "line", "style": style, "interpolate": "step"}
        encoding = {"x": week_axis(), "y": {"field": "limit", "type": "quantitative"}}
        if values:
            layers.append({"data": {"values": values}, "mark": mark, "encoding": encoding})
    return layers
