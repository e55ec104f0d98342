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
from qc.render import images
from qc.stats.limits import laney_u

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
    everything = laney_u(HISTORY.incidents, HISTORY.units or [])
    assert everything is not None
    assert upper < 15_000 < everything.upper[0] * 1e6


def test_the_shade_covers_the_weeks_of_the_interval() -> None:
    (shade,) = layer_of(SPECS["rate"], "since")
    assert shade["week"] < WEEKS[10].isoformat() < WEEKS[13].isoformat() < shade["end"] < WEEKS[14].isoformat()


def test_a_week_outside_its_limits_is_marked_by_shape_not_by_colour_alone() -> None:
    spec = charts.weekly_rate(WEEKS[:11], HISTORY.incidents[:11], [1000.0] * 11, label="All lines")
    marks = {layer["mark"].get("style"): layer["mark"].get("shape") for layer in spec["layer"]}
    assert (marks["rate-point"], marks["rate-outside"]) == ("circle", "diamond")
    assert [row["week"] for row in layer_of(spec, "rate") if row["outside"]] == [WEEKS[10].isoformat()]
    assert "1 week of 11 outside" in spec["description"]


def test_laney_limits_match_the_formula() -> None:
    counts, units = [10.0, 14.0, 6.0, 20.0], [1000.0, 1200.0, 800.0, 1000.0]
    limits = laney_u(counts, units)
    assert limits is not None
    centre = 50 / 4000
    scores = [(c / n - centre) / (centre / n) ** 0.5 for c, n in zip(counts, units, strict=True)]
    spread = sum(abs(b - a) for a, b in zip(scores, scores[1:], strict=False)) / 3 / 1.128
    assert limits.spread == pytest.approx(spread) and spread > 1
    assert limits.upper[1] == pytest.approx(centre + 3 * spread * (centre / 1200) ** 0.5)


def test_limits_need_points_and_incidents() -> None:
    assert laney_u([3], [100]) is None
    assert laney_u([0, 0, 0], [100, 100, 100]) is None
    with pytest.raises(ValueError, match="negative"):
        laney_u([-1, 2], [1, 1])
