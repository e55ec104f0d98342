"""QR codes for labels and station pages."""

from __future__ import annotations

import io

import segno


def svg(text: str, *, scale: int = 4) -> str:
    """The text as a QR code in SVG, readable with a quarter of it dirty. ValueError when it is too long."""
    out = io.BytesIO()
    try:
        code = segno.make_qr(text, error="q")
    except segno.DataOverflowError as error:
        raise ValueError(f"{len(text)} characters do not fit into a QR code") from error
    code.save(out, kind="svg", scale=scale, border=4, xmldecl=False, svgns=True)
    return out.getvalue().decode()
