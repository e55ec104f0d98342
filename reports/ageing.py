"""How old the open work is: cases by state, requests by supplier, in bands of days since they were opened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, CharField, Count, QuerySet, Value, When

from qc.models import Nonconformance, Plant, User
from qc.services.listings.ages import AGES, within
from suppliers.models import CorrectiveActionRequest

__all__ = ["AGES", "Row", "cases", "requests"]


@dataclass(frozen=True)
class Row:
    """The open work of one state or one supplier: how many of each age, and of all."""

    key: str
    label: str
    counts: tuple[int, ...]

    @property
    def cells(self) -> list[tuple[int, str]]:
        """How many, and the name of the age, for each age."""
        return list(zip(self.counts, [name for name, *_rest in AGES], strict=True))

    @property
    def total(self) -> int:
        """How many there are of every age."""
        return sum(self.counts)


def cases(viewer: User, plant: Plant | None) -> list[Row]:
    """Open cases of each state, in the order of the states; states without one are left out."""
    rows = Nonconformance.objects.visible_to(viewer).open()
    found = _table(rows.filter(plant=plant) if plant else rows, "status", "opened_at")
    states = [(value, label) for value, label in Nonconformance.Status.choices if value in found]
    return [Row(value, str(label), found[value]) for value, label in states]


def requests(viewer: User, plant: Plant | None) -> list[Row]:
    """Open requests of each supplier, the most first."""
    rows = CorrectiveActionRequest.objects.visible_to(viewer).open()
    rows = rows.filter(plant=plant) if plant else rows
    found = _table(rows, "supplier", "issued_at")
    names = {row.supplier_id: str(row.supplier) for row in rows.select_related("supplier").order_by("supplier_id")}
    told = [Row(str(pk), names[pk], counts) for pk, counts in found.items()]
    return sorted(told, key=lambda row: (-row.total, row.label))


def _table(rows: QuerySet[Any], by: str, since: str) -> dict[Any, tuple[int, ...]]:
    """How many rows of each value of `by` lie in each band of age."""
    bands = [When(within(since, low, high), then=Value(name)) for name, _label, low, high in AGES]
    aged = rows.annotate(age=Case(*bands, default=Value(""), output_field=CharField())).order_by()
    found: dict[Any, dict[str, int]] = {}
    for value, age, number in aged.values_list(by, "age").annotate(n=Count("pk")):
        found.setdefault(value, {})[age] = number
    return {value: tuple(ages.get(name, 0) for name, *_rest in AGES) for value, ages in found.items()}
