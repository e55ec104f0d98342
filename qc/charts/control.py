"""Limits and signals of a row of weeks, as layers: what every control chart here draws around its points."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import numpy as np

from qc.charts.parts import Spec, hint, hints, week_axis
from qc.stats import charts, runs

RULES = {
    "anhoej": "Anhoej's runs",
    "western-electric": "Western Electric",
    "nelson": "Nelson",
}


def limits(
    counts: Sequence[float], units: Sequence[float], base: Sequence[int] | None = None, *, laney: bool = True
) -> charts.Chart | None:
    """The u chart of counts per unit, Laney's by default; None when the base cannot say what is usual.

    Weeks without units are gaps: what was counted in them has no rate and sets no limit.
    """
    usable = [i for i in (range(len(counts)) if base is None else base) if units[i] > 0]
    if len(usable) < 2 or not sum(counts[i] for i in usable):
        return None
    known = [count if made > 0 else 0.0 for count, made in zip(counts, units, strict=True)]
    return charts.u_chart(known, units, base=usable, laney=laney, widen_only=True)


def limit_layers(
    weeks: Sequence[dt.date], centre: Sequence[float], lower: Sequence[float], upper: Sequence[float], scale: float = 1
) -> list[Spec]:
    """Centre line and dashed limits; a lower limit at zero says nothing and is left out."""
    layers = []
    for values, style in ((centre, "centre"), (upper, "limit"), (lower, "limit")):
        rows = [
            {"week": week.isoformat(), "limit": value * scale}
            for week, value in zip(weeks, values, strict=True)
            if not math.isnan(value) and (values is not lower or value != 0)
        ]
        mark = {"type": "line", "style": style, "interpolate": "step"}
        encoding = {"x": week_axis(), "y": {"field": "limit", "type": "quantitative"}}
        if rows:
            layers.append({"data": {"values": rows}, "mark": mark, "encoding": encoding})
    return layers


def chart_limits(weeks: Sequence[dt.date], chart: charts.Chart | None, scale: float) -> list[Spec]:
    """The limits of a chart of the statistics, if there is one."""
    if chart is None:
        return []
    return limit_layers(weeks, chart.centre.tolist(), chart.lower.tolist(), chart.upper.tolist(), scale)


def signals(chart: charts.Chart | None, rules: str = "anhoej") -> dict[int, str]:
    """Why a point asks for a reason, by its position. Beyond the limits always, patterns by the named rules.

    KeyError for rules that have no name here.
    """
    _ = RULES[rules]
    if chart is None:
        return {}
    told: dict[int, list[str]] = {int(at): ["outside the limits"] for at in chart.beyond}
    for words, positions in _patterns(chart, rules):
        for at in positions:
            told.setdefault(int(at), []).append(words)
    return {at: "; ".join(words) for at, words in sorted(told.items())}


def _patterns(chart: charts.Chart, rules: str) -> list[tuple[str, list[int]]]:
    if rules == "anhoej":
        longest = chart.runs.longest_limit
        there = np.flatnonzero(~np.isnan(chart.points))
        z = chart.points[there] - chart.centre[there]
        there, z = there[z != 0], z[z != 0]
        ends = runs.run_rule(z, np.zeros(len(z)), longest + 1).tolist()
        inside = sorted({int(there[i]) for end in ends for i in range(end - longest, end + 1)})
        return [(f"a run of more than {longest} on one side", inside)]
    named = runs.western_electric if rules == "western-electric" else runs.nelson
    found = [rule for rule in named(chart.z) if not rule.name.endswith(" 1")]  # the limits themselves are told already
    return [(f"{rule.name}: {rule.words}", list(rule.positions)) for rule in found]


def runs_told(chart: charts.Chart | None) -> str:
    """What Anhoej's tests say of the whole row, as a sentence; nothing when they say nothing."""
    if chart is None or not chart.runs.signal:
        return ""
    seen = chart.runs
    if seen.longest > seen.longest_limit:
        return (
            f" {seen.longest} points in a row lie on one side of the usual rate (chance: at most {seen.longest_limit})."
        )
    return (
        f" The row crosses the usual rate {seen.crossings} times only (chance: at least {seen.crossings_limit}),"
        " so it moved."
    )


def signal_layers(rows: Sequence[Spec], why: dict[int, str], title: str, form: str = ",.0f") -> list[Spec]:
    """A diamond around each point outside, a triangle on the points of a pattern, with the reason on hovering.

    `rows` are the points by position, each with week and value; a gap is an empty row.
    """
    marked = [rows[at] | {"why": text} for at, text in why.items() if at < len(rows) and rows[at]]
    layers = []
    for shape, style, is_outside in (("diamond", "rate-outside", True), ("triangle-up", "rate-pattern", False)):
        values = [row for row in marked if ("outside" in row["why"]) is is_outside]
        tips = [*hints([("value", title, form)]), hint("why", "Why it is marked")]
        encoding = {"x": week_axis(), "y": {"field": "value", "type": "quantitative"}, "tooltip": tips}
        if values:
            mark = {"type": "point", "style": style, "shape": shape}
            layers.append({"data": {"values": values}, "mark": mark, "encoding": encoding})
    return layers


def outside_layer(rows: Sequence[Spec], encoding: Spec) -> list[Spec]:
    """A diamond around each of the points, which are outside their limits."""
    mark = {"type": "point", "style": "rate-outside", "shape": "diamond"}
    return [{"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}] if rows else []
