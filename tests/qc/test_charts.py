from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import vl_convert

from qc import charts
from qc.charts import control
from qc.render import images
from qc.stats import charts as stats

MONDAY = dt.date(2026, 5, 25)
WEEKS = [MONDAY + dt.timedelta(weeks=i) for i in range(20)]


@dataclass(frozen=True)
class Weeks:
    weeks: list[dt.date]
    incidents: list[int]
    units: list[float] | None
    rest_incidents: list[int]
    rest_units: list[float] | None
    since: dt.date | None
    until: dt.date | None
    label: str


HISTORY = Weeks(
    weeks=WEEKS,
    incidents=[5, 4, 6, 5, 3, 5, 4, 6, 5, 4, 25, 28, 24, 26, 5, 4, 6, 5, 4, 5],
    units=[1000.0] * 20,
    rest_incidents=[30] * 20,
    rest_units=[10_000.0] * 20,
    since=WEEKS[10] + dt.timedelta(days=2),
    until=WEEKS[13] + dt.timedelta(days=4),
    label="station SP-11",
)
MARKS = [(WEEKS[14], "Stencil replaced"), (WEEKS[9], "Lot THC-2638A")]
DAYS = [MONDAY + dt.timedelta(days=day) for day in (0, 3, 4, 4, 9, 40, 41, 60)]
CELLS = [("SMT-1", "SCR", 40), ("SMT-1", "DENT", 3), ("SMT-2", "SCR", 4)]
EMPTY = Weeks([], [], None, [], None, None, None, "whole plant")
SPECS = {
    "rate": charts.finding_rate(HISTORY, [(WEEKS[14], "Stencil replaced")]),
    "rate that still holds": charts.finding_rate(replace(HISTORY, until=None)),
    "rate without an interval": charts.finding_rate(replace(HISTORY, since=None, until=None)),
    "counts": charts.finding_rate(replace(HISTORY, units=None, rest_units=None)),
    "one week": charts.finding_rate(Weeks(WEEKS[:1], [1], [5.0], [0], [0.0], WEEKS[0], WEEKS[0], "line 1")),
    "week without units": charts.finding_rate(replace(HISTORY, units=[0.0, *[1000.0] * 19])),
    "nothing": charts.finding_rate(EMPTY),
    "weekly": charts.weekly_rate(WEEKS, HISTORY.incidents, HISTORY.units, label="All lines"),
    "weekly counts": charts.weekly_rate(WEEKS, HISTORY.incidents, None, label="All lines"),
    "weekly nothing": charts.weekly_rate(WEEKS, [0] * 20, [0.0] * 20, label="All lines"),
    **{
        name: charts.choose(HISTORY, name, MARKS, days=DAYS)[1]
        for name in ("count", "cumulative", "ewma", "cusum", "u", "between")
    },
    **{
        f"{name} of counts": charts.choose(replace(HISTORY, units=None), name)[1]
        for name in ("cumulative", "ewma", "cusum")
    },
    "cumulative without a usual rate": charts.cumulative(replace(HISTORY, incidents=[0] * 20)),
    "ewma without a usual rate": charts.ewma_chart(replace(HISTORY, incidents=[0] * 20)),
    "cusum without a usual rate": charts.cusum_chart(replace(HISTORY, incidents=[0] * 20)),
    "ewma with a gap": charts.ewma_chart(replace(HISTORY, units=[1000.0] * 19 + [0.0])),
    **{
        f"{name} chart": charts.control_chart(made, WEEKS[: len(made.points)], label="SP-11", title="Value")
        for name, made in {
            "p": stats.p_chart([5, 4, 9, 5], [100, 90, 100, 80]),
            "np": stats.np_chart([5, 4, 9, 5], [100] * 4),
            "c": stats.c_chart(HISTORY.incidents),
            "laney": stats.u_chart(HISTORY.incidents, [100.0] * 20, laney=True),
            "g": stats.g_chart([5, 40, 3, 12]),
            "t": stats.t_chart([5.0, 40, 3, 12]),
            "individuals": stats.individuals_chart([5.0, 4.9, 5.2, 5.1]),
            "gap": stats.u_chart([3, 0, 4], [10, 0, 10]),
        }.items()
    },
    "heat map": charts.heat_map(CELLS, rows="Line", columns="Defect type", caption="Where"),
    "heat map of rates": charts.heat_map(
        CELLS, rows="Line", columns="Defect type", caption="Where", units={"SMT-1": 1e5, "SMT-2": 1e3}
    ),
    "heat map of none": charts.heat_map([], rows="Line", columns="Defect type", caption="Where"),
    "pareto": charts.pareto([("SCR Scratch", 5, 3), ("DENT Dent", 2, 4)], caption="Most frequent"),
    "pareto of none": charts.pareto([], caption="Most frequent"),
}


