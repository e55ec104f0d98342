"""Rows into a table of PostgreSQL by COPY: the quick way for many rows that are checked already.

PostgreSQL checks each foreign key of each row by a statement of its own, which takes longer than the rest of the
insert. Where the role may say so, the checks of the rows are put off, and every different key is locked and checked
once, in the same transaction: the same promise, kept with some hundred looks instead of millions. Where the role may
not, PostgreSQL checks as always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import IntegrityError, connection, models

AT_ONCE = 500
NULL = "\\N"
# May this role put checks off, and has the table nothing else that would be put off with them?
MAY = """SELECT NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal)
    AND CASE WHEN current_setting('server_version_num')::int >= 150000
        THEN has_parameter_privilege('session_replication_role', 'SET')
        ELSE current_setting('is_superuser') = 'on' END"""
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def cell(value: object) -> str:
    """A value as COPY wants it."""
    if value is None:
        return NULL
    text = str(value)
    return text if text.isalnum() else text.translate(_ESCAPES)


def copy(
    model: type[models.Model],
    *,
    fields: Sequence[str],
    lines: Iterable[str],
    constant: Mapping[str, Any],
    labels: Iterable[str],
    label: str,
    is_much: bool,
) -> None:
    """Copy lines of escaped cells in the order of `fields`; each gets a label, and all get the same `constant`.

    `is_much` says that putting checks off pays. Must run in a transaction. IntegrityError for a row that breaks a
    constraint or points at nothing.
    """
    columns = [*fields, *constant, label]
    quote, columns_of = connection.ops.quote_name, _columns(model)
    names = ", ".join(quote(columns_of[name]) for name in columns)
    tail = "\t".join(cell(value) for value in constant.values())
    keys = Keys(model, fields)
    with connection.cursor() as cursor:
        # The search index sorts fresh entries in from time to time: in large parts it is quick.
        cursor.execute("SET LOCAL gin_pending_list_limit = '32MB'; SET LOCAL work_mem = '64MB'")
        are_put_off = is_much and _may_put_off(cursor, model)
        if are_put_off:
            cursor.execute("SET LOCAL session_replication_role = replica")
            lines = keys.noted(lines)
        _write(cursor, f"COPY {quote(model._meta.db_table)} ({names}) FROM STDIN", lines, tail, labels)
        if are_put_off:
            cursor.execute("SET LOCAL session_replication_role = origin")
            keys.check(constant)


def _columns(model: type[models.Model]) -> dict[str, str]:
    return {each.attname: str(each.column) for each in model._meta.concrete_fields}


def _may_put_off(cursor: Any, model: type[models.Model]) -> bool:
    cursor.execute(MAY, [model._meta.db_table])
    return bool(cursor.fetchone()[0])


def _write(cursor: Any, into: str, lines: Iterable[str], tail: str, labels: Iterable[str]) -> None:
    whole = (f"{line}\t{tail}\t{label}\n" for line, label in zip(lines, labels, strict=True))
    with connection.wrap_database_errors, cursor.copy(into) as copying:
        while part := list(islice(whole, AT_ONCE)):
            copying.write("".join(part))


class Keys:
    """The different foreign keys of rows."""

    def __init__(self, model: type[models.Model], fields: Sequence[str]) -> None:
        self._foreign = {
            each.attname: each for each in model._meta.concrete_fields if isinstance(each, models.ForeignKey)
        }
        self._seen: dict[int, set[str]] = {at: set() for at, name in enumerate(fields) if name in self._foreign}
        self._fields = fields

    def noted(self, lines: Iterable[str]) -> Iterator[str]:
        """The lines as they are, their keys noted on the way."""
        rest, last = iter(lines), max(self._seen, default=-1) + 1
        while part := list(islice(rest, AT_ONCE)):
            columns = list(zip(*(line.split("\t", last)[:last] for line in part), strict=True))
            for at, seen in self._seen.items():
                seen.update(columns[at])
            yield from part

    def check(self, constant: Mapping[str, Any]) -> None:
        """Lock every row that is pointed at, as PostgreSQL would for each row; IntegrityError where there is none."""
        wanted: dict[str, set[Any]] = {self._fields[at]: seen for at, seen in self._seen.items()}
        wanted |= {name: {str(value)} for name, value in constant.items() if name in self._foreign and value}
        for name, texts in sorted(wanted.items()):
            keys = sorted(int(text) for text in texts - {NULL})
            missing = set(keys) - self._locked(name, keys)
            if missing:
                raise IntegrityError(f"{name} {min(missing)} points at no row")

    def _locked(self, name: str, keys: Sequence[int]) -> set[int]:
        table = connection.ops.quote_name(self._foreign[name].remote_field.model._meta.db_table)
        with connection.cursor() as cursor:
            look = f"SELECT id FROM {table} WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"  # noqa: S608  (our own name)
            cursor.execute(look, [list(keys)])
            return {row[0] for row in cursor.fetchall()}
