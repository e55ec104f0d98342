"""The verbs of accounts: made for a person, changed, stopped, given a new password. Nobody signs up alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from qc.errors import NotAllowed, Refused
from qc.models import Plant, User
from qc.permissions import may
from qc.services import events
from qc.services.people import fresh_password
from qc.services.wording import given

WORDS = ("first_name", "last_name", "email", "language", "backup")
FLAGS = ("is_mrb_member", "mrb_function", "is_supplier_quality_engineer", "is_supplier_admin")
ROLES = (
    User.Role.INSPECTOR, User.Role.ENGINEER, User.Role.MANAGER, User.Role.PLANT_MANAGER, User.Role.PURCHASING,
    User.Role.AUDITOR,
)  # fmt: skip
OWN_PLANTS = frozenset({User.Role.INSPECTOR, User.Role.ENGINEER, User.Role.PLANT_MANAGER})


@transaction.atomic
def create(by: User, *, username: str, role: str, plants: Iterable[Plant] = (), **values: Any) -> tuple[User, str]:
    """Make an account and its first password, which is shown once and kept nowhere in clear text.

    Managers make any, engineers and purchasing those of suppliers' contacts. Refused names the field: a name or an
    address that is taken, no plant for a role that works at plants, a supplier's person without a supplier.
    """
    user = User(username=username.strip(), role=role, supplier=values.pop("supplier", None))
    require(by, user)
    chosen = _placed(user, plants)
    _take(user, values)
    password = fresh_password()
    user.set_password(password)
    _check(user)
    user.save()
    user.plants.set(chosen)
    events.write(by=by, verb="account.create", subject=user, data=state(user))
    return user, password


@transaction.atomic
def change(by: User, *, user: User, plants: Iterable[Plant] = (), role: str = "", **values: Any) -> User:
    """Change what an account is for: role, plants, flags, name, address, language, who stands in. Refused as above.

    The role of a supplier's contact and one's own role stay.
    """
    current = User.objects.select_for_update().get(pk=user.pk)
    require(by, current)
    before = state(current)
    if role and role != current.role:
        if current == by or current.is_outside or role not in ROLES:
            raise Refused(_("This role cannot be given here."), fields={"role": _("It stays as it is.")})
        current.role = role
    chosen = _placed(current, plants)
    _take(current, values)
    _check(current)
    current.save()
    current.plants.set(chosen)
    difference = events.changes(before, state(current))
    if difference:
        events.write(by=by, verb="account.change", subject=current, data=difference)
    return current


@transaction.atomic
def stop(by: User, *, user: User, reason: str) -> User:
    """Let a person in no more; what they wrote stays. Refused without a reason, and for one's own account."""
    reason = given(reason, "reason", _("Say why the account is stopped."))
    if user == by:
        raise Refused(_("You cannot stop your own account."))
    return _switch(by, user, on=False, reason=reason)


@transaction.atomic
def start(by: User, *, user: User) -> User:
    """Let a person in again."""
    return _switch(by, user, on=True, reason="")


@transaction.atomic
def new_password(by: User, *, user: User) -> str:
    """Give a person a fresh password, shown once; the old one and all sessions end."""
    current = User.objects.select_for_update().get(pk=user.pk)
    require(by, current)
    password = fresh_password()
    current.set_password(password)
    current.save(update_fields=["password"])
    events.write(by=by, verb="account.new_password", subject=current)
    return password


def require(by: User, user: User) -> None:
    """Refuse unless this person may care for that account. The last administrators care for themselves."""
    if user.role in (User.Role.SYSTEM, User.Role.INTEGRATION):
        raise Refused(_("This is not a person's account."))
    verb = "contact.edit" if user.is_outside else "system.manage"
    if not may(by, verb) or (user.is_superuser and not by.is_superuser):
        raise NotAllowed(_("Your role does not include this account. Ask a quality manager."))


def state(user: User) -> dict[str, Any]:
    """What an account is for, as the trail keeps it; never the password."""
    words = {name: str(getattr(user, name) or "") for name in WORDS}
    plants = sorted(plant.code for plant in user.plants.all()) if user.pk else []
    return {"role": user.role, "plants": plants, **words, **{name: getattr(user, name) for name in FLAGS}}


def _switch(by: User, user: User, *, on: bool, reason: str) -> User:
    current = User.objects.select_for_update().get(pk=user.pk)
    require(by, current)
    if current.is_active != on:
        current.is_active = on
        current.save(update_fields=["is_active"])
        verb = "account.start" if on else "account.stop"
        events.write(by=by, verb=verb, subject=current, data={"is_active": [not on, on]}, reason=reason)
    return current


def _placed(user: User, plants: Iterable[Plant]) -> list[Plant]:
    chosen = list(plants) if user.role in OWN_PLANTS else []
    if user.role in OWN_PLANTS and not chosen:
        message = _("Choose at least one plant: this role works at its own plants only.")
        raise Refused(message, fields={"plants": message})
    return chosen


def _take(user: User, values: Mapping[str, Any]) -> None:
    unknown = sorted(set(values) - {*WORDS, *FLAGS})
    if unknown:
        raise ValueError(f"an account has no field {unknown[0]!r} to write")
    for name, value in values.items():
        setattr(user, name, value)
    user.email = user.email.lower()  # the login by address looks for it so


def _check(user: User) -> None:
    if user.is_mrb_member and not user.mrb_function:
        message = _("Say for which function this person signs in the material review.")
        raise Refused(message, fields={"mrb_function": message})
    if user.is_outside and (user.supplier is None or user.role != User.Role.SUPPLIER):
        message = _("Say which supplier this person works for.")
        raise Refused(message, fields={"supplier": message})
    try:
        user.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        raise Refused(" ".join(fields.values()), fields=fields) from error
