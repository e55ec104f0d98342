"""How the API shows later dates, controlled shipping and cost claims: our classes, and the supplier's."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from suppliers import money, sorting
from suppliers.models import ClaimMove, ControlledShipping, CostClaim, Extension, SortResult

# The documents of both sides name the same things; who did it is a login for us and a name for the supplier.
EXTENSION = [
    "id", "request", "stage", "status", "reason", "wanted_on", "due_before_at", "granted_on", "asked_by", "asked_at",
    "decided_at", "answer",
]  # fmt: skip
SHIPPING = [
    "id", "request", "level", "part_number", "sorter", "reason", "criterion", "clean_needed", "clean_now",
    "is_exit_met", "started_on", "ended_at", "end_reason", "results",
]  # fmt: skip
RESULT = ["id", "sorted_on", "lot", "quantity_checked", "quantity_bad", "by", "at", "struck_at"]
CLAIM = [
    "id", "request", "version", "status", "currency", "amount", "agreed", "note", "lines", "credit_note",
    "credited_on", "claimed_at", "agreed_at", "moves",
]  # fmt: skip


@extend_schema_field({"type": "string", "nullable": True, "example": "1250.00"})
class Money(serializers.Field[Any, Any, Any, Any]):
    """A stored amount as text, in the currency of the row."""

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(source="*", read_only=True, **kwargs)
        self.name = name

    def to_representation(self, value: Any) -> str | None:
        """The amount as it is typed, or null."""
        currency = value.claim.currency if isinstance(value, ClaimMove) else value.currency
        return money.plain(getattr(value, self.name), currency) or None


class OwnExtension(serializers.ModelSerializer[Extension]):
    request = serializers.CharField(source="stage.request.number")
    stage = serializers.CharField(source="stage.code")
    asked_by = serializers.CharField()

    class Meta:
        model = Extension
        fields = EXTENSION
        read_only_fields = fields


class ExtensionRow(serializers.ModelSerializer[Extension]):
    request = serializers.CharField(source="stage.request.number")
    stage = serializers.CharField(source="stage.code")
    asked_by = serializers.CharField(source="asked_by.username")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        model = Extension
        fields = [*EXTENSION, "decided_by"]
        read_only_fields = fields


class OwnResult(serializers.ModelSerializer[SortResult]):
    by = serializers.CharField()

    class Meta:
        model = SortResult
        fields = RESULT
        read_only_fields = fields


class ResultRow(serializers.ModelSerializer[SortResult]):
    by = serializers.CharField(source="by.username")
    struck_by = serializers.CharField(source="struck_by.username", default=None, allow_null=True)

    class Meta:
        model = SortResult
        fields = [*RESULT, "struck_by"]
        read_only_fields = fields


class OwnShipping(serializers.ModelSerializer[ControlledShipping]):
    request = serializers.CharField(source="request.number")
    clean_now = serializers.SerializerMethodField()
    is_exit_met = serializers.SerializerMethodField()
    results = OwnResult(many=True)

    class Meta:
        model = ControlledShipping
        fields = SHIPPING
        read_only_fields = fields

    def get_clean_now(self, row: ControlledShipping) -> int:
        """How many clean shipments or days in a row there are."""
        return sorting.progress(row, row.results.all()).clean

    def get_is_exit_met(self, row: ControlledShipping) -> bool:
        """Whether there are enough; it ends when we end it."""
        return sorting.progress(row, row.results.all()).is_met


class ShippingRow(OwnShipping):
    results = ResultRow(many=True)  # type: ignore[assignment]
    started_by = serializers.CharField(source="started_by.username")
    ended_by = serializers.CharField(source="ended_by.username", default=None, allow_null=True)

    class Meta(OwnShipping.Meta):
        fields = [*SHIPPING, "started_by", "started_at", "ended_by"]
        read_only_fields = fields


class ClaimLine(serializers.Serializer[Any]):
    what = serializers.CharField()
    amount = serializers.CharField()


class OwnMove(serializers.ModelSerializer[ClaimMove]):
    by = serializers.CharField()
    amount = Money("amount_minor")

    class Meta:
        model = ClaimMove
        fields = ["status", "amount", "reason", "by", "at"]
        read_only_fields = fields


class MoveRow(OwnMove):
    by = serializers.CharField(source="by.username")


class OwnClaim(serializers.ModelSerializer[CostClaim]):
    request = serializers.CharField(source="request.number")
    amount = Money("amount_minor")
    agreed = Money("agreed_minor")
    lines = serializers.SerializerMethodField()
    moves = OwnMove(many=True)

    class Meta:
        model = CostClaim
        fields = CLAIM
        read_only_fields = fields

    @extend_schema_field(ClaimLine(many=True))
    def get_lines(self, row: CostClaim) -> list[dict[str, str]]:
        """What it is made of: kind and amount."""
        return [{"what": line["what"], "amount": money.plain(line["amount"], row.currency)} for line in row.basis]


class ClaimRow(OwnClaim):
    moves = MoveRow(many=True)
    created_by = serializers.CharField(source="created_by.username")
    costs = serializers.SerializerMethodField()

    class Meta(OwnClaim.Meta):
        fields = [*CLAIM, "costs", "created_by", "created_at"]
        read_only_fields = fields

    def get_costs(self, row: CostClaim) -> list[int]:
        """The keys of the case's costs."""
        return [line["cost"] for line in row.basis]
