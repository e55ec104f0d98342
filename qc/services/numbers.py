"""Record numbers without gaps: one counter row per series and year, taken last before commit."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F

from qc.models import Counter

WIDTH = {"D": 6, "NCR": 5, "SCAR": 5}


@transaction.atomic
def take_block(series: str, year: int, count: int) -> range:
    """Reserve `count` consecutive values; returns them as a range. Must run inside the verb's transaction.

    The UPDATE holds the row until commit, so two writers never get the same value and a rollback gives it back.
    ValueError for an unknown series or a count below one.
    """
    if series not in WIDTH:
        raise ValueError(f"unknown series {series!r}")
    if count < 1:
        raise ValueError(f"a block has at least one number, got {count}")
    row = Counter.objects.filter(series=series, year=year)
    if not row.update(value=F("value") + count):
        Counter.objects.get_or_create(series=series, year=year)
        row.update(value=F("value") + count)
    last = row.values_list("value", flat=True).get()
    return range(last - count + 1, last + 1)


def text(series: str, year: int, value: int) -> str:
    """The number as people write it: D-2026-000123, NCR-2026-00042."""
    return f"{series}-{year}-{value:0{WIDTH[series]}d}"


def take(series: str, year: int) -> str:
    """The next number of a series, as text."""
    return text(series, year, take_block(series, year, 1)[0])
