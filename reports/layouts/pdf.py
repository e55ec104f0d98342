"""The document as PDF/A-2b."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qc.render import images, typst
from reports.layouts.document import Document, Figure, Table

TEMPLATE = Path(__file__).parent / "document.typ"


def pdf(document: Document, *, at: dt.datetime) -> bytes:
    """The PDF, dated `at`; the same document gives the same file."""
    return typst.pdf(TEMPLATE, _data(document), at=at)


def pages(document: Document, *, at: dt.datetime) -> list[bytes]:
    """The pages as PNG images."""
    return typst.png_pages(TEMPLATE, _data(document), at=at)


def _data(document: Document) -> dict[str, Any]:
    return {
        "title": document.title,
        "subtitle": document.subtitle,
        "lead": document.lead,
        "numbers": [{"label": n.label, "text": n.text, "note": n.note} for n in document.numbers],
        "sections": [
            {
                "title": section.title,
                "sentences": section.sentences,
                "blocks": [_block(block) for block in section.blocks if not getattr(block, "data_only", False)],
            }
            for section in document.sections
        ],
        "notes": document.notes,
        "made": document.made,
        "language": (get_language() or "en")[:2],
        "words": {"page": _("Page"), "of": _("of"), "source": _("Source"), "notes": _("How to read this")},
    }


def _block(block: Table | Figure) -> dict[str, Any]:
    same = {"label": block.label, "caption": block.caption, "source": block.source}
    if isinstance(block, Figure):
        return same | {"kind": "figure", "svg": images.svg(block.spec, width=680)}
    return same | {
        "kind": "table",
        "columns": [{"title": c.title, "number": c.is_number, "wide": c.kind == "text"} for c in block.columns],
        "rows": [{"cells": [text for _column, text in cells], "late": row.is_late} for row, cells in block.lines],
        "empty": block.empty,
        "rest": block.rest,
    }
