"""Who may touch a request, who is told about it, and who can be reached."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qc.errors import NotAllowed, Refused
from qc.models import Supplier, User
from qc.permissions import require
from qc.services import accounts, bounces
from qc.services.scope import require_visible
from qc.services.wording import clean
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services.directory import Directory


def hold(by: User, request: CorrectiveActionRequest) -> CorrectiveActionRequest:
    """The request as it is now, locked until commit. NotAllowed when the person may not read it."""
    rows = CorrectiveActionRequest.objects.visible_to(by).select_for_update(of=("self",))
    row = rows.select_related("plant", "supplier", "action", "nonconformance").filter(pk=request.pk).first()
    if row is None:
        raise NotAllowed(_("This request is not yours."))
    return row


def hold_stage(by: User, stage: Stage) -> Stage:
    """The stage as it is now, its request locked until commit. NotAllowed when the person may not read it."""
    request = hold(by, stage.request)
    row = Stage.objects.visible_to(by).filter(pk=stage.pk, request=request).first()
    if row is None:
        raise NotAllowed(_("This request is not yours."))
    row.request = request
    return row


def contacts(supplier: Supplier) -> QuerySet[User]:
    """The people of a supplier who can log in."""
    return User.objects.filter(supplier=supplier, is_active=True).order_by("first_name", "last_name", "username")


def reachable(person: User) -> User | None:
    """The person, or the nearest active backup of the same supplier whose mail does not come back; None: nobody."""
    if person.supplier_id is None:
        return None
    return Directory([person.supplier_id]).reachable(person.pk, person.supplier_id)


def recipients(request: CorrectiveActionRequest) -> list[User]:
    """Who is told at the supplier: the contact or the backup, else an administrator, else everybody reachable there.

    A contact who works for another supplier by now is none.
    """
    return Directory([request.supplier_id]).recipients(request)


def holders(request: CorrectiveActionRequest) -> list[User]:
    """Our people who hold the request: who issued it, and the owner of the case."""
    return Directory().holders(request)


@transaction.atomic
def mark_bounced(by: User, *, contact: User, reason: str) -> User:
    """Note that mail to a supplier's contact comes back; the backup is told from now on.

    Refused for somebody who is not a contact, or when it is noted already.
    """
    _require_contact(by, contact)
    if not bounces.mark(by, person=contact, how="person", reason=clean(reason)):
        raise Refused(_("This is noted already."))
    return User.objects.get(pk=contact.pk)


@transaction.atomic
def clear_bounced(by: User, *, contact: User) -> User:
    """Take the mark back: mail to the contact arrives again. Refused when there is none."""
    _require_contact(by, contact)
    return bounces.clear(by, person=contact)


@transaction.atomic
def mark_left(by: User, *, contact: User, reason: str) -> User:
    """Note that a contact left the supplier: the account and its links end, the backup is told from now on."""
    _require_contact(by, contact)
    if not contact.is_active:
        raise Refused(_("This is noted already."))
    return accounts.stop(by, user=contact, reason=reason)


@transaction.atomic
def clear_left(by: User, *, contact: User) -> User:
    """Take that back: the contact is there after all."""
    _require_contact(by, contact)
    if contact.is_active:
        raise Refused(_("This person has not left."))
    return accounts.start(by, user=contact)


def _require_contact(by: User, contact: User) -> None:
    require(by, "contact.edit")
    if contact.supplier is None:
        raise Refused(_("This person is not a contact of a supplier."))
    require_visible(by, contact.supplier)
