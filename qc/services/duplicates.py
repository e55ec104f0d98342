"""What looks like a record entered twice, why, and what an integration's policy makes of it.

One notion for people and for the engine: the same serial and code within `DOUBLE_TAP_MINUTES` is one incident. The
engine counts such records once; a person who says that they are two (`is_distinct`) is believed by both.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from qc.analysis.data import DOUBLE_TAP_MINUTES
from qc.errors import Refused, Stale
from qc.models import Defect, DefectType, DuplicatePolicy, Plant, ProductionLine, Supplier, SupplierLot, User
from qc.permissions import require
from qc.services import codes, events
from qc.services.wording import choice

DOUBLE_TAP = dt.timedelta(minutes=DOUBLE_TAP_MINUTES)
SAME_SERIAL = dt.timedelta(hours=24)  # one unit with one code at one place
SAME_LOT = DOUBLE_TAP  # without a serial, longer would name every second unit of a bad lot
MOST = 5


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is about to be recorded, as far as it is known."""

    defect_type: DefectType
    plant: Plant
    occurred_at: dt.datetime
    line: ProductionLine | None = None
    supplier: Supplier | None = None
    supplier_lot: SupplierLot | None = None
    serials: tuple[str, ...] = ()
    lot: str = ""
    key: uuid.UUID | None = None  # the record's own key: a form that is sent twice is not its own double


@dataclass(frozen=True, slots=True)
class Likeness:
    """A record that the sighting is probably the same as, and why."""

    defect: Defect
    why: str
    is_double_tap: bool


def likely(by: User, sighting: Sighting) -> list[Likeness]:
    """Counted records that the person may read and that look like the sighting, the nearest in time first."""
    if not sighting.serials and not sighting.lot and sighting.supplier_lot is None:
        return []
    moment = sighting.occurred_at
    day = moment.astimezone(sighting.plant.zone).date()
    rows = (
        Defect.objects.visible_to(by)
        .counted()
        .filter(
            plant=sighting.plant,
            counts_as=codes.resolve(sighting.defect_type, day),
            production_on__range=(day - dt.timedelta(days=2), day + dt.timedelta(days=1)),
            occurred_at__range=(moment - SAME_SERIAL, moment + SAME_SERIAL),
        )
    )
    rows = rows.exclude(client_uuid=sighting.key) if sighting.key else rows
    alike = rows.annotate(unit_of=Lower("serial")).filter(_alike(sighting)).select_related("recorded_by", "line")
    near = sorted(alike.order_by("-occurred_at")[:50], key=lambda row: abs(row.occurred_at - moment))
    found = (_likeness(sighting, row) for row in near)
    return [one for one in found if one is not None][:MOST]


def _alike(sighting: Sighting) -> Q:
    alike = Q(unit_of__in=[one.casefold() for one in sighting.serials if one])
    if sighting.lot:
        alike |= Q(lot__iexact=sighting.lot)
    return alike | Q(supplier_lot=sighting.supplier_lot) if sighting.supplier_lot else alike


def _likeness(sighting: Sighting, row: Defect) -> Likeness | None:
    apart = abs(row.occurred_at - sighting.occurred_at)
    place = (row.line_id, row.supplier_id if row.line_id is None else None)
    here = (
        sighting.line.pk if sighting.line else None,
        sighting.supplier.pk if sighting.supplier and sighting.line is None else None,
    )
    if row.serial and row.serial.casefold() in {one.casefold() for one in sighting.serials}:
        if apart <= DOUBLE_TAP or place == here:
            return Likeness(row, _told(_("same serial and code"), sighting, row), apart <= DOUBLE_TAP)
        return None
    if place != here or apart > SAME_LOT or (row.serial and sighting.serials):
        return None
    return Likeness(row, _told(_("same code, place and lot"), sighting, row), False)


def _told(what: str, sighting: Sighting, row: Defect) -> str:
    minutes = round((row.occurred_at - sighting.occurred_at).total_seconds() / 60)
    who = row.inspector or str(row.recorded_by)
    values = {"what": what, "when": _span(abs(minutes)), "who": who}
    if minutes == 0:
        return _("%(what)s in the same minute, by %(who)s") % values
    return (
        _("%(what)s %(when)s before, by %(who)s") if minutes < 0 else _("%(what)s %(when)s after, by %(who)s")
    ) % values


