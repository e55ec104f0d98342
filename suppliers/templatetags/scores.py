"""Small drawings and words of scorecards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from suppliers.services import ranking

register = template.Library()
WIDTH, HEIGHT = 96, 24


@register.filter
def costs(value: Any) -> str:
    """Amounts by currency."""
    return ranking.costs_in_words(value or {})


@register.filter
def points(value: float | None) -> str:
    """A score or its part with one decimal; a dash without data."""
    return "–" if value is None else f"{value:.1f}"


@register.filter
def whole(value: float | None) -> str:
    """A number without decimals, thousands separated."""
    return "–" if value is None else f"{value:,.0f}"


@register.simple_tag
def trend(months: Sequence[ranking.Month]) -> SafeString:
    """The scores of some months as a small line, oldest first; months without data are gaps."""
    values = [each.score.value for each in months]
    step = WIDTH / max(1, len(values) - 1)
    dots = [
        (at * step, HEIGHT - 2 - value / 100 * (HEIGHT - 4)) for at, value in enumerate(values) if value is not None
    ]
    if not dots:
        return SafeString("–")
    said = ", ".join(f"{each.first:%Y-%m}: {each.score.value:.0f}" for each in months if each.score.value is not None)
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in dots)
    circles = format_html_join("", '<circle cx="{}" cy="{}" r="1.6"/>', ((f"{x:.1f}", f"{y:.1f}") for x, y in dots))
    return format_html(
        '<svg class="trend" viewBox="-2 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">'
        '<polyline points="{}"/>{}</svg>',
        WIDTH + 4, HEIGHT, WIDTH + 4, HEIGHT, _("Scores: %(said)s") % {"said": said}, line, circles,
    )  # fmt: skip
