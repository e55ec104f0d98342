"""Holding lots back: placed from a case with quantity, place and tag; released with a reason."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import LotHold, Nonconformance, Plant, Product, SupplierLot, User
from qc.permissions import require
from qc.services import steps, wording
from qc.services.scope import require_visible
from qc.services.wording import given, short


@transaction.atomic
def place(
    by: User,
    *,
    case: Nonconformance,
    supplier_lot: SupplierLot | None = None,
    own_lot: str = "",
    product: Product | None = None,
    quantity: object = None,
    location: str = "",
    tag: str = "",
) -> LotHold:
    """Put a supplier's lot or one of our own on hold because of a case; by inspectors and quality people.

    Refused when it is not exactly one lot, for a lot of another plant, more than was received, or on hold already.
    """
    current = steps.begin_beside(by, case, "lot.hold")
    require_visible(by, supplier_lot, product)
    own_lot = short(own_lot, "own_lot", longest=80)
    _one_lot(current, supplier_lot, own_lot)
    held = _quantity(quantity, supplier_lot)
    hold = LotHold.objects.create(
        nonconformance=current,
        supplier_lot=supplier_lot,
        own_lot=own_lot,
        product=None if supplier_lot else product,
        quantity=held,
        location=short(location, "location", longest=120),
        tag=short(tag, "tag", longest=40),
        placed_by=by,
        placed_at=clock.now(),
    )
    facts: dict[str, Any] = {name: getattr(hold, name) for name in ("quantity", "location", "tag")}
    steps.move(by, current, "hold_lot", hold=hold.pk, lot=hold.lot_code, **facts)
    return hold


def _one_lot(case: Nonconformance, supplier_lot: SupplierLot | None, own_lot: str) -> None:
    if (supplier_lot is None) == (not own_lot):
        text = _("Name one lot: a supplier's or one of our own.")
        raise Refused(text, fields={"supplier_lot": text})
    if supplier_lot is not None and supplier_lot.plant_id != case.plant_id:
        text = _("This lot was received by another plant.")
        raise Refused(text, fields={"supplier_lot": text})
    _once(case, supplier_lot, own_lot)


def _quantity(quantity: object, supplier_lot: SupplierLot | None) -> Decimal | None:
    held = None if quantity in (None, "") else wording.quantity(quantity, "quantity", above_zero=True)
    if held and supplier_lot and supplier_lot.units is not None and held > supplier_lot.units:
        text = _("Only %(units)s were received.") % {"units": f"{supplier_lot.units:,}"}
        raise Refused(text, fields={"quantity": text})
    return held


def _once(case: Nonconformance, supplier_lot: SupplierLot | None, own_lot: str) -> None:
    mine = LotHold.objects.standing().filter(nonconformance=case)
    key = supplier_lot.pk if supplier_lot else None
    if mine.of_lots(supplier_lot=key, own_lot=own_lot, plant=case.plant_id).exists():
        text = _("This lot is on hold for this case already.")
        raise Refused(text, fields={"supplier_lot" if supplier_lot else "own_lot": text})


@transaction.atomic
def release(by: User, *, hold: LotHold, reason: str) -> LotHold:
    """Let a lot be used again; by quality people, also after the case is finished.

    Refused without a reason, or when somebody has released it already.
    """
    require(by, "lot.release")
    require_visible(by, hold)
    case = steps.locked(hold.nonconformance)
    row = LotHold.objects.select_for_update(of=("self",)).select_related("supplier_lot").get(pk=hold.pk)
    reason = given(reason, "reason", _("Say why the lot may be used again."))
    if row.released_at is not None:
        raise Refused(_("%(lot)s was released already.") % {"lot": row.lot_code})
    row.released_by, row.released_at, row.release_reason = by, clock.now(), reason
    row.save(update_fields=["released_by", "released_at", "release_reason"])
    steps.move(by, case, "release_lot", reason=reason, hold=row.pk, lot=row.lot_code)
    return row


def warnings(
    viewer: User, *, plant: Plant | None, supplier_lot: SupplierLot | None = None, own_lot: str = ""
) -> list[str]:
    """What to tell who uses a lot that is on hold: a sentence for each case. It warns and refuses nothing."""
    key = supplier_lot.pk if supplier_lot else None
    if key is None and not own_lot.strip():
        return []
    rows = LotHold.objects.visible_to(viewer).standing()
    rows = rows.of_lots(supplier_lot=key, own_lot=own_lot.strip(), plant=plant.pk if plant else None)
    text = _("Lot %(lot)s is on hold for %(case)s: %(title)s.")
    return [
        text % {"lot": hold.lot_code, "case": hold.nonconformance.number, "title": hold.nonconformance.title}
        for hold in rows.select_related("nonconformance", "supplier_lot")[:5]
    ]
