"""Defects of a case that we show the supplier: their facts are copied into the request, and the photos we choose."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import Attachment, Defect, User
from qc.permissions import require
from qc.services import events
from qc.services.scope import require_visible
from suppliers.models import CorrectiveActionRequest, Evidence, SharedDefect
from suppliers.services import access, evidence

Status = CorrectiveActionRequest.Status
PHOTOS = ("image/png", "image/jpeg")
MOST = 100  # defects in one request


def shareable(by: User, request: CorrectiveActionRequest) -> QuerySet[Defect]:
    """The case's defects that may be shared with this supplier: its own, and those without a supplier."""
    rows = Defect.objects.visible_to(by).counted().filter(nonconformances=request.nonconformance_id)
    own = rows.filter(Q(supplier=request.supplier_id) | Q(supplier__isnull=True))
    return own.select_related("defect_type", "part", "supplier_lot").order_by("-occurred_at", "-pk")


def photos_of(by: User, defects: Iterable[Defect]) -> QuerySet[Attachment]:
    """The photos of defects."""
    keys = [defect.pk for defect in defects]
    rows = Attachment.objects.visible_to(by).filter(subject_label="qc.defect", subject_pk__in=keys)
    return rows.filter(content_type__in=PHOTOS)


@transaction.atomic
def share_defects(
    by: User, *, request: CorrectiveActionRequest, defects: Iterable[Defect], photos: Iterable[Attachment] = ()
) -> list[SharedDefect]:
    """Show the supplier these defects of the case, with these photos of them. What is shared already is left alone.

    Refused for a defect of another case or supplier, for a photo of another defect, and when the request is over.
    """
    require(by, "request.issue")
    row = access.hold(by, request)
    if row.status not in (Status.DRAFT, Status.OPEN, Status.DISPUTED, Status.VERIFYING):
        raise Refused(_("This request is over; nothing is shared any more."))
    chosen = {defect.pk: defect for defect in defects}
    if not chosen:
        raise Refused(_("Choose at least one defect."))
    allowed = shareable(by, row).in_bulk(chosen)
    if len(allowed) != len(chosen):
        raise Refused(_("One of these defects is not of this case, or of another supplier. Nothing was shared."))
    known = dict(row.shared_defects.values_list("source", "pk"))
    if len(known.keys() | chosen.keys()) > MOST:
        raise Refused(_("At most %(most)d defects in one request. Attach a list instead.") % {"most": MOST})
    new = [_copied(by, row, defect) for pk, defect in sorted(allowed.items()) if pk not in known]
    SharedDefect.objects.bulk_create(new)
    names = _share_photos(by, row, chosen.keys(), photos)
    numbers = [defect.number for defect in new]
    events.write(by=by, verb="request.share_defects", subject=row, data={"defects": numbers, "photos": names})
    return new


def _copied(by: User, request: CorrectiveActionRequest, defect: Defect) -> SharedDefect:
    measured = ""
    if defect.actual_value is not None:
        value = f"{defect.actual_value.normalize():f} {defect.unit}".strip()
        measured = f"{defect.characteristic}: {value}" if defect.characteristic else value
    return SharedDefect(
        request=request,
        source=defect,
        number=defect.number,
        found_on=defect.production_on,
        what=str(defect.defect_type)[:160],
        part_number=str(defect.part)[:120] if defect.part else "",
        lot=defect.supplier_lot.code[:80] if defect.supplier_lot else "",
        serial=defect.serial,
        quantity=defect.quantity,
        measured=measured[:200],
        shared_by=by,
        shared_at=clock.now(),
    )


def _share_photos(
    by: User, request: CorrectiveActionRequest, defects: Iterable[int], photos: Iterable[Attachment]
) -> list[str]:
    places = {each.source_id: each for each in request.shared_defects.filter(source__in=list(defects))}
    names = []
    for photo in photos:
        require_visible(by, photo)
        place = places.get(photo.subject_pk) if photo.subject_label == "qc.defect" else None
        if place is None or photo.content_type not in PHOTOS:
            raise Refused(_("%(name)s is no photo of a defect that is shared.") % {"name": photo.name})
        if not Evidence.objects.filter(defect=place, sha256=photo.sha256).exists():
            names += [each.name for each in evidence.copy(by, request=request, attachments=[photo], defect=place)]
    return names


@transaction.atomic
def unshare_defect(by: User, *, shared: SharedDefect) -> CorrectiveActionRequest:
    """Take a defect and its photos out of the request again; returns the request. What was read was read."""
    require(by, "request.issue")
    require_visible(by, shared)
    request = access.hold(by, shared.request)
    row = SharedDefect.objects.filter(pk=shared.pk, request=request).first()
    if row is None:
        raise Refused(_("This defect was taken out already."))
    photos = list(Evidence.objects.filter(defect=row))
    data = {"defect": row.number, "photos": [photo.name for photo in photos]}
    for photo in photos:
        evidence.delete(photo)
    row.delete()
    events.write(by=by, verb="request.unshare_defect", subject=request, data=data)
    return request
