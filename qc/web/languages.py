"""Which language a page is in: a supplier's person reads the own one, our own pages are in English.

Whoever is not logged in yet (the login, a link from a mail) reads what the browser asks for.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.middleware.locale import LocaleMiddleware
from django.utils import translation

from qc.models import User


class LanguageMiddleware(LocaleMiddleware):
    """Chooses the language for the whole request, its error pages included."""

    def process_request(self, request: HttpRequest) -> None:
        user = request.user
        if not isinstance(user, User):
            super().process_request(request)
            return
        chosen = user.language if user.is_outside else settings.LANGUAGE_CODE
        known = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        translation.activate(known)
        request.LANGUAGE_CODE = translation.get_language()
