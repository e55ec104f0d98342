"""Requests to suppliers: read and moved by both sides, each seeing its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import django_filters
from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer, Serializer

from qc.api.rows import IDEMPOTENCY_KEY, Rows, idempotency_key
from qc.api.tokens import WithinTokenScope
from qc.models import User
from qc.permissions import is_inside
from suppliers.api import agreement_bodies, bodies, rows
from suppliers.models import CorrectiveActionRequest, Evidence, Message, Stage, Submission
from suppliers.services import extensions, requests

V = TypeVar("V", bound=Callable[..., Response])
NAMED = ("plant", "supplier", "nonconformance", "contact", "issued_by")
STAGE = r"stages/(?P<code>acknowledge|containment|root_cause|plan|implementation|prevention|closure)"
SEEN = PolymorphicProxySerializer(
    component_name="RequestSeen",
    serializers=[rows.RequestDetail, rows.OwnRequestDetail],
    resource_type_field_name=None,
)
LISTED = PolymorphicProxySerializer(
    component_name="RequestListed",
    serializers=[rows.RequestRow, rows.OwnRequestRow],
    resource_type_field_name=None,
    many=True,
)


class BothSides(BasePermission):
    """Our people and the supplier's people; machines have no business here."""

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if isinstance(user, User) and (is_inside(user) or (user.is_active and user.supplier_id)):
            return True
        raise Http404


class RequestFilter(django_filters.FilterSet):  # type: ignore[misc]
    plant = django_filters.CharFilter("plant__code")
    supplier = django_filters.CharFilter("supplier__code")

    class Meta:
        model = CorrectiveActionRequest
        fields = ["status", "severity", "number"]


def step(body: type[Serializer[Any]], summary: str) -> Callable[[V], V]:
    """The description of a verb."""
    described: Callable[[V], V] = extend_schema(request=body, responses=SEEN, summary=summary)
    return described


