"""What happened most, with the period before beside it."""

from __future__ import annotations

from collections.abc import Sequence

from qc.charts.parts import Spec, chart, hint


def pareto(
    rows: Sequence[tuple[str, int, int]], *, this: str = "This week", before: str = "Week before", caption: str = ""
) -> Spec:
    """Bars of (name, count, count before), most frequent first as given, each with the period before below it."""
    values = [
        {"name": name, "period": period, "count": count, "order": order}
        for name, now, then in rows
        for order, (period, count) in enumerate([(this, now), (before, then)])
    ]
    y = {"field": "name", "type": "nominal", "sort": None, "title": None, "axis": {"ticks": False}}
    offset = {"field": "period", "type": "nominal", "sort": [this, before]}
    x = {
        "field": "count",
        "type": "quantitative",
        "title": "Defects",
        "axis": {"format": ",.0f", "tickMinStep": 1, "tickCount": 6},
    }
    colour = {
        "field": "period",
        "type": "nominal",
        "scale": {"domain": [this, before], "range": "period"},
        "legend": {"orient": "top", "title": None},
    }
    tips = [hint("name", "Defect"), hint("period", "Period"), hint("count", "Defects", ",.0f")]
    bars = {"mark": {"type": "bar"}, "encoding": {"color": colour, "tooltip": tips}}
    number = {"field": "count", "type": "quantitative", "format": ",.0f"}
    labels = {"mark": {"type": "text", "style": "number", "align": "left", "dx": 4}, "encoding": {"text": number}}
    drawing = chart(
        [bars, labels],
        height=max(60, 32 * len(rows)),
        caption=caption,
        table=(["Defect", this, before], [list(row) for row in rows]),
    )
    return drawing | {"data": {"values": values}, "encoding": {"y": y, "yOffset": offset, "x": x}}
