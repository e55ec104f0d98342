"""The bulk verbs of defects: many rows at once, in one transaction, with one block of numbers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from qc import clock
from qc.errors import Refused, Stale
from qc.models import Defect, DefectRevision, Nonconformance, User
from qc.services import copying, numbers
from qc.services.inputs import input_changed, records_rewritten
from qc.services.revisions import NOT_VALUES

AT_ONCE = 2_000
MUCH = 200  # rows from which checking keys together pays
FEW = 20  # rows up to which one statement is as quick as a COPY
FIELDS = {field.attname: field for field in Defect._meta.concrete_fields}
Rows = Iterable[str]
Unescape = Callable[[str], str | None]


def insert(by: User, *, fields: Sequence[str], rows: Rows, count: int, unescape: Unescape) -> tuple[str, str]:
    """Insert checked rows: lines of cells in the order of `fields`, as COPY wants them. Must run in a transaction.

    The rest of a record's columns is the same for all. Returns the first and the last number.
    """
    now = clock.now()
    block = numbers.take_block("D", now.year, count)
    constant = _constant(by, fields, now)
    labels = numbers.texts("D", now.year, block)
    if connection.vendor == "postgresql":
        much = count >= MUCH
        copying.copy(Defect, fields=fields, lines=rows, constant=constant, labels=labels, label="number", is_much=much)
    else:
        columns = [*fields, *constant, "number"]
        same = tuple(constant.values())
        cells = ((*map(unescape, row.split("\t")), *same, label) for row, label in zip(rows, labels, strict=True))
        marks, names = ", ".join(["%s"] * len(columns)), ", ".join(str(FIELDS[name].column) for name in columns)
        with connection.cursor() as cursor:
            while part := list(islice(cells, AT_ONCE)):
                cursor.executemany(f"INSERT INTO {Defect._meta.db_table} ({names}) VALUES ({marks})", part)  # noqa: S608  (names of our own)
    return numbers.text("D", now.year, block[0]), numbers.text("D", now.year, block[-1])


def insert_built(rows: Sequence[Defect]) -> None:
    """Insert records that are built and have their numbers; afterwards they have their keys. In a transaction."""
    if connection.vendor != "postgresql" or len(rows) <= FEW:
        Defect.objects.bulk_create(rows, batch_size=500)
        return
    varying: dict[str, list[Any]] = {}
    constant: dict[str, Any] = {}
    for name in FIELDS.keys() - {"id", "number"}:
        column = [row.__dict__[name] for row in rows]
        if column.count(column[0]) == len(column):
            constant[name] = column[0]
        else:
            varying[name] = column
    lines = ("\t".join(map(copying.cell, values)) for values in zip(*varying.values(), strict=True))
    labels, much = [row.number for row in rows], len(rows) >= MUCH
    copying.copy(
        Defect, fields=list(varying), lines=lines, constant=constant, labels=labels, label="number", is_much=much
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, id FROM qc_defect WHERE number = ANY(%s)", [labels])
        keys = dict(cursor.fetchall())
    for row in rows:
        row.pk, row._state.adding, row._state.db = keys[row.number], False, connection.alias


def existing(keys: Sequence[uuid.UUID]) -> list[uuid.UUID]:
    """Those of the senders' keys that a record has; of a few all, for then one question is enough."""
    if connection.vendor != "postgresql" or len(keys) <= FEW:
        return list(keys)
    with connection.cursor() as cursor:
        cursor.execute("SELECT client_uuid FROM qc_defect WHERE client_uuid = ANY(%s)", [list(keys)])
        return [row[0] for row in cursor.fetchall()]


def _constant(by: User, fields: Sequence[str], now: Any) -> dict[str, Any]:
    """The columns that no row says anything of, as the database wants them."""
    said = {"recorded_by_id": by.pk, "recorded_at": now}
    constant = {}
    for field in Defect._meta.concrete_fields:
        if field.primary_key or field.attname in fields or field.attname == "number":
            continue
        value = said[field.attname] if field.attname in said else field.get_default()
        constant[field.attname] = field.get_db_prep_save(value, connection)
    return constant


