"""Login is django-allauth's; accounts are made by invitation, never by sign-up. Axes closes it after ten failures."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest

from qc.models import User


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Try what was typed once: given twice, as name and as address, it would cost those who exist a second hash."""
        if credentials.get("username"):
            credentials.pop("email", None)
        user: User | None = super().authenticate(request, **credentials)
        return user

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link in the mail; from the settings, since a request's Host is what its sender wants it to be."""
        path: str = urlsplit(super().get_reset_password_from_key_url(key)).path
        return f"{settings.SITE_URL.rstrip('/')}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every mail names this installation, again without asking the request."""
        site = SimpleNamespace(name="Lineside", domain=urlsplit(settings.SITE_URL).netloc)
        super().send_mail(template_prefix, email, {**context, "current_site": site, "site_url": settings.SITE_URL})


def client_address(request: HttpRequest) -> str:
    """Whose failed logins are counted together: behind our HTTPS proxy the address that the proxy saw."""
    direct: str = request.META.get("REMOTE_ADDR", "")
    if settings.HTTPS:
        # Only the last entry is the proxy's own; the ones before it are whatever the visitor sent.
        return request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or direct
    return direct


def account_name(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Which account's failed logins are counted together: what was typed, however it was written."""
    given = credentials or {}
    typed = given.get("username") or given.get("email") or request.POST.get("login", "")
    return str(typed).strip().lower()
