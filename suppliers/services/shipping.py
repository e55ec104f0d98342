"""Controlled shipping: everything of a part is sorted before it reaches us, until the exit criterion is met."""

from __future__ import annotations

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import User
from qc.permissions import require
from qc.services import events
from qc.services.wording import later
from suppliers.models import ControlledShipping, CorrectiveActionRequest, SortResult
from suppliers.services import access, telling
from suppliers.services.reasons import required_reason

Level = ControlledShipping.Level
MOST_CLEAN, MOST_PARTS, MOST_RESULTS = 365, 10_000_000, 2000
OLDEST = dt.timedelta(days=3650)


@transaction.atomic
def start(
    by: User,
    *,
    request: CorrectiveActionRequest,
    level: str,
    reason: str,
    clean_needed: int,
    criterion: str = ControlledShipping.Criterion.SHIPMENTS,
    part_number: str = "",
    sorter: str = "",
    started_on: dt.date | None = None,
) -> ControlledShipping:
    """Put a part of the supplier under controlled shipping; the supplier is told at once and reads the reason.

    Refused beside the field, for a request that the supplier does not have, and when the part is under it already.
    """
    require(by, "shipping.edit")
    row = access.hold(by, request)
    if not row.is_open:
        raise Refused(_("This request is %(state)s.") % {"state": row.get_status_display().lower()})
    found = ControlledShipping(
        request=row,
        level=level,
        part_number=(part_number or row.part_number).replace("\x00", "").strip(),
        sorter=sorter.replace("\x00", "").strip(),
        reason=required_reason(reason),
        criterion=criterion,
        clean_needed=clean_needed,
        started_on=started_on or clock.today(row.plant.time_zone),
        started_by=by,
        started_at=clock.now(),
    )
    if wrong := _wrong(found, clock.today(row.plant.time_zone)):
        raise Refused(_("Controlled shipping was not started. Look at the marked fields."), fields=wrong)
    _save(found)
    _tell_start(row, found)
    told = ("level", "part_number", "criterion", "clean_needed", "sorter", "started_on")
    data = {name: getattr(found, name) for name in told}
    events.write(by=by, verb="request.start_shipping", subject=row, data=data, reason=found.reason)
    return found


def _save(found: ControlledShipping) -> None:
    try:
        with transaction.atomic():
            found.save(force_insert=True)
    except IntegrityError as error:  # two clicks at once
        raise Refused(_("This part is under controlled shipping already. End that first.")) from error


def _wrong(row: ControlledShipping, today: dt.date) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if row.level not in Level.values:
        wrong["level"] = _("Choose CS1 or CS2.")
    if row.criterion not in ControlledShipping.Criterion.values:
        wrong["criterion"] = _("Choose what is counted.")
    if not 1 <= row.clean_needed <= MOST_CLEAN:
        wrong["clean_needed"] = _("A whole number from 1 to %(most)d.") % {"most": MOST_CLEAN}
    if not row.part_number or len(row.part_number) > 120:
        wrong["part_number"] = _("Say which part, in at most 120 characters.")
    elif row.request.shippings.active().filter(part_number=row.part_number).exists():
        wrong["part_number"] = _("This part is under controlled shipping already. End that first.")
    if len(row.sorter) > 200 or (row.level == Level.CS2 and not row.sorter):
        wrong["sorter"] = _("Say who sorts, in at most 200 characters.")
    if not today - OLDEST <= row.started_on <= today + dt.timedelta(days=90):
        wrong["started_on"] = _("Check this date.")
    return wrong


def _tell_start(row: CorrectiveActionRequest, found: ControlledShipping) -> None:
    said = {"number": row.number, "part": found.part_number, "reason": found.reason}

    def words() -> str:
        sentence = _("%(number)s: %(part)s is under controlled shipping (%(level)s) from now on. %(reason)s")
        return sentence % {**said, "level": found.level.upper()}

    telling.tell_supplier(row, key=f"shipping:{found.pk}:started", text=later(words), urgent=True)