def layer_of(spec: charts.Spec, style: str) -> list[dict[str, Any]]:
    return [
        values for layer in spec["layer"] if layer["mark"].get("style") == style for values in layer["data"]["values"]
    ]


@pytest.mark.parametrize("name", SPECS)
@pytest.mark.parametrize("theme", charts.THEMES)
def test_every_chart_is_drawn_in_both_themes(name: str, theme: str) -> None:
    drawn = images.svg(SPECS[name], theme=theme)
    assert drawn.startswith("<svg") and charts.THEMES[theme]["surface"] in drawn
    assert vl_convert.vegalite_to_vega(images.sized(SPECS[name], 640), config=charts.config(theme))["$schema"]


@pytest.mark.parametrize("name", SPECS)
def test_every_chart_says_in_words_and_in_a_table_what_it_shows(name: str) -> None:
    told = json.loads(json.dumps(SPECS[name]))["usermeta"]
    assert told["caption"]
    assert all(len(row) == len(told["table"]["columns"]) for row in told["table"]["rows"])


def test_no_chart_carries_a_colour_of_its_own() -> None:
    assert not re.search(r"#[0-9a-f]{6}", json.dumps(SPECS))


def test_charts_and_pages_have_the_same_colours() -> None:
    css = Path(__file__, "../../../templates/static/lineside.css").resolve().read_text(encoding="utf-8")
    light, dark = css.split('[data-bs-theme="dark"] {', 1)
    for theme, part in (("light", light), ("dark", dark[: dark.index("}")])):
        for name, colour in charts.THEMES[theme].items():
            assert f"--{name}: {colour};" in part, (theme, name)


def test_the_weeks_of_the_interval_do_not_widen_the_limits_they_are_judged_by() -> None:
    upper = layer_of(SPECS["rate"], "limit")[0]["limit"]
    everything = control.limits(HISTORY.incidents, HISTORY.units or [])
    assert everything is not None
    assert upper < 15_000 < everything.upper[0] * 1e6


def test_a_week_without_units_is_a_gap_and_the_caption_says_so() -> None:
    told = SPECS["week without units"]["usermeta"]
    assert "1 weeks without production counts" in told["caption"]
    assert told["table"]["rows"][0][3] is None


def test_points_outside_and_patterns_have_marks_of_their_own_with_the_reason() -> None:
    spec = charts.finding_rate(replace(HISTORY, since=None, until=None), rules="western-electric")
    shapes = {layer["mark"].get("shape"): layer["data"]["values"] for layer in spec["layer"] if "data" in layer}
    assert [row["week"] for row in shapes["diamond"]] == [week.isoformat() for week in WEEKS[10:14]]
    assert all("outside the limits" in row["why"] for row in shapes["diamond"])
    assert "WE 3: four of five beyond one sigma on one side" in json.dumps(spec["usermeta"]["table"]["rows"])


def test_a_long_run_is_marked_and_told_by_anhoejs_rule() -> None:
    counts = [5, 3, 5, 3, 5, 3, 5, 3, 5, 3, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]
    chart = control.limits(counts, [1000.0] * 20, range(10))
    why = control.signals(chart)
    assert list(why) == list(range(10, 20)) and "a run of more than 7" in why[10]
    assert "10 points in a row lie on one side" in control.runs_told(chart)


def test_rules_without_a_name_are_not_guessed() -> None:
    with pytest.raises(KeyError, match="western"):
        charts.finding_rate(HISTORY, rules="western")
    kinds, spec = charts.choose(HISTORY, "pie", rules="western")
    assert [kind.name for kind in kinds if kind.is_chosen] == ["rate"] and spec == charts.finding_rate(HISTORY)


def test_only_what_the_weeks_can_show_is_offered() -> None:
    named = lambda *given, **more: [kind.name for kind in charts.choose(*given, **more)[0]]  # noqa: E731
    assert named(HISTORY) == ["rate", "count", "cumulative", "ewma", "cusum", "u"]
    assert named(replace(HISTORY, units=None), days=DAYS) == ["count", "cumulative", "ewma", "cusum", "between"]
    assert named(replace(HISTORY, incidents=[0] * 20)) == ["rate", "count", "cumulative", "u"]
    assert charts.choose(EMPTY) == ([], None)


