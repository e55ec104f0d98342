"""Versions of a defect: what a correction replaced, kept as plain data and read back as a record."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from qc import clock
from qc.models import Defect, DefectRevision, User

NOT_VALUES = {"id", "body_sha256", "client_uuid", "recorded_at"}


def snapshot(defect: Defect) -> dict[str, Any]:
    """The values of a defect as they stand, as plain data for revisions and events."""
    names = [field.attname for field in Defect._meta.concrete_fields]
    values = {name: getattr(defect, name) for name in names if name not in NOT_VALUES}
    plain: dict[str, Any] = {name: value for name, value in values.items() if value not in (None, "")}
    return plain


@transaction.atomic
def revise(by: User, defect: Defect, before: dict[str, Any], reason: str) -> None:
    """Keep the values before as a revision and save the defect as the next version."""
    values = {name: str(value) if not isinstance(value, bool | int) else value for name, value in before.items()}
    DefectRevision.objects.create(
        defect=defect, version=defect.version, values=values, reason=reason, replaced_by=by, replaced_at=clock.now()
    )
    defect.version += 1
    defect.save()


def as_it_was(revision: DefectRevision) -> Defect:
    """The record with the values of a revision, to be shown and compared; never to be saved."""
    fields = {field.attname: field for field in Defect._meta.concrete_fields}
    told = {name: fields[name].to_python(value) for name, value in revision.values.items() if name in fields}
    # A field that came later has no old value: what it needs, it has from the record.
    needed = {name: getattr(revision.defect, name) for name, field in fields.items() if not field.blank}
    return Defect(**needed | told)