@transaction.atomic
def record(
    by: User, *, shipping: ControlledShipping, sorted_on: dt.date, lot: str, quantity_checked: int, quantity_bad: int
) -> SortResult:
    """Note a shipment that was sorted. The supplier notes its own sorting (CS1), we note any.

    Refused beside the field: more bad than checked, a day to come or before the start, nothing checked, no lot. The
    same row twice within two minutes is one.
    """
    require(by, "request.answer" if by.is_outside else "shipping.edit")
    row = _hold(by, shipping)
    if by.is_outside and row.level != Level.CS1:
        raise Refused(_("A third party sorts here; its results come to us."))
    lot = lot.replace("\x00", "").strip()
    wrong = _wrong_result(row, sorted_on, lot, quantity_checked, quantity_bad)
    if wrong:
        raise Refused(_("The result was not saved. Look at the marked fields."), fields=wrong)
    now = clock.now()
    values = {
        "sorted_on": sorted_on,
        "lot": lot,
        "quantity_checked": quantity_checked,
        "quantity_bad": quantity_bad,
        "by": by,
    }
    twice = row.results.filter(**values, struck_at__isnull=True, at__gt=now - dt.timedelta(minutes=2)).first()
    if twice is not None:
        return twice
    if row.results.count() >= MOST_RESULTS:
        raise Refused(_("There are as many results as one controlled shipping can hold. End it and start anew."))
    result = SortResult.objects.create(shipping=row, at=now, **values)
    if quantity_bad and by.is_outside:
        said = {"supplier": row.request.supplier, "bad": quantity_bad, "lot": lot, "number": row.request.number}
        text = _("%(supplier)s found %(bad)d bad in lot %(lot)s while sorting (%(number)s).") % said
        telling.tell_us(row.request, key=f"sort:{result.pk}", text=text)
    data = {"part": row.part_number, "lot": lot, "checked": quantity_checked, "bad": quantity_bad, "on": sorted_on}
    events.write(by=by, verb="request.sort_result", subject=row.request, data=data)
    return result


def _wrong_result(row: ControlledShipping, day: dt.date, lot: str, checked: int, bad: int) -> dict[str, str]:
    wrong: dict[str, str] = {}
    if day > clock.today(row.request.plant.time_zone):
        wrong["sorted_on"] = _("This day is still to come.")
    elif day < row.started_on:
        wrong["sorted_on"] = _("Controlled shipping had not started on that day.")
    if not lot or len(lot) > 120:
        wrong["lot"] = _("Say which lot or shipment, in at most 120 characters.")
    if not 1 <= checked <= MOST_PARTS:
        wrong["quantity_checked"] = _("A whole number from 1 to 10,000,000.")
    if not 0 <= bad <= MOST_PARTS:
        wrong["quantity_bad"] = _("A whole number from 0 on.")
    elif bad > checked and "quantity_checked" not in wrong:
        wrong["quantity_bad"] = _("More bad parts than parts checked.")
    return wrong


@transaction.atomic
def strike(by: User, *, result: SortResult) -> ControlledShipping:
    """Strike a result that was a mistake; it stays readable and counts no more. The supplier strikes its own only."""
    require(by, "request.answer" if by.is_outside else "shipping.edit")
    found = SortResult.objects.visible_to(by).select_related("shipping__request", "by").filter(pk=result.pk).first()
    if found is None or (by.is_outside and found.by.supplier_id != by.supplier_id):
        raise NotAllowed(_("This result is not yours."))
    row = _hold(by, found.shipping)
    if not row.results.filter(pk=found.pk, struck_at__isnull=True).update(struck_at=clock.now(), struck_by=by):
        raise Refused(_("This result is struck already."))
    data = {"part": row.part_number, "lot": found.lot, "checked": found.quantity_checked, "bad": found.quantity_bad}
    events.write(by=by, verb="request.strike_result", subject=row.request, data=data)
    return row


@transaction.atomic
def end(by: User, *, shipping: ControlledShipping, reason: str) -> ControlledShipping:
    """End controlled shipping, with a reason that the supplier reads; whether the criterion is met is in the event."""
    require(by, "shipping.edit")
    reason = required_reason(reason)
    row = _hold(by, shipping)
    _end(by, row, reason)
    said = {"number": row.request.number, "part": row.part_number, "reason": reason}
    text = later(lambda: _("%(number)s: controlled shipping of %(part)s has ended. %(reason)s") % said)
    telling.tell_supplier(row.request, key=f"shipping:{row.pk}:ended", text=text)
    data = {"part": row.part_number, "level": row.level, "results": row.results.filter(struck_at=None).count()}
    events.write(by=by, verb="request.end_shipping", subject=row.request, data=data, reason=reason)
    return row


def drop(by: User, *, request: CorrectiveActionRequest, reason: str) -> None:
    """End what runs for a request that is taken back; its notice says so."""
    for row in request.shippings.active():
        _end(by, row, reason)


def _end(by: User, row: ControlledShipping, reason: str) -> None:
    row.ended_by, row.ended_at, row.end_reason = by, clock.now(), reason
    row.save(update_fields=["ended_by", "ended_at", "end_reason"])


def _hold(by: User, shipping: ControlledShipping) -> ControlledShipping:
    """What runs, its request locked until commit. Refused when it has ended."""
    found = ControlledShipping.objects.visible_to(by).select_related("request").filter(pk=shipping.pk).first()
    if found is None:
        raise NotAllowed(_("This request is not yours."))
    request = access.hold(by, found.request)
    row = ControlledShipping.objects.visible_to(by).get(pk=found.pk)
    row.request = request
    if row.ended_at is not None:
        raise Refused(_("This controlled shipping has ended."))
    return row
