"""PDF by Typst: a template file and data that goes in as JSON, never as markup. No network, no other files."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import typst
from django.core.serializers.json import DjangoJSONEncoder

from qc.render import fonts
from qc.render.printable import printable

ARCHIVE = "a-2b"


def pdf(template: Path, data: dict[str, Any], *, at: dt.datetime) -> bytes:
    """The template with its data as PDF/A-2b, dated `at`.

    A character that no typeface has (it would make the archive format impossible) is printed as a box in a plain PDF.
    """
    try:
        return bytes(_compile(template, data, at, format="pdf", pdf_standards=[ARCHIVE]))
    except typst.TypstError as error:
        if "glyph" not in str(error) and "could not be displayed" not in str(error):
            raise
        return bytes(_compile(template, data, at, format="pdf"))


def png_pages(template: Path, data: dict[str, Any], *, at: dt.datetime, ppi: float = 110) -> list[bytes]:
    """The pages as images, for a look at them."""
    pages = _compile(template, data, at, format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def _compile(template: Path, data: dict[str, Any], at: dt.datetime, **how: Any) -> Any:
    text = json.dumps(printable(data), cls=DjangoJSONEncoder)
    return typst.compile(
        {"main": template.read_bytes()},
        font_paths=[str(fonts.folder())],
        sys_inputs={"data": text},
        timestamp=int(at.timestamp()),
        **how,
    )
