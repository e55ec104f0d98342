"""The contacts of a supplier, cared for by its own administrator: invited, changed, stopped. Ours keep their page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from typing import Any

from allauth.account import app_settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.http import int_to_base36
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Notice, Supplier, User
from qc.services import events, notices
from qc.services.wording import choice, given, later, short
from suppliers.models import ContactCard

LANGUAGES = ("en", "de")
MOST = 50  # people of one supplier that an administrator may invite
PAUSE = dt.timedelta(minutes=10)  # between two invitations of one person
INVITATION = "suppliers.contactcard"
_FOREIGN_TO_LOGINS = re.compile(r"[^\w.@+-]")


def colleagues(viewer: User) -> QuerySet[User]:
    """Everybody of the viewer's own supplier, those who were stopped last; nobody for a link or for our own people."""
    if viewer.supplier_id is None or viewer.limited_to is not None or not viewer.is_active:
        return User.objects.none()
    rows = User.objects.filter(supplier=viewer.supplier_id).select_related("backup", "contact_card")
    return rows.order_by("-is_active", "first_name", "last_name", "username")


def cares_for_contacts(viewer: User) -> bool:
    """Whether this is an administrator of a supplier, with an own login."""
    return (
        viewer.is_active and viewer.is_supplier_admin and viewer.supplier_id is not None and viewer.limited_to is None
    )


@transaction.atomic
def invite(
    by: User, *, name: str, email: str, function: str, language: str, is_admin: bool = False, backup: User | None = None
) -> User:
    """Make an account for a colleague and mail a link to set a password; the address is the login.

    Refused beside the field when something is missing, when the address is taken, and above 50 people.
    """
    supplier = _hold(by)
    first, last = _named(name)
    address = _address(supplier, email)
    if User.objects.filter(supplier=supplier).count() >= MOST:
        raise Refused(_("Your company has as many contacts as it can have here. Stop one, or ask us."))
    user = User(
        username=_login(address),
        email=address,
        first_name=first,
        last_name=last,
        role=User.Role.SUPPLIER,
        supplier=supplier,
        language=choice(language, list(LANGUAGES), "language"),
        is_supplier_admin=is_admin,
        backup=_backup(by, backup, None),
    )
    user.set_unusable_password()
    user.save()
    kind = choice(function, ContactCard.Function.values, "function")
    card = ContactCard.objects.create(user=user, function=kind, invited_by=by, invited_at=clock.now())
    _tell(by, card)
    data = {"email": address, "function": kind, "language": user.language, "is_supplier_admin": is_admin}
    events.write(by=by, verb="contact.invite", subject=user, data=data)
    return user


@transaction.atomic
def invite_again(by: User, *, user: User) -> User:
    """Mail the link to set a password once more. Refused for who has a password, and within ten minutes."""
    _hold(by)
    person = _colleague(by, user)
    if not person.is_active:
        raise Refused(_("%(name)s was stopped. Let the person in again first.") % {"name": person})
    if person.has_usable_password():
        raise Refused(_("%(name)s has a password already and can log in.") % {"name": person})
    card = _card(person)
    now = clock.now()
    if card.invited_at and now - card.invited_at < PAUSE:
        raise Refused(_("The last invitation was sent a moment ago. Wait ten minutes."))
    card.invited_by, card.invited_at = by, now
    card.save(update_fields=["invited_by", "invited_at"])
    _tell(by, card)
    events.write(by=by, verb="contact.invite_again", subject=person)
    return person


@transaction.atomic
def change(
    by: User, *, user: User, name: str, function: str, language: str, is_admin: bool, backup: User | None
) -> User:
    """Change what a colleague does, the language, who stands in, and who is an administrator.

    Refused when nobody would be an administrator any more, and beside the field for what does not fit.
    """
    supplier = _hold(by)
    person = _colleague(by, user)
    before = _state(person)
    person.first_name, person.last_name = _named(name)
    person.language = choice(language, list(LANGUAGES), "language")
    person.backup = _backup(by, backup, person)
    if person.is_supplier_admin and not is_admin:
        _require_another_admin(supplier, person)
    person.is_supplier_admin = is_admin
    person.save(update_fields=["first_name", "last_name", "language", "backup", "is_supplier_admin"])
    card = _card(person)
    card.function = choice(function, ContactCard.Function.values, "function")
    card.save(update_fields=["function"])
    difference = events.changes(before, _state(person))
    if difference:
        events.write(by=by, verb="contact.change", subject=person, data=difference)
    return person


