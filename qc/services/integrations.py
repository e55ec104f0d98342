"""The verbs of integrations: accounts of machines, which create defects and post counts and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from qc.errors import Refused
from qc.models import Integration, Plant, User
from qc.permissions import require
from qc.services import events
from qc.services.wording import given

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}", re.ASCII)


@transaction.atomic
def create(by: User, *, username: str, plants: Iterable[Plant]) -> Integration:
    """Make an account for a machine or a program. It has no password: it comes in by its tokens only.

    Refused names the field: a name that is taken or has other characters than a-z, 0-9, dot, hyphen and underscore,
    or no plant.
    """
    require(by, "system.manage")
    if not NAME.fullmatch(username):
        message = _("Two to 64 small letters, digits, dots or hyphens, such as vision-smt1.")
        raise Refused(message, fields={"username": message})
    if User.objects.filter(username__iexact=username).exists():
        message = _("%s is taken.") % username
        raise Refused(message, fields={"username": message})
    user = Integration(username=username, role=User.Role.INTEGRATION)
    user.set_unusable_password()
    user.save()
    chosen = _placed(user, plants)
    events.write(by=by, verb="integration.create", subject=user, data={"plants": chosen})
    return user


@transaction.atomic
def move(by: User, *, integration: Integration, plants: Iterable[Plant]) -> Integration:
    """Say for which plants an integration may write. Refused when there is none."""
    require(by, "system.manage")
    before = sorted(plant.code for plant in integration.plants.all())
    after = _placed(integration, plants)
    if before != after:
        events.write(by=by, verb="integration.move", subject=integration, data={"plants": [before, after]})
    return integration


@transaction.atomic
def stop(by: User, *, integration: Integration, reason: str) -> Integration:
    """Let an integration in no more, whatever tokens it has; what it recorded stays. Refused without a reason."""
    require(by, "system.manage")
    reason = given(reason, "reason", _("Say why it is stopped."))
    return _switch(by, integration, on=False, reason=reason)


@transaction.atomic
def start(by: User, *, integration: Integration) -> Integration:
    """Let a stopped integration in again with the tokens that still live."""
    require(by, "system.manage")
    return _switch(by, integration, on=True, reason="")


def _switch(by: User, integration: Integration, *, on: bool, reason: str) -> Integration:
    current: Integration = Integration.objects.select_for_update().get(pk=integration.pk)
    if current.is_active != on:
        current.is_active = on
        current.save(update_fields=["is_active"])
        verb = "integration.start" if on else "integration.stop"
        events.write(by=by, verb=verb, subject=current, data={"is_active": [not on, on]}, reason=reason)
    return current


def _placed(integration: Integration, plants: Iterable[Plant]) -> list[str]:
    chosen = list(plants)
    if not chosen:
        message = _("Choose at least one plant.")
        raise Refused(message, fields={"plants": message})
    integration.plants.set(chosen)
    return sorted(plant.code for plant in chosen)
