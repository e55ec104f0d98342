"""Production counts: list, detail, set. The last word on a line, day, shift and product counts."""

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
from qc.api.fields import Day, Reference, Strict, WholeNumber
from qc.api.rows import Rows
from qc.models import Plant, Product, ProductionCount, ProductionLine, Shift
from qc.services import exposure


class CountRow(serializers.ModelSerializer[ProductionCount]):
    plant = serializers.CharField(source="line.plant.code")
    line = serializers.CharField(source="line.code")
    shift = serializers.CharField(source="shift.code", default=None, allow_null=True)
    product = serializers.CharField(source="product.code", default=None, allow_null=True)
    recorded_by = serializers.CharField(source="recorded_by.username")

    class Meta:
        model = ProductionCount
        fields = ["id", "plant", "line", "production_on", "shift", "product", "units", "recorded_by", "recorded_at"]
        read_only_fields = fields


class NewCount(Strict):
    plant = Reference(Plant, required=False, help_text="Needed only when another plant has a line with this code.")
    line = Reference(ProductionLine, within={"plant": "plant"})
    production_on = Day(help_text="The day on which the shift started.")
    units = WholeNumber(min_value=0, max_value=exposure.MOST_UNITS)
    shift = Reference(Shift, within={"plant": "plant", "line": "plant__lines"}, required=False, allow_null=True)
    product = Reference(Product, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        plant = attrs.pop("plant", None)
        if plant is not None and attrs["line"].plant_id != plant.pk:
            raise serializers.ValidationError({"plant": [f"Line {attrs['line']} is not at this plant."]})
        return attrs


class CountBatch(Strict):
    counts = NewCount(many=True)


class CountsWritten(serializers.Serializer[Any]):
    written = serializers.IntegerField()


class CountFilter(django_filters.FilterSet):  # type: ignore[misc]
    plant = django_filters.CharFilter("line__plant__code")
    line = django_filters.CharFilter("line__code")
    shift = django_filters.CharFilter("shift__code")
    product = django_filters.CharFilter("product__code")
    since = django_filters.DateFilter("production_on", "gte", label="First production date")
    until = django_filters.DateFilter("production_on", "lte", label="Last production date")

    class Meta:
        model = ProductionCount
        fields = ["production_on"]


@extend_schema_view(
    list=extend_schema(summary="Production counts that you may read, newest first"),
    retrieve=extend_schema(summary="One production count"),
)
class CountViewSet(Rows):
    serializer_class = CountRow
    filterset_class = CountFilter
    machine_actions = frozenset({"create", "batch"})
    inputs = {"create": NewCount, "batch": NewCount}

    def get_queryset(self) -> QuerySet[ProductionCount]:
        rows = ProductionCount.objects.visible_to(self.request.user)
        return rows.select_related("line__plant", "shift", "product", "recorded_by")

    @extend_schema(
        request=NewCount,
        responses={200: CountRow, 201: CountRow},
        summary="Say what a line made; 200 when an earlier word on it is replaced",
    )
    def create(self, request: Request) -> Response:
        values = self.body()
        line = values["line"]
        key = {"production_on": values["production_on"], "shift": values.get("shift"), "product": values.get("product")}
        is_known = self.get_queryset().filter(line=line, **key).exists()
        count = exposure.set_count(self.user, **values)
        return Response(self.shown(count), status=status.HTTP_200_OK if is_known else status.HTTP_201_CREATED)

    @extend_schema(
        request=CountBatch,
        responses=CountsWritten,
        summary="Say what lines made, up to 1,000 counts at once: all of them or, when one is wrong, none",
    )
    @action(detail=False, methods=["post"])
    def batch(self, request: Request) -> Response:
        rows = batches.taken(request.data, "counts")
        good, bad = batches.checked(NewCount(data={}, context=self.get_serializer_context()), rows)
        if bad:
            raise serializers.ValidationError({f"counts[{index}]": errors for index, errors in bad.items()})
        return Response({"written": exposure.set_counts(self.user, rows=[values for _, values in good])})
