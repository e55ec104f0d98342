"""One cell of an import becomes a value or a reason why not, with a hint what to do."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation

from qc.ingest import values

ERRORS = frozenset({"#N/A", "#DIV/0!", "#REF!", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!", "#ERROR!"})
UNCOMPUTED = "=?"
EMPTY = frozenset({"", "-", "nan", "null", "none", "n/a", "na", "nat"})
FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ZONE = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")
_DAY = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{4})\b")
_PLAIN = re.compile(r"^[+-]?\d{1,15}(\.\d{1,9})?$", re.ASCII)
_COMMA = re.compile(r"^[+-]?\d{1,15},\d{1,9}$", re.ASCII)
_EXPONENT = re.compile(r"^[+-]?\d{1,9}(\.\d{1,9})?[eE][+-]?\d{1,2}$", re.ASCII)
_BY_COMMA = re.compile(r"^[+-]?\d{1,3}([, ’']\d{3})+(\.\d{1,9})?$", re.ASCII)
_BY_POINT = re.compile(r"^[+-]?\d{1,3}([. ’']\d{3})+(,\d{1,9})?$", re.ASCII)
_DOUBTFUL = re.compile(r"^[+-]?\d{1,3}[.,]\d{3}$", re.ASCII)


class Unusable(ValueError):
    """A value that cannot be used: the reason, and what to do about it."""

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.reason, self.hint = reason, hint


def bare(text: str) -> str:
    """A cell without the apostrophe that exports put before text that looks like a formula. Unusable for error cells.

    >>> bare("'=1+1"), bare("'s-Hertogenbosch")
    ('=1+1', "'s-Hertogenbosch")
    """
    if text[:1] == "'" and text[1:2] in FORMULA:
        return text[1:]
    if text[:1] == "#" and text.strip() in ERRORS:
        raise Unusable("is an error of the spreadsheet", "Mend the formula, or type the value.")
    if text == UNCOMPUTED:
        raise Unusable(
            "is a formula that was never computed", "Open the file in a spreadsheet, save it, send it again."
        )
    return text


def name(text: str, longest: int) -> str:
    """A name or code without hidden characters; Unusable when it is too long."""
    text = values.name(bare(text))
    if longest and len(text) > longest:
        raise Unusable(f"has {len(text):,} characters, at most {longest} fit", "Shorten it.")
    return text


def note(text: str, longest: int) -> str:
    """Text that may have several lines."""
    text = "\n".join(values.name(line) for line in bare(text).replace("\r\n", "\n").split("\n")).strip()
    if len(text) > longest:
        raise Unusable(f"has {len(text):,} characters, at most {longest:,} fit", "Shorten it.")
    return text


def decimal(text: str, mark: str = ".") -> Decimal:
    """A number with `mark` before its decimals; thousands may stand apart.

    >>> decimal("1,240.5"), decimal("1.240,5", ","), decimal("2,5")
    (Decimal('1240.5'), Decimal('1240.5'), Decimal('2.5'))
    """
    text = bare(text).strip()
    grouped = _BY_COMMA if mark == "." else _BY_POINT
    if grouped.match(text):
        text = re.sub(r"[, ’']" if mark == "." else r"[. ’']", "", text)
    if _COMMA.match(text):
        text = text.replace(",", ".")
    if not _PLAIN.match(text) and not _EXPONENT.match(text):
        raise Unusable("is not a number", "Write digits only, such as 3 or 2.5.")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Unusable("is not a number", "Write digits only, such as 3 or 2.5.") from None


def quantity(text: str, mark: str = ".") -> Decimal:
    """A quantity from 0 to 999,999,999 with at most three decimals."""
    number = decimal(text, mark)
    if number < 0:
        raise Unusable("is negative", "A quantity is zero or more.")
    if number >= 10**9:
        raise Unusable("is too large", "A quantity is at most 999,999,999.")
    if number != number.quantize(Decimal("0.001")):
        raise Unusable("has more than three decimals", "Round it.")
    return number.quantize(Decimal("0.001"))


def measured(text: str, mark: str = ".") -> Decimal:
    """A measured value with at most six decimals."""
    number = decimal(text, mark)
    if abs(number) >= 10**12 or number != number.quantize(Decimal("0.000001")):
        raise Unusable("has too many digits", "At most twelve before and six after the decimal mark.")
    return number.quantize(Decimal("0.000001"))


def units(text: str, mark: str = ".") -> int:
    """A whole number from 0 upwards."""
    number = decimal(text, mark)
    if number < 0:
        raise Unusable("is negative", "Units are zero or more.")
    if number != number.to_integral_value() or number > 10**12:
        raise Unusable("is not a whole number of units", "Write a whole number such as 480.")
    return int(number)


def decimal_mark(texts: Iterable[str]) -> str | None:
    """The decimal mark of a column, judged by all of it: "." or ",", None where both readings make sense."""
    doubt = False
    for text in texts:
        text = text.strip()
        if "," not in text and "." not in text:
            continue
        if _DOUBTFUL.match(text):
            doubt = doubt or "," in text or text.count(".") == 1
            continue
        if "," in text and "." in text:
            return "," if text.rfind(",") > text.rfind(".") else "."
        if text.count(",") == 1:
            return ","
        return "." if text.count(".") == 1 or "," in text else ","
    return None if doubt else "."


def moment(text: str, day_first: bool | None) -> tuple[dt.datetime, bool]:
    """A time and whether it names a time of day. Naive: the clock on the plant's wall; aware: with an offset."""
    text = bare(text).strip()
    try:
        zone = _ZONE.search(text) if ":" in text else None
        wall = values.moment(text[: zone.start()].strip() if zone else text, dayfirst=day_first)
    except Unusable:
        raise
    except ValueError as error:
        hint = "Write it as 2026-12-31 14:05." if "year" not in str(error) else "Write the year with four digits."
        raise Unusable(str(error), hint) from None
    wall = wall.replace(microsecond=0)
    has_time = ":" in text or wall.time() != dt.time(0)
    if zone:
        return dt.datetime.fromisoformat(f"{wall.isoformat()}{zone[1].replace('Z', '+00:00')}"), True
    return wall, has_time


