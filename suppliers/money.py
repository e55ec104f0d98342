"""Amounts of money: whole numbers of the smallest unit with an ISO 4217 code. Pure: texts in, numbers out."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from qc.models.costs import minor_digits

HIGHEST = 10**13


def shown(minor: int | None, currency: str) -> str:
    """An amount with its code: "1,234.50 EUR"; empty for none."""
    if minor is None:
        return ""
    places = minor_digits(currency)
    whole, rest = divmod(minor, 10**places)
    return f"{whole:,}" + (f".{rest:0{places}d}" if places else "") + f" {currency}"


def plain(minor: int | None, currency: str) -> str:
    """An amount as it is typed into a field: "1234.50"."""
    return shown(minor, currency).removesuffix(f" {currency}").replace(",", "")


def read(text: str, currency: str) -> int:
    """The amount that somebody typed, in the smallest unit.

    A comma or a point before the last one or two (three) digits is the decimal mark, one before three digits
    separates thousands. ValueError says what is wrong.
    """
    plain_text = re.sub(r"[\s' \xa0]", "", text).removeprefix(currency).removesuffix(currency)
    places = minor_digits(currency)
    found = re.fullmatch(r"([0-9]{1,3}(?:[.,][0-9]{3})*|[0-9]{1,12})(?:[.,]([0-9]{1,3}))?", plain_text)
    if found is None:
        raise ValueError(_("An amount is needed, such as 1250.00."))
    whole, rest = re.sub(r"[.,]", "", found[1]), found[2] or ""
    if len(rest) > places:
        raise ValueError(_("At most %(places)d digits behind the point.") % {"places": places})
    minor: int = int(whole) * 10**places + int(rest.ljust(places, "0") or 0)
    if not 0 < minor <= HIGHEST:
        raise ValueError(_("An amount is above zero, and not larger than any claim could be."))
    return minor
