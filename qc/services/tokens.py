"""The verbs of API tokens: made once, shown once, kept as a digest."""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import ApiToken, User
from qc.permissions import may
from qc.services import events

LONGEST = 366
USE_IS_NOTED_EVERY = dt.timedelta(minutes=1)
PREFIX = "lineside_"  # so that scanners of source code recognise a leaked token


def digest(secret: str) -> str:
    """What is stored of a secret. It is random and long, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


@transaction.atomic
def create(
    by: User, *, user: User, name: str, scope: str = ApiToken.Scope.WRITE, days: int = 90
) -> tuple[ApiToken, str]:
    """Make a token with which programs act as `user`; returns the row and the secret, which is never shown again.

    A person makes tokens for themselves, a quality manager for anyone. Refused names the field: an empty or long
    name, an unknown scope, a life of less than one day or more than 366, a user who cannot log in.
    """
    if by != user and not may(by, "system.manage"):
        raise NotAllowed(_("Only a quality manager makes tokens for other people."))
    _check(user, name, scope, days)
    now = clock.now()
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        digest=digest(secret),
        scope=scope,
        created_at=now,
        expires_at=now + dt.timedelta(days=days),
    )
    data = {"user": user.username, "scope": scope, "expires_at": token.expires_at}
    events.write(by=by, verb="token.create", subject=token, data=data)
    return token, secret


def _check(user: User, name: str, scope: str, days: int) -> None:
    if not user.is_active or user.role == User.Role.SYSTEM:
        raise Refused(_("%s cannot log in and gets no token.") % user, fields={"user": _("Choose an active person.")})
    if not 0 < len(name.strip()) <= 80:
        raise Refused(_("A token needs a name."), fields={"name": _("Say what it is for, in at most 80 characters.")})
    if scope not in ApiToken.Scope.values:
        raise Refused(_("Unknown scope."), fields={"scope": _("Choose read or write.")})
    if not 1 <= days <= LONGEST:
        message = _("A token lives from 1 to %d days.") % LONGEST
        raise Refused(message, fields={"days": message})


def find(secret: str) -> ApiToken | None:
    """The living token of a living account with this secret, with its user; None when there is none.

    Its last use is noted, once a minute at most, so that reading costs no write.
    """
    now = clock.now()
    living = ApiToken.objects.filter(revoked_at__isnull=True, expires_at__gt=now, user__is_active=True)
    token = living.select_related("user").filter(digest=digest(secret)).first()
    if token is not None and (token.last_used_at is None or token.last_used_at < now - USE_IS_NOTED_EVERY):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


@transaction.atomic
def revoke(by: User, *, token: ApiToken) -> ApiToken:
    """End a token at once; a second time changes nothing. Refused unless it is one's own or for a quality manager."""
    if by != token.user and not may(by, "system.manage"):
        raise NotAllowed(_("Only a quality manager ends the tokens of other people."))
    current = ApiToken.objects.select_for_update().get(pk=token.pk)
    if current.revoked_at is None:
        current.revoked_at = clock.now()
        current.save(update_fields=["revoked_at"])
        events.write(by=by, verb="token.revoke", subject=current, data={"user": current.user.username})
    return current
