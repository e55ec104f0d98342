"""Any control chart of the statistics, drawn: p, np, u, c, Laney's, g, t and individuals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from qc.charts.control import chart_limits, runs_told, signal_layers, signals
from qc.charts.parts import Spec, chart, hints, week_axis
from qc.stats.charts import Chart

NAMES = {
    "p": "p chart",
    "np": "np chart",
    "u": "u chart",
    "c": "c chart",
    "p'": "Laney p' chart",
    "u'": "Laney u' chart",
    "g": "g chart",
    "t": "t chart",
    "i": "Individuals chart",
}


def control_chart(
    found: Chart,
    days: Sequence[dt.date],
    *,
    label: str,
    title: str,
    scale: float = 1,
    form: str = ",.3~r",
    rules: str = "anhoej",
) -> Spec:
    """A chart of `qc.stats.charts` over the days of its points, with centre, limits, and marks for what they signal.

    `title` names the value and `scale` turns it into the unit of the title (1,000,000 for a rate per million units).
    ValueError when there are not as many days as points.
    """
    if len(days) != len(found.points):
        raise ValueError(f"{len(found.points)} points but {len(days)} days")
    why = signals(found, rules)
    points: list[Spec] = [
        {"week": day.isoformat(), "value": value * scale} if value == value else {}
        for day, value in zip(days, found.points.tolist(), strict=True)
    ]
    y = {"field": "value", "type": "quantitative", "title": title, "axis": {"tickCount": 5}}
    own: Spec = {"x": week_axis(), "y": y, "tooltip": hints([("value", title, form)])}
    line = {"type": "line", "style": "average", "point": {"size": 32}}
    layers = [
        *chart_limits(days, found, scale),
        {"data": {"values": [point for point in points if point]}, "mark": line, "encoding": own},
        *signal_layers(points, why, title, form),
    ]
    outside = f"{len(found.beyond)} of {sum(1 for point in points if point)} outside"
    caption = f"{NAMES[found.kind]} of {label}. Dashed: three-sigma limits; {outside}.{runs_told(found)}"
    rows = _rows(found, days, why, scale)
    table = (["From", title, "Lower limit", "Upper limit", "Signal"], rows)
    return chart(layers, height=240, caption=caption, table=table)


def _rows(found: Chart, days: Sequence[dt.date], why: dict[int, str], scale: float) -> list[list[object]]:
    columns = (found.points, found.lower, found.upper)
    return [
        [day.isoformat(), *(_value(column[i], scale) for column in columns), why.get(i, "")]
        for i, day in enumerate(days)
    ]


def _value(value: float, scale: float) -> float | None:
    return float(f"{value * scale:.4g}") if value == value else None
