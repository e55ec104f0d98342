"""The weeks of a finding: its scope against the rest."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from typing import Any, Protocol

from qc.charts.control import chart_limits, limits, runs_told, signal_layers, signals
from qc.charts.parts import MILLION, Spec, chart, hint, hints, monday, week_axis, written
from qc.stats.charts import Chart

MARK_ROWS = 4  # of words above the points
MARK_WIDTH = 0.3  # of the chart that the words of a moment take
FAR_RIGHT = 0.65  # of the chart: from here on words stand to the left of their line
BASE_WEEKS = 6  # weeks outside the interval that it takes to say what is usual


class WeeklyCounts(Protocol):
    """What a rate chart needs; `qc.analysis.history.History` has it."""

    @property
    def weeks(self) -> Sequence[dt.date]: ...
    @property
    def incidents(self) -> Sequence[int]: ...
    @property
    def units(self) -> Sequence[float] | None: ...
    @property
    def rest_incidents(self) -> Sequence[int]: ...
    @property
    def rest_units(self) -> Sequence[float] | None: ...
    @property
    def since(self) -> dt.date | None: ...
    @property
    def until(self) -> dt.date | None: ...
    @property
    def label(self) -> str: ...


def finding_rate(
    history: WeeklyCounts,
    marks: Sequence[tuple[dt.date, str]] = (),
    *,
    laney: bool = True,
    rules: str = "anhoej",
) -> Spec:
    """The weekly rate of a finding's scope against the rest, with the limits of the scope's usual weeks.

    Without units it shows counts: the scope's and the rest's, stacked. The interval since which the finding holds is
    shaded; `marks` are moments to point out (an action, a change of lot). Points outside the limits, and patterns by
    the named `rules` of `qc.charts.control`, have a mark of their own. `laney=False` draws plain u limits.
    """
    if not history.units:
        return finding_count(history, marks)
    usual = limits(history.incidents, history.units, usual_weeks(history), laney=laney)
    layers = [*shade(history), *_rate_layers(history, usual, signals(usual, rules))]
    caption = _rate_caption(history, usual, laney=laney)
    return chart(
        layers + mark_layers(marks, history.weeks),
        height=260,
        caption=caption,
        table=_rate_table(history, usual, rules),
    )


def finding_count(history: WeeklyCounts, marks: Sequence[tuple[dt.date, str]] = ()) -> Spec:
    """The weekly counts of a finding's scope and of the rest, stacked, with the same shade and marks."""
    caption = f"Weekly defects of {history.label} and of everything else{told_since(history)}."
    layers = [*shade(history), *_stack(history), *mark_layers(marks, history.weeks)]
    return chart(layers, height=260, caption=caption, table=_rate_table(history, None, "anhoej"))


def shade(history: WeeklyCounts) -> list[Spec]:
    """The interval of the finding. Points stand on Mondays, so it reaches half a week around the weeks it touches."""
    if history.since is None or not history.weeks:
        return []
    start = max(monday(history.since), history.weeks[0])
    end = min(monday(history.until), history.weeks[-1]) if history.until else history.weeks[-1]
    half = dt.timedelta(days=3)
    rows = [{"week": (start - half).isoformat(), "end": (max(start, end) + half).isoformat()}]
    encoding = {"x": week_axis(), "x2": {"field": "end"}}
    return [{"data": {"values": rows}, "mark": {"type": "rect", "style": "since"}, "encoding": encoding}]


def usual_weeks(history: WeeklyCounts) -> list[int] | None:
    """The weeks outside the finding's interval, if they are enough to say what is usual; else all."""
    if history.since is None:
        return None
    start, end = monday(history.since), history.until or dt.date.max
    outside = [i for i, week in enumerate(history.weeks) if not start <= week <= end]
    return outside if len(outside) >= BASE_WEEKS else None


def told_since(history: WeeklyCounts) -> str:
    """The shaded interval, for captions."""
    if not history.since:
        return ""
    until = f" until {written(history.until)}" if history.until else ""
    return f", since {written(history.since)}{until} shaded"


def _rate_layers(history: WeeklyCounts, usual: Chart | None, why: dict[int, str]) -> list[Spec]:
    mine = _rates(history.label, history.weeks, history.incidents, history.units)
    rows = [*mine, *_rates("Everything else", history.weeks, history.rest_incidents, history.rest_units)]
    title = "Defects per million units"
    encoding = {
        "x": week_axis(),
        "y": {"field": "value", "type": "quantitative", "title": title, "axis": {"format": ",.0f", "tickCount": 5}},
        "color": _scope_colour(history.label),
        "strokeWidth": {"condition": {"test": "datum.series == 'Everything else'", "value": 1.5}, "value": 2.5},
        "tooltip": hints([("value", title, ",.0f"), ("defects", "Defects", ",.0f"), ("units", "Units", ",.0f")])
        + [hint("series", "Where")],
    }
    line = {"data": {"values": rows}, "mark": {"type": "line", "point": {"size": 32}}, "encoding": encoding}
    found = {row["week"]: row for row in mine}
    points = [found.get(week.isoformat(), {}) for week in history.weeks]
    return [*chart_limits(history.weeks, usual, MILLION), line, *signal_layers(points, why, title)]


