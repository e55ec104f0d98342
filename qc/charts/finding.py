"""The weeks of a finding: its scope against the rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, Protocol

from qc.charts.parts import MILLION, Spec, chart, hint, hints, limit_fields, limit_layers, week_axis
from qc.stats.limits import laney_u

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


def finding_rate(history: WeeklyCounts, marks: Sequence[tuple[dt.date, str]] = ()) -> Spec:
    """The weekly rate of a finding's scope against the rest, with the limits of the scope's usual weeks.

    Without units it shows counts: the scope's and the rest's, stacked. The interval since which the finding holds is
    shaded; `marks` are moments to point out (an action, a change of lot).
    """
    layers = [*_shade(history), *_rate_layers(history)] if history.units else [*_shade(history), *_stack(history)]
    return chart(
        layers + _mark_layers(marks),
        height=260,
        caption=_rate_caption(history),
        table=_rate_table(history),
    )


def _shade(history: WeeklyCounts) -> list[Spec]:
    """The interval of the finding. Points stand on Mondays, so it reaches half a week around the weeks it touches."""
    if history.since is None or not history.weeks:
        return []
    start = max(_monday(history.since), history.weeks[0])
    end = min(_monday(history.until), history.weeks[-1]) if history.until else history.weeks[-1]
    half = dt.timedelta(days=3)
    rows = [{"week": (start - half).isoformat(), "end": (max(start, end) + half).isoformat()}]
    encoding = {"x": week_axis(), "x2": {"field": "end"}}
    return [{"data": {"values": rows}, "mark": {"type": "rect", "style": "since"}, "encoding": encoding}]


def _rate_layers(history: WeeklyCounts) -> list[Spec]:
    rows = [*_rates(history.label, history.weeks, history.incidents, history.units)]
    rows += _rates("Everything else", history.weeks, history.rest_incidents, history.rest_units)
    limits = laney_u(history.incidents, history.units or [], base=_usual(history))
    bounds = [
        {"week": week.isoformat(), **limit_fields(limits, i, MILLION)}
        for i, week in enumerate(history.weeks)
        if history.units and history.units[i] > 0
    ]
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
    return [*limit_layers(bounds, limits), line]


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


def _usual(history: WeeklyCounts) -> list[int] | None:
    """The weeks outside the finding's interval, if they are enough to say what is usual; else all."""
    if history.since is None:
        return None
    start, end = _monday(history.since), history.until or dt.date.max
    outside = [i for i, week in enumerate(history.weeks) if not start <= week <= end]
    return outside if len(outside) >= BASE_WEEKS else None


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


def _mark_layers(marks: Sequence[tuple[dt.date, str]]) -> list[Spec]:
    if not marks:
        return []
    rows = [{"week": day.isoformat(), "text": text} for day, text in marks]
    place = {"x": week_axis(), "tooltip": [hint("text", "What")]}
    label = {"type": "text", "style": "mark-label", "align": "left", "dx": 4, "dy": 6, "baseline": "top"}
    return [
        {"data": {"values": rows}, "mark": {"type": "rule", "style": "mark"}, "encoding": place},
        {
            "data": {"values": rows},
            "mark": label | {"y": 0, "limit": 160},
            "encoding": place | {"text": {"field": "text", "type": "nominal"}},
        },
    ]


def _rate_caption(history: WeeklyCounts) -> str:
    what = "Weekly defects per million units" if history.units else "Weekly defects"
    since = f", since {_day(history.since)} shaded" if history.since else ""
    until = f" until {_day(history.until)}" if history.since and history.until else ""
    limits = " Dashed: what the usual weeks let expect (three-sigma limits after Laney)." if history.units else ""
    return f"{what} of {history.label} against everything else{since}{until}.{limits}"


def _rate_table(history: WeeklyCounts) -> tuple[list[str], list[list[Any]]]:
    rows: list[list[Any]] = []
    for i, week in enumerate(history.weeks):
        row: list[Any] = [week.isoformat(), history.incidents[i]]
        row += [history.units[i], _ppm(history.incidents[i], history.units[i])] if history.units else []
        row.append(history.rest_incidents[i])
        row += [_ppm(history.rest_incidents[i], history.rest_units[i])] if history.units and history.rest_units else []
        rows.append(row)
    columns = ["Week from", f"Defects, {history.label}"]
    columns += ["Units", "Per million"] if history.units else []
    columns.append("Defects elsewhere")
    columns += ["Per million elsewhere"] if history.units and history.rest_units else []
    return columns, rows


def _ppm(count: float, units: float) -> int | None:
    return round(count / units * MILLION) if units > 0 else None


def _day(day: dt.date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else ""


def _monday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.weekday())
