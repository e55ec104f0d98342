"""The same weeks as another kind of chart, chosen by a link."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qc.charts.control import RULES
from qc.charts.finding import WeeklyCounts, finding_count, finding_rate
from qc.charts.parts import Spec
from qc.charts.rare import LEAST_GAPS, between_chart
from qc.charts.shifts import Marks, base, cumulative, cusum_chart, ewma_chart


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of chart to choose: its name in the link, what it is called, and whether it is the one that is shown."""

    name: str
    label: str
    is_chosen: bool


def choose(
    history: WeeklyCounts, name: str = "", marks: Marks = (), *, rules: str = "", days: Sequence[dt.date] = ()
) -> tuple[list[Choice], Spec | None]:
    """The kinds that these weeks can be drawn as, and the chosen one; the first for a name that is none of them.

    `days` are the days of the single incidents, for the chart of the time between them. Without any week there is
    nothing to draw: no kinds and no chart.
    """
    if not history.weeks:
        return [], None
    by = rules if rules in RULES else "anhoej"
    drawn: dict[str, tuple[str, Callable[[], Spec]]] = {}
    if history.units:
        drawn["rate"] = ("Rate", lambda: finding_rate(history, marks, rules=by))
    drawn["count"] = ("Count", lambda: finding_count(history, marks))
    drawn["cumulative"] = ("Cumulative", lambda: cumulative(history, marks))
    if base(history) is not None:
        drawn["ewma"] = ("EWMA", lambda: ewma_chart(history, marks))
        drawn["cusum"] = ("CUSUM", lambda: cusum_chart(history, marks))
    if history.units:
        drawn["u"] = ("Plain u", lambda: finding_rate(history, marks, laney=False, rules=by))
    if len(days) > LEAST_GAPS:
        drawn["between"] = ("Time between", lambda: between_chart(days, label=history.label))
    chosen = name if name in drawn else next(iter(drawn))
    return [Choice(each, label, each == chosen) for each, (label, _) in drawn.items()], drawn[chosen][1]()
