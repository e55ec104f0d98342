"""Who may touch a request, who is told about it, and who can be reached."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Supplier, User
from qc.permissions import require
from qc.services import events
from qc.services.scope import require_visible
from suppliers.models import CorrectiveActionRequest, Stage

Role = User.Role


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
    seen: set[int] = set()
    current: User | None = person
    while current is not None and current.pk not in seen:
        if current.is_active and current.bounced_at is None and current.supplier_id == person.supplier_id:
            return current
        seen.add(current.pk)
        current = current.backup
    return None


def recipients(request: CorrectiveActionRequest) -> list[User]:
    """Who is told at the supplier: the contact or the backup; without a reachable one, everybody reachable there.

    A contact who works for another supplier by now is none.
    """
    if request.contact is not None and request.contact.supplier_id == request.supplier_id:
        person = reachable(request.contact)
        if person is not None:
            return [person]
    return list(contacts(request.supplier).filter(bounced_at__isnull=True))


def superiors(request: CorrectiveActionRequest) -> list[User]:
    """The administrators at the supplier: those that the second reminder goes to as well."""
    return list(contacts(request.supplier).filter(is_supplier_admin=True, bounced_at__isnull=True))


def holders(request: CorrectiveActionRequest) -> list[User]:
    """Our people who hold the request: who issued it, and the owner of the case."""
    people = {person.pk: person for person in (request.issued_by, request.nonconformance.owner) if person}
    return [person for person in people.values() if person.is_active and not person.is_outside]


def engineers(request: CorrectiveActionRequest) -> list[User]:
    """The supplier quality engineers of the request's plant, and purchasing."""
    inside = User.objects.filter(is_active=True, supplier__isnull=True)
    ours = inside.filter(is_supplier_quality_engineer=True)
    return [person for person in ours.prefetch_related("plants") if _sees(person, request)] + list(
        inside.filter(role=Role.PURCHASING)
    )


def managers(request: CorrectiveActionRequest) -> list[User]:
    """The quality managers."""
    return list(User.objects.filter(is_active=True, role=Role.MANAGER))


def _sees(person: User, request: CorrectiveActionRequest) -> bool:
    return person.sees_all_plants or request.plant_id in {plant.pk for plant in person.plants.all()}


@transaction.atomic
def mark_bounced(by: User, *, contact: User, reason: str) -> User:
    """Note that mail to a supplier's contact comes back, or that the person left; the backup is told from now on.

    Refused for somebody who is not a contact, or when it is noted already.
    """
    require(by, "request.issue")
    if contact.supplier is None:
        raise Refused(_("This person is not a contact of a supplier."))
    require_visible(by, contact.supplier)
    row = User.objects.select_for_update().get(pk=contact.pk)
    if row.bounced_at is not None:
        raise Refused(_("This is noted already."))
    row.bounced_at = clock.now()
    row.save(update_fields=["bounced_at"])
    events.write(by=by, verb="contact.mark_bounced", subject=row, data={"bounced_at": row.bounced_at}, reason=reason)
    return row
