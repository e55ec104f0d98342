"""Cost claims: what the supplier should pay, claimed, disputed, agreed, credited. Our debate about it stays ours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import NotAllowed, Refused, Stale
from qc.models import CaseCost, Nonconformance, User
from qc.permissions import require
from qc.services import events
from qc.services.wording import later
from suppliers import money
from suppliers.models import ClaimMove, CorrectiveActionRequest, CostClaim
from suppliers.services import access, telling
from suppliers.services.reasons import required_reason

Status = CostClaim.Status
RUNNING = (Status.DRAFT, Status.CLAIMED, Status.DISPUTED, Status.AGREED)
LONGEST_NOTE = 2000


def claimable(by: User, request: CorrectiveActionRequest, *, besides: CostClaim | None = None) -> QuerySet[CaseCost]:
    """The recoverable costs of the case that no other claim asks for."""
    others = CostClaim.objects.filter(request__nonconformance=request.nonconformance_id)
    others = others.exclude(status=Status.WITHDRAWN)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    taken = [line["cost"] for basis in others.values_list("basis", flat=True) for line in basis]
    rows = CaseCost.objects.visible_to(by).filter(nonconformance=request.nonconformance_id).recoverable()
    return rows.exclude(pk__in=taken).order_by("pk")


@transaction.atomic
def draft(
    by: User, *, request: CorrectiveActionRequest, costs: Collection[int], amount: str = "", note: str = ""
) -> CostClaim:
    """Prepare a claim from recoverable costs of the case; the supplier sees nothing yet.

    Without an amount it is their sum; it may be less. Refused beside the field, before the request was issued, and
    while another claim of the request is not over.
    """
    require(by, "claim.edit")
    row = access.hold(by, request)
    if row.issued_at is None or row.status == row.Status.CANCELLED:
        raise Refused(_("The supplier does not have this request, so nothing can be claimed with it."))
    if row.claims.filter(status__in=RUNNING).exists():
        raise Refused(_("There is a claim already. Finish or withdraw it first."))
    values = _values(by, row, None, costs, amount, note)
    try:
        with transaction.atomic():
            claim = CostClaim.objects.create(request=row, created_by=by, created_at=clock.now(), **values)
    except IntegrityError as error:  # two clicks at once
        raise Refused(_("There is a claim already. Finish or withdraw it first.")) from error
    events.write(by=by, verb="request.draft_claim", subject=row, data=_told(claim))
    return claim


@transaction.atomic
def change(
    by: User, *, claim: CostClaim, version: int, costs: Collection[int], amount: str = "", note: str = ""
) -> CostClaim:
    """Change a claim that the supplier has not seen. Stale when somebody changed it since it was read."""
    require(by, "claim.edit")
    row = _hold(by, claim, version, Status.DRAFT)
    before = _told(row)
    for name, value in _values(by, row.request, row, costs, amount, note).items():
        setattr(row, name, value)
    _save(row)
    events.write(by=by, verb="request.change_claim", subject=row.request, data=events.changes(before, _told(row)))
    return row


def _values(
    by: User,
    request: CorrectiveActionRequest,
    claim: CostClaim | None,
    costs: Collection[int],
    amount: str,
    note: str,
) -> dict[str, Any]:
    # One claim of a case at a time: two requests of it must not claim the same cost.
    Nonconformance.objects.select_for_update().get(pk=request.nonconformance_id)
    chosen = list(claimable(by, request, besides=claim).filter(pk__in=costs))
    wrong: dict[str, str] = {}
    currencies = {cost.currency for cost in chosen}
    if not chosen or len(chosen) != len(set(costs)):
        wrong["costs"] = _("Choose at least one recoverable cost of the case; one may have been claimed meanwhile.")
    elif len(currencies) > 1:
        wrong["costs"] = _("One claim has one currency. Make one for each.")
    note = note.replace("\x00", "").strip()
    if len(note) > LONGEST_NOTE:
        wrong["note"] = _("At most 2,000 characters.")
    total = sum(cost.amount_minor for cost in chosen)
    currency = next(iter(currencies), "")
    minor = total
    if amount.strip() and not wrong:
        minor = _amount(amount, currency, total, wrong)
    if wrong:
        raise Refused(_("The claim is not complete yet."), fields=wrong)
    return {"currency": currency, "amount_minor": minor, "basis": list(_basis(chosen)), "note": note}


def _amount(text: str, currency: str, highest: int, wrong: dict[str, str], field: str = "amount") -> int:
    """The amount as it was typed; what is wrong with it goes beside the field."""
    try:
        minor = money.read(text, currency)
    except ValueError as error:
        wrong[field] = str(error)
        return 0
    if minor > highest:
        wrong[field] = _("At most %(highest)s.") % {"highest": money.shown(highest, currency)}
    return minor


def _basis(costs: Iterable[CaseCost]) -> Iterable[dict[str, Any]]:
    """What the supplier reads of each cost: its kind and amount, never our notes."""
    for cost in costs:
        yield {"cost": cost.pk, "what": cost.kind, "amount": cost.amount_minor}


@transaction.atomic
def send(by: User, *, claim: CostClaim, version: int) -> CostClaim:
    """Claim it: from now on the supplier sees it and is asked to agree."""
    require(by, "claim.edit")
    row = _hold(by, claim, version, Status.DRAFT)
    row.claimed_at = clock.now()
    _move(by, row, Status.CLAIMED, row.amount_minor, row.note)
    return row


@transaction.atomic
def claim_again(by: User, *, claim: CostClaim, version: int, amount: str, reason: str) -> CostClaim:
    """Answer an objection: claim the same or less once more, with a reason that the supplier reads."""
    require(by, "claim.edit")
    reason = required_reason(reason)
    row = _hold(by, claim, version, Status.DISPUTED)
    row.amount_minor = _checked_amount(amount, row)
    _move(by, row, Status.CLAIMED, row.amount_minor, reason)
    return row


@transaction.atomic
def agree(by: User, *, claim: CostClaim, version: int) -> CostClaim:
    """The supplier agrees to pay what is claimed. Stale when the amount was changed since it was read."""
    require(by, "request.answer")
    row = _hold(by, claim, version, Status.CLAIMED)
    row.agreed_minor, row.agreed_at = row.amount_minor, clock.now()
    _move(by, row, Status.AGREED, row.agreed_minor)
    return row


@transaction.atomic
def dispute(by: User, *, claim: CostClaim, version: int, reason: str, offer: str = "") -> CostClaim:
    """The supplier does not agree, with a reason and perhaps an amount that it would pay."""
    require(by, "request.answer")
    reason = required_reason(reason)
    row = _hold(by, claim, version, Status.CLAIMED)
    offered = _checked_amount(offer, row, "offer") if offer.strip() else None
    _move(by, row, Status.DISPUTED, offered, reason)
    return row


@transaction.atomic
def settle(by: User, *, claim: CostClaim, version: int, amount: str, reason: str) -> CostClaim:
    """Note what was agreed after an objection (the offer, or what was said since), with a reason."""
    require(by, "claim.edit")
    reason = required_reason(reason)
    row = _hold(by, claim, version, Status.DISPUTED)
    row.agreed_minor, row.agreed_at = _checked_amount(amount, row), clock.now()
    _move(by, row, Status.AGREED, row.agreed_minor, reason)
    return row


@transaction.atomic
def credit(by: User, *, claim: CostClaim, version: int, credit_note: str, credited_on: dt.date) -> CostClaim:
    """The money came: the number of the credit note and its day. Refused before anything was agreed."""
    require(by, "claim.edit")
    row = _hold(by, claim, version, Status.AGREED)
    number = credit_note.replace("\x00", "").strip()
    wrong: dict[str, str] = {}
    if not number or len(number) > 60:
        wrong["credit_note"] = _("The number of the credit note, in at most 60 characters.")
    if credited_on > clock.today(row.request.plant.time_zone):
        wrong["credited_on"] = _("This day is still to come.")
    if wrong:
        raise Refused(_("The credit was not saved. Look at the marked fields."), fields=wrong)
    row.credit_note, row.credited_on = number, credited_on
    _move(by, row, Status.CREDITED, row.agreed_minor, number)
    return row


@transaction.atomic
def withdraw(by: User, *, claim: CostClaim, version: int, reason: str) -> CostClaim:
    """Give a claim up, with a reason that the supplier reads if it has seen the claim. Refused once it is over."""
    require(by, "claim.edit")
    reason = required_reason(reason)
    row = _hold(by, claim, version, *RUNNING)
    _move(by, row, Status.WITHDRAWN, None, reason)
    return row


def drop(by: User, *, request: CorrectiveActionRequest, reason: str) -> None:
    """A request that is taken back claims nothing: what is not agreed yet is withdrawn."""
    for row in request.claims.filter(status__in=[Status.DRAFT, Status.CLAIMED, Status.DISPUTED]):
        row.request = request
        _move(by, row, Status.WITHDRAWN, None, reason)


def _checked_amount(text: str, row: CostClaim, field: str = "amount") -> int:
    wrong: dict[str, str] = {}
    minor = _amount(text, row.currency, sum(line["amount"] for line in row.basis), wrong, field)
    if wrong:
        raise Refused(wrong[field], fields=wrong)
    return minor


def _hold(by: User, claim: CostClaim, version: int, *states: str) -> CostClaim:
    """The claim as it is now, its request locked until commit. Refused in another state, Stale for another version."""
    found = CostClaim.objects.visible_to(by).select_related("request").filter(pk=claim.pk).first()
    if found is None:
        raise NotAllowed(_("This request is not yours."))
    request = access.hold(by, found.request)
    row = CostClaim.objects.visible_to(by).get(pk=found.pk)
    row.request = request
    if row.status not in states:
        raise Refused(_("This claim is %(state)s.") % {"state": row.get_status_display().lower()})
    if row.version != version:
        raise Stale(_("Somebody has changed this claim meanwhile. Load the page again."))
    return row


def _save(row: CostClaim) -> None:
    row.version += 1
    row.save()


def _move(by: User, row: CostClaim, status: str, amount: int | None, reason: str = "") -> None:
    """The next state, in the history that both sides read; the other side is told."""
    row.status = status
    _save(row)
    verb = "request.claim_" + status
    if row.claimed_at is not None:
        move = ClaimMove.objects.create(
            claim=row, status=status, amount_minor=amount, reason=reason, by=by, at=clock.now()
        )
        _tell(by, row, move)
    data = {"status": status, "amount": money.shown(amount, row.currency)}
    events.write(by=by, verb=verb, subject=row.request, data=data, reason=reason)


def _tell(by: User, row: CostClaim, move: ClaimMove) -> None:
    request, key = row.request, f"claim:{row.pk}:v{row.version}"
    said = {"number": request.number, "supplier": request.supplier, "reason": move.reason}
    said["amount"] = money.shown(move.amount_minor or row.amount_minor, row.currency)
    said["state"] = row.get_status_display().lower()
    if by.is_outside:
        text = _("%(supplier)s about the cost claim of %(number)s: %(state)s, %(amount)s. %(reason)s") % said
        telling.tell_us(request, key=key, text=text)
        return
    words = later(lambda: _("%(number)s, cost claim of %(amount)s: %(state)s. %(reason)s") % said)
    telling.tell_supplier(request, key=key, text=words)


def _told(row: CostClaim) -> dict[str, Any]:
    costs = [line["cost"] for line in row.basis]
    return {"amount": money.shown(row.amount_minor, row.currency), "costs": costs, "note": row.note}
