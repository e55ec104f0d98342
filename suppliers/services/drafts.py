"""Drafting a request: the facts that a supplier will read, checked before anybody sees them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Conflict, Refused, Stale
from qc.models import Attachment, Nonconformance, Supplier, User
from qc.permissions import require
from qc.services import actions, events, numbers
from qc.services.scope import require_visible
from suppliers.models import CorrectiveActionRequest
from suppliers.services import access
from suppliers.services import evidence as files

SHOWN = ("title", "problem", "expected", "part_number", "lots", "quantity_affected")
LIMITS = {"title": 200, "problem": 10_000, "expected": 4000, "part_number": 120, "lots": 8000}
HIGHEST = Decimal(999_999_999)


@transaction.atomic
def draft(
    by: User,
    *,
    case: Nonconformance,
    supplier: Supplier,
    title: str,
    problem: str,
    expected: str = "",
    part_number: str = "",
    lots: str = "",
    quantity_affected: Decimal | None = None,
    contact: User | None = None,
    evidence: Iterable[Attachment] = (),
    client_uuid: uuid.UUID | None = None,
) -> CorrectiveActionRequest:
    """Prepare a request that belongs to a case; the supplier sees nothing yet. Its action appears on the case.

    `evidence` are files of our records that are copied in. The same `client_uuid` gives the first answer.
    Refused for a closed case, a contact of another supplier, or missing facts.
    """
    require(by, "request.issue")
    require_visible(by, case, supplier)
    facts = _facts(title, problem, expected, part_number, lots, quantity_affected)
    if first := _known(client_uuid):
        return _same(first, case, supplier, facts)
    if not case.is_open:
        raise Refused(_("%(case)s is over. Open a new case first.") % {"case": case.number})
    _require_contact(supplier, contact)
    try:
        with transaction.atomic():
            row = _save(case, supplier, contact, client_uuid, facts, by)
    except IntegrityError:
        # Two posts with the same key at once: the other one was first.
        if first := _known(client_uuid):
            return _same(first, case, supplier, facts)
        raise
    files.copy(by, request=row, attachments=evidence)
    events.write(by=by, verb="request.draft", subject=row, data={"case": case.number, "supplier": supplier.pk, **facts})
    return row


def _known(client_uuid: uuid.UUID | None) -> CorrectiveActionRequest | None:
    """The request that this key drafted."""
    return CorrectiveActionRequest.objects.filter(client_uuid=client_uuid).first() if client_uuid else None


def _save(
    case: Nonconformance,
    supplier: Supplier,
    contact: User | None,
    client_uuid: uuid.UUID | None,
    facts: dict[str, Any],
    by: User,
) -> CorrectiveActionRequest:
    number = numbers.take("SCAR", clock.today(case.plant.time_zone).year)
    return CorrectiveActionRequest.objects.create(
        number=number,
        client_uuid=client_uuid,
        plant=case.plant,
        supplier=supplier,
        nonconformance=case,
        action=actions.add(by, case=case, title=f"{number}: {facts['title']}"[:200], supplier=supplier),
        severity=case.severity,
        contact=contact,
        **facts,
    )


def _same(
    first: CorrectiveActionRequest, case: Nonconformance, supplier: Supplier, facts: dict[str, Any]
) -> CorrectiveActionRequest:
    kept = {name: getattr(first, name) for name in SHOWN}
    if (first.nonconformance_id, first.supplier_id) != (case.pk, supplier.pk) or kept != facts:
        raise Conflict(_("This form was sent already, with other words: %(number)s.") % {"number": first.number})
    return first


def _facts(
    title: str, problem: str, expected: str, part_number: str, lots: str, quantity: Decimal | None
) -> dict[str, Any]:
    """What the supplier will read, cleaned. Refused names every field that is missing or too long."""
    given = {"title": title, "problem": problem, "expected": expected, "part_number": part_number, "lots": lots}
    facts: dict[str, Any] = {name: text.replace("\x00", "").strip() for name, text in given.items()}
    wrong = {
        name: _("At most %(limit)d characters.") % {"limit": limit}
        for name, limit in LIMITS.items()
        if len(facts[name]) > limit
    }
    if not facts["title"]:
        wrong["title"] = _("Say in a few words what is wrong.")
    if not facts["problem"]:
        wrong["problem"] = _("Say what is wrong with what.")
    try:
        if quantity is not None and not 0 <= quantity <= HIGHEST:
            wrong["quantity_affected"] = _("A quantity is a number from 0 to 999,999,999.")
    except InvalidOperation:
        wrong["quantity_affected"] = _("A quantity is a number.")
    if wrong:
        raise Refused(_("The request is not complete yet."), fields=wrong)
    facts["quantity_affected"] = quantity
    return facts


def _require_contact(supplier: Supplier, contact: User | None) -> None:
    if contact is not None and (contact.supplier_id != supplier.pk or not contact.is_active):
        text = _("Choose somebody who works for %(supplier)s.") % {"supplier": supplier}
        raise Refused(text, fields={"contact": text})


@transaction.atomic
def change(
    by: User,
    *,
    request: CorrectiveActionRequest,
    version: int,
    contact: User | None,
    evidence: Iterable[Attachment] = (),
    title: str,
    problem: str,
    expected: str = "",
    part_number: str = "",
    lots: str = "",
    quantity_affected: Decimal | None = None,
) -> CorrectiveActionRequest:
    """Change a request that was not issued yet. Stale when somebody changed it since it was read."""
    require(by, "request.issue")
    row = access.hold(by, request)
    if row.status != row.Status.DRAFT:
        raise Refused(_("The request was issued: write a message instead, or cancel it."))
    if row.version != version:
        raise Stale(_("Somebody else has changed this request meanwhile. Load the page again."))
    _require_contact(row.supplier, contact)
    before = {name: getattr(row, name) for name in (*SHOWN, "contact_id")}
    facts = _facts(title, problem, expected, part_number, lots, quantity_affected)
    for name, value in facts.items():
        setattr(row, name, value)
    row.contact = contact
    row.version += 1
    row.save()
    files.copy(by, request=row, attachments=evidence)
    after = {**facts, "contact_id": row.contact_id}
    events.write(by=by, verb="request.change", subject=row, data=events.changes(before, after))
    return row
