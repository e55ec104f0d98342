"""Many rows from the database as arrays of whole numbers, without an object for each: a million in about a second.

PostgreSQL sends them by COPY as one binary array for each column, SQLite through its own cursor. What is no number
becomes one in the query: times and dates by `seconds` and `days`, texts by `key`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import DTypeLike, NDArray

ARRAY_HEADER = 20  # bytes before the values of an array: dimensions, flags, kind, length, first index
POSITIVE = 2**63 - 1


def rows(select: Sequence[str], source: str, params: Sequence[Any], kinds: Sequence[DTypeLike]) -> list[NDArray[Any]]:
    """The columns of `SELECT select source`, one array of each kind; all are whole numbers, none is NULL.

    The first one tells the rows apart and the source is ordered by it. All rows are in memory at once, so many of them
    are read in parts.
    """
    return (_copied if connection.vendor == "postgresql" else _fetched)(select, source, params, kinds)


def pairs(sql: str, params: Sequence[Any]) -> list[tuple[int, str]]:
    """The rows of a query of a number and a text."""
    with connection.cursor() as cursor:
        _prepare()
        cursor.execute(sql, params)
        return [(int(number), str(text)) for number, text in cursor.fetchall()]


def seconds(column: str) -> str:
    """SQL: a moment as whole seconds since 1970."""
    if connection.vendor == "postgresql":
        return f"floor(date_part('epoch', {column}))::bigint"  # extract() would count in slow decimals
    return f"CAST(strftime('%%s', {column}) AS INTEGER)"


def days(column: str) -> str:
    """SQL: a date as days since 1970."""
    if connection.vendor == "postgresql":
        return f"({column} - date '1970-01-01')::bigint"
    return f"CAST(strftime('%%s', {column}) AS INTEGER) / 86400"


def key(column: str) -> str:
    """SQL: a text as a number of 63 bits, -1 for an empty one. Two texts share one with a chance of 1 in 10^18."""
    if connection.vendor == "postgresql":
        return f"CASE WHEN {column} = '' THEN -1 ELSE hashtextextended({column}, 0) & {POSITIVE} END"
    return f"CASE WHEN {column} = '' THEN -1 ELSE lineside_key({column}) END"


def lower(column: str) -> str:
    """SQL: a text in small letters."""
    return f"lower({column})"


def _copied(
    select: Sequence[str], source: str, params: Sequence[Any], kinds: Sequence[DTypeLike]
) -> list[NDArray[Any]]:
    """PostgreSQL sends every column as one array, so that nothing is done row by row on this side."""
    narrow = [np.dtype(kind) == np.int32 for kind in kinds]
    each = ", ".join(
        f"({one})::{'int' if is_narrow else 'bigint'} AS c{i}"
        for i, (one, is_narrow) in enumerate(zip(select, narrow, strict=True))
    )
    whole = ", ".join(f"array_agg(c{i})" for i in range(len(select)))
    query = f"COPY (SELECT {whole} FROM (SELECT {each} {source}) AS one) TO STDOUT (FORMAT BINARY)"  # noqa: S608
    # Django's cursor of debugging takes no values beside a copy, so they are put into its text here.
    query = connection.ops.compose_sql(query, params)  # type: ignore[attr-defined]
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        (arrays,) = copy.rows()
    found = [_values(one, is_narrow).astype(kind) for one, is_narrow, kind in zip(arrays, narrow, kinds, strict=True)]
    if (np.diff(found[0]) < 0).any():  # an aggregate takes its rows as they come, as a rule in the order of the source
        order = np.argsort(found[0])
        found = [one[order] for one in found]
    return found


def _values(array: bytes | None, is_narrow: bool) -> NDArray[Any]:
    """An array's binary form: for each value its length and the value itself; nothing of no rows at all."""
    pair = np.dtype([("length", ">i4"), ("value", ">i4" if is_narrow else ">i8")])
    return np.frombuffer(array or b"", dtype=pair, offset=ARRAY_HEADER if array else 0)["value"]


def _fetched(
    select: Sequence[str], source: str, params: Sequence[Any], kinds: Sequence[DTypeLike]
) -> list[NDArray[Any]]:
    with connection.cursor() as cursor:
        _prepare()
        cursor.execute(f"SELECT {', '.join(select)} {source}", params)
        found = cursor.fetchall()
    table = np.array(found, dtype=np.int64).reshape(len(found), len(kinds))
    return [table[:, i].astype(kind) for i, kind in enumerate(kinds)]


def _prepare() -> None:
    """SQLite has no function that hashes a text, so it gets ours."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("lineside_key", 1, _key_of, deterministic=True)


def _key_of(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") & POSITIVE
