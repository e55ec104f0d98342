"""What the API's nouns share: who may come in, which row is meant, the key of a create."""

from __future__ import annotations

import re
import uuid
from typing import Any, ClassVar, cast

from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import mixins
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from qc.api.calls import Counted
from qc.api.fields import BIGGEST_KEY
from qc.api.tokens import WithinTokenScope
from qc.errors import Refused
from qc.models import User
from qc.permissions import is_inside

KEY = re.compile(r"[0-9]{1,19}", re.ASCII)
PRINTABLE = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The same key with the same body gives the first answer; with another body 409.",
)


class OurRooms(BasePermission):
    """For outside users these addresses do not exist; integrations come in only to write what they are for."""

    message = "An integration creates defects and posts counts, nothing else."

    def has_permission(self, request: Request, view: Any) -> bool:
        user = request.user
        if isinstance(user, User) and user.role == User.Role.INTEGRATION:
            return view.action in view.machine_actions
        if not is_inside(user):
            raise Http404
        return True


# A noun: list and detail of the rows that the person may read. (A docstring would be printed in the API's document.)
class Rows(Counted, mixins.ListModelMixin, mixins.RetrieveModelMixin, GenericViewSet[Any]):
    permission_classes = [IsAuthenticated, WithinTokenScope, OurRooms]
    machine_actions: ClassVar[frozenset[str]] = frozenset()
    inputs: ClassVar[dict[str, type[Serializer[Any]]]] = {}

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Filters are for lists: a row is found by its key alone."""
        return super().filter_queryset(queryset) if self.action == "list" else queryset

    @property
    def user(self) -> User:
        """Who asks; the permissions above let nobody else in."""
        return cast(User, self.request.user)

    def get_object(self) -> Any:
        """404 for keys that no row can have, instead of an error of the database."""
        key = self.kwargs["pk"]
        if not KEY.fullmatch(key) or int(key) > BIGGEST_KEY:
            raise Http404
        return super().get_object()

    def body(self) -> dict[str, Any]:
        """The checked body of this step."""
        form = self.inputs[self.action](data=self.request.data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        values: dict[str, Any] = form.validated_data
        return values

    def shown(self, row: Model) -> dict[str, Any]:
        """The row as the list shows it, read again with what it names."""
        shown: dict[str, Any] = self.get_serializer(self.get_queryset().get(pk=row.pk)).data
        return shown


def idempotency_key(request: Request, values: dict[str, Any]) -> uuid.UUID | None:
    """The sender's key: `client_uuid` of the body or the header. A key that is no UUID is made one per person."""
    in_body: uuid.UUID | None = values.pop("client_uuid", None)
    header = request.headers.get("Idempotency-Key")
    if header is None:
        return in_body
    if not PRINTABLE.fullmatch(header):
        raise Refused(_("An Idempotency-Key has 1 to 200 visible characters."))
    try:
        key = uuid.UUID(header)
    except ValueError:
        key = uuid.uuid5(uuid.NAMESPACE_URL, f"lineside:{request.user.pk}:{header}")
    if in_body not in (None, key):
        raise Refused(_("The header Idempotency-Key and client_uuid differ."))
    return key