def test_the_cumulative_chart_opens_where_the_trouble_began() -> None:
    rows = SPECS["cumulative"]["usermeta"]["table"]["rows"]
    gaps = [row[2] - row[3] for row in rows]
    assert abs(gaps[9]) < 3 < 75 < gaps[13]


def test_ewma_and_cusum_signal_in_the_interval_and_say_since_when() -> None:
    ewma = [row[0] for row in SPECS["ewma"]["usermeta"]["table"]["rows"] if row[-1]]
    assert ewma[0] in (WEEKS[10].isoformat(), WEEKS[11].isoformat())
    assert "It began about the week of 3 August 2026" in SPECS["cusum"]["usermeta"]["caption"]


def test_a_heat_map_adds_up_what_is_rare_and_colours_by_rate_where_units_are_known() -> None:
    many = [(f"L{n}", "SCR", 100 - n) for n in range(20)]
    rows = charts.heat_map(many, rows="Line", columns="Type", caption="x")["usermeta"]["table"]["rows"]
    assert (len(rows), rows[-1]) == (14, ["Others", sum(100 - n for n in range(13, 20))])
    hottest = max(SPECS["heat map of rates"]["data"]["values"], key=lambda value: value["heat"])
    assert (hottest["row"], hottest["column"]) == ("SMT-2", "SCR")


def test_two_incidents_of_one_day_are_half_a_day_apart_and_few_have_no_chart() -> None:
    assert [row[1] for row in SPECS["between"]["usermeta"]["table"]["rows"]] == [3, 1, 0.5, 5, 31, 1, 19]
    with pytest.raises(ValueError, match="not 4"):
        charts.between_chart(DAYS[:4], label="SP-11")


def test_the_shade_covers_the_weeks_of_the_interval() -> None:
    (shade,) = layer_of(SPECS["rate"], "since")
    assert shade["week"] < WEEKS[10].isoformat() < WEEKS[13].isoformat() < shade["end"] < WEEKS[14].isoformat()


def test_a_week_outside_its_limits_is_marked_by_shape_not_by_colour_alone() -> None:
    spec = charts.weekly_rate(WEEKS[:11], HISTORY.incidents[:11], [1000.0] * 11, label="All lines")
    marks = {layer["mark"].get("style"): layer["mark"].get("shape") for layer in spec["layer"]}
    assert (marks["rate-point"], marks["rate-outside"]) == ("circle", "diamond")
    assert [row["week"] for row in layer_of(spec, "rate") if row["outside"]] == [WEEKS[10].isoformat()]
    assert "1 week of 11 outside" in spec["description"]


def test_limits_need_points_and_incidents() -> None:
    assert control.limits([3], [100]) is None
    assert control.limits([0, 0, 0], [100, 100, 100]) is None
    with pytest.raises(ValueError, match="negative"):
        control.limits([-1, 2], [1, 1])


@pytest.mark.parametrize("theme", charts.THEMES)
def test_the_numbers_of_a_heat_map_are_read_on_its_strongest_colour(theme: str) -> None:
    ink, hot = (
        _luminance(colour) for colour in (charts.THEMES[theme]["ink"], charts.config(theme)["range"]["heat"][1])
    )
    assert (max(ink, hot) + 0.05) / (min(ink, hot) + 0.05) >= 4.5


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_any_chart_of_the_statistics_is_drawn_with_its_own_limits_and_gaps() -> None:
    rows = SPECS["gap chart"]["usermeta"]["table"]["rows"]
    assert [row[1] for row in rows] == [0.3, None, 0.4]
    assert "Laney u' chart of SP-11" in SPECS["laney chart"]["usermeta"]["caption"]
    assert [row[0] for row in SPECS["c chart"]["usermeta"]["table"]["rows"] if "outside" in row[4]][:1] == [
        WEEKS[10].isoformat()
    ]
    with pytest.raises(ValueError, match="3 points but 2 days"):
        charts.control_chart(stats.c_chart([1, 2, 3]), WEEKS[:2], label="x", title="y")


def test_the_words_of_moments_do_not_overlap_and_none_leaves_the_chart() -> None:
    close = [(WEEKS[2] + dt.timedelta(days=day), f"Lot {day}") for day in range(6)]
    spec = charts.finding_rate(HISTORY, [*close, (WEEKS[19], "New stencil"), (WEEKS[0] - dt.timedelta(days=9), "Old")])
    words = [layer for layer in spec["layer"] if layer["mark"].get("style") == "mark-label"]
    assert [layer["mark"]["dy"] for layer in words] == [6, 20, 34, 48, 6]
    assert [layer["mark"]["align"] for layer in words][-1] == "right"
    assert len(layer_of(spec, "mark")) == 7