@transaction.atomic
def take_back(by: User, *, labels: Iterable[str], reason: str) -> set[tuple[int, int]]:
    """Void the records of a batch, as they were inserted; returns the (plant, code) pairs that became fewer.

    Refused when one of them was touched since. Their keys become free, so that the same rows can come again.
    """
    touched: set[tuple[int, int]] = set()
    labels = iter(labels)
    while part := list(islice(labels, AT_ONCE)):
        rows = list(Defect.objects.select_for_update().filter(number__in=part).order_by("pk"))
        _refuse_touched(rows)
        now = clock.now()
        DefectRevision.objects.bulk_create(
            (
                DefectRevision(
                    defect=row, version=row.version, values=_plain(row), reason=reason, replaced_by=by, replaced_at=now
                )
                for row in rows
            ),
            batch_size=500,
        )
        touched |= {(row.plant_id, row.counts_as_id) for row in rows}
        for row in rows:
            row.client_uuid = uuid.uuid4()
        Defect.objects.bulk_update(rows, ["client_uuid"], batch_size=500)
        Defect.objects.filter(pk__in=[row.pk for row in rows]).update(
            status=Defect.Status.VOID,
            duplicate_of=None,
            looks_like=None,
            void_reason=reason,
            external_id="",
            version=F("version") + 1,
        )
    return touched


def _plain(row: Defect) -> dict[str, Any]:
    values = {
        field.attname: getattr(row, field.attname)
        for field in Defect._meta.concrete_fields
        if field.name not in NOT_VALUES
    }
    return {
        name: value if isinstance(value, bool | int) else str(value)
        for name, value in values.items()
        if value not in (None, "")
    }


def _refuse_touched(rows: Sequence[Defect]) -> None:
    """What people did with the records since stands above taking them back."""
    for row in rows:
        if row.version != 1 or row.status not in (Defect.Status.LOGGED, Defect.Status.DUPLICATE):
            raise Refused(f"{row.number} was changed after the import. Take the rest out one by one, or leave it.")
    keys = [row.pk for row in rows]
    case = Nonconformance.objects.filter(defects__in=keys).order_by("pk").first()
    if case is not None:
        raise Refused(f"{case.number} was opened for records of this import. Take them out of the case first.")
    # What the import itself joined goes with it: all of a batch is recorded at the same moment.
    others = Defect.objects.filter(duplicate_of__in=keys)
    others = others.exclude(recorded_by=rows[0].recorded_by_id, recorded_at=rows[0].recorded_at) if rows else others
    other = others.select_related("duplicate_of").first()
    if other is not None:
        raise Refused(f"{other.number} was joined to {other.duplicate_of} of this import. Correct that first.")


@transaction.atomic
def change(
    by: User, *, changes: Mapping[int, tuple[int, Mapping[str, Any]]], reason: str
) -> tuple[set[tuple[int, int]], int]:
    """Give records other values: key -> (version that was seen, column -> value). Checked by the caller.

    Stale when one of them has another version. Returns the (plant, code) pairs that have to be judged anew, and how
    many records changed.
    """
    touched: set[tuple[int, int]] = set()
    left: set[int] = set()  # plants that a record has left
    pending = iter(sorted(changes.items()))
    while part := list(islice(pending, AT_ONCE)):
        rows = {row.pk: row for row in Defect.objects.select_for_update().filter(pk__in=[pk for pk, _c in part])}
        revisions, names = [], {"version"}
        for pk, (version, values) in part:
            row = rows[pk]
            if row.version != version:
                raise Stale(f"{row.number} was changed meanwhile. Look at the preview again.")
            plant = row.plant_id
            touched.add((plant, row.counts_as_id))
            revisions.append(
                DefectRevision(
                    defect=row, version=row.version, values=_plain(row), reason=reason, replaced_by=by,
                    replaced_at=clock.now(),
                )
            )  # fmt: skip
            for name, value in values.items():
                setattr(row, name, FIELDS[name].to_python(value))
                names.add(FIELDS[name].name)
            row.version += 1
            touched.add((row.plant_id, row.counts_as_id))
            left |= {plant} - {row.plant_id}
        DefectRevision.objects.bulk_create(revisions, batch_size=500)
        Defect.objects.bulk_update(rows.values(), sorted(names), batch_size=200)
    if left:
        input_changed(touched)  # types before plants: everybody locks them in this order
    for plant in sorted(left):
        records_rewritten(plant)
    return touched, len(changes)
