"""Rare incidents: the time between them says more than weeks with none."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from itertools import pairwise

from qc.charts.control import chart_limits, outside_layer, signals
from qc.charts.parts import Spec, chart, hint, week_axis
from qc.stats.charts import t_chart

LEAST_GAPS = 4  # times between incidents that it takes for limits
SAME_DAY = 0.5  # days between two incidents of one day


def between_chart(days: Sequence[dt.date], *, label: str) -> Spec:
    """Days between rare incidents (a t chart): high points mean that they became rarer.

    ValueError for fewer than five incidents.
    """
    ordered = sorted(days)
    gaps = [max(float((after - before).days), SAME_DAY) for before, after in pairwise(ordered)]
    if len(gaps) < LEAST_GAPS:
        raise ValueError(f"it takes {LEAST_GAPS + 1} incidents for the times between them, not {len(ordered)}")
    usual = t_chart(gaps)
    why = signals(usual)
    rows: list[Spec] = [{"week": day.isoformat(), "value": gap} for day, gap in zip(ordered[1:], gaps, strict=True)]
    y = {"field": "value", "type": "quantitative", "title": "Days since the one before", "axis": {"tickCount": 5}}
    when = {"field": "week", "type": "temporal", "timeUnit": "utcyearmonthdate", "title": "Incident on"}
    own: Spec = {"x": week_axis(), "y": y, "tooltip": [when, hint("value", "Days since the one before", ",.1f")]}
    line = {"type": "line", "style": "average", "point": {"size": 32}}
    layers = [
        *chart_limits(ordered[1:], usual, 1),
        {"data": {"values": rows}, "mark": line, "encoding": own},
        *outside_layer([rows[at] for at in why], own),
    ]
    caption = (
        f"Days between the incidents of {label}. Dashed: three-sigma limits of a t chart (Nelson); "
        f"{len(usual.beyond)} of {len(gaps)} outside."
    )
    table = [[row["week"], row["value"], why.get(i, "")] for i, row in enumerate(rows)]
    columns = ["Incident on", "Days since the one before", "Signal"]
    return chart(layers, height=260, caption=caption, table=(columns, table))
