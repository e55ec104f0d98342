"""Files of a form that could not be saved yet: checked, kept for its sender, taken over when it is saved."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable
from functools import partial

from django.core.files.base import ContentFile
from django.db import models, transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import KeptFile, User
from qc.permissions import require
from qc.services import attachments, files

MOST_FILES = 20  # of one form
MOST_BYTES = 100 * 2**20  # of one person
KEPT_FOR = dt.timedelta(days=2)


@transaction.atomic
def keep(by: User, *, key: uuid.UUID, uploads: Iterable[files.CheckedFile]) -> list[KeptFile]:
    """Keep the files of a form under its key; returns all that are kept. Older ones of anybody are cleared away.

    Refused beside `photos` when a form has more than 20 or a person more than 100 MB of them.
    """
    require(by, "attachment.add")
    clear()
    for file in uploads:
        mine = KeptFile.objects.visible_to(by)
        if mine.filter(key=key, sha256=file.sha256).exists():
            continue
        used = mine.aggregate(bytes=Sum("size", default=0))["bytes"]
        if mine.filter(key=key).count() >= MOST_FILES or used + file.size > MOST_BYTES:
            sentence = _("At most 20 files and 100 MB can wait for a form. Send the others later, on its page.")
            raise Refused(sentence, fields={"photos": sentence})
        row = KeptFile(key=key, name=file.name, content_type=file.content_type, size=file.size, kept_by=by)
        row.sha256, row.kept_at = file.sha256, clock.now()
        files.store(row, "file", file)
        row.save(force_insert=True)
    return list(KeptFile.objects.visible_to(by).filter(key=key))


@transaction.atomic
def drop(by: User, *, key: uuid.UUID, keys: Collection[int]) -> None:
    """Take files out of a form again."""
    _remove(KeptFile.objects.visible_to(by).filter(key=key, pk__in=keys))


@transaction.atomic
def attach(by: User, *, key: uuid.UUID, subject: models.Model) -> None:
    """Put the files that wait under a key onto a record, in the transaction that made it."""
    rows = KeptFile.objects.visible_to(by).filter(key=key)
    for row in rows:
        with row.file.open() as content:
            data = ContentFile(content.read())
        kept = files.CheckedFile(row.name, row.content_type, data, row.size, row.sha256)
        attachments.add(by, subject=subject, upload=kept)
    _remove(rows)


@transaction.atomic
def clear() -> None:
    """Remove what nobody came back for."""
    _remove(KeptFile.objects.filter(kept_at__lt=clock.now() - KEPT_FOR))


def _remove(rows: models.QuerySet[KeptFile]) -> None:
    """Rows now, their files once it is certain: a rollback brings back the rows, and the files must be there."""
    for row in rows:
        row.delete()
        transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)), robust=True)
