"""Token login: a password once, a token from then on."""

from __future__ import annotations

from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth import authenticate
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import Throttled
from rest_framework.permissions import AllowAny, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from qc.api.fields import Strict, WholeNumber
from qc.errors import NotAllowed, Refused
from qc.models import ApiToken, User
from qc.services import tokens


class Login(Strict):
    username = serializers.CharField(max_length=150)
    password = serializers.CharField(max_length=500, trim_whitespace=False, write_only=True)
    name = serializers.CharField(max_length=80, default="API login", help_text="What the token is for.")
    scope = serializers.ChoiceField(choices=ApiToken.Scope.choices, default=ApiToken.Scope.WRITE)
    days = WholeNumber(min_value=1, max_value=tokens.LONGEST, default=1, help_text="How long it lives.")


class FreshToken(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="The secret; it is not shown again.")
    name = serializers.CharField()
    scope = serializers.ChoiceField(choices=ApiToken.Scope.choices)
    expires_at = serializers.DateTimeField()


class LoginThrottle(AnonRateThrottle):
    """By address, before the password is looked at; wrong passwords are counted by axes besides."""

    scope = "login"
    rate = "30/min"


class TokenView(APIView):
    def get_authenticators(self) -> list[BaseAuthentication]:
        return [] if self.request and self.request.method == "POST" else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        return [AllowAny()] if self.request.method == "POST" else [IsAuthenticated()]

    def get_throttles(self) -> list[Any]:
        return [LoginThrottle()] if self.request.method == "POST" else []

    @extend_schema(request=Login, responses={201: FreshToken}, auth=[], summary="Exchange a password for a token")
    def post(self, request: Request) -> Response:
        form = Login(data=request.data)
        form.is_valid(raise_exception=True)
        wanted = form.validated_data
        user = _person(request, wanted.pop("username"), wanted.pop("password"))
        token, secret = tokens.create(by=user, user=user, **wanted)
        answer = {"token": secret, "name": token.name, "scope": token.scope, "expires_at": token.expires_at}
        return Response(FreshToken(answer).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={204: None}, summary="Revoke the token of this very request")
    def delete(self, request: Request) -> Response:
        if not isinstance(request.auth, ApiToken):
            raise Refused(_("This request was not made with a token."))
        tokens.revoke(by=request.auth.user, token=request.auth)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _person(request: Request, username: str, password: str) -> User:
    """The person with this password. Unknown, inactive and wrong look alike; ten failures lock for a while."""
    plain = request._request
    user = authenticate(plain, username=username, password=password)
    if getattr(plain, "axes_locked_out", False):
        plain.axes_locked_out = False  # type: ignore[attr-defined]  # else its middleware answers with a page
        raise Throttled(detail=_("Too many failed logins. Try again later."))
    if not isinstance(user, User) or user.role == User.Role.SYSTEM:
        raise Refused(_("The user name or the password is wrong."))
    if is_mfa_enabled(user):
        raise NotAllowed(_("Your login needs a second factor. Ask for a token that is made by `manage.py token`."))
    return user
