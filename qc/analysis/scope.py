"""A finding's scope as a condition on defects in the database."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.functions import ExtractHour, ExtractIsoWeekDay
from django.db.models.lookups import Exact

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
CODES = {
    "plant": "plant__code",
    "line": "line__code",
    "station": "station__code",
    "machine": "machine__code",
    "shift": "shift__code",
    "product": "product__code",
    "part": "part__number",
    "supplier": "supplier__code",
    "supplier_lot": "supplier_lot__code",
}
# Typed by people: the engine reads names that differ only in case as one.
TEXTS = {"tool": "tool", "cavity": "cavity", "inspector": "inspector", "operator": "inspector"}
HOUR = "hour_of_week"
DIMENSIONS = (*CODES, *TEXTS, HOUR)
_HOUR_TEXT = re.compile(r"(\w+) (\d{1,2}):00")


def matching(where: Mapping[str, Any], *, zone: dt.tzinfo | None = None) -> Q:
    """The condition that a Defect lies in the scope `{dimension: value}`; a list of values means any of them.

    `zone` is the plant's time zone, which the hours of the week (`Monday 06:00`) are read in; UTC when left out.
    ValueError for a dimension that a Defect does not have or an hour that does not exist.
    """
    condition = Q()
    for name, value in where.items():
        values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
        if name in CODES:
            condition &= Q(**{f"{CODES[name]}__in": values})
        elif name in TEXTS:
            condition &= _any(Q(**{f"{TEXTS[name]}__iexact": one}) for one in values)
        elif name == HOUR:
            condition &= _any(_hour(one, zone or ZoneInfo("UTC")) for one in values)
        else:
            raise ValueError(f"a defect has no dimension {name!r}")
    return condition


def _any(conditions: Any) -> Q:
    joined = Q()
    for condition in conditions:
        joined |= condition
    return joined


def _hour(text: object, zone: dt.tzinfo) -> Q:
    match = _HOUR_TEXT.fullmatch(str(text))
    if match is None or match[1] not in WEEKDAYS or int(match[2]) > 23:
        raise ValueError(f"an hour of the week is written like 'Monday 06:00', not {text!r}")
    day = ExtractIsoWeekDay("occurred_at", tzinfo=zone)
    hour = ExtractHour("occurred_at", tzinfo=zone)
    return Q(Exact(day, WEEKDAYS.index(match[1]) + 1)) & Q(Exact(hour, int(match[2])))
