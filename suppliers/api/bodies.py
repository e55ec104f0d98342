"""What may be sent to the API about requests."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from qc.api.fields import Quantity, Reference, Strict, WholeNumber
from qc.models import Nonconformance, Supplier


class NewRequest(Strict):
    client_uuid = serializers.UUIDField(required=False)
    case = Reference(Nonconformance, code="number")
    supplier = Reference(Supplier)
    title = serializers.CharField(max_length=200)
    problem = serializers.CharField(max_length=10_000)
    expected = serializers.CharField(max_length=4000, required=False, allow_blank=True)
    part_number = serializers.CharField(max_length=120, required=False, allow_blank=True)
    lots = serializers.CharField(max_length=8000, required=False, allow_blank=True, help_text="One a line.")
    quantity_affected = Quantity(required=False, allow_null=True)


class Nothing(Strict):
    """A step without a body."""


class Reason(Strict):
    reason = serializers.CharField(max_length=2000)


class OptionalReason(Strict):
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class Text(Strict):
    text = serializers.CharField(max_length=4000)


class Decision(Strict):
    version = WholeNumber(min_value=1, max_value=2**31 - 1, required=False, help_text="The version that you read.")


class Return(Decision):
    reason = serializers.CharField(max_length=2000)


class Answers(Strict):
    answers = serializers.DictField(help_text="By the names of the stage's questions; texts, or lists of choices.")

    def validate_answers(self, value: dict[str, Any]) -> dict[str, Any]:
        for item in value.values():
            several = item if isinstance(item, list) else [item]
            cells = [cell for each in several for cell in (each.values() if isinstance(each, dict) else [each])]
            is_row = isinstance(item, list) and all(isinstance(each, dict) for each in item)
            if not all(isinstance(cell, str | int | float | None) for cell in cells) or (
                not is_row and any(isinstance(each, dict) for each in several)
            ):
                raise serializers.ValidationError(_("An answer is a text, a number, a list of choices or of rows."))
        return value
