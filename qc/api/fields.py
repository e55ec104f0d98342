"""Fields that refuse what only looks right: `1_000`, Arabic digits, times without a zone, rows of other people."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

EARLIEST = dt.date(1990, 1, 1)
BIGGEST_KEY = 2**63 - 1
NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,3})?", re.ASCII)
VALUE = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", re.ASCII)
CALENDAR_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Strict(serializers.Serializer[Any]):
    """A body with a field that does not exist here is refused: a typing error must not be lost in silence."""

    def to_internal_value(self, data: Any) -> Any:
        self._named = data.keys() if type(data) is dict else None
        if isinstance(data, Mapping):
            unknown = sorted(str(name)[:80] for name in data.keys() - self._known)
            if unknown:
                fields = ", ".join(sorted(self._known))
                raise serializers.ValidationError(
                    {name: [_("There is no such field to write; there are: %s.") % fields] for name in unknown}
                )
        return super().to_internal_value(data)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(name for name, _field, _is_needed in self._writers)

    @cached_property
    def _writers(self) -> list[tuple[str, Any, bool]]:
        fields = [(name, field) for name, field in self.fields.items() if not field.read_only]
        return [(name, field, field.required or field.default is not empty) for name, field in fields]

    @property
    def _writable_fields(self) -> list[Any]:
        """The fields that a JSON body names or has to name: the others would be skipped one by one."""
        named = getattr(self, "_named", None)
        return [field for name, field, is_needed in self._writers if is_needed or named is None or name in named]


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}]})
class Reference(serializers.Field[Any, Any, Any, Any]):
    """A row named by its code (text) or its key (whole number), found only among those that the person may read.

    With `code="pk"` the row has no code: only its key names it.
    `within` says which other fields of the same body narrow a code that is not unique: {"plant": "plant"}.
    """

    default_error_messages = {
        "missing": "There is no %(noun)s {value}.",
        "several": "Several records have the code {value}; give the {wider} too, or the key.",
        "kind": "Give a code (text) or a key (whole number).",
    }

    def __init__(
        self, model: type[Model], *, code: str = "code", within: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.model, self.code, self.within = model, code, dict(within or {})

    def to_internal_value(self, data: Any) -> Model:
        """The row; within one request a code is looked up once, so that a batch asks for each code only once."""
        context: dict[str, Any] = self.context  # type: ignore[assignment]  # a dict that all fields of a form share
        seen: dict[Any, Model] = context.setdefault("references", {})
        key = (self.model, self.code, repr(data), self._siblings())
        if key not in seen:
            seen[key] = self._find(data)
        return seen[key]

    def _siblings(self) -> tuple[str, ...]:
        body = getattr(self.parent, "initial_data", {})
        return tuple(repr(body.get(name)) for name in self.within) if isinstance(body, Mapping) else ()

    def _find(self, data: Any) -> Model:
        if isinstance(data, bool) or not isinstance(data, str | int):
            self.fail("kind")
        rows = self.model._default_manager.visible_to(self.context["request"].user)  # type: ignore[attr-defined]
        if isinstance(data, int):
            rows = rows.filter(pk=data) if 0 < data <= BIGGEST_KEY else rows.none()
        elif "\x00" in data or len(data) > 200 or self.code == "pk":
            rows = rows.none()
        else:
            rows = self._narrowed(rows.filter(**{self.code: data}))
        found = list(rows[:2])
        if not found:
            noun = str(self.model._meta.verbose_name)
            raise serializers.ValidationError(_("There is no %(noun)s %(value)s.") % {"noun": noun, "value": data})
        if len(found) > 1:
            self.fail("several", value=data, wider=" / ".join(self.within) or "key")
        return found[0]  # type: ignore[no-any-return]

    def _narrowed(self, rows: Any) -> Any:
        body = getattr(self.parent, "initial_data", {})
        for sibling, lookup in self.within.items():
            value = body.get(sibling) if isinstance(body, Mapping) else None
            if isinstance(value, str) and "\x00" not in value:
                rows = rows.filter(**{f"{lookup}__code": value})
            elif isinstance(value, int) and 0 < value <= BIGGEST_KEY:
                rows = rows.filter(**{f"{lookup}__pk": value})
        return rows

    def to_representation(self, value: Any) -> str:
        return str(getattr(value, self.code))


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "number"}]})
class Quantity(serializers.DecimalField):
    """A number from 0 with at most three decimal places, as a JSON number or as text."""

    default_error_messages = {"invalid": "A quantity is a number from 0 with at most three decimal places, like 12.5."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=3, min_value=Decimal(0), **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float | str) or not NUMBER.fullmatch(str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "number"}]})
class Measured(serializers.DecimalField):
    """A measured value with at most six decimal places, as a JSON number or as text."""

    default_error_messages = {"invalid": "A value is a number with at most six decimal places, like -0.031."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=18, decimal_places=6, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | float | str) or not VALUE.fullmatch(str(data)):
            self.fail("invalid")
        return super().to_internal_value(data)


class Lines(serializers.ListField):
    """Short texts, kept one in a line."""

    child = serializers.CharField(max_length=80)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=200, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return "\n".join(super().to_internal_value(data))

    def to_representation(self, data: Any) -> Any:
        return data.split("\n") if data else []


class WholeNumber(serializers.IntegerField):
    """A JSON whole number; text is refused."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Day(serializers.DateField):
    """A calendar day, YYYY-MM-DD, that exists."""

    default_error_messages = {
        "invalid": "Give a day that exists, as YYYY-MM-DD.",
        "early": "Days before 1990 are not recorded here.",
    }

    def to_internal_value(self, value: Any) -> dt.date:
        if not isinstance(value, str) or not CALENDAR_DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        day = super().to_internal_value(value)
        if day < EARLIEST:
            self.fail("early")
        return day


class Instant(serializers.DateTimeField):
    """An instant with its offset from UTC, so that nobody has to guess the zone."""

    default_error_messages = {
        "invalid": "Give a date and time that exist, as 2026-11-20T06:30:00+01:00.",
        "naive": "Give the offset from UTC too, as in 2026-11-20T06:30:00+01:00 or 2026-11-20T05:30:00Z.",
        "early": "Times before 1990 are not recorded here.",
    }

    def to_internal_value(self, value: Any) -> dt.datetime:
        if not isinstance(value, str) or not value.isascii():
            self.fail("invalid", format="")
        try:
            instant = dt.datetime.fromisoformat(value)
        except ValueError:
            self.fail("invalid", format="")
        if instant.tzinfo is None:
            self.fail("naive")
        if instant.date() < EARLIEST:
            self.fail("early")
        try:
            return instant.astimezone(dt.UTC)
        except OverflowError:
            self.fail("invalid", format="")


@extend_schema_field({"type": "number", "nullable": True})
class Measure(serializers.FloatField):
    """A computed number; JSON has no infinity, so that becomes null."""

    def to_representation(self, value: Any) -> float | None:  # type: ignore[override]
        number = float(value)
        return number if math.isfinite(number) else None