@extend_schema_view(
    list=extend_schema(summary="Requests that you may read, newest first", responses=LISTED),
    retrieve=extend_schema(summary="One request with its stages, answers and messages", responses=SEEN),
)
class RequestViewSet(Rows):
    permission_classes = [IsAuthenticated, WithinTokenScope, BothSides]
    serializer_class = rows.RequestRow
    filterset_class = RequestFilter
    inputs: ClassVar[dict[str, type[Serializer[Any]]]] = {
        "create": bodies.NewRequest,
        "issue": bodies.Nothing,
        "cancel": bodies.Reason,
        "close": bodies.OptionalReason,
        "uphold": bodies.Reason,
        "concede": agreement_bodies.Concession,
        "ask_more_time": agreement_bodies.MoreTime,
        "acknowledge": bodies.Nothing,
        "dispute": bodies.Reason,
        "message": bodies.Text,
        "save_draft": bodies.Answers,
        "submit": bodies.Answers,
        "accept": bodies.Decision,
        "return_stage": bodies.Return,
        "waive": bodies.Reason,
    }

    def get_queryset(self) -> QuerySet[CorrectiveActionRequest]:
        user = self.request.user
        found = CorrectiveActionRequest.objects.visible_to(user).select_related(*NAMED)
        if self.action == "list":
            return found
        answers = Submission.objects.visible_to(user).select_related("submitted_by", "decided_by").order_by("version")
        stages = Stage.objects.visible_to(user).order_by("position").prefetch_related(Prefetch("submissions", answers))
        messages = Message.objects.visible_to(user).select_related("by")
        files = Evidence.objects.visible_to(user).select_related("stage", "uploaded_by")
        whole: list[Prefetch[Any]] = [Prefetch("stages", stages)]
        whole += [Prefetch("messages", messages), Prefetch("evidence", files)]
        return found.prefetch_related(*whole)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        if self.user.is_authenticated and self.user.is_outside:
            return rows.OwnRequestRow if self.action == "list" else rows.OwnRequestDetail
        return rows.RequestRow if self.action == "list" else rows.RequestDetail

    @extend_schema(
        request=bodies.NewRequest,
        responses={200: SEEN, 201: SEEN},
        parameters=[IDEMPOTENCY_KEY],
        summary="Draft a request for a case; 200 and the first answer when its key is known",
    )
    def create(self, request: Request) -> Response:
        values = self.body()
        key = idempotency_key(request, values)
        is_known = key is not None and self.get_queryset().filter(client_uuid=key).exists()
        row = requests.draft(self.user, client_uuid=key, **values)
        return Response(self.shown(row), status=status.HTTP_200_OK if is_known else status.HTTP_201_CREATED)

    @step(bodies.Nothing, "Send a draft to the supplier")
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str) -> Response:
        return self._moved(requests.issue)

    @step(bodies.Reason, "Take a request back, with a reason")
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        return self._moved(requests.cancel)

    @step(bodies.OptionalReason, "Close a request")
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str) -> Response:
        return self._moved(requests.close)

    @step(bodies.Reason, "Keep a disputed request, with a reason")
    @action(detail=True, methods=["post"])
    def uphold(self, request: Request, pk: str) -> Response:
        return self._moved(requests.uphold)

    @step(agreement_bodies.Concession, "Say that the supplier is right: the request is over")
    @action(detail=True, methods=["post"])
    def concede(self, request: Request, pk: str) -> Response:
        return self._moved(requests.concede)

    @step(bodies.Nothing, "Supplier: confirm that you have the request")
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        return self._moved(requests.acknowledge)

    @step(bodies.Reason, "Supplier: say that the cause is not with you")
    @action(detail=True, methods=["post"])
    def dispute(self, request: Request, pk: str) -> Response:
        return self._moved(requests.dispute)

    @step(bodies.Text, "Write to the other side")
    @action(detail=True, methods=["post"])
    def message(self, request: Request, pk: str) -> Response:
        return self._moved(requests.send_message)

    @step(bodies.Answers, "Supplier: keep an answer as a draft")
    @action(detail=True, methods=["post"], url_path=f"{STAGE}/draft", url_name="stage-draft")
    def save_draft(self, request: Request, pk: str, code: str) -> Response:
        return self._stage_moved(requests.save_draft, code)

    @step(bodies.Answers, "Supplier: send the answer to a stage")
    @action(detail=True, methods=["post"], url_path=f"{STAGE}/submit", url_name="stage-submit")
    def submit(self, request: Request, pk: str, code: str) -> Response:
        return self._stage_moved(requests.submit, code)

    @step(agreement_bodies.MoreTime, "Supplier: ask for a later date; the date holds until it is granted")
    @action(detail=True, methods=["post"], url_path=f"{STAGE}/more-time", url_name="stage-more-time")
    def ask_more_time(self, request: Request, pk: str, code: str) -> Response:
        return self._stage_moved(extensions.ask, code)

    @step(bodies.Decision, "Accept the supplier's answer")
    @action(detail=True, methods=["post"], url_path=f"{STAGE}/accept", url_name="stage-accept")
    def accept(self, request: Request, pk: str, code: str) -> Response:
        return self._stage_moved(requests.accept, code)

    @step(bodies.Return, "Return the supplier's answer, with a reason")
    @action(detail=True, methods=["post"], url_path=f"{STAGE}/return", url_name="stage-return")
    def return_stage(self, request: Request, pk: str, code: str) -> Response:
        return self._stage_moved(requests.return_stage, code)

    @step(bodies.Reason, "Do without a stage, with a reason")
    @action(detail=True, methods=["post"], url_path=f"{STAGE}/waive", url_name="stage-waive")
    def waive(self, request: Request, pk: str, code: str) -> Response:
        return self._stage_moved(requests.waive_stage, code)

    def _moved(self, verb: Any) -> Response:
        row = self.get_object()
        verb(self.user, request=row, **self.body())
        return Response(self.shown(row))

    def _stage_moved(self, verb: Any, code: str) -> Response:
        row = self.get_object()
        stages = Stage.objects.visible_to(self.user).select_related("request")
        verb(self.user, stage=get_object_or_404(stages, request=row, code=code), **self.body())
        return Response(self.shown(row))
