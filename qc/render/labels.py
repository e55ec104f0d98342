"""Sheets of QR codes to cut out and put up: on paper by Typst, on the screen as images in the page."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from qc.render import qr, typst

TEMPLATE = Path(__file__).parent / "labels.typ"


@dataclass(frozen=True, slots=True)
class Label:
    """One code with the words beside it: what is in the code, what it is, and what it does."""

    content: str
    title: str
    text: str = ""

    @property
    def image(self) -> str:
        """The code as an image that stands in the page itself."""
        return f"data:image/svg+xml;base64,{base64.b64encode(qr.svg(self.content).encode()).decode()}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Labels in groups under a title, with a sentence on how to use them."""

    title: str
    hint: str
    groups: Sequence[tuple[str, Sequence[Label]]]
    columns: int = 3


def pdf(sheet: Sheet, *, at: dt.datetime) -> bytes:
    """The sheet on A4, dated `at`."""
    groups = [
        {
            "title": title,
            "labels": [{"svg": qr.svg(each.content), "title": each.title, "text": each.text} for each in labels],
        }
        for title, labels in sheet.groups
    ]
    words = {"page": _("Page"), "of": _("of")}
    data = {"title": sheet.title, "hint": sheet.hint, "groups": groups, "columns": sheet.columns, "words": words}
    return typst.pdf(TEMPLATE, data | {"language": (get_language() or "en")[:2]}, at=at)