def day(text: str, day_first: bool | None) -> dt.date:
    """A calendar day."""
    return moment(text, day_first)[0].date()


def time_of_day(text: str) -> dt.time:
    """14:05, 2:05 pm, 1405, or a part of a day as spreadsheets keep it."""
    text = bare(text).strip()
    if re.fullmatch(r"\d{3,4}", text, re.ASCII):
        text = f"{text[:-2]}:{text[-2:]}"
    if re.fullmatch(r"0?[.,]\d+", text, re.ASCII):
        minutes, seconds = divmod(min(round(float(text.replace(",", ".")) * 86_400), 86_399), 60)
        return dt.time(minutes // 60, minutes % 60, seconds)
    if " " in text and text[:4].isdigit():
        text = text.split(" ", 1)[1]  # a spreadsheet's time with a date that means nothing
    try:
        return values.moment(f"2000-01-01 {text}").time()
    except ValueError:
        raise Unusable("is not a time", "Write it as 14:05.") from None


def order_of(texts: Iterable[str]) -> bool | None | str:
    """Whether days come first, judged by a whole column; "ask" when some dates make sense both ways."""
    found: set[bool] = set()
    doubt = False
    for text in texts:
        parts = _DAY.match(text.strip())
        if parts is None:
            continue
        if "." in text[:6]:
            return True
        first, second = int(parts[1]), int(parts[2])
        if first > 12 >= second:
            found.add(True)
        elif second > 12 >= first:
            found.add(False)
        elif first != second and max(first, second) <= 12:
            doubt = True
    if len(found) == 1:
        return found.pop()
    return "ask" if doubt else None


def choice(text: str, words: dict[str, str]) -> str:
    """One of a list of words, by its code or its label."""
    key = values.name(bare(text)).casefold()
    if key not in words:
        allowed = ", ".join(sorted(set(words.values())))
        raise Unusable("is not one of the list", f"Write one of: {allowed}.")
    return words[key]


Parse = Callable[[str], object]