def _rates(
    series: str, weeks: Sequence[dt.date], incidents: Sequence[int], units: Sequence[float] | None
) -> list[Spec]:
    if units is None:
        return []
    return [
        {"week": week.isoformat(), "series": series, "value": count / made * MILLION, "defects": count, "units": made}
        for week, count, made in zip(weeks, incidents, units, strict=True)
        if made > 0
    ]


def _stack(history: WeeklyCounts) -> list[Spec]:
    if not history.weeks:
        return []
    rows = [
        {"week": week.isoformat(), "series": series, "value": count, "order": order}
        for order, (series, counts) in enumerate(
            [(history.label, history.incidents), ("Everything else", history.rest_incidents)]
        )
        for week, count in zip(history.weeks, counts, strict=True)
    ]
    encoding = {
        "x": week_axis(),
        "y": {"field": "value", "type": "quantitative", "title": "Defects a week", "axis": {"tickMinStep": 1}},
        "color": _scope_colour(history.label),
        "order": {"field": "order", "type": "quantitative"},
        "tooltip": [*hints([("value", "Defects", ",.0f")]), hint("series", "Where")],
    }
    return [
        {
            "data": {"values": rows},
            "mark": {"type": "bar", "size": max(3, 400 // len(history.weeks))},
            "encoding": encoding,
        }
    ]


def _scope_colour(label: str) -> Spec:
    return {
        "field": "series",
        "type": "nominal",
        "scale": {"domain": [label, "Everything else"], "range": "scope"},
        "legend": {"orient": "top", "title": None},
    }


def mark_layers(marks: Sequence[tuple[dt.date, str]], weeks: Sequence[dt.date]) -> list[Spec]:
    """Moments to point out, each a dotted line with its words; words that would overlap stand below each other.

    Moments before the first week are left out; a fifth one in the same place keeps its line and shows its words on
    hovering.
    """
    shown = sorted((day, text) for day, text in marks if weeks and day >= weeks[0])
    if not shown:
        return []
    rows = [{"week": day.isoformat(), "text": text} for day, text in shown]
    place = {"x": week_axis(), "tooltip": [hint("text", "What")]}
    layers: list[Spec] = [{"data": {"values": rows}, "mark": {"type": "rule", "style": "mark"}, "encoding": place}]
    span = max((weeks[-1] - weeks[0]).days, 1)
    free = [-1.0] * MARK_ROWS  # where the words of each row end
    for day, text in shown:
        at = (day - weeks[0]).days / span
        start = at - MARK_WIDTH if at > FAR_RIGHT else at
        row = next((row for row, end in enumerate(free) if end <= start), None)
        if row is None:
            continue
        free[row] = start + MARK_WIDTH
        side = {"align": "right", "dx": -4} if at > FAR_RIGHT else {"align": "left", "dx": 4}
        label = {"type": "text", "style": "mark-label", "dy": 6 + 14 * row, "baseline": "top", "y": 0, "limit": 160}
        value = {"data": {"values": [{"week": day.isoformat(), "text": text}]}, "mark": label | side}
        layers.append(value | {"encoding": place | {"text": {"field": "text", "type": "nominal"}}})
    return layers


def _rate_caption(history: WeeklyCounts, usual: Chart | None, *, laney: bool) -> str:
    gaps = sum(1 for made in history.units or [] if made <= 0)
    missing = f" {gaps} weeks without production counts are left out." if gaps else ""
    kind = "after Laney" if laney else "of a plain u chart"
    dashed = f" Dashed: what the usual weeks let expect (three-sigma limits {kind})." if usual else ""
    about = f"Weekly defects per million units of {history.label} against everything else{told_since(history)}."
    return about + dashed + runs_told(usual) + missing


def _rate_table(history: WeeklyCounts, usual: Chart | None, rules: str) -> tuple[list[str], list[list[Any]]]:
    why = signals(usual, rules)
    rows: list[list[Any]] = []
    for i, week in enumerate(history.weeks):
        row: list[Any] = [week.isoformat(), history.incidents[i]]
        row += [history.units[i], _ppm(history.incidents[i], history.units[i])] if history.units else []
        row.append(history.rest_incidents[i])
        row += [_ppm(history.rest_incidents[i], history.rest_units[i])] if history.units and history.rest_units else []
        if usual is not None:
            known = not math.isnan(usual.upper[i])
            row += [round(usual.upper[i] * MILLION) if known else None, why.get(i, "")]
        rows.append(row)
    columns = ["Week from", f"Defects, {history.label}"]
    columns += ["Units", "Per million"] if history.units else []
    columns.append("Defects elsewhere")
    columns += ["Per million elsewhere"] if history.units and history.rest_units else []
    columns += ["Upper limit", "Signal"] if usual is not None else []
    return columns, rows


def _ppm(count: float, units: float) -> int | None:
    return round(count / units * MILLION) if units > 0 else None
