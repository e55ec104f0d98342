"""Pages that cost the same at the top and at row 500,000: the address says after which row a page begins.

A row that comes in above moves nothing. What does not make sense in the address gives the first page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import IntegerField, Q, QuerySet, Subquery
from django.http import QueryDict

BIGGEST = 2**63 - 1


class Counted(Subquery):
    """How many rows there are, up to the limit of the given rows: a part of the statement that reads the page."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


@dataclass
class Slice:
    """One page of a long list."""

    object_list: Sequence[Any]
    total: int | None  # None: not known without asking again
    is_capped: bool  # there are more than `total`
    previous: str = ""  # the address's query for the pages beside this one
    next: str = ""
    first: str = ""
    fields: tuple[str, ...] = field(default=())
    is_keyset: bool = True

    def __iter__(self) -> Iterator[Any]:
        return iter(self.object_list)

    def __len__(self) -> int:
        return len(self.object_list)


def page(
    rows: QuerySet[Any], query: QueryDict, *, fields: Sequence[str], size: int, cap: int, paths: Sequence[str] = ()
) -> Slice:
    """The page that `after` or `before` of the query names, in one statement; `paths` gives rows as dictionaries.

    `fields` is the order, unique at its end. Values of the order's fields must not be null.
    """
    after, before = query.get("after"), query.get("before")
    bounds = _values(rows, fields, before or after)
    backwards = bool(before and bounds)
    counted = rows.order_by().values("pk")[: cap + 1]
    ordered = rows.order_by(*(_turned(each) if backwards else each for each in fields)).annotate(
        counted=Counted(counted)
    )
    if bounds is not None:
        ordered = ordered.filter(_beyond(fields, bounds, backwards=backwards))
    if paths:
        ordered = ordered.values("pk", "counted", *{*paths, *(each.lstrip("-") for each in fields)} - {"pk"})
    found = list(ordered[: size + 1])
    if backwards and len(found) <= size:
        # So near to the top that the page would not be full: show the first one.
        plain = query.copy()
        plain.pop("before")
        return page(rows, plain, fields=fields, size=size, cap=cap, paths=paths)
    has_more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    total = _read(found[0], "counted") if found else (0 if bounds is None else None)
    return Slice(
        found,
        min(total, cap) if total is not None else None,
        total is not None and total > cap,
        previous=_link(query, "before", fields, found[0]) if found and bounds is not None else "",
        next=_link(query, "after", fields, found[-1]) if found and (has_more or backwards) else "",
        first=_without(query) if bounds is not None else "",
        fields=tuple(fields),
    )


def _turned(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _read(row: Any, name: str) -> Any:
    return row[name] if isinstance(row, dict) else getattr(row, name)


def _beyond(fields: Sequence[str], bounds: list[Any], *, backwards: bool) -> Q:
    """Rows on the far side of a row. The first condition alone tells an index where to start."""
    condition, same = Q(), Q()
    for name, value in zip(fields, bounds, strict=True):
        falling = name.startswith("-") != backwards
        plain = name.lstrip("-")
        condition |= same & Q(**{f"{plain}__{'lt' if falling else 'gt'}": value})
        same &= Q(**{plain: value})
    leading = fields[0]
    falling = leading.startswith("-") != backwards
    return Q(**{f"{leading.lstrip('-')}__{'lte' if falling else 'gte'}": bounds[0]}) & condition


def _values(rows: QuerySet[Any], fields: Sequence[str], text: str | None) -> list[Any] | None:
    """The values that a cursor holds, as its fields read them; None when it is not one of ours."""
    if not text or len(text) > 500:
        return None
    try:
        raw = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        if not isinstance(raw, list) or len(raw) != len(fields):
            return None
        return [_as_field(rows, name.lstrip("-"), value) for name, value in zip(fields, raw, strict=True)]
    except (ValueError, TypeError, OverflowError, ValidationError, binascii.Error, RecursionError):
        return None


def _as_field(rows: QuerySet[Any], name: str, value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | str) or "\x00" in str(value):
        raise ValueError(value)
    try:
        known = rows.model._meta.pk if name == "pk" else rows.model._meta.get_field(name)
        value = known.to_python(value)
    except FieldDoesNotExist:
        value = int(value)  # an annotation that sorts: always a number
    if value is None or (isinstance(value, int) and abs(value) > BIGGEST):
        raise ValueError(value)
    return value


def _link(query: QueryDict, direction: str, fields: Sequence[str], row: Any) -> str:
    values = [_read(row, name.lstrip("-")) for name in fields]
    plain = [value if isinstance(value, int | str) else value.isoformat() for value in values]
    cursor = base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).rstrip(b"=").decode()
    rest = _without(query)
    return f"{rest}{'&' if rest else ''}{direction}={cursor}"


def _without(query: QueryDict) -> str:
    rest = query.copy()
    for name in ("after", "before", "page", "open"):
        rest.pop(name, None)
    return rest.urlencode()
