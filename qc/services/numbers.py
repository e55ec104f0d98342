"""Record numbers without gaps: one counter row per series and year, taken last before commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db import connection, transaction

from qc.models import Counter

# Written out, since every record takes a number: one statement, in a fraction of the time that the ORM takes for two.
TAKE = "UPDATE qc_counter SET value = value + %s WHERE series = %s AND year = %s RETURNING value"
WIDTH = {"D": 6, "NCR": 5, "SCAR": 5}


@transaction.atomic(savepoint=False)  # part of its verb: what fails here fails all of it
def take_block(series: str, year: int, count: int) -> range:
    """Reserve `count` consecutive values; returns them as a range. Must run inside the verb's transaction.

    The UPDATE holds the row until commit, so two writers never get the same value and a rollback gives it back.
    ValueError for an unknown series or a count below one.
    """
    if series not in WIDTH:
        raise ValueError(f"unknown series {series!r}")
    if count < 1:
        raise ValueError(f"a block has at least one number, got {count}")
    last = _raised(series, year, count)
    if last is None:
        Counter.objects.get_or_create(series=series, year=year)
        last = _raised(series, year, count)
    assert last is not None  # noqa: S101  (the row is there now; this tells the type checker)
    return range(last - count + 1, last + 1)


def _raised(series: str, year: int, count: int) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [count, series, year])
        row = cursor.fetchone()
    return int(row[0]) if row else None


def text(series: str, year: int, value: int) -> str:
    """The number as people write it: D-2026-000123, NCR-2026-00042."""
    return f"{series}-{year}-{value:0{WIDTH[series]}d}"


def texts(series: str, year: int, values: Iterable[int]) -> Iterator[str]:
    """Many numbers as people write them."""
    start, width = f"{series}-{year}-", WIDTH[series]
    return (f"{start}{value:0{width}d}" for value in values)


def take(series: str, year: int) -> str:
    """The next number of a series, as text."""
    return text(series, year, take_block(series, year, 1)[0])
