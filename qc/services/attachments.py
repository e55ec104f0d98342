"""Files on a record."""

from __future__ import annotations

from typing import IO

from django.db import models, transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from qc import clock
from qc.models import Attachment, User
from qc.permissions import require
from qc.services import events, files
from qc.services.scope import plant_of, require_visible

MOST_FILES = 100  # on one record
MOST_BYTES = 200 * 2**20  # on one record


@transaction.atomic
def add(by: User, *, subject: models.Model, upload: files.Upload | IO[bytes] | files.CheckedFile) -> Attachment:
    """Keep a file on a record that the person may read.

    Refused (beside `upload`) when the content is not of an accepted kind or the record has too many files already.
    The same content twice on a record is kept once: the first one is returned. A file that was checked before the
    transaction spares it the work while numbers and the audit trail are locked.
    """
    require(by, "attachment.add")
    require_visible(by, subject)
    file = upload if isinstance(upload, files.CheckedFile) else files.checked(upload)
    others = Attachment.objects.about(subject)
    if same := others.filter(sha256=file.sha256).first():
        return same
    used = others.aggregate(files=Count("pk"), bytes=Sum("size", default=0))
    if used["files"] >= MOST_FILES or used["bytes"] + file.size > MOST_BYTES:
        raise files.refusal(_("This record has as many files as it can hold (100 files, 200 MB)."))
    plant_id = plant_of(subject)
    attachment = Attachment(
        subject_label=subject._meta.label_lower,
        subject_pk=subject.pk,
        plant_id=plant_id,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        uploaded_by=by,
        uploaded_at=clock.now(),
    )
    files.store(attachment, "file", file)
    attachment.save(force_insert=True)
    data = {"attachment": attachment.pk, "name": file.name, "size": file.size, "sha256": file.sha256}
    events.write(by=by, verb="attachment.add", subject=subject, data=data, plant_id=plant_id)
    return attachment
