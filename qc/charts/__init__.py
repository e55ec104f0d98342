"""Vega-Lite specifications as plain dicts: browser, mail and PDF draw the same one.

A specification has no colours and no width: marks name a style, and `config(theme)` says at draw time what a style
looks like. Its `usermeta` carries the caption and the table that tell the same to those who do not see the chart.
"""

from qc.charts.any import control_chart
from qc.charts.control import RULES
from qc.charts.finding import WeeklyCounts, finding_count, finding_rate
from qc.charts.heat import heat_map
from qc.charts.kinds import Choice, choose
from qc.charts.pareto import pareto
from qc.charts.parts import Spec
from qc.charts.rare import between_chart
from qc.charts.shifts import cumulative, cusum_chart, ewma_chart
from qc.charts.theme import SCREEN_FONT, THEMES, config
from qc.charts.weekly import weekly_rate

__all__ = [
    "RULES",
    "SCREEN_FONT",
    "THEMES",
    "Choice",
    "Spec",
    "WeeklyCounts",
    "between_chart",
    "choose",
    "config",
    "control_chart",
    "cumulative",
    "cusum_chart",
    "ewma_chart",
    "finding_count",
    "finding_rate",
    "heat_map",
    "pareto",
    "weekly_rate",
]
