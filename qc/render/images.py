"""Charts as images, drawn by the same Vega that draws them in the browser."""

from __future__ import annotations

from functools import cache
from typing import Any

import vl_convert

from qc import charts
from qc.render import fonts
from qc.render.printable import printable

WIDTH = 640


def svg(spec: charts.Spec, *, width: int = WIDTH, theme: str = "light") -> str:
    """The chart as SVG, its text in the printing typeface."""
    _fonts()
    return str(vl_convert.vegalite_to_svg(sized(spec, width), **_how(theme)))


def png(spec: charts.Spec, *, width: int = WIDTH, theme: str = "light", scale: float = 2) -> bytes:
    """The chart as PNG, by default with two pixels to a point."""
    _fonts()
    return bytes(vl_convert.vegalite_to_png(sized(spec, width), scale=scale, **_how(theme)))


def sized(spec: charts.Spec, width: int) -> charts.Spec:
    """The specification with a width, title and axes included, and without what cannot be drawn."""
    clean: charts.Spec = printable(spec | {"width": width})
    return clean


def _how(theme: str) -> dict[str, Any]:
    return {"config": charts.config(theme, font=fonts.FAMILY), "allowed_base_urls": []}


@cache
def _fonts() -> None:
    vl_convert.register_font_directory(str(fonts.folder()))
