"""What a case costs: rows of quantity times rate in the plant's currency, summed by where the failure was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import CaseCost, Nonconformance, User
from qc.models.costs import minor_digits
from qc.permissions import require
from qc.services import steps, wording
from qc.services.scope import require_visible
from qc.services.wording import choice, given, short

MOST = 10**15  # minor units of one row
LARGEST_RATE = Decimal(10) ** 10


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of a case in the minor unit of one currency."""

    currency: str
    internal: int = 0
    external: int = 0
    recoverable: int = 0

    @property
    def total(self) -> int:
        """What the case costs altogether."""
        return self.internal + self.external


@transaction.atomic
def add(
    by: User,
    *,
    case: Nonconformance,
    kind: str,
    element: str,
    quantity: object,
    rate: object,
    is_recoverable: bool = False,
    note: str = "",
) -> CaseCost:
    """Record what a failure costs, in the currency of the case's plant; also after the case is closed.

    Refused for a cancelled case, and beside the field for what is no quantity or rate.
    """
    require(by, "cost.edit")
    require_visible(by, case)
    current = steps.locked(case)
    if current.status == Nonconformance.Status.CANCELLED:
        raise Refused(_("%(number)s is cancelled and stays as it is.") % {"number": current.number})
    count, price = wording.quantity(quantity, "quantity", above_zero=True), _rate(rate)
    currency = current.plant.currency
    amount = _amount(count * price, currency)
    cost = CaseCost.objects.create(
        nonconformance=current,
        kind=choice(kind, CaseCost.Kind.values, "kind"),
        element=choice(element, CaseCost.Element.values, "element"),
        quantity=count,
        rate=price,
        amount_minor=amount,
        currency=currency,
        is_recoverable=is_recoverable,
        note=short(note, "note", longest=300),
        recorded_by=by,
        recorded_at=clock.now(),
    )
    data: dict[str, Any] = {"cost": cost.pk, "kind": kind, "element": element, "quantity": count, "rate": price}
    steps.move(by, current, "add_cost", **data, amount=money(amount, currency), is_recoverable=is_recoverable)
    return cost


def _amount(value: Decimal, currency: str) -> int:
    amount = minor(value, currency)
    if amount > MOST:
        text = _("This is more than one row can hold.")
        raise Refused(text, fields={"rate": text})
    return amount


@transaction.atomic
def remove(by: User, *, cost: CaseCost, reason: str) -> CaseCost:
    """Take a row back that was wrong; it stays to be seen. Refused without a reason, or when it was taken back."""
    require(by, "cost.edit")
    require_visible(by, cost)
    case = steps.locked(cost.nonconformance)
    row = CaseCost.objects.select_for_update().get(pk=cost.pk)
    reason = given(reason, "reason", _("Say why the row is wrong."))
    if row.removed_at is not None:
        raise Refused(_("This row was taken back already."))
    row.removed_by, row.removed_at, row.remove_reason = by, clock.now(), reason
    row.save(update_fields=["removed_by", "removed_at", "remove_reason"])
    steps.move(by, case, "remove_cost", reason=reason, cost=row.pk, amount=money(row.amount_minor, row.currency))
    return row


def totals(rows: Iterable[CaseCost]) -> list[Totals]:
    """The sums of what counts, one per currency: a plant may have changed its own."""
    sums: dict[str, list[int]] = {}
    for row in rows:
        if row.removed_at is not None:
            continue
        each = sums.setdefault(row.currency, [0, 0, 0])
        each[0 if row.is_internal else 1] += row.amount_minor
        each[2] += row.amount_minor if row.is_recoverable else 0
    return [Totals(currency, *each) for currency, each in sorted(sums.items())]


def minor(amount: Decimal, currency: str) -> int:
    """An amount in the currency's minor unit, half of one rounded up."""
    return int((amount * 10 ** minor_digits(currency)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def major(amount_minor: int, currency: str) -> Decimal:
    """An amount out of its minor unit."""
    return Decimal(amount_minor).scaleb(-minor_digits(currency))


def money(amount_minor: int, currency: str) -> str:
    """An amount as people write it: 1,240.50 EUR."""
    return f"{major(amount_minor, currency):,.{minor_digits(currency)}f} {currency}"


def _rate(value: object) -> Decimal:
    text = str(value).strip()
    try:
        number = Decimal(text) if text.isascii() and "_" not in text else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not 0 < number < LARGEST_RATE:
        sentence = _("A rate is an amount above zero, such as 38.50.")
        raise Refused(sentence, fields={"rate": sentence})
    if number != number.quantize(Decimal("0.0001")):
        sentence = _("A rate has at most four decimal places.")
        raise Refused(sentence, fields={"rate": sentence})
    return number
