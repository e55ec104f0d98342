"""The verbs of imports: upload, answer, fix, apply, undo. A worker does what takes time; the row says what is due.

Two steps. The first reads the file and stores a preview, which changes nothing. The second saves what the preview
shows in one transaction, and can be taken back as a whole.
"""

from __future__ import annotations

import hashlib
import uuid as uuids
from collections.abc import Collection, Mapping
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock, queue
from qc.errors import Refused, Stale
from qc.ingest.kinds import KINDS
from qc.ingest.stream import MAX_BYTES
from qc.models import DuplicatePolicy, Import, ImportProblem, Plant, User
from qc.permissions import require
from qc.services import events, files, work
from qc.services.imports import applying, previews
from qc.services.imports.lookups import CREATABLE
from qc.services.wording import choice, given

Status = Import.Status
MOST_FIXES = 2_000
permission = applying.permission


@transaction.atomic
def upload(
    by: User, *, kind: str, upload: files.Upload, uuid: uuids.UUID | None = None, plant: Plant | None = None
) -> Import:
    """Keep a file and have its preview made. The same key gives the import that is there.

    Refused beside `upload` for an empty or too large file; what is in it is judged in the background.
    """
    if kind not in KINDS:
        raise Refused(_("Choose what the rows are."), fields={"kind": _("Choose what the rows are.")})
    require(by, permission(kind))
    known = Import.objects.filter(uuid=uuid, by=by).first() if uuid else None
    if known is not None:
        return known
    size, digest = _measured(upload)
    row = Import(
        uuid=uuid or uuids.uuid4(), kind=kind, name=files.clean_name(str(upload.name or "")), size=size, sha256=digest,
        plant=_only_plant(by), by=by, at=clock.now(), due_at=clock.now(), answers={"plant": plant.pk} if plant else {},
    )  # fmt: skip
    stored = files.CheckedFile(row.name, "", File(upload, name=row.name), size, digest)  # type: ignore[arg-type]
    files.store(row, "file", stored)
    row.save(force_insert=True)
    queue.import_is_due(row.pk)
    data = {"kind": kind, "size": size, "sha256": digest}
    events.write(by=by, verb="import.upload", subject=row, data=data)
    return row


def _only_plant(by: User) -> Plant | None:
    plants = list(Plant.objects.visible_to(by)[:2])
    return plants[0] if len(plants) == 1 else None