def _span(minutes: int) -> str:
    if minutes < 120:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return ngettext("%(n)d hour", "%(n)d hours", round(minutes / 60)) % {"n": round(minutes / 60)}


@transaction.atomic
def set_policy(by: User, *, integration: User, action: str, minutes: int, version: int) -> DuplicatePolicy:
    """Say what becomes of an integration's double entries from now on; what is recorded already stays as it is.

    `version` is the one that was read, 1 where nothing was said yet; Stale for another.
    """
    require(by, "duplicates.policy")
    if integration.role != User.Role.INTEGRATION:
        raise Refused(_("%(who)s is no integration.") % {"who": integration})
    choice(action, DuplicatePolicy.Action.values, "action")
    if not 1 <= minutes <= DuplicatePolicy.MOST_MINUTES:
        sentence = _("Give 1 to 1,440 minutes.")
        raise Refused(sentence, fields={"minutes": sentence})
    row, _made = DuplicatePolicy.objects.select_for_update().get_or_create(integration=integration)
    if row.version != version:
        raise Stale(_("Somebody else has changed this meanwhile. Look at it again."))
    before = {"action": str(row.action), "minutes": row.minutes}
    changed = events.changes(before, {"action": action, "minutes": minutes})
    if changed:
        row.action, row.minutes, row.version = action, minutes, version + 1
        row.save()
        events.write(by=by, verb="duplicates.policy", subject=integration, data=changed)
    return row


@transaction.atomic
def apply_policy(by: User, fresh: Sequence[Defect]) -> dict[str, Any]:
    """Mark or join what an integration sent twice, as its policy says; what was done, for the audit trail."""
    if not any(row.serial for row in fresh):
        return {}
    policy = DuplicatePolicy.objects.filter(integration=by).exclude(action=DuplicatePolicy.Action.KEEP).first()
    if policy is None:
        return {}
    window = dt.timedelta(minutes=policy.minutes)
    doubles = _doubles(fresh, window)
    for row, original in doubles:
        if policy.action == DuplicatePolicy.Action.JOIN:
            row.status, row.duplicate_of = Defect.Status.DUPLICATE, original
        else:
            row.looks_like = original
    Defect.objects.bulk_update([row for row, _original in doubles], ["status", "duplicate_of", "looks_like"])
    done = {row.number: original.number for row, original in doubles}
    return {"policy": str(policy.action), "minutes": policy.minutes, "doubles": done} if done else {}


def _doubles(fresh: Sequence[Defect], window: dt.timedelta) -> list[tuple[Defect, Defect]]:
    """The rows that repeat an earlier record of the same unit and code, each with the first of them."""
    heads: dict[tuple[int, int, str], list[tuple[dt.datetime, Defect]]] = {}
    for row in _known(fresh, window):
        heads.setdefault(_identity(row), []).append((row.occurred_at, row.duplicate_of or row))
    doubles = []
    for row in sorted((row for row in fresh if row.serial and not row.is_distinct), key=lambda row: row.occurred_at):
        seen = heads.setdefault(_identity(row), [])
        near = [(abs(at - row.occurred_at), head) for at, head in seen if abs(at - row.occurred_at) <= window]
        head = min(near, key=lambda one: one[0])[1] if near else row
        seen.append((row.occurred_at, head))
        if head is not row:
            doubles.append((row, head))
    return doubles


def _known(fresh: Sequence[Defect], window: dt.timedelta) -> Iterable[Defect]:
    """Earlier records of the same units and codes, joined ones too: the third tap follows the second."""
    units = [row for row in fresh if row.serial]
    days = [row.production_on for row in units]
    times = [row.occurred_at for row in units]
    rows = Defect.objects.filter(
        plant__in={row.plant_id for row in units},
        counts_as__in={row.counts_as_id for row in units},
        production_on__range=(min(days) - dt.timedelta(days=2), max(days) + dt.timedelta(days=2)),
        occurred_at__range=(min(times) - window, max(times) + window),
    )
    rows = rows.exclude(status=Defect.Status.VOID).exclude(is_distinct=True).exclude(pk__in=[row.pk for row in fresh])
    same = rows.annotate(unit_of=Lower("serial")).filter(unit_of__in={row.serial.casefold() for row in units})
    return same.select_related("duplicate_of").order_by("occurred_at", "pk")


def _identity(row: Defect) -> tuple[int, int, str]:
    return row.plant_id, row.counts_as_id, row.serial.casefold()
