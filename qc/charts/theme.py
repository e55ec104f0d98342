"""What charts look like: one palette for pages, mail and PDF."""

from __future__ import annotations

from typing import Any

# The colours of lineside.css, told apart with the common kinds of colour blindness; a test compares the two.
THEMES: dict[str, dict[str, str]] = {
    "light": {
        "surface": "#ffffff",
        "ink": "#15191d",
        "ink-2": "#4d555e",
        "rule": "#e0e3e6",
        "rule-strong": "#8b939c",
        "accent": "#0b6272",
        "systemic": "#ad3d07",
        "systemic-soft": "#fcece3",
        "one-off": "#0a5fa3",
        "background": "#555d67",
        "insufficient": "#6b448f",
    },
    "dark": {
        "surface": "#171b1f",
        "ink": "#e7eaed",
        "ink-2": "#adb5be",
        "rule": "#2b3138",
        "rule-strong": "#737d88",
        "accent": "#62c3cf",
        "systemic": "#ff9a66",
        "systemic-soft": "#3a2115",
        "one-off": "#74baf6",
        "background": "#aab2bb",
        "insufficient": "#c9a8e8",
    },
}
HOT = {"light": "#e39a73", "dark": "#8f4d2a"}  # the strong end of a heat map: ink is still read on it
SCREEN_FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', Arial, sans-serif"


def config(theme: str = "light", font: str = SCREEN_FONT) -> dict[str, Any]:
    """What the styles and colour ranges of the specifications look like in a theme. KeyError for an unknown theme."""
    colour = THEMES[theme]
    return {
        "background": colour["surface"],
        "font": font,
        "view": {"stroke": None},
        "axis": {
            "labelColor": colour["ink-2"],
            "titleColor": colour["ink-2"],
            "gridColor": colour["rule"],
            "domainColor": colour["rule-strong"],
            "tickColor": colour["rule-strong"],
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": 400,
            "labelPadding": 4,
            "labelLimit": 260,
        },
        "legend": {
            "orient": "top",
            "title": None,
            "titleColor": colour["ink-2"],
            "titleFontSize": 12,
            "titleFontWeight": 400,
            "labelColor": colour["ink"],
            "labelFontSize": 12,
            "labelLimit": 320,
            "symbolSize": 90,
        },
        "point": {"color": colour["systemic"], "filled": True},
        "text": {"color": colour["ink"], "fontSize": 12},
        "range": _ranges(colour, HOT[theme]),
        "style": _styles(colour),
    }


def _ranges(colour: dict[str, str], hot: str) -> dict[str, list[str]]:
    return {
        "scope": [colour["systemic"], colour["rule-strong"]],
        "period": [colour["accent"], colour["rule-strong"]],
        "pair": [colour["systemic"], colour["one-off"]],
        "heat": [colour["surface"], hot],
        "verdict": [colour[name] for name in ("systemic", "one-off", "background", "insufficient")],
    }


def _styles(colour: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {
        "since": {"color": colour["systemic-soft"], "opacity": 1},
        "limit": {"color": colour["ink-2"], "strokeDash": [5, 4], "strokeWidth": 1.25},
        "centre": {"color": colour["rule-strong"], "strokeWidth": 1},
        "mark": {"color": colour["accent"], "strokeWidth": 1.25, "strokeDash": [2, 2]},
        "mark-label": {"color": colour["accent"], "fontSize": 11},
        "rate": {"color": colour["accent"], "strokeWidth": 2},
        "rate-point": {"color": colour["accent"], "filled": True, "size": 40, "opacity": 1},
        "rate-outside": {"color": colour["systemic"], "filled": True, "size": 130, "opacity": 1},
        "rate-pattern": {"color": colour["one-off"], "filled": False, "size": 110, "strokeWidth": 2, "opacity": 1},
        "faint-point": {"color": colour["rule-strong"], "filled": True, "size": 24, "opacity": 1},
        "average": {"color": colour["systemic"], "strokeWidth": 2.5},
        "expected": {"color": colour["rule-strong"], "strokeWidth": 2, "strokeDash": [6, 3]},
        "excess": {"color": colour["systemic-soft"], "opacity": 1},
        "cell-edge": {"stroke": colour["rule"], "strokeWidth": 1},
        "number": {"color": colour["ink"], "fontSize": 12},
    }
