"""Rows of a file become master data: what is not there is created, what is called otherwise is renamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from django.db import transaction

from qc.errors import Refused
from qc.ingest import cells as reading
from qc.ingest.cells import Unusable
from qc.models import Import, Severity, User
from qc.permissions import require
from qc.services import catalogue
from qc.services.imports.cells import Cells
from qc.services.imports.creating import MODELS
from qc.services.imports.lookups import Codes, Node, Table
from qc.services.imports.staged import CHANGED, ERROR, NEW, SAME, Staged, line

LENGTHS = {"line": 120, "station": 120, "machine": 120, "supplier": 160, "part": 160, "product": 160,
           "defect_type": 160}  # fmt: skip


class MasterRows:
    """What all master data have in common: a row names one thing or several, each below the one before."""

    levels: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = ()  # kind, column, (column, field) of its facts
    first = ""

    def __init__(self, lookups: Codes, plant: int | None, answers: dict[str, Any]) -> None:
        lookups.create = frozenset(kind for kind, _column, _facts in self.levels)
        self.codes, self.plant, self.answers = lookups, plant, answers
        self.touched: set[tuple[int, int]] = set()
        self._values: dict[str, dict[int, dict[str, Any]]] = {}
        self._said: dict[tuple[int, str], tuple[Any, int]] = {}
        self._origin: dict[int, int] = {}

    def table(self, kind: str) -> Table:
        """The known rows of a kind."""
        tables = {
            "line": "lines", "station": "stations", "machine": "machines", "supplier": "suppliers", "part": "parts",
            "product": "products", "defect_type": "type_table",
        }  # fmt: skip
        table: Table = getattr(self.codes, tables[kind])
        return table

    def lines(self, cells: Cells) -> Iterator[str]:
        """The staged lines of a chunk."""
        facts = {
            column: cells.each(column, self._parse(kind, field))
            for kind, _code, pairs in self.levels
            for column, field in pairs
        }
        codes = {column: cells.texts(column) for _kind, column, _facts in self.levels}
        for at, number in enumerate(cells.numbers):
            if at not in cells.marks:
                data = self._row(cells, at, codes, {column: values[at] for column, values in facts.items()})
            if at in cells.marks:
                yield line(ERROR, number, data=cells.marks[at])
            else:
                state = NEW if data["new"] else CHANGED if data["changes"] else SAME
                yield line(state, number, data=data)

    def _parse(self, kind: str, field: str) -> Any:
        if field == "severity":
            words = {str(value): str(value) for value in Severity.values} | {"maj": "major", "min": "minor"}
            return partial(reading.choice, words=words | {"crit": "critical"})
        return partial(reading.name, longest=LENGTHS[kind] if field == "name" else {"revision": 20}.get(field, 80))

    def _row(self, cells: Cells, at: int, codes: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, Any]:
        above = self._top(cells, at)
        data: dict[str, Any] = {"new": [], "changes": [], "names": []}
        for kind, column, pairs in self.levels:
            text = codes[column][at]
            if at in cells.marks:
                break
            if text.strip().casefold() in reading.EMPTY:
                if kind == self.levels[0][0]:
                    cells.mark([at], column, text, "is needed and missing", "Fill it in.")
                continue
            if above is None:
                cells.mark([at], column, text, "stands there without what it belongs to", "Fill in the column before.")
                break
            node = self._node(cells, at, kind, column, text, above)
            if node is None:
                break
            said = {field: facts[col] for col, field in pairs if facts[col] is not None}
            self._compare(cells, at, kind, node, said, data)
            above = node.pk
        return data

    def _top(self, cells: Cells, at: int) -> int | None:
        """The key of the row above the first level; 0 where there is none."""
        return 0

    def _node(self, cells: Cells, at: int, kind: str, column: str, text: str, above: int) -> Node | None:
        """By its code only: a name in the column of codes would rename by mistake."""
        try:
            code = reading.name(text, 0)
            found = self.table(kind).codes.get((above, code.casefold()), [])
            exact = [node for node in found if node.code == code] or found
            if len(exact) > 1:
                raise Unusable(
                    f"names {len(exact)} rows that differ in upper and lower case only", "Write it as there."
                )
            if exact:
                return exact[0]
            node = self.codes.add(kind, text, self.table(kind), above)
            self._origin[node.pk] = cells.numbers[at]
            return node
        except Unusable as error:
            cells.mark([at], column, text, error.reason, error.hint)
            return None

    def _compare(
        self, cells: Cells, at: int, kind: str, node: Node, said: Mapping[str, Any], data: dict[str, Any]
    ) -> None:
        number = cells.numbers[at]
        data["names"].append([kind, node.code])
        for field, value in said.items():
            earlier, row = self._said.setdefault((node.pk, f"{kind}.{field}"), (value, number))
            if earlier != value:
                reason = f"differs from what row {row} says of {node.code}"
                cells.mark([at], self._column(kind, field), str(value), reason, "Write the same in both.", by_row=True)
                return
        if node.pk < 0:
            self.codes.fresh[-node.pk - 1].update(said)
            if self._origin[node.pk] == number:
                data["new"].append([kind, node.code])
            return
        there = self._there(kind)[node.pk]
        changed = {field: [there[field], value] for field, value in said.items() if there[field] != value}
        if changed:
            data["changes"].append([kind, node.pk, node.code, changed])

    def _column(self, kind: str, field: str) -> str:
        return next(col for each, _code, pairs in self.levels if each == kind for col, name in pairs if name == field)

    def _there(self, kind: str) -> dict[int, dict[str, Any]]:
        if kind not in self._values:
            fields = [field for each, _code, pairs in self.levels if each == kind for _column, field in pairs]
            rows: Any = MODELS[kind]._default_manager
            rows = rows.visible_to(self.codes.by).values("pk", *fields)
            self._values[kind] = {row["pk"]: row for row in rows}
        return self._values[kind]


class LineRows(MasterRows):
    """Lines of a plant, their stations, and the machines of those."""

    levels = (
        ("line", "line", (("line_name", "name"),)),
        ("station", "station", (("station_name", "name"),)),
        ("machine", "machine", (("machine_name", "name"),)),
    )

    def _top(self, cells: Cells, at: int) -> int | None:
        text = cells.texts("plant")[at]
        if text.strip().casefold() not in reading.EMPTY:
            try:
                plant = self.codes.one("plant", text, self.codes.plants).pk
            except Unusable as error:
                cells.mark([at], "plant", text, error.reason, error.hint)
                return None
        elif self.plant:
            plant = self.plant
        else:
            hint = "Add a column with the plant, or choose one for the whole file."
            cells.mark([at], "plant", "", "cannot be told: you work for several plants", hint, is_fixable=False)
            return None
        self.touched.add((plant, 0))
        return plant


class ProductRows(MasterRows):
    """Products."""

    levels = (("product", "code", (("name", "name"), ("revision", "revision"))),)


class SupplierRows(MasterRows):
    """Suppliers and the parts that they deliver."""

    levels = (
        ("supplier", "supplier", (("supplier_name", "name"),)),
        ("part", "part", (("part_name", "name"),)),
    )


class TypeRows(MasterRows):
    """The catalogue of defect codes."""

    levels = (("defect_type", "code", (("name", "name"), ("group", "group"), ("severity", "severity"))),)


@transaction.atomic
def apply(by: User, row: Import, staged: Staged, keys: Mapping[int, int]) -> dict[str, Any]:
    """Rename what is called otherwise. What is new was created before."""
    require(by, "master.edit")
    merged: dict[tuple[str, int, str], dict[str, Any]] = {}  # once a row of ours, however many of the file say it
    for each in staged:
        for kind, pk, code, changed in each.data()["changes"] if each.state in (NEW, CHANGED) else ():
            merged.setdefault((kind, pk, code), {}).update(changed)
    for (kind, pk, code), changed in merged.items():
        _set(by, kind, pk, code, {name: pair[1] for name, pair in changed.items()})
    return {"changes": [[*key, changed] for key, changed in merged.items()]}


@transaction.atomic
def undo(by: User, row: Import, kept: Mapping[str, Any]) -> None:
    """Give back the old names. Refused when one of them was changed since."""
    require(by, "master.edit")
    for kind, pk, code, changed in kept["changes"]:
        there = MODELS[kind]._default_manager.filter(pk=pk).values(*changed).first()
        if there != {name: pair[1] for name, pair in changed.items()}:
            raise Refused(f"{code} was changed after the import.")
        _set(by, kind, pk, code, {name: pair[0] for name, pair in changed.items()})


def _set(by: User, kind: str, pk: int, code: str, values: dict[str, Any]) -> None:
    if kind == "defect_type":
        defect_type: Any = MODELS[kind]._default_manager.get(pk=pk)
        catalogue.edit(by, defect_type=defect_type, version=defect_type.version, **values)
    else:
        MODELS[kind]._default_manager.filter(pk=pk).update(**values)
