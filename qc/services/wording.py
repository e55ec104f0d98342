"""What people type into the verbs: texts that must say something, quantities that must be numbers."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation

from django.utils.functional import Promise, lazy
from django.utils.translation import gettext as _

from qc.errors import Refused

LONGEST = 20_000


def later(make: Callable[[], str]) -> Promise:
    """A text that is put into words when somebody reads it, in the language of that moment."""
    text: Promise = lazy(make, str)()  # type: ignore[assignment]
    return text


def clean(text: str) -> str:
    """The text without outer blanks, and without the NUL character, which PostgreSQL cannot store."""
    return text.replace("\x00", "").strip()


def given(text: str, field: str, sentence: str, *, longest: int = LONGEST) -> str:
    """The text without outer blanks. Refused with the sentence beside the field when nothing is left of it."""
    text = clean(text)
    if not text:
        raise Refused(sentence, fields={field: sentence})
    return short(text, field, longest=longest)


def short(text: str, field: str, *, longest: int = LONGEST) -> str:
    """The text without outer blanks and NUL characters. Refused beside the field when it is too long."""
    text = clean(text)
    if len(text) > longest:
        sentence = _("At most %(longest)s characters.") % {"longest": f"{longest:,}"}
        raise Refused(sentence, fields={field: sentence})
    return text


def quantity(value: object, field: str, *, above_zero: bool = False) -> Decimal:
    """A number from 0 (or above it) to 999,999,999 with at most three decimal places; Refused beside the field."""
    try:
        number = Decimal(str(value).strip()) if str(value).strip().isascii() and "_" not in str(value) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not 0 <= number < 10**9 or (above_zero and not number):
        sentence = _("A quantity is a number above zero.") if above_zero else _("A quantity is a number, zero or more.")
        raise Refused(sentence, fields={field: sentence})
    if number != number.quantize(Decimal("0.001")):
        sentence = _("A quantity has at most three decimal places.")
        raise Refused(sentence, fields={field: sentence})
    return number


def choice(value: str, allowed: list[str], field: str) -> str:
    """One of the allowed values; Refused beside the field otherwise."""
    if value not in allowed:
        sentence = _("Choose one of the list.")
        raise Refused(sentence, fields={field: sentence})
    return value
