"""One cell of text becomes a name, a number or a time, or a reason why not."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Iterable

YEARS = range(1950, 2101)
EXCEL_EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001  a wall-clock, as every time of a file
EXCEL_SERIALS = (18_264.0, 73_051.0)  # 1950 to 2100
_PARTS = re.compile(r"^(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})(?:[ T,]+(.+))?$")
_CLOCK = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([aApP][mM])?\s*(?:Z|[+-]\d{2}:?\d{2})?$")
_GROUPED = re.compile(r"^-?\d{1,3}([, ’']\d{3})+(\.\d+)?$")
_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)?([eE][+-]?\d{1,3})?$", re.ASCII)
_HIDDEN = {"Cf", "Cs", "Co", "Cn"}  # bidi marks, zero-width characters, lone surrogates


def name(text: str) -> str:
    """A name without the differences nobody sees: spaces, zero-width and control characters."""
    if text.isascii():
        return " ".join(text.split())
    kept = "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) not in _HIDDEN)
    return " ".join(kept.split())


def number(text: str) -> float:
    """A finite number; a decimal comma and grouped thousands are understood.

    >>> number("1,5"), number("1,240"), number("12")
    (1.5, 1240.0, 12.0)
    """
    text = text.strip()
    if _GROUPED.match(text):
        return float(re.sub(r"[, ’']", "", text))
    if not _NUMBER.match(text):
        raise ValueError("is not a number")
    value = float(text.replace(",", "."))
    if not math.isfinite(value):
        raise ValueError("is not a finite number")
    return value


def not_negative(text: str) -> float:
    """A finite number of zero or more."""
    value = number(text)
    if value < 0:
        raise ValueError("is negative")
    return value


def day_first(texts: Iterable[str]) -> bool | None:
    """Whether dates like 3/4/2026 have the day first, judged by all of a column; None where both would do."""
    found: set[bool] = set()
    for text in texts:
        parts = _PARTS.match(text.strip())
        if parts is None or len(parts[1]) == 4:
            continue
        if parts[2] == ".":
            return True
        first, second = int(parts[1]), int(parts[3])
        if first > 12 >= second:
            found.add(True)
        elif second > 12 >= first:
            found.add(False)
    return found.pop() if len(found) == 1 else None


def moment(text: str, *, dayfirst: bool | None = None) -> dt.datetime:
    """A wall-clock time; ISO, 31.12.2026, 12/31/2026 (with `dayfirst` known) and Excel's serial days."""
    text = text.strip()
    parts = _PARTS.match(text)
    if parts is None:
        return _serial(text)
    first, second, third = int(parts[1]), int(parts[3]), int(parts[4])
    if len(parts[1]) == 4:
        year, month, day = first, second, third
    elif len(parts[4]) != 4:
        raise ValueError("has no year of four digits")
    elif dayfirst is None and first != second and max(first, second) <= 12:
        raise ValueError("could be day or month first; write it as 2026-12-31")
    else:
        day, month = (first, second) if dayfirst or first > 12 else (second, first)
        year = third
    if year not in YEARS:
        raise ValueError(f"is outside the years {YEARS[0]} to {YEARS[-1]}")
    hour, minute, second = _clock(parts[5] or "0:00")
    try:
        return dt.datetime(year, month, day, hour, minute, second)  # noqa: DTZ001
    except ValueError:
        raise ValueError("is a date or time that does not exist") from None


def _clock(text: str) -> tuple[int, int, int]:
    parts = _CLOCK.match(text.strip())
    if parts is None:
        raise ValueError("is not a time")
    hour = int(parts[1])
    if parts[4]:
        if not 1 <= hour <= 12:
            raise ValueError("is a date or time that does not exist")
        hour = hour % 12 + (12 if parts[4].lower() == "pm" else 0)
    return hour, int(parts[2]), int(parts[3] or 0)


def _serial(text: str) -> dt.datetime:
    try:
        days = number(text)
    except ValueError:
        raise ValueError("is not a date") from None
    if not EXCEL_SERIALS[0] <= days < EXCEL_SERIALS[1]:
        raise ValueError("is not a date")
    return EXCEL_EPOCH + dt.timedelta(seconds=round(days * 86_400))
