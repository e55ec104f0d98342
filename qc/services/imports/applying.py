"""The second step: one transaction saves what the preview shows, another one takes it back. Both in the background."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import ModuleType
from typing import Any

from django.db import IntegrityError, transaction

from qc.errors import NotAllowed, Refused, Stale
from qc.models import DefectType, Import, User
from qc.permissions import require
from qc.services import codes, defect_batches, events, numbers
from qc.services.imports import count_rows, creating, doubles, lot_rows, master_rows, previews
from qc.services.imports.defect_rows import FIELDS
from qc.services.imports.lookups import Codes
from qc.services.imports.reading import Reader
from qc.services.imports.staged import CHANGED, NEW, Staged, plain
from qc.services.inputs import input_changed

Status, Kind = Import.Status, Import.Kind
# Keys that may still be negative in a staged row, because the row that they point at is created on apply.
POINTING = tuple(
    at for at, name in enumerate(FIELDS) if name.endswith("_id") and name not in ("shift_id", "external_id")
)
MODULES: dict[str, ModuleType] = {Kind.COUNTS: count_rows, Kind.LOTS: lot_rows}
# What such a file created goes when it is taken back; what records brought along stays, for void records name it.
REMOVED = {Kind.LOTS, Kind.LINES, Kind.PRODUCTS, Kind.SUPPLIERS, Kind.DEFECT_TYPES}
MEANWHILE = "Records changed since the preview was made. It is new now: look at it again, then apply."


class Outdated(Exception):
    """What the preview says no longer holds."""


def apply(row: Import) -> None:
    """Save the preview: all of it or nothing. Where it no longer holds, it is made anew and shown again."""
    by = row.applied_by
    assert by is not None  # noqa: S101  (the request to apply says who)
    try:
        with transaction.atomic():
            require(by, permission(row.kind))
            if row.kind == Kind.DEFECTS:
                result = _apply_defects(by, row, previews.staged(row))
            else:
                result = _apply_others(by, row)
            _settle(row, Status.APPLIED, result)
            events.write(by=by, verb="import.apply", subject=row, data=_told(row))
    except (Outdated, IntegrityError, Stale) as error:
        row.applied_by, row.applied_at, row.result = None, None, {}
        previews.preview(row)
        if row.status == Status.READY:
            _say(row, Status.READY, error.message if isinstance(error, Stale) else MEANWHILE)
    except Refused as refusal:
        row.applied_by, row.applied_at, row.result = None, None, {}
        _say(row, Status.READY, refusal.message)


def permission(kind: str) -> str:
    """The verb that a person needs for a kind of file."""
    return "import.records" if kind in (Kind.DEFECTS, Kind.COUNTS, Kind.LOTS) else "import.master"


def _settle(row: Import, status: Import.Status, result: dict[str, Any]) -> None:
    row.status, row.result, row.refusal, row.step = status, result, "", ""
    row.save()


def _say(row: Import, status: Import.Status, refusal: str) -> None:
    with transaction.atomic():
        row.status, row.refusal, row.revision = status, refusal, row.revision + 1
        row.save()


def _told(row: Import) -> dict[str, Any]:
    """What the audit trail keeps of the batch."""
    counts = {"rows": row.rows, "new": row.new, "changed": row.changed, "same": row.same, "left_out": row.errors}
    return {"kind": row.kind, "file_sha256": row.sha256, **counts, **row.result}


def _apply_defects(by: User, row: Import, staged: Staged) -> dict[str, Any]:
    meta, count = staged.meta, staged.meta["counts"][NEW]
    _refuse_recoded(meta)
    keys, made = creating.create(by, _used(staged)) if meta["fresh"] else ({}, [])
    result: dict[str, Any] = {"count": count, "sha256": meta["digest"], "made": made}
    touched = {(plant, keys.get(code, code)) for plant, code in meta["touched"]}
    if count:
        lines = staged.raw(NEW)
        lines = (_resolved(line, keys) for line in lines) if keys else lines
        insert = partial(defect_batches.insert, by, fields=FIELDS, rows=lines, count=count, unescape=plain)
        result["first"], result["last"] = insert()
        result |= doubles.settle(by, meta.get("doubles", ()), row.answers.get("of_doubles", "mark"), result["first"])
    changes = {each.pk: (each.version, _after(each.data(), keys)) for each in staged.of(CHANGED) if each.pk}
    if changes:
        pairs, result["changed"] = defect_batches.change(by, changes=changes, reason=f"Import {row.pk}: {row.name}")
        touched |= pairs
    _refuse_foreign(by, touched)
    input_changed(touched)
    return result


def _refuse_recoded(meta: Mapping[str, Any]) -> None:
    """What the rows count as must still hold: their codes are locked, so that nobody merges them before we commit."""
    list(DefectType.objects.filter(pk__in=meta["kinds"]).order_by("pk").select_for_update(no_key=True))
    if codes.standing(DefectType.objects.all()) != meta["catalogue"]:
        raise Outdated


def _refuse_foreign(by: User, pairs: Iterable[tuple[int, int]]) -> None:
    """Who saves or takes back has to work at every plant whose records it changes, today and not when it was read."""
    if not by.sees_all_plants and not {plant for plant, _code in pairs} <= set(by.plant_ids):
        raise Refused("The file has rows of plants that are not yours. Ask a quality manager.")


def _used(staged: Staged) -> list[dict[str, Any]]:
    """What is to be created; the kind is empty where only rows with errors name it, for keys go by the place."""
    fresh: list[dict[str, Any]] = staged.meta["fresh"]
    used: set[int] = set()
    named = {FIELDS[at] for at in POINTING}
    for line in staged.raw(NEW):
        cells = line.split("\t")
        used |= {int(cells[at]) for at in POINTING if cells[at].startswith("-")}
    for each in staged.of(CHANGED):
        keys = [after for name, (_before, after) in each.data().items() if name in named and after is not None]
        used |= {int(after) for after in keys if int(after) < 0}
    for number in range(len(fresh), 0, -1):
        if -number in used and fresh[number - 1]["above"] < 0:
            used.add(fresh[number - 1]["above"])
    return [each if -number in used else {**each, "kind": ""} for number, each in enumerate(fresh, start=1)]


def _resolved(line: str, keys: Mapping[int, int]) -> str:
    cells = line.split("\t")
    for at in POINTING:
        if cells[at].startswith("-"):
            cells[at] = str(keys[int(cells[at])])
    return "\t".join(cells)


def _after(changes: Mapping[str, Any], keys: Mapping[int, int]) -> dict[str, Any]:
    after = {}
    for field, (_before, value) in changes.items():
        is_key = field.endswith("_id") and field != "external_id" and value is not None
        after[field] = keys.get(int(value), int(value)) if is_key else value
        if field == "occurred_at":
            after[field] = f"{value}+00:00"
        if value is None and not field.endswith("_id") and field != "actual_value":
            after[field] = ""
    return after


def _apply_others(by: User, row: Import) -> dict[str, Any]:
    """Check all rows once more in this transaction; only what the person has seen is saved."""
    seen = previews.staged(row).meta["digest"]
    previews.stage(row, Reader.of(row), Codes(row.by, row.answers.get("create", ())))
    staged = previews.staged(row)
    if staged.meta["digest"] != seen:
        raise Outdated
    keys, made = creating.create(by, staged.meta["fresh"])
    kept = MODULES.get(row.kind, master_rows).apply(by, row, staged, keys)
    text = json.dumps(kept)
    (previews.folder_of(row) / "kept.json").write_text(text, encoding="utf-8")
    return {"made": made, "sha256": staged.meta["digest"]}


def undo(row: Import) -> None:
    """Take an applied import back: records void with the reason, earlier values restored. All of it or nothing."""
    by = row.undone_by
    assert by is not None  # noqa: S101  (the request to undo says who)
    try:
        with transaction.atomic():
            require(by, permission(row.kind))
            if row.kind == Kind.DEFECTS:
                _undo_defects(by, row)
            else:
                kept = json.loads((previews.folder_of(row) / "kept.json").read_text(encoding="utf-8"))
                MODULES.get(row.kind, master_rows).undo(by, row, kept)
                if row.kind in REMOVED:
                    creating.remove(row.result["made"])
            _settle(row, Status.UNDONE, row.result)
            events.write(by=by, verb="import.undo", subject=row, data=_told(row), reason=row.reason)
    except Refused as refusal:
        if isinstance(refusal, NotAllowed):
            raise
        row.undone_by, row.undone_at, row.reason = None, None, ""
        _say(row, Status.APPLIED, refusal.message)


def _undo_defects(by: User, row: Import) -> None:
    touched: set[tuple[int, int]] = set()
    if row.result.get("first"):
        touched |= defect_batches.take_back(by, labels=_labels(row.result), reason=row.reason)
    changes = {
        each.pk: (each.version + 1, _before(each.data())) for each in previews.staged(row).of(CHANGED) if each.pk
    }
    if changes:
        pairs, _count = defect_batches.change(by, changes=changes, reason=row.reason)
        touched |= pairs
    _refuse_foreign(by, touched)
    input_changed(touched)


def _labels(result: Mapping[str, Any]) -> Iterator[str]:
    """The numbers of a batch: one block of a series and year."""
    series, year, first = result["first"].split("-")
    return (numbers.text(series, int(year), int(first) + more) for more in range(result["count"]))


def _before(changes: Mapping[str, Any]) -> dict[str, Any]:
    return _after({field: [after, before] for field, (before, after) in changes.items()}, {})
