"""The typeface of everything that is printed: Source Sans Pro, brought by the package font-source-sans-pro."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

FAMILY = "Source Sans Pro"


@cache
def folder() -> Path:
    """Where the package keeps its files; found without importing it."""
    found = find_spec("font_source_sans_pro")
    if found is None or found.origin is None:
        raise RuntimeError("The package font-source-sans-pro is not installed.")
    return Path(found.origin).parent / "files"
