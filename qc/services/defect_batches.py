"""The bulk verbs of defects: many rows at once, in one transaction, with one block of numbers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from qc import clock
from qc.errors import Refused, Stale
from qc.models import Defect, DefectRevision, Nonconformance, User
from qc.services import numbers
from qc.services.inputs import input_changed, records_rewritten
from qc.services.revisions import NOT_VALUES

AT_ONCE = 2_000
BLOCK = 64 * 1024  # characters that go to the server at a time
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
    columns = [*fields, *constant, "number"]
    table, quote = Defect._meta.db_table, connection.ops.quote_name
    into = f"{quote(table)} ({', '.join(quote(_column(name)) for name in columns)})"
    prefix, first_digit = numbers.text("D", now.year, 0)[: -numbers.WIDTH["D"]], numbers.WIDTH["D"]
    labels = (f"{prefix}{value:0{first_digit}d}" for value in block)
    if connection.vendor == "postgresql":
        tail = "\t".join(_copied(value) for value in constant.values())
        _copy(into, (f"{row}\t{tail}\t{label}\n" for row, label in zip(rows, labels, strict=True)))
    else:
        same = tuple(constant.values())
        cells = ((*map(unescape, row.split("\t")), *same, label) for row, label in zip(rows, labels, strict=True))
        marks = ", ".join(["%s"] * len(columns))
        with connection.cursor() as cursor:
            while part := list(islice(cells, AT_ONCE)):
                cursor.executemany(f"INSERT INTO {into} VALUES ({marks})", part)  # noqa: S608  (names of our own)
    return numbers.text("D", now.year, block[0]), numbers.text("D", now.year, block[-1])


def _column(name: str) -> str:
    return next(field.column or name for field in Defect._meta.concrete_fields if field.attname == name)


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


def _copied(value: Any) -> str:
    return "\\N" if value is None else str(value)


def _copy(into: str, lines: Iterator[str]) -> None:
    with connection.cursor() as cursor:
        # The search index sorts fresh entries in from time to time: in large parts it is quick.
        cursor.execute("SET LOCAL gin_pending_list_limit = '32MB'; SET LOCAL work_mem = '64MB'")
        with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
            while part := list(islice(lines, 500)):
                copy.write("".join(part))


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
            status=Defect.Status.VOID, void_reason=reason, external_id="", version=F("version") + 1
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
        if row.version != 1 or row.status != Defect.Status.LOGGED:
            raise Refused(f"{row.number} was changed after the import. Take the rest out one by one, or leave it.")
    keys = [row.pk for row in rows]
    case = Nonconformance.objects.filter(defects__in=keys).order_by("pk").first()
    if case is not None:
        raise Refused(f"{case.number} was opened for records of this import. Take them out of the case first.")
    other = Defect.objects.filter(duplicate_of__in=keys).select_related("duplicate_of").first()
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
