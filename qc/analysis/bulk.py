"""Many rows from the database as arrays of whole numbers, without an object for each: a million in about a second.

PostgreSQL sends them by COPY in its binary form, SQLite through its own cursor. What is no number becomes one in the
query: times and dates by `seconds` and `days`, texts by `key`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.db import connection
from numpy.typing import DTypeLike, NDArray

HEADER, TRAILER = 19, 2  # of COPY's binary form: signature, flags, length of extensions; the end mark
PIECE = 1 << 22  # bytes that are turned into numbers at a time
POSITIVE = 2**63 - 1


def rows(select: Sequence[str], source: str, params: Sequence[Any], kinds: Sequence[DTypeLike]) -> list[NDArray[Any]]:
    """The columns of `SELECT select source`, one array of each kind; all are whole numbers, none is NULL."""
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
        return f"floor(extract(epoch from {column}))::bigint"
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
    """Each row of the binary form is a count of fields and, for each, its length and eight bytes."""
    record = np.dtype([("n", ">i2"), *((f"{part}{i}", t) for i in range(len(kinds)) for part, t in _PARTS)])
    parts: list[list[NDArray[Any]]] = [[] for _ in kinds]
    held, skip = bytearray(), HEADER

    def turn() -> None:
        nonlocal held
        whole = len(held) // record.itemsize * record.itemsize
        table = np.frombuffer(bytes(held[:whole]), dtype=record)
        held = held[whole:]
        for i, kind in enumerate(kinds):
            parts[i].append(table[f"v{i}"].astype(kind))

    wide = ", ".join(f"({one})::bigint" for one in select)
    query = f"COPY (SELECT {wide} {source}) TO STDOUT (FORMAT BINARY)"
    # Django's cursor of debugging takes no values beside a copy, so they are put into its text here.
    query = connection.ops.compose_sql(query, params)  # type: ignore[attr-defined]
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for piece in copy:
            held += piece
            if skip and len(held) >= skip:
                del held[:skip]
                skip = 0
            if len(held) > PIECE:
                turn()
    if len(held) >= record.itemsize:
        turn()
    if len(held) > TRAILER:
        raise ValueError(f"{len(held)} bytes are left of a copy whose rows have {record.itemsize}")
    return [_joined(part, kind) for part, kind in zip(parts, kinds, strict=True)]


def _joined(part: list[NDArray[Any]], kind: DTypeLike) -> NDArray[Any]:
    """One array of the pieces, which are let go: a column is not held twice while the others are joined."""
    whole = np.concatenate([*part, np.zeros(0, dtype=kind)])
    part.clear()
    return whole


_PARTS = (("l", ">i4"), ("v", ">i8"))


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
