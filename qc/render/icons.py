"""The icons that pages use, in one file that a browser keeps: a page then only names them."""

from __future__ import annotations

import hashlib
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

_NAMED = re.compile(r'\{% (?:icon|nav_item "[\w:-]+") "([a-z0-9-]+)"')


def drawing(name: str) -> str:
    """The drawing of the icon package, which takes the colour of the text. ValueError for a name it does not have."""
    path = finders.find(f"bootstrap-icons/{name}.svg")
    if not isinstance(path, str):
        raise ValueError(f"no icon named {name!r}")
    body = Path(path).read_text(encoding="utf-8")
    return body[body.index(">") + 1 : body.rindex("</svg>")].strip()


@cache
def names() -> frozenset[str]:
    """Every icon that a template of the house names."""
    texts = (path.read_text(encoding="utf-8") for path in (settings.BASE_DIR / "templates").rglob("*.html"))
    return frozenset(name for text in texts for name in _NAMED.findall(text))


@cache
def sheet() -> bytes:
    """All of them as symbols of one SVG file."""
    symbols = "".join(f'<symbol id="{name}" viewBox="0 0 16 16">{drawing(name)}</symbol>' for name in sorted(names()))
    return f'<svg xmlns="http://www.w3.org/2000/svg">{symbols}</svg>'.encode()


@cache
def version() -> str:
    """Changes with the sheet, so that a browser may keep it for good."""
    return hashlib.sha256(sheet()).hexdigest()[:8]
