"""Text that every printer can take."""

from __future__ import annotations

from typing import Any

# Controls and halves of surrogate pairs: no typeface draws them, SVG and the archive format forbid them, and a NUL
# in a chart's data takes the whole process down. Tab and line breaks stay.
_FORBIDDEN = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF]
)


def printable(value: Any) -> Any:
    """A JSON-like value with the unprintable characters taken out of its texts."""
    if isinstance(value, str):
        return value.translate(_FORBIDDEN)
    if isinstance(value, dict):
        return {printable(key): printable(item) for key, item in value.items()}
    return [printable(item) for item in value] if isinstance(value, list | tuple) else value
