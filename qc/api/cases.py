"""Cases (nonconformances): list, detail, open."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from qc.api.fields import Reference, Strict
from qc.api.rows import IDEMPOTENCY_KEY, Rows, idempotency_key
from qc.models import (
    CaseCost,
    Cause,
    Contrast,
    CorrectiveAction,
    Defect,
    DefectType,
    Disposition,
    Finding,
    LotHold,
    Nonconformance,
    Part,
    Plant,
    Product,
    ProductionLine,
    Severity,
    Supplier,
    SupplierLot,
    Why,
)
from qc.services import cases

NAMED = ("plant", "defect_type", "line", "product", "supplier", "part", "owner", "opened_by", "closed_by")
OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}


class ActionRow(serializers.ModelSerializer[CorrectiveAction]):
    owner = serializers.CharField(source="owner.username", default=None, allow_null=True)
    supplier = serializers.CharField(source="supplier.code", default=None, allow_null=True)

    class Meta:
        model = CorrectiveAction
        fields = [
            "id", "version", "kind", "title", "description", "status", "strength", "owner", "supplier", "cause",
            "due_on", "implemented_on", "evidence", "verified_at", "cancel_reason",
        ]  # fmt: skip
        read_only_fields = fields


class CauseRow(serializers.ModelSerializer[Cause]):
    code = serializers.CharField(source="code.code", default=None, allow_null=True)
    status = serializers.ChoiceField(choices=["possible", "verified", "ruled_out"], read_only=True)

    class Meta:
        model = Cause
        fields = [
            "id", "version", "leg", "category", "code", "statement", "status", "evidence", "verification",
            "verified_at", "ruled_out_reason",
        ]  # fmt: skip
        read_only_fields = fields


class WhyRow(serializers.ModelSerializer[Why]):
    class Meta:
        model = Why
        fields = ["id", "parent", "leg", "text", "evidence", "cause"]
        read_only_fields = fields


class ContrastRow(serializers.ModelSerializer[Contrast]):
    class Meta:
        model = Contrast
        fields = [
            "question", "seen", "unseen", "basis", "filled_at", "is_text", "is_not_text", "distinction", "change",
        ]  # fmt: skip
        read_only_fields = fields


class DispositionRow(serializers.ModelSerializer[Disposition]):
    decided_by = serializers.CharField(source="decided_by.username")

    class Meta:
        model = Disposition
        fields = [
            "id", "decision", "quantity", "instruction", "reference", "decided_by", "decided_at", "withdrawn_at",
        ]  # fmt: skip
        read_only_fields = fields


class HoldRow(serializers.ModelSerializer[LotHold]):
    supplier_lot = serializers.CharField(source="supplier_lot.code", default=None, allow_null=True)
    product = serializers.CharField(source="product.code", default=None, allow_null=True)

    class Meta:
        model = LotHold
        fields = [
            "id", "supplier_lot", "own_lot", "product", "quantity", "location", "tag", "placed_at", "released_at",
            "release_reason",
        ]  # fmt: skip
        read_only_fields = fields


class CostRow(serializers.ModelSerializer[CaseCost]):
    class Meta:
        model = CaseCost
        fields = [
            "id", "kind", "element", "quantity", "rate", "amount_minor", "currency", "is_recoverable", "note",
            "recorded_at", "removed_at",
        ]  # fmt: skip
        read_only_fields = fields


class CaseRow(serializers.ModelSerializer[Nonconformance]):
    plant = serializers.CharField(source="plant.code")
    defect_type = serializers.CharField(source="defect_type.code", default=None, allow_null=True)
    line = serializers.CharField(source="line.code", default=None, allow_null=True)
    product = serializers.CharField(source="product.code", default=None, allow_null=True)
    supplier = serializers.CharField(source="supplier.code", default=None, allow_null=True)
    part = serializers.CharField(source="part.number", default=None, allow_null=True)
    owner = serializers.CharField(source="owner.username")
    opened_by = serializers.CharField(source="opened_by.username")
    closed_by = serializers.CharField(source="closed_by.username", default=None, allow_null=True)

    class Meta:
        model = Nonconformance
        fields = [
            "id", "number", "client_uuid", "version", "plant", "title", "description", "status", "severity",
            "verdict", "defect_type", "finding", "line", "product", "supplier", "part", "suspect_quantity", "owner",
            "due_on", "contain_due_at", "opened_by", "opened_at", "closed_by", "closed_at", "close_reason", "loops",
            "kind", "detected_at", "priority", "requirement", "actual_value", "own_lot", "work_order", "customer",
            "customer_reference", "material_location", "unit", "lot_quantity", "inspected_quantity",
            "defective_quantity",
        ]  # fmt: skip
        read_only_fields = fields


class CaseDetail(CaseRow):
    supplier_lots = serializers.SlugRelatedField(slug_field="code", many=True, read_only=True)  # type: ignore[var-annotated]
    actions = ActionRow(many=True)
    causes = CauseRow(many=True)
    whys = WhyRow(many=True)
    contrasts = ContrastRow(many=True)
    dispositions = DispositionRow(many=True)
    holds = HoldRow(many=True)
    costs = CostRow(many=True)

    class Meta(CaseRow.Meta):
        fields = [
            *CaseRow.Meta.fields, "supplier_lots", "actions", "causes", "whys", "contrasts", "dispositions", "holds",
            "costs",
        ]  # fmt: skip
        read_only_fields = fields


class NewCase(Strict):
    client_uuid = serializers.UUIDField(required=False)
    plant = Reference(Plant)
    title = serializers.CharField(max_length=200)
    description = serializers.CharField(max_length=20_000)
    severity = serializers.ChoiceField(choices=Severity.choices)
    finding = Reference(Finding, code="pk", **OPTIONAL)
    defects = serializers.ListField(child=Reference(Defect, code="number"), required=False, max_length=100)
    defect_type = Reference(DefectType, **OPTIONAL)
    line = Reference(ProductionLine, within={"plant": "plant"}, **OPTIONAL)
    product = Reference(Product, **OPTIONAL)
    supplier = Reference(Supplier, **OPTIONAL)
    part = Reference(Part, code="number", within={"supplier": "supplier"}, **OPTIONAL)
    supplier_lots = serializers.ListField(child=Reference(SupplierLot), required=False, max_length=100)
    containment = serializers.CharField(max_length=20_000, required=False, allow_blank=True)


class CaseFilter(django_filters.FilterSet):  # type: ignore[misc]
    plant = django_filters.CharFilter("plant__code")
    line = django_filters.CharFilter("line__code")
    supplier = django_filters.CharFilter("supplier__code")
    defect_type = django_filters.CharFilter("defect_type__code")
    owner = django_filters.CharFilter("owner__username")
    due_until = django_filters.DateFilter("due_on", "lte", label="Due on or before this day")

    class Meta:
        model = Nonconformance
        fields = ["status", "severity", "verdict", "number"]


@extend_schema_view(
    list=extend_schema(summary="Cases that you may read, newest first"),
    retrieve=extend_schema(summary="One case with its actions", responses=CaseDetail),
)
class CaseViewSet(Rows):
    serializer_class = CaseRow
    filterset_class = CaseFilter
    inputs = {"create": NewCase}

    def get_queryset(self) -> QuerySet[Nonconformance]:
        rows = Nonconformance.objects.visible_to(self.request.user).select_related(*NAMED)
        if self.action == "list":
            return rows
        standing = Prefetch("whys", Why.objects.visible_to(self.request.user).standing())
        return rows.prefetch_related(
            "supplier_lots", "actions__owner", "actions__supplier", "causes__code", standing, "contrasts",
            "dispositions__decided_by", "holds__supplier_lot", "holds__product", "costs",
        )  # fmt: skip

    def get_serializer_class(self) -> type[CaseRow]:
        return CaseRow if self.action == "list" else CaseDetail

    @extend_schema(
        request=NewCase,
        responses={200: CaseDetail, 201: CaseDetail},
        parameters=[IDEMPOTENCY_KEY],
        summary="Open a case; 200 and the first answer when its key is known",
    )
    def create(self, request: Request) -> Response:
        values = self.body()
        key = idempotency_key(request, values)
        is_known = key is not None and self.get_queryset().filter(client_uuid=key).exists()
        case = cases.open_case(self.user, client_uuid=key, **values)
        return Response(self.shown(case), status=status.HTTP_200_OK if is_known else status.HTTP_201_CREATED)