@transaction.atomic
def set_own(by: User, *, language: str, backup: User | None) -> User:
    """Choose one's own language and who stands in. Refused for who came in through a link."""
    if by.supplier_id is None or by.limited_to is not None:
        raise NotAllowed(_("Log in with your own account for this."))
    person = User.objects.select_for_update().get(pk=by.pk)
    before = _state(person)
    person.language = choice(language, list(LANGUAGES), "language")
    person.backup = _backup(by, backup, person)
    person.save(update_fields=["language", "backup"])
    difference = events.changes(before, _state(person))
    if difference:
        events.write(by=by, verb="contact.change", subject=person, data=difference)
    return person


@transaction.atomic
def stop(by: User, *, user: User) -> User:
    """Let a colleague in no more: the login and every link end. Refused for the last administrator."""
    supplier = _hold(by)
    person = _colleague(by, user)
    if person.is_supplier_admin:
        _require_another_admin(supplier, person)
    if person.is_active:
        person.is_active = False
        person.save(update_fields=["is_active"])
        events.write(by=by, verb="contact.stop", subject=person, data={"is_active": [True, False]})
    return person


@transaction.atomic
def start(by: User, *, user: User) -> User:
    """Let a colleague in again."""
    _hold(by)
    person = _colleague(by, user)
    if not person.is_active:
        person.is_active = True
        person.save(update_fields=["is_active"])
        events.write(by=by, verb="contact.start", subject=person, data={"is_active": [False, True]})
    return person


def in_mails(reader: User, told: Sequence[Notice]) -> dict[int, str]:
    """For an invited person: the page that sets a password, with a key made while the mail is made."""
    asked = [notice for notice in told if notice.subject_label == INVITATION and notice.to_id == reader.pk]
    if not asked or reader.has_usable_password():
        return {}
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(reader)
    named = {"uidb36": int_to_base36(reader.pk), "key": key}
    path = reverse("account_reset_password_from_key", kwargs=named)
    return {notice.pk: path for notice in asked}


def _hold(by: User) -> Supplier:
    """The administrator's supplier, locked until commit: who is an administrator must not change meanwhile."""
    if not cares_for_contacts(by) or by.supplier_id is None:
        raise NotAllowed(_("Only your company's administrator can do this."))
    return Supplier.objects.select_for_update().get(pk=by.supplier_id)


def _colleague(by: User, user: User) -> User:
    person = User.objects.select_for_update(of=("self",)).filter(pk=user.pk, supplier=by.supplier_id).first()
    if person is None:
        raise NotAllowed(_("This person does not work at your company."))
    return person


def _card(person: User) -> ContactCard:
    return ContactCard.objects.get_or_create(user=person)[0]


def _state(person: User) -> dict[str, Any]:
    names = ("first_name", "last_name", "language", "backup_id", "is_supplier_admin")
    return {name: getattr(person, name) for name in names}


def _tell(by: User, card: ContactCard) -> None:
    key = f"contact:{card.user_id}:invited:{card.invited_at:%Y%m%d%H%M%S}"
    who = str(by)
    text = later(
        lambda: (
            _("%(who)s invites you to answer requests about the parts you deliver. Set your password here.")
            % {"who": who}
        )
    )
    notices.tell(to=[card.user], key=key, text=text, path=reverse("portal:home"), subject=card, urgent=True)


def _named(name: str) -> tuple[str, str]:
    words = short(given(name, "name", _("Say the person's name.")), "name", longest=150).rpartition(" ")
    return words[0].strip(), words[2]


def _address(supplier: Supplier, email: str) -> str:
    address = given(email, "email", _("Give the person's e-mail address."), longest=150).lower()
    try:
        validate_email(address)
    except ValidationError:
        message = _("This is no e-mail address. It looks like name@company.com.")
        raise Refused(message, fields={"email": message}) from None
    taken = User.objects.filter(email__iexact=address).first()
    if taken is not None:
        message = _("This address cannot be invited here. Ask us, we can help.")
        if taken.supplier_id == supplier.pk:
            message = _("%(name)s has this address and is a contact already.") % {"name": taken}
        raise Refused(message, fields={"email": message})
    return address


def _login(address: str) -> str:
    login = _FOREIGN_TO_LOGINS.sub("-", address)
    if not User.objects.filter(username__iexact=login).exists():
        return login
    return next(f"{login}-{n}" for n in range(2, 1000) if not User.objects.filter(username__iexact=f"{login}-{n}"))


def _backup(by: User, backup: User | None, person: User | None) -> User | None:
    if backup is None:
        return None
    if backup.supplier_id != by.supplier_id or not backup.is_active or (person and backup.pk == person.pk):
        message = _("Choose a colleague who can log in.")
        raise Refused(message, fields={"backup": message})
    return backup


def _require_another_admin(supplier: Supplier, person: User) -> None:
    others = User.objects.filter(supplier=supplier, is_supplier_admin=True, is_active=True).exclude(pk=person.pk)
    if not others.exists():
        raise Refused(_("This is the only administrator of your company. Make somebody else one first."))
