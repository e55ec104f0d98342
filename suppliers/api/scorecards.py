"""Scorecards: our people read all of them, a supplier its own."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request

from qc.api.rows import Rows
from qc.api.tokens import WithinTokenScope
from qc.models import User
from qc.permissions import may
from suppliers.models import Scorecard
from suppliers.services import scorecards


class ReadsScores(BasePermission):
    """Purchasing, quality and auditors; the supplier's own people."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if isinstance(user, User) and (may(user, "score.read") or (user.is_active and user.supplier_id)):
            return True
        raise Http404


class ScorecardRow(serializers.ModelSerializer[Scorecard]):
    supplier = serializers.CharField(source="supplier.code")
    costs = serializers.DictField(child=serializers.IntegerField(), help_text="In minor units, by currency.")
    ppm = serializers.SerializerMethodField()
    ppm_interval = serializers.SerializerMethodField()

    class Meta:
        model = Scorecard
        fields = [
            "id", "supplier", "month", "units_received", "units_rejected", "ppm", "ppm_interval", "answers_due",
            "answers_on_time", "requests_issued", "repeat_requests", "deliveries", "deliveries_on_time", "documents",
            "documents_complete", "costs", "score", "band", "computed_at",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(serializers.FloatField(allow_null=True, help_text="Null: nothing was received."))
    def get_ppm(self, row: Scorecard) -> float | None:
        return scorecards.totals([row]).ppm

    @extend_schema_field(serializers.ListField(child=serializers.FloatField(), allow_null=True))
    def get_ppm_interval(self, row: Scorecard) -> list[float] | None:
        interval = scorecards.totals([row]).ppm_interval
        return list(interval) if interval else None


class ScorecardFilter(django_filters.FilterSet):  # type: ignore[misc]
    supplier = django_filters.CharFilter("supplier__code")

    class Meta:
        model = Scorecard
        fields = ["month", "band"]


@extend_schema_view(
    list=extend_schema(summary="Scorecards that you may read, newest month first"),
    retrieve=extend_schema(summary="One supplier's month"),
)
class ScorecardViewSet(Rows):
    permission_classes = [IsAuthenticated, WithinTokenScope, ReadsScores]
    serializer_class = ScorecardRow
    filterset_class = ScorecardFilter

    def get_queryset(self) -> QuerySet[Scorecard]:
        rows = Scorecard.objects.visible_to(self.request.user)
        return rows.select_related("supplier").order_by("-month", "supplier", "pk")
