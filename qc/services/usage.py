"""What the catalogue says of a code beside its values: where it may be logged, and examples of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.models import CodeExample, DefectType, PlaceOfUse, Product, ProductionLine, Station, User
from qc.permissions import require
from qc.services import attachments, events, files
from qc.services.scope import require_visible
from qc.services.wording import given


@dataclass(frozen=True, slots=True)
class Places:
    """Lines, stations and products for which a code may be logged; nothing: everywhere."""

    lines: Collection[ProductionLine] = ()
    stations: Collection[Station] = ()
    products: Collection[Product] = ()


@transaction.atomic
def put(by: User, row: DefectType, places: Places) -> dict[str, Any]:
    """Set the places of use, those of other people's plants left as they are; what stands now, for the audit trail.

    The caller holds the code's row and saves it.
    """
    require_visible(by, *places.lines, *places.stations)
    PlaceOfUse.objects.visible_to(by).filter(defect_type=row).delete()
    new = [PlaceOfUse(defect_type=row, line=one) for one in places.lines]
    new += [PlaceOfUse(defect_type=row, station=one) for one in places.stations]
    new += [PlaceOfUse(defect_type=row, product=one) for one in places.products]
    PlaceOfUse.objects.bulk_create(new)
    row.is_limited = PlaceOfUse.objects.filter(defect_type=row).exists()
    row.save(update_fields=["is_limited"])
    return shown(by, row)


def shown(by: User, row: DefectType) -> dict[str, Any]:
    """The places of use that the person may read, in words."""
    rows = PlaceOfUse.objects.visible_to(by).filter(defect_type=row).select_related("line", "station", "product")
    names = sorted(str(one) for one in rows)
    return {"places": names} if names else {}


@transaction.atomic
def add_example(
    by: User, *, defect_type: DefectType, caption: str, is_acceptable: bool = False, upload: files.Upload | None = None
) -> CodeExample:
    """Show what a code looks like, in words and, best, with a photo. Refused for what is no picture."""
    require(by, "catalogue.edit")
    caption = given(caption, "caption", _("Say what the picture shows."), longest=200)
    photo = None
    if upload is not None:
        file = files.checked(upload)
        if not file.content_type.startswith("image/"):
            raise files.refusal(_("An example is shown with a photo: send a PNG or JPEG."))
        photo = attachments.add(by, subject=defect_type, upload=file)
    row = CodeExample.objects.create(
        defect_type=defect_type,
        caption=caption,
        is_acceptable=is_acceptable,
        photo=photo,
        added_by=by,
        added_at=clock.now(),
    )
    data = {"caption": caption, "is_acceptable": is_acceptable, "photo": photo.pk if photo else None}
    events.write(by=by, verb="code.add_example", subject=defect_type, data=data)
    return row


@transaction.atomic
def remove_example(by: User, *, example: CodeExample) -> DefectType:
    """Take an example off the page of its code. The trail says what it was, and the photo stays on record."""
    require(by, "catalogue.edit")
    defect_type, data = example.defect_type, {"caption": example.caption, "photo": example.photo_id}
    example.delete()
    events.write(by=by, verb="code.remove_example", subject=defect_type, data=data)
    return defect_type
