"""The rate of a plant, week by week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from qc.charts.control import chart_limits, limits
from qc.charts.parts import MILLION, Spec, chart, hints, week_axis
from qc.stats.charts import Chart


def weekly_rate(
    weeks: Sequence[dt.date], incidents: Sequence[int], units: Sequence[float] | None, *, label: str
) -> Spec:
    """The rate of each week (counts where units are not known); the last one has its number.

    Laney's limits come from the weeks before the last, which is the one that is judged. A week outside the limits is
    a larger diamond in the colour of systemic findings.
    """
    exposure = list(units) if units else [1.0] * len(weeks)
    usual = limits(incidents, exposure, range(len(weeks) - 1))
    scale, title = (MILLION, "Defects per million units") if units else (1, "Defects")
    rows = _rows(weeks, incidents, exposure, usual, scale)
    axes = {
        "x": week_axis(weeks),
        "y": {"field": "value", "type": "quantitative", "title": title, "axis": {"format": ",.0f", "tickCount": 5}},
    }
    shown = [("value", title, ",.0f"), ("defects", "Defects", ",.0f"), ("units", "Units", ",.0f")]
    dots = axes | {"tooltip": hints(shown if units else shown[:1])}
    layers = [
        *chart_limits(weeks, usual, scale),
        {"data": {"values": rows}, "mark": {"type": "line", "style": "rate"}, "encoding": axes},
        *_points(rows, False, {"type": "point", "style": "rate-point", "shape": "circle"}, dots),
        *_points(rows, True, {"type": "point", "style": "rate-outside", "shape": "diamond"}, dots),
        *_last_number(rows, axes),
    ]
    columns = ["Week from", "Defects", "Units", title] if units else ["Week from", "Defects"]
    body = [[row["week"], row["defects"], row["units"], round(row["value"])][: len(columns)] for row in rows]
    return chart(layers, height=200, caption=_caption(label, rows, usual), table=(columns, body))


def _rows(
    weeks: Sequence[dt.date],
    incidents: Sequence[int],
    exposure: Sequence[float],
    usual: Chart | None,
    scale: float,
) -> list[Spec]:
    outside = set(usual.beyond.tolist()) if usual else set()
    rows = []
    for i, week in enumerate(weeks):
        if exposure[i] <= 0:
            continue
        rate = incidents[i] / exposure[i]
        row: Spec = {"week": week.isoformat(), "value": rate * scale, "defects": incidents[i], "units": exposure[i]}
        rows.append(row | {"outside": i in outside})
    return rows


def _last_number(rows: list[Spec], axes: Spec) -> list[Spec]:
    text = {"type": "text", "style": "number", "dy": -12, "align": "right", "fontWeight": 600}
    number = {"field": "value", "type": "quantitative", "format": ",.0f"}
    return [{"data": {"values": rows[-1:]}, "mark": text, "encoding": axes | {"text": number}}] if rows else []


def _points(rows: list[Spec], outside: bool, mark: Spec, encoding: Spec) -> list[Spec]:
    chosen = [row for row in rows if row["outside"] is outside]
    return [{"data": {"values": chosen}, "mark": mark, "encoding": encoding}] if chosen else []


def _caption(label: str, rows: list[Spec], usual: Chart | None) -> str:
    if not rows:
        return f"{label}: no data."
    outside = sum(1 for row in rows if row["outside"])
    if usual is None:
        return f"{label}; {len(rows)} weeks."
    told = "no week" if outside == 0 else "1 week" if outside == 1 else f"{outside} weeks"
    return f"{label}; dashed: three-sigma limits after Laney, {told} of {len(rows)} outside."
