"""Later dates, controlled shipping and cost claims: read and moved by both sides, each seeing its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404
from django_filters import CharFilter, FilterSet
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from qc.api.rows import Rows
from qc.api.tokens import WithinTokenScope
from suppliers.api import agreement_bodies, agreement_rows, bodies
from suppliers.api.requests import BothSides
from suppliers.models import ClaimMove, ControlledShipping, CostClaim, Extension, SortResult
from suppliers.services import claims, extensions, shipping

V = TypeVar("V", bound=Callable[..., Response])
RESULT = r"results/(?P<result>[0-9]{1,18})/strike"


def both(name: str, ours: type[Serializer[Any]], theirs: type[Serializer[Any]], *, many: bool = False) -> Any:
    """The description of what either side gets."""
    return PolymorphicProxySerializer(
        component_name=name, serializers=[ours, theirs], resource_type_field_name=None, many=many
    )


EXTENSION = both("ExtensionSeen", agreement_rows.ExtensionRow, agreement_rows.OwnExtension)
EXTENSIONS = both("ExtensionListed", agreement_rows.ExtensionRow, agreement_rows.OwnExtension, many=True)
SHIPPING = both("ShippingSeen", agreement_rows.ShippingRow, agreement_rows.OwnShipping)
SHIPPINGS = both("ShippingListed", agreement_rows.ShippingRow, agreement_rows.OwnShipping, many=True)
CLAIM = both("ClaimSeen", agreement_rows.ClaimRow, agreement_rows.OwnClaim)
CLAIMS = both("ClaimListed", agreement_rows.ClaimRow, agreement_rows.OwnClaim, many=True)


def step(body: type[Serializer[Any]], seen: Any, summary: str) -> Callable[[V], V]:
    """The description of a verb."""
    described: Callable[[V], V] = extend_schema(request=body, responses=seen, summary=summary)
    return described


class Agreements(Rows):
    permission_classes = [IsAuthenticated, WithinTokenScope, BothSides]
    seen_by_us: ClassVar[type[BaseSerializer[Any]]]
    seen_by_them: ClassVar[type[BaseSerializer[Any]]]

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        is_outside = self.user.is_authenticated and self.user.is_outside
        return self.seen_by_them if is_outside else self.seen_by_us

    def _moved(self, verb: Any, name: str) -> Response:
        row = self.get_object()
        verb(self.user, **{name: row}, **self.body())
        return Response(self.shown(row))


class ExtensionFilter(FilterSet):  # type: ignore[misc]
    request = CharFilter("stage__request__number")

    class Meta:
        model = Extension
        fields = ["status"]


@extend_schema_view(
    list=extend_schema(summary="Later dates that suppliers asked for, newest first", responses=EXTENSIONS),
    retrieve=extend_schema(summary="One later date", responses=EXTENSION),
)
class ExtensionViewSet(Agreements):
    serializer_class = agreement_rows.ExtensionRow
    seen_by_us, seen_by_them = agreement_rows.ExtensionRow, agreement_rows.OwnExtension
    filterset_class = ExtensionFilter
    inputs: ClassVar[dict[str, type[Serializer[Any]]]] = {"grant": agreement_bodies.Grant, "refuse": bodies.Reason}

    def get_queryset(self) -> QuerySet[Extension]:
        rows = Extension.objects.visible_to(self.request.user)
        return rows.select_related("stage__request", "asked_by", "decided_by")

    @step(agreement_bodies.Grant, EXTENSION, "Give the time, or until another day")
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, pk: str) -> Response:
        return self._moved(extensions.grant, "extension")

    @step(bodies.Reason, EXTENSION, "Keep the date, with a reason")
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str) -> Response:
        return self._moved(extensions.refuse, "extension")


class ShippingFilter(FilterSet):  # type: ignore[misc]
    request = CharFilter("request__number")
    supplier = CharFilter("request__supplier__code")

    class Meta:
        model = ControlledShipping
        fields = ["level", "part_number"]


@extend_schema_view(
    list=extend_schema(summary="Controlled shipping that you may read, newest first", responses=SHIPPINGS),
    retrieve=extend_schema(summary="One controlled shipping with its results", responses=SHIPPING),
)
class ShippingViewSet(Agreements):
    serializer_class = agreement_rows.ShippingRow
    seen_by_us, seen_by_them = agreement_rows.ShippingRow, agreement_rows.OwnShipping
    filterset_class = ShippingFilter
    inputs: ClassVar[dict[str, type[Serializer[Any]]]] = {
        "create": agreement_bodies.NewShipping,
        "record": agreement_bodies.NewResult,
        "strike": bodies.Nothing,
        "end": bodies.Reason,
    }

    def get_queryset(self) -> QuerySet[ControlledShipping]:
        user = self.request.user
        results = SortResult.objects.visible_to(user).select_related("by", "struck_by")
        rows = ControlledShipping.objects.visible_to(user).select_related("request", "started_by", "ended_by")
        return rows.prefetch_related(Prefetch("results", results))

    @extend_schema(request=agreement_bodies.NewShipping, responses={201: SHIPPING}, summary="Start it; no draft")
    def create(self, request: Request) -> Response:
        return Response(self.shown(shipping.start(self.user, **self.body())), status=status.HTTP_201_CREATED)

    @step(agreement_bodies.NewResult, SHIPPING, "Note a shipment that was sorted")
    @action(detail=True, methods=["post"])
    def record(self, request: Request, pk: str) -> Response:
        return self._moved(shipping.record, "shipping")

    @step(bodies.Nothing, SHIPPING, "Strike a result that was a mistake")
    @action(detail=True, methods=["post"], url_path=RESULT)
    def strike(self, request: Request, pk: str, result: str) -> Response:
        row = self.get_object()
        self.body()
        results = SortResult.objects.visible_to(self.user)
        shipping.strike(self.user, result=get_object_or_404(results, shipping=row, pk=result))
        return Response(self.shown(row))

    @step(bodies.Reason, SHIPPING, "End it, with a reason")
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str) -> Response:
        return self._moved(shipping.end, "shipping")


class ClaimFilter(FilterSet):  # type: ignore[misc]
    request = CharFilter("request__number")
    supplier = CharFilter("request__supplier__code")

    class Meta:
        model = CostClaim
        fields = ["status", "currency"]


@extend_schema_view(
    list=extend_schema(summary="Cost claims that you may read, newest first", responses=CLAIMS),
    retrieve=extend_schema(summary="One cost claim with its history", responses=CLAIM),
)
class ClaimViewSet(Agreements):
    serializer_class = agreement_rows.ClaimRow
    seen_by_us, seen_by_them = agreement_rows.ClaimRow, agreement_rows.OwnClaim
    filterset_class = ClaimFilter
    inputs: ClassVar[dict[str, type[Serializer[Any]]]] = {
        "create": agreement_bodies.NewClaim,
        "change": agreement_bodies.ChangedClaim,
        "send": agreement_bodies.Version,
        "again": agreement_bodies.ReasonedAmount,
        "agree": agreement_bodies.Version,
        "dispute": agreement_bodies.Objection,
        "settle": agreement_bodies.ReasonedAmount,
        "credit": agreement_bodies.Credit,
        "withdraw": agreement_bodies.Withdrawal,
    }

    def get_queryset(self) -> QuerySet[CostClaim]:
        user = self.request.user
        moves = ClaimMove.objects.visible_to(user).select_related("by")
        rows = CostClaim.objects.visible_to(user).select_related("request", "created_by")
        return rows.prefetch_related(Prefetch("moves", moves))

    @extend_schema(request=agreement_bodies.NewClaim, responses={201: CLAIM}, summary="Draft a claim from costs")
    def create(self, request: Request) -> Response:
        return Response(self.shown(claims.draft(self.user, **self.body())), status=status.HTTP_201_CREATED)

    @step(agreement_bodies.ChangedClaim, CLAIM, "Change a claim that the supplier has not seen")
    @action(detail=True, methods=["post"])
    def change(self, request: Request, pk: str) -> Response:
        return self._moved(claims.change, "claim")

    @step(agreement_bodies.Version, CLAIM, "Claim it: the supplier sees it from now on")
    @action(detail=True, methods=["post"])
    def send(self, request: Request, pk: str) -> Response:
        return self._moved(claims.send, "claim")

    @step(agreement_bodies.ReasonedAmount, CLAIM, "Claim again after an objection, with a reason")
    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: str) -> Response:
        return self._moved(claims.claim_again, "claim")

    @step(agreement_bodies.Version, CLAIM, "Supplier: agree to pay it")
    @action(detail=True, methods=["post"])
    def agree(self, request: Request, pk: str) -> Response:
        return self._moved(claims.agree, "claim")

    @step(agreement_bodies.Objection, CLAIM, "Supplier: do not agree, with a reason and perhaps an offer")
    @action(detail=True, methods=["post"])
    def dispute(self, request: Request, pk: str) -> Response:
        return self._moved(claims.dispute, "claim")

    @step(agreement_bodies.ReasonedAmount, CLAIM, "Note what was agreed after an objection")
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str) -> Response:
        return self._moved(claims.settle, "claim")

    @step(agreement_bodies.Credit, CLAIM, "Note the credit note")
    @action(detail=True, methods=["post"])
    def credit(self, request: Request, pk: str) -> Response:
        return self._moved(claims.credit, "claim")

    @step(agreement_bodies.Withdrawal, CLAIM, "Give a claim up, with a reason")
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        return self._moved(claims.withdraw, "claim")
