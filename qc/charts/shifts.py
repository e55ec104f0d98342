"""Weeks drawn so that a shift shows: added up, averaged (EWMA), or as evidence that adds up (CUSUM)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from qc.charts.control import limit_layers, limits, outside_layer
from qc.charts.finding import WeeklyCounts, finding_count, mark_layers, shade, told_since, usual_weeks
from qc.charts.parts import MILLION, Spec, chart, hint, hints, week_axis, written
from qc.stats.charts import Chart
from qc.stats.cusum import Cusum, cusum
from qc.stats.ewma import ewma

Marks = Sequence[tuple[dt.date, str]]
HEIGHT = 260
FARTHEST = 9.0  # standard deviations that a single week adds to a CUSUM at most


def base(history: WeeklyCounts) -> Chart | None:
    """The usual weeks as a Laney chart; None when they cannot say what is usual."""
    return limits(history.incidents, _units(history), usual_weeks(history))


def cumulative(history: WeeklyCounts, marks: Marks = ()) -> Spec:
    """Incidents added up, against what the usual rate would have added; where the gap opens, the trouble began."""
    rows = _added_up(history)
    is_compared = "expected" in rows[0] if rows else False
    y: Spec = {"field": "value", "type": "quantitative", "title": "Defects so far", "axis": {"tickMinStep": 1}}
    shown = [("value", "Defects so far", ",.0f"), ("expected", "Expected by the usual rate", ",.1f")]
    layers: list[Spec] = [*shade(history)]
    if is_compared:
        band = {"x": week_axis(), "y": y, "y2": {"field": "expected"}}
        line = {"x": week_axis(), "y": y | {"field": "expected"}}
        layers.append({"data": {"values": rows}, "mark": {"type": "area", "style": "excess"}, "encoding": band})
        layers.append({"data": {"values": rows}, "mark": {"type": "line", "style": "expected"}, "encoding": line})
    own = {"x": week_axis(), "y": y, "tooltip": hints(shown if is_compared else shown[:1])}
    mark = {"type": "line", "style": "average", "point": {"size": 24}}
    layers.append({"data": {"values": rows}, "mark": mark, "encoding": own})
    dashed = " Dashed: what the usual rate would have added." if is_compared else ""
    caption = f"Defects of {history.label}, added up{told_since(history)}.{dashed}"
    columns = ["Week from", "Defects", "So far", *(["Expected so far"] if is_compared else [])]
    table = [
        [row["week"], history.incidents[i], row["value"], *([round(row["expected"], 1)] if is_compared else [])]
        for i, row in enumerate(rows)
    ]
    return chart(layers + mark_layers(marks, history.weeks), height=HEIGHT, caption=caption, table=(columns, table))


def _added_up(history: WeeklyCounts) -> list[Spec]:
    usual = base(history)
    due = [float(np.nanmin(usual.centre)) * made for made in accumulate(_units(history))] if usual else []
    return [
        {"week": week.isoformat(), "value": seen} | ({"expected": due[i]} if due else {})
        for i, (week, seen) in enumerate(zip(history.weeks, accumulate(history.incidents), strict=True))
    ]


def ewma_chart(history: WeeklyCounts, marks: Marks = (), *, weight: float = 0.2) -> Spec:
    """The moving average of the weekly rate with its limits: small lasting shifts, seen early.

    Counts instead, when the weeks cannot say what is usual.
    """
    usual = base(history)
    if usual is None:
        return finding_count(history, marks)
    scale, title = (MILLION, "Defects per million units") if history.units else (1, "Defects a week")
    found = ewma(usual.points, float(np.nanmin(usual.centre)), usual.deviation, weight=weight)
    outside = set(found.beyond.tolist())
    rows, points = _values(history, found.average * scale), _values(history, usual.points * scale)
    y = {"field": "value", "type": "quantitative", "title": f"{title}, average", "axis": {"tickCount": 5}}
    own: Spec = {"x": week_axis(), "y": y, "tooltip": hints([("value", "Average", ",.1f")])}
    single = own | {"tooltip": hints([("value", title, ",.1f")])}
    dots = [row for row in points if row["value"] == row["value"]]
    layers: list[Spec] = [
        *shade(history),
        *limit_layers(history.weeks, found.centre.tolist(), found.lower.tolist(), found.upper.tolist(), scale),
        {"data": {"values": dots}, "mark": {"type": "point", "style": "faint-point"}, "encoding": single},
        {"data": {"values": rows}, "mark": {"type": "line", "style": "average"}, "encoding": own},
        *outside_layer([rows[i] for i in sorted(outside)], own),
        *mark_layers(marks, history.weeks),
    ]
    caption = (
        f"Moving average of {history.label} (newest week {weight:.0%}){told_since(history)}. Small dots: single weeks. "
        f"Dashed: three-sigma limits of the average; {_weeks(len(outside))} outside."
    )
    columns = ["Week from", title, "Average", "Upper limit", "Signal"]
    table = [
        [row["week"], *(_rounded(v[i], scale) for v in (usual.points, found.average, found.upper))]
        + ["outside the limits" if i in outside else ""]
        for i, row in enumerate(rows)
    ]
    return chart(layers, height=HEIGHT, caption=caption, table=(columns, table))


def cusum_chart(history: WeeklyCounts, marks: Marks = ()) -> Spec:
    """Evidence of a shift, added up from where it began: standard deviations above and below the usual rate.

    Counts instead, when the weeks cannot say what is usual.
    """
    usual = base(history)
    if usual is None:
        return finding_count(history, marks)
    sums = cusum(np.clip(usual.z, -FARTHEST, FARTHEST))
    outside = set(sums.beyond.tolist())
    began = f" It began about the week of {written(history.weeks[sums.since])}." if sums.since is not None else ""
    caption = (
        f"CUSUM of {history.label}{told_since(history)}: sums of the distances from the usual rate beyond half a "
        f"standard deviation. Dashed: signal at {sums.limit:g}; {_weeks(len(outside))} beyond.{began}"
    )
    table = [
        [week.isoformat(), round(float(sums.up[i]), 2), round(float(sums.down[i]), 2)]
        + ["beyond the limit" if i in outside else ""]
        for i, week in enumerate(history.weeks)
    ]
    layers = [*shade(history), *_sums(history, sums), *mark_layers(marks, history.weeks)]
    return chart(layers, height=HEIGHT, caption=caption, table=(["Week from", "Above", "Below", "Signal"], table))


def _sums(history: WeeklyCounts, sums: Cusum) -> list[Spec]:
    names = ["More than usual", "Less than usual"]
    both = zip(names, (sums.up, sums.down), strict=True)
    rows = [row | {"series": name} for name, values in both for row in _values(history, values)]
    y = {"field": "value", "type": "quantitative", "title": "Standard deviations, added up", "axis": {"tickCount": 6}}
    own: Spec = {"x": week_axis(), "y": y, "tooltip": [*hints([("value", "Sum", ",.1f")]), hint("series", "Direction")]}
    series: Spec = {"field": "series", "type": "nominal"}
    told = {
        "color": series | {"scale": {"domain": names, "range": "pair"}, "legend": {"orient": "top", "title": None}},
        "strokeDash": series | {"scale": {"domain": names, "range": [[1, 0], [6, 3]]}, "legend": None},
    }
    bounds = [sums.limit] * len(history.weeks)
    marked = [
        {"week": history.weeks[i].isoformat(), "value": float(sums.up[i] if sums.up[i] > sums.limit else sums.down[i])}
        for i in sums.beyond.tolist()
    ]
    return [
        *limit_layers(history.weeks, [0.0] * len(bounds), [-value for value in bounds], bounds),
        {"data": {"values": rows}, "mark": {"type": "line", "strokeWidth": 2.5}, "encoding": own | told},
        *outside_layer(marked, own | {"tooltip": hints([("value", "Sum", ",.1f")])}),
    ]


def _units(history: WeeklyCounts) -> Sequence[float]:
    return history.units or [1.0] * len(history.weeks)


def _values(history: WeeklyCounts, values: Any) -> list[Spec]:
    return [
        {"week": week.isoformat(), "value": value} for week, value in zip(history.weeks, values.tolist(), strict=True)
    ]


def _weeks(count: int) -> str:
    return "no week" if count == 0 else "1 week" if count == 1 else f"{count} weeks"


def _rounded(value: Any, scale: float) -> float | None:
    if value != value:  # a gap
        return None
    return round(float(value), 2) if scale == 1 else round(float(value) * scale)
