"""Defects: list, detail, record, correct, void, join duplicates."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from qc.api import batches
from qc.api.batches import BatchAnswer
from qc.api.fields import Instant, Lines, Measured, Quantity, Reference, Strict, WholeNumber
from qc.api.rows import IDEMPOTENCY_KEY, Rows, idempotency_key
from qc.models import (
    Defect,
    DefectType,
    Machine,
    Part,
    Plant,
    Product,
    ProductionLine,
    Severity,
    Station,
    Supplier,
    SupplierLot,
)
from qc.services import defects

NAMED = (
    "plant", "defect_type", "shift", "line", "station", "machine", "product", "part", "supplier", "supplier_lot",
    "recorded_by", "duplicate_of", "counts_as", "looks_like",
)  # fmt: skip
OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}


class DefectRow(serializers.ModelSerializer[Defect]):
    plant = serializers.CharField(source="plant.code")
    defect_type = serializers.CharField(source="defect_type.code")
    shift = serializers.CharField(source="shift.code", default=None, allow_null=True)
    line = serializers.CharField(source="line.code", default=None, allow_null=True)
    station = serializers.CharField(source="station.code", default=None, allow_null=True)
    machine = serializers.CharField(source="machine.code", default=None, allow_null=True)
    product = serializers.CharField(source="product.code", default=None, allow_null=True)
    part = serializers.CharField(source="part.number", default=None, allow_null=True)
    supplier = serializers.CharField(source="supplier.code", default=None, allow_null=True)
    supplier_lot = serializers.CharField(source="supplier_lot.code", default=None, allow_null=True)
    recorded_by = serializers.CharField(source="recorded_by.username")
    duplicate_of = serializers.CharField(source="duplicate_of.number", default=None, allow_null=True)
    counts_as = serializers.CharField(source="counts_as.code", help_text="The code that it is judged under.")
    looks_like = serializers.CharField(source="looks_like.number", default=None, allow_null=True)
    further_serials = Lines()

    class Meta:
        model = Defect
        fields = [
            "id", "number", "client_uuid", "status", "version", "plant", "defect_type", "severity", "occurred_at",
            "production_on", "shift", "quantity", "detected_at", "line", "station", "machine", "tool", "cavity",
            "product", "serial", "lot", "part", "supplier", "supplier_lot", "lot_is_inferred", "inspector", "note",
            "external_id", "duplicate_of", "void_reason", "recorded_by", "recorded_at", "counts_as", "looks_like",
            "is_distinct", "further_serials", "product_revision", "work_order", "operation", "purchase_order",
            "receipt", "requirement", "requirement_revision", "characteristic", "actual_value", "unit", "disposition",
            "material_at", "hold_tag", "customer", "customer_ref",
        ]  # fmt: skip
        read_only_fields = fields


class DefectValues(Strict):
    """What a defect says; foreign rows by code or key."""

    plant = Reference(Plant, **OPTIONAL)
    defect_type = Reference(DefectType, required=False)
    occurred_at = Instant(required=False)
    quantity = Quantity(required=False)
    severity = serializers.ChoiceField(choices=Severity.choices, required=False)
    detected_at = serializers.ChoiceField(choices=Defect.DetectedAt.choices, required=False)
    line = Reference(ProductionLine, within={"plant": "plant"}, **OPTIONAL)
    station = Reference(Station, within={"line": "line", "plant": "line__plant"}, **OPTIONAL)
    machine = Reference(Machine, within={"station": "station", "line": "station__line"}, **OPTIONAL)
    product = Reference(Product, **OPTIONAL)
    supplier = Reference(Supplier, **OPTIONAL)
    part = Reference(Part, code="number", within={"supplier": "supplier"}, **OPTIONAL)
    supplier_lot = Reference(SupplierLot, within={"plant": "plant", "supplier": "part__supplier"}, **OPTIONAL)
    tool = serializers.CharField(max_length=40, required=False, allow_blank=True)
    cavity = serializers.CharField(max_length=20, required=False, allow_blank=True)
    serial = serializers.CharField(max_length=80, required=False, allow_blank=True)
    lot = serializers.CharField(max_length=80, required=False, allow_blank=True)
    inspector = serializers.CharField(max_length=80, required=False, allow_blank=True)
    note = serializers.CharField(max_length=10_000, required=False, allow_blank=True)
    external_id = serializers.CharField(max_length=120, required=False, allow_blank=True)
    further_serials = Lines(required=False)
    product_revision = serializers.CharField(max_length=20, required=False, allow_blank=True)
    work_order = serializers.CharField(max_length=60, required=False, allow_blank=True)
    operation = serializers.CharField(max_length=60, required=False, allow_blank=True)
    purchase_order = serializers.CharField(max_length=60, required=False, allow_blank=True)
    receipt = serializers.CharField(max_length=60, required=False, allow_blank=True)
    requirement = serializers.CharField(max_length=120, required=False, allow_blank=True)
    requirement_revision = serializers.CharField(max_length=20, required=False, allow_blank=True)
    characteristic = serializers.CharField(max_length=120, required=False, allow_blank=True)
    actual_value = Measured(**OPTIONAL)
    unit = serializers.CharField(max_length=20, required=False, allow_blank=True)
    disposition = serializers.ChoiceField(choices=Defect.Disposition.choices, required=False, allow_blank=True)
    material_at = serializers.CharField(max_length=80, required=False, allow_blank=True)
    hold_tag = serializers.CharField(max_length=40, required=False, allow_blank=True)
    customer = serializers.CharField(max_length=120, required=False, allow_blank=True)
    customer_ref = serializers.CharField(max_length=80, required=False, allow_blank=True)


class NewDefect(DefectValues):
    defect_type = Reference(DefectType)
    occurred_at = Instant()
    client_uuid = serializers.UUIDField(required=False)


class DefectBatch(Strict):
    defects = NewDefect(many=True)


class DefectCorrection(DefectValues):
    version = WholeNumber(min_value=1, max_value=2**31 - 1, help_text="The version that you read.")
    reason = serializers.CharField(max_length=2000)


class DefectVoiding(Strict):
    reason = serializers.CharField(max_length=2000)


class DefectOriginal(Strict):
    original = Reference(Defect, code="number")


class DefectFilter(django_filters.FilterSet):  # type: ignore[misc]
    plant = django_filters.CharFilter("plant__code")
    line = django_filters.CharFilter("line__code")
    station = django_filters.CharFilter("station__code")
    machine = django_filters.CharFilter("machine__code")
    defect_type = django_filters.CharFilter("defect_type__code")
    product = django_filters.CharFilter("product__code")
    part = django_filters.CharFilter("part__number")
    supplier = django_filters.CharFilter("supplier__code")
    supplier_lot = django_filters.CharFilter("supplier_lot__code")
    since = django_filters.DateFilter("production_on", "gte", label="First production date")
    until = django_filters.DateFilter("production_on", "lte", label="Last production date")

    class Meta:
        model = Defect
        fields = ["status", "severity", "detected_at", "number", "serial", "lot", "external_id"]


@extend_schema_view(
    list=extend_schema(summary="Defects that you may read, newest first"),
    retrieve=extend_schema(summary="One defect"),
)
class DefectViewSet(Rows):
    serializer_class = DefectRow
    filterset_class = DefectFilter
    machine_actions = frozenset({"create", "batch"})
    inputs = {
        "create": NewDefect,
        "batch": NewDefect,
        "correct": DefectCorrection,
        "void": DefectVoiding,
        "duplicate": DefectOriginal,
    }

    def get_queryset(self) -> QuerySet[Defect]:
        return Defect.objects.visible_to(self.request.user).select_related(*NAMED)

    @extend_schema(
        request=NewDefect,
        responses={200: DefectRow, 201: DefectRow},
        parameters=[IDEMPOTENCY_KEY],
        summary="Record a defect; 200 and the first answer when its key is known",
    )
    def create(self, request: Request) -> Response:
        values = self.body()
        key = idempotency_key(request, values)
        is_known = key is not None and self.get_queryset().filter(client_uuid=key).exists()
        defect = defects.record(self.user, client_uuid=key, **values)
        return Response(self.shown(defect), status=status.HTTP_200_OK if is_known else status.HTTP_201_CREATED)

    @extend_schema(
        request=DefectBatch,
        responses=BatchAnswer,
        summary="Record up to 1,000 defects, each with its own result; what was sent before is known, not doubled",
    )
    @action(detail=False, methods=["post"])
    def batch(self, request: Request) -> Response:
        rows = batches.taken(request.data, "defects")
        form = NewDefect(data={}, context=self.get_serializer_context())
        good, bad = batches.checked(form, rows)
        outcomes = defects.record_each(self.user, rows=[values for _, values in good])
        results = [batches.result(index, "refused", errors=errors) for index, errors in bad.items()]
        results += [batches.told(index, outcome) for (index, _), outcome in zip(good, outcomes, strict=True)]
        return Response(batches.answer(results))

    @extend_schema(request=DefectCorrection, responses=DefectRow, summary="Correct values; the old ones are kept")
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        defect = self.get_object()
        return Response(self.shown(defects.correct(self.user, defect=defect, **self.body())))

    @extend_schema(request=DefectVoiding, responses=DefectRow, summary="Take the record out of every count")
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        defect = self.get_object()
        return Response(self.shown(defects.void(self.user, defect=defect, **self.body())))

    @extend_schema(request=DefectOriginal, responses=DefectRow, summary="Join a double entry to its original")
    @action(detail=True, methods=["post"])
    def duplicate(self, request: Request, pk: str) -> Response:
        defect = self.get_object()
        return Response(self.shown(defects.mark_duplicate(self.user, defect=defect, **self.body())))
