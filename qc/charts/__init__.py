"""Vega-Lite specifications as plain dicts: browser, mail and PDF draw the same one.

A specification has no colours and no width: marks name a style, and `config(theme)` says at draw time what a style
looks like. Its `usermeta` carries the caption and the table that tell the same to those who do not see the chart.
"""

from qc.charts.finding import WeeklyCounts, finding_rate
from qc.charts.pareto import pareto
from qc.charts.parts import Spec
from qc.charts.theme import SCREEN_FONT, THEMES, config
from qc.charts.weekly import weekly_rate

__all__ = ["SCREEN_FONT", "THEMES", "Spec", "WeeklyCounts", "config", "finding_rate", "pareto", "weekly_rate"]