def _measured(upload: Any) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    while block := upload.read(2**20):
        size += len(block)
        digest.update(block)
        if size > MAX_BYTES:
            raise files.refusal(_("The file is larger than %(most)s MB. Split it.") % {"most": MAX_BYTES // 2**20})
    if not size:
        raise files.refusal(_("The file is empty."))
    upload.seek(0)
    return size, digest.hexdigest()


def _locked(by: User, file: Import, revision: int | None, *allowed: Import.Status) -> Import:
    row = Import.objects.visible_to(by).select_for_update().get(pk=file.pk)
    require(by, permission(row.kind))
    if row.status not in allowed:
        raise Refused(_("The import is at another step now: %(step)s.") % {"step": row.get_status_display()})
    if revision is not None and revision != row.revision:
        raise Stale(_("The preview was made anew meanwhile. Look at it again."))
    return row


def _again(row: Import, status: Import.Status) -> Import:
    """Hand the row to a worker."""
    row.status, row.due_at, row.tries, row.parked_at, row.error = status, clock.now(), 0, None, ""
    row.refusal = row.step = ""
    row.done, row.revision = 0, row.revision + 1
    row.save()
    queue.import_is_due(row.pk)
    return row


@transaction.atomic
def answer(
    by: User,
    *,
    file: Import,
    mapping: Mapping[str, str] | None = None,
    answers: Mapping[str, Any] | None = None,
    create: Collection[str] | None = None,
    revision: int | None = None,
) -> Import:
    """Say which column is which, what the file leaves open, and what may be created; the preview is made anew.

    Refused for a column that is not in the file or stands for two things, and for who may not create master data.
    """
    row = _locked(by, file, revision, Status.READY, Status.ASKING, Status.REFUSED)
    if mapping is not None:
        row.mapping, row.is_mapped = _checked(row, mapping), True
    given_answers = {name: value for name, value in (answers or {}).items() if value is not None}
    if "plant" in given_answers and not Plant.objects.visible_to(by).filter(pk=given_answers["plant"]).exists():
        raise Refused(_("This plant is not one of yours."), fields={"plant": _("Choose a plant of yours.")})
    row.answers = {**row.answers, **given_answers}
    if create is not None:
        if set(create) - {"supplier_lot"}:
            require(by, "master.edit")
        row.answers["create"] = sorted(set(create) & set(CREATABLE))
    return _again(row, Status.READING)


def _checked(row: Import, mapping: Mapping[str, str]) -> dict[str, str]:
    headings = {column["heading"] for column in row.columns}
    chosen = {name: heading for name, heading in mapping.items() if heading and name in KINDS[row.kind].names}
    for name, heading in chosen.items():
        if heading not in headings:
            sentence = _("The file has no column %(heading)s.") % {"heading": heading[:80]}
            raise Refused(sentence, fields={name: sentence})
    twice = [heading for heading in chosen.values() if list(chosen.values()).count(heading) > 1]
    if twice:
        names = [name for name, heading in chosen.items() if heading == twice[0]]
        sentence = _("The column %(heading)s is chosen twice.") % {"heading": twice[0]}
        raise Refused(sentence, fields={names[-1]: sentence})
    return chosen


@transaction.atomic
def fix(by: User, *, file: Import, values: Mapping[int, str], revision: int | None = None) -> Import:
    """Replace values that cannot be used: position of the problem -> what to take instead. The preview is made anew."""
    row = _locked(by, file, revision, Status.READY)
    problems = ImportProblem.objects.filter(file=row, position__in=values, is_fixable=True)
    fresh = [
        {
            "column": each.column, "value": each.value, "to": values[each.position].strip()[:200],
            "rows": each.rows if each.by_row else None,
        }
        for each in problems
        if values[each.position].strip() and values[each.position].strip() != each.value
    ]  # fmt: skip
    if not fresh:
        raise Refused(_("Type what to take instead of at least one value."))
    row.fixes = _merged(row.fixes, fresh)
    if len(row.fixes) > MOST_FIXES:
        raise Refused(_("That are many corrections. Download the error rows, correct them there, and send that file."))
    return _again(row, Status.READING)


def _merged(old: list[dict[str, Any]], fresh: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A value that was replaced and is still wrong is replaced again, from what stands in the file."""
    kept = [dict(each) for each in old]
    for new in fresh:
        chained = [each for each in kept if each["column"] == new["column"] and each["to"] == new["value"]]
        for each in chained:
            if new["rows"] is None or each["rows"] is not None:
                each["to"] = new["to"]
        kept.append(new)
    return kept


@transaction.atomic
def apply(
    by: User, *, file: Import, revision: int | None = None, of_doubles: str = DuplicatePolicy.Action.MARK
) -> Import:
    """Have the preview saved. Refused when there is nothing to save; Stale when it is not the one that was seen.

    `of_doubles` says what becomes of new rows that look like another record: a `DuplicatePolicy.Action`. Where an
    integration applies, its policy says so.
    """
    choice(of_doubles, DuplicatePolicy.Action.values, "of_doubles")
    current = Import.objects.visible_to(by).get(pk=file.pk)
    if current.status in (Status.APPLYING, Status.APPLIED) and current.applied_by_id == by.pk:
        return current  # a double tap
    row = _locked(by, file, revision, Status.READY)
    if not row.new and not row.changed:
        raise Refused(_("There is nothing to save: no row is new or changed."))
    row.applied_by, row.applied_at, row.is_mapped = by, clock.now(), True
    row.answers = {**row.answers, "of_doubles": of_doubles}
    return _again(row, Status.APPLYING)


@transaction.atomic
def undo(by: User, *, file: Import, reason: str) -> Import:
    """Have an applied import taken back, with a reason."""
    row = _locked(by, file, None, Status.APPLIED)
    row.reason = given(reason, "reason", _("Say why it is taken back."))
    row.undone_by, row.undone_at = by, clock.now()
    return _again(row, Status.UNDOING)


def run(pk: int) -> bool:
    """Do what is due for an import; False when another worker has it or nothing is."""
    return work.run(Import.objects.all(), pk, _step, lease=work.LONG_LEASE)


def _step(row: Import) -> None:
    steps = {
        Status.READING: previews.preview, Status.APPLYING: applying.apply, Status.UNDOING: applying.undo,
    }  # fmt: skip
    step = steps.get(Status(row.status))
    if step is not None:
        step(row)
