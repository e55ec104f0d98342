"""Findings: list, detail, and a person's word on them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from qc.api.fields import Measure, Strict, WholeNumber
from qc.api.rows import Rows
from qc.models import AnalysisRun, Finding
from qc.services import findings

NUMBERS = ("expected", "rate_ratio", "ratio_low", "ratio_high", "p_value", "q_value")


class RunRow(serializers.ModelSerializer[AnalysisRun]):
    """What an auditor needs to do the run again."""

    of_type = serializers.CharField(
        source="defect_type.code", default=None, allow_null=True, help_text="Empty: a full run of the plant."
    )

    class Meta:
        model = AnalysisRun
        fields = [
            "id", "of_type", "occasion", "method_version", "parameters", "seed", "data_digest", "findings_digest",
            "input_version", "rows", "exposure", "background_version", "full_run", "started_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class FindingRow(serializers.ModelSerializer[Finding]):
    plant = serializers.CharField(source="plant.code")
    defect_type = serializers.CharField(source="defect_type.code")
    line = serializers.CharField(source="line.code", default=None, allow_null=True)
    supplier = serializers.CharField(source="supplier.code", default=None, allow_null=True)
    standing = serializers.ChoiceField(choices=Finding.Verdict.choices, help_text="The verdict that counts.")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)
    closed_case = serializers.CharField(source="closed_case.number", default=None, allow_null=True)
    run = RunRow()
    expected = Measure(allow_null=True)
    rate_ratio = Measure(allow_null=True)
    ratio_low = Measure(allow_null=True)
    ratio_high = Measure(allow_null=True)
    p_value = Measure(allow_null=True)
    q_value = Measure(allow_null=True)

    class Meta:
        model = Finding
        fields = [
            "id", "version", "plant", "defect_type", "verdict", "standing", "kind", "where", "origin", "line",
            "supplier", "since", "since_interval", "until", "incidents", *NUMBERS, "aliases", "rivals", "ruled_out",
            "needs", "explanation", "recurrence_of", "closed_case", "objection", "objected_at", "run",
            "first_seen_at", "changed_at", "replaced_at", "decision", "human_verdict", "decision_reason",
            "decided_by", "decided_at", "is_watched",
        ]  # fmt: skip
        read_only_fields = fields


class FindingDecision(Strict):
    version = WholeNumber(min_value=1, max_value=2**31 - 1, required=False, help_text="The version that you read.")


class FindingAgreement(FindingDecision):
    reason = serializers.CharField(max_length=2000, required=False, allow_blank=True, default="")


class FindingDismissal(FindingDecision):
    reason = serializers.CharField(max_length=2000)


class FindingOverride(FindingDismissal):
    verdict = serializers.ChoiceField(choices=Finding.Verdict.choices)


class FindingReconsideration(Strict):
    reason = serializers.CharField(max_length=2000)


class FindingWatch(Strict):
    watched = serializers.BooleanField()


class FindingFilter(django_filters.FilterSet):  # type: ignore[misc]
    plant = django_filters.CharFilter("plant__code")
    line = django_filters.CharFilter("line__code")
    supplier = django_filters.CharFilter("supplier__code")
    defect_type = django_filters.CharFilter("defect_type__code")
    current = django_filters.BooleanFilter("replaced_at", "isnull", label="What the analysis says now")
    since = django_filters.DateFilter("changed_at", "date__gte", label="Changed on or after this day")

    class Meta:
        model = Finding
        fields = ["verdict", "kind", "origin", "decision", "is_watched"]


@extend_schema_view(
    list=extend_schema(summary="Findings that you may read, last changed first"),
    retrieve=extend_schema(summary="One finding"),
)
class FindingViewSet(Rows):
    serializer_class = FindingRow
    filterset_class = FindingFilter
    inputs = {
        "confirm": FindingAgreement,
        "dismiss": FindingDismissal,
        "override": FindingOverride,
        "reconsider": FindingReconsideration,
        "watch": FindingWatch,
    }

    def get_queryset(self) -> QuerySet[Finding]:
        rows = Finding.objects.visible_to(self.request.user)
        return rows.select_related(
            "plant", "defect_type", "line", "supplier", "decided_by", "closed_case", "run__defect_type"
        )

    @extend_schema(request=FindingAgreement, responses=FindingRow, summary="Agree with the verdict")
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        return self._decided(findings.confirm)

    @extend_schema(request=FindingDismissal, responses=FindingRow, summary="Set the finding aside, with a reason")
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        return self._decided(findings.dismiss)

    @extend_schema(request=FindingOverride, responses=FindingRow, summary="Say another verdict, with a reason")
    @action(detail=True, methods=["post"])
    def override(self, request: Request, pk: str) -> Response:
        return self._decided(findings.override)

    @extend_schema(request=FindingReconsideration, responses=FindingRow, summary="Take a decision back, with a reason")
    @action(detail=True, methods=["post"])
    def reconsider(self, request: Request, pk: str) -> Response:
        return self._decided(findings.reconsider)

    @extend_schema(request=FindingWatch, responses=FindingRow, summary="Watch the finding, or stop watching it")
    @action(detail=True, methods=["post"])
    def watch(self, request: Request, pk: str) -> Response:
        return self._decided(findings.watch)

    def _decided(self, verb: Any) -> Response:
        finding = self.get_object()
        return Response(self.shown(verb(self.user, finding=finding, **self.body())))
