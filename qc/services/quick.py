"""The verbs of the quick log: one record from the line in one request, and its undo."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from qc import clock
from qc.errors import Conflict, NotAllowed, Refused
from qc.models import Defect, DefectType, PlaceOfUse, Product, Station, User
from qc.services import attachments, defects
from qc.services.files import CheckedFile

UNDO = dt.timedelta(minutes=2)
UNDO_REASON = "Logged by mistake, undone at once"
BUTTONS = 8
LOOK_BACK = dt.timedelta(days=90)

# Written out: as subqueries of the ORM they cost this request more time than all its other statements.
RUNNING = """SELECT product_id FROM qc_productionrun WHERE line_id = qc_station.line_id
    AND started_at <= %s AND (ended_at IS NULL OR ended_at > %s) ORDER BY started_at DESC LIMIT 1"""
KNOWN = "SELECT COUNT(*) FROM qc_defect WHERE client_uuid = %s"


@dataclass(frozen=True, slots=True)
class Spot:
    """A station with its line and plant, the product that ran there, and whether a key was used already."""

    station: Station
    product_id: int | None
    is_known: bool


def spot(user: User, pk: int, *, at: dt.datetime, key: uuid.UUID | None = None) -> Spot | None:
    """What the quick log has to know of a station, in one statement. None when the person may not see it."""
    moment = connection.ops.adapt_datetimefield_value(at)
    used = Defect._meta.get_field("client_uuid").get_db_prep_value(key, connection)
    rows = Station.objects.visible_to(user).select_related("line__plant").filter(pk=pk).order_by()
    running, known = RawSQL(RUNNING, [moment, moment]), RawSQL(KNOWN, [used])  # noqa: S611  (values are parameters)
    for station in rows.annotate(running=running, is_known=known):
        return Spot(station, station.running, bool(station.is_known))
    return None


def codes_at(user: User, station: Station) -> QuerySet[DefectType]:
    """The codes in use that may be logged at a station: those without a place of use, or with this one."""
    places = PlaceOfUse.objects.filter(defect_type=OuterRef("pk"))
    bound = places.filter(Q(line__isnull=False) | Q(station__isnull=False))
    here = places.filter(Q(line=station.line_id) | Q(station=station))
    rows = DefectType.objects.visible_to(user).filter(is_active=True)
    return rows.filter(Q(is_limited=False) | ~Exists(bound) | Exists(here))


def frequent(user: User, station: Station) -> list[DefectType]:
    """The codes logged most at a station in the last 90 days; where it has too few, those of its line and plant."""
    rows = Defect.objects.visible_to(user).counted().filter(defect_type__is_active=True)
    rows = rows.filter(occurred_at__gte=clock.now() - LOOK_BACK)  # by the index of the line
    keys: list[int] = []
    for place in ({"line": station.line, "station": station}, {"line": station.line}, {"plant": station.line.plant}):
        if len(keys) < BUTTONS:
            top = rows.filter(**place).exclude(defect_type__in=keys).order_by().values_list("defect_type")
            more = top.annotate(times=Count("pk")).order_by("-times", "defect_type")[: BUTTONS - len(keys)]
            keys += [key for key, _times in more]
    types = codes_at(user, station).in_bulk(keys)
    return [types[key] for key in keys if key in types]


def log(
    by: User,
    *,
    spot: Spot,
    defect_type: DefectType,
    client_uuid: uuid.UUID,
    occurred_at: dt.datetime,
    quantity: Decimal | int = 1,
    product: Product | None = None,
    serial: str = "",
    lot: str = "",
    note: str = "",
    photos: Sequence[CheckedFile] = (),
) -> Defect:
    """Record a defect seen at a station, with its photos, all or nothing.

    The same `client_uuid` and values give the first answer, however often and however close together they come (the
    time aside: a clock that was set right in between makes no other record). Conflict for other values.
    """
    row = {
        "station": spot.station, "defect_type": defect_type, "client_uuid": client_uuid, "occurred_at": occurred_at,
        "quantity": quantity, "product": product, "serial": serial, "lot": lot, "note": note,
    }  # fmt: skip
    if spot.is_known:
        return _repeat(by, row)
    try:
        return _log(by, row, photos)
    except IntegrityError:
        if not Defect.objects.filter(client_uuid=client_uuid).exists():
            raise
        return _repeat(by, row)  # two at once, and the other one was quicker


def _log(by: User, row: dict[str, Any], photos: Sequence[CheckedFile]) -> Defect:
    if not photos:
        return defects.record_many(by, rows=[row], known={})[0]
    with transaction.atomic():
        defect = defects.record_many(by, rows=[row], known={})[0]
        for photo in photos:
            attachments.add(by, subject=defect, upload=photo)
        return defect


def _repeat(by: User, row: dict[str, Any]) -> Defect:
    first = Defect.objects.get(client_uuid=row["client_uuid"])
    if first.recorded_by_id != by.pk:
        raise Conflict(f"The key {first.client_uuid} was already used for other values.")
    return defects.record(by, **row | {"occurred_at": first.occurred_at})


def may_undo(user: User, defect: Defect) -> bool:
    """Whether this person logged the record a moment ago and it still counts."""
    is_fresh = clock.now() - defect.recorded_at < UNDO
    return defect.recorded_by_id == user.pk and is_fresh and defect.status == Defect.Status.LOGGED


def undo(by: User, *, defect: Defect) -> Defect:
    """Take a record back that the same person logged within the last two minutes: a void with a fixed reason.

    A second tap changes nothing. Refused when the time is over; NotAllowed for other people's records.
    """
    if defect.recorded_by_id != by.pk:
        raise NotAllowed("Only the person who logged it can undo it.")
    if defect.status == Defect.Status.VOID:
        return defect
    if not may_undo(by, defect):
        raise Refused(f"{defect.number} can no longer be undone here. Correct or void it on its page.")
    return defects.void(by, defect=defect, reason=UNDO_REASON)
