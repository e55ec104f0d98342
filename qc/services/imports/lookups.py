"""Codes of a file become rows of the database: only such as the person may read, and new ones where that is wanted."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models.functions import Lower

from qc.ingest import cells as reading
from qc.ingest.cells import Unusable
from qc.models import (
    DefectType,
    Machine,
    Part,
    Plant,
    Product,
    ProductionLine,
    Shift,
    Station,
    Supplier,
    SupplierLot,
    User,
)

# What may be created from a preview, in the order in which it has to be: what a row points at comes first.
CREATABLE = ("line", "station", "machine", "supplier", "part", "supplier_lot", "product", "defect_type")
LENGTHS = {"line": 30, "station": 30, "machine": 30, "supplier": 30, "part": 60, "supplier_lot": 80, "product": 40,
           "defect_type": 40}  # fmt: skip
WORDS = {"line": "line", "station": "station", "machine": "machine", "supplier": "supplier", "part": "part",
         "supplier_lot": "lot", "product": "product", "defect_type": "defect code"}  # fmt: skip


class Unknown(Unusable):
    """A code that nobody knows; `creates` says what could be made of it."""

    def __init__(self, reason: str, hint: str, creates: str = "") -> None:
        super().__init__(reason, hint)
        self.creates = creates


@dataclass(frozen=True, slots=True)
class Node:
    """A row: its key (negative while it is still to be created), code, and the key of the row above."""

    pk: int
    code: str
    above: int = 0


@dataclass
class Table:
    """Rows of one model by code, then by name, in lower case; below the row above or anywhere."""

    by_pk: dict[int, Node] = field(default_factory=dict)
    codes: dict[tuple[int | None, str], list[Node]] = field(default_factory=dict)
    names: dict[tuple[int | None, str], list[Node]] = field(default_factory=dict)

    def add(self, node: Node, name: str = "") -> None:
        """Make a row known."""
        self.by_pk[node.pk] = node
        for above in (node.above, None):
            self.codes.setdefault((above, node.code.casefold()), []).append(node)
            if name:
                self.names.setdefault((above, name.casefold()), []).append(node)

    def find(self, text: str, above: int | None = None) -> list[Node]:
        """The rows that a text may mean: by its code as written, by its code in any case, by its name."""
        key = (above, text.casefold())
        found = self.codes.get(key, [])
        exact = [node for node in found if node.code == text]
        return exact or found or self.names.get(key, [])


class Codes:
    """Every code that the person may name, and what is to be created on the way."""

    def __init__(self, by: User, create: Collection[str] = ()) -> None:
        self.by, self.create = by, frozenset(create)
        self.fresh: list[dict[str, Any]] = []  # rows to be created; the key of the n-th is -n-1
        self.lots: dict[int, Table] = {}  # by plant, below their part: those that were looked for
        self._asked: set[str] = set()

    @cached_property
    def plants(self) -> Table:
        """Plants of the person."""
        return _table((pk, code, 0, name) for pk, code, name in self._values(Plant, "pk", "code", "name"))

    @cached_property
    def zones(self) -> dict[int, Plant]:
        """The plants themselves, for zone and shifts."""
        return {plant.pk: plant for plant in Plant.objects.visible_to(self.by)}

    @cached_property
    def shifts(self) -> dict[int, list[Shift]]:
        """Shifts by plant."""
        found: dict[int, list[Shift]] = {}
        for shift in Shift.objects.visible_to(self.by).order_by("starts_at"):
            found.setdefault(shift.plant_id, []).append(shift)
        return found

    @cached_property
    def lines(self) -> Table:
        """Lines below their plant."""
        return _table(self._values(ProductionLine, "pk", "code", "plant_id", "name"))

    @cached_property
    def stations(self) -> Table:
        """Stations below their line."""
        return _table(self._values(Station, "pk", "code", "line_id", "name"))

    @cached_property
    def machines(self) -> Table:
        """Machines below their station."""
        return _table(self._values(Machine, "pk", "code", "station_id", "name"))

    @cached_property
    def suppliers(self) -> Table:
        """Suppliers by code and name."""
        return _table((pk, code, 0, name) for pk, code, name in self._values(Supplier, "pk", "code", "name"))

    @cached_property
    def parts(self) -> Table:
        """Bought parts below their supplier."""
        return _table(self._values(Part, "pk", "number", "supplier_id", "name"))

    @cached_property
    def products(self) -> Table:
        """Products by code and name."""
        return _table((pk, code, 0, name) for pk, code, name in self._values(Product, "pk", "code", "name"))

    @cached_property
    def types(self) -> dict[int, DefectType]:
        """Defect codes, with what they were merged into."""
        rows = DefectType.objects.visible_to(self.by).select_related("merged_into")
        return {row.pk: row for row in rows}

    @cached_property
    def type_table(self) -> Table:
        """Defect codes by code and name; a name that two codes share names neither."""
        return _table((row.pk, row.code, 0, row.name) for row in self.types.values())

    def _values(self, model: Any, *fields: str) -> Any:
        return model._default_manager.visible_to(self.by).order_by("pk").values_list(*fields)

    def look_for_lots(self, codes: Collection[str]) -> None:
        """Read the lots with these codes, once each."""
        wanted = sorted({code.casefold() for code in codes if code} - self._asked)
        for start in range(0, len(wanted), 500):
            rows = SupplierLot.objects.visible_to(self.by).annotate(key=Lower("code"))
            rows = rows.filter(key__in=wanted[start : start + 500])
            for pk, code, plant, part in rows.values_list("pk", "code", "plant_id", "part_id"):
                self.add_lot(plant, Node(pk, code, part))
        self._asked |= set(wanted)

    def add_lot(self, plant: int, node: Node) -> None:
        """Make a lot of a plant known."""
        self.lots.setdefault(plant, Table()).add(node)

    def one(self, kind: str, text: str, table: Table, above: int | None = None) -> Node:
        """The row that a text names, below another one where that is known. Unknown with what to do otherwise."""
        found = table.find(reading.name(text, 0), above)
        if len(found) > 1:
            raise Unusable(f"names {len(found)} different {WORDS.get(kind, kind)}s", "Say which in another column.")
        if not found:
            creates = kind if kind in CREATABLE else ""
            hint = f"Correct it, or let the import create the {WORDS[kind]}." if creates else "Correct it."
            raise Unknown(f"is not a known {WORDS.get(kind, kind)}", hint, creates)
        return found[0]

    def named(self, kind: str, text: str, table: Table, above: int | None = None, **more: Any) -> Node:
        """Like `one`, but a row that is not there is created on apply where that was asked for."""
        try:
            return self.one(kind, text, table, above)
        except Unknown:
            if kind not in self.create:
                raise
            return self.add(kind, text, table, above or 0, **more)

    def add(self, kind: str, text: str, table: Table, above: int = 0, **more: Any) -> Node:
        """Note a row to be created; it is known from now on under its code."""
        code = reading.name(text, LENGTHS[kind])
        node = Node(-len(self.fresh) - 1, code, above)
        self.fresh.append({"kind": kind, "code": code, "above": above, **more})
        table.add(node)
        return node


def _table(rows: Iterable[tuple[int, str, int, str]]) -> Table:
    table = Table()
    for pk, code, above, name in rows:
        table.add(Node(pk, code, above), name)
    return table
