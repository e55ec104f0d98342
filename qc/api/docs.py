"""The OpenAPI document and a page to browse it, without an inline script and without an outside host."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import get_language
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from qc.api.tokens import TokenAuthentication

DOORS = [TokenAuthentication, SessionAuthentication]


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "header", "name": "Authorization", "description": "`Token <secret>`"}


class SchemaView(SpectacularAPIView):
    """The document is the same for everybody and as long as the process lives: it is made once per language."""

    permission_classes = [IsAuthenticated]
    authentication_classes = DOORS
    made: ClassVar[dict[str, dict[str, Any]]] = {}

    def _get_schema_response(self, request: Request) -> Response:
        language = get_language() or ""
        if language not in self.made:
            generator = self.generator_class(urlconf=self.urlconf, api_version=self.api_version, patterns=self.patterns)
            self.made[language] = generator.get_schema(request=request, public=True)  # type: ignore[no-untyped-call]
        name = self._get_filename(request, self.api_version)  # type: ignore[no-untyped-call]
        disposition = {"Content-Disposition": f'inline; filename="{name}"'}
        return Response(self.made[language], headers=disposition)


class DocsView(SpectacularSwaggerSplitView):
    permission_classes = [IsAuthenticated]
    authentication_classes = DOORS
    url_name = "api:schema"
    template_name = "api/docs.html"
