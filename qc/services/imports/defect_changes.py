"""Records that a file names again: by number, by external id, or because they say the same. The rest are changes."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection

from qc.ingest import cells as reading
from qc.models import Defect
from qc.services import facts
from qc.services.imports.cells import Cells
from qc.services.imports.instants import EPOCH
from qc.services.imports.lookups import Codes
from qc.services.imports.moments import Moments, Times
from qc.services.imports.staged import CHANGED, line, plain

# Column of the file -> what it sets.
STORED = {
    "defect_type": "defect_type_id", "quantity": "quantity", "severity": "severity", "detected_at": "detected_at",
    "product": "product_id", "note": "note", "further_serials": "further_serials", "actual_value": "actual_value",
    "disposition": "disposition", **{name: name for name in facts.TEXTS},
}  # fmt: skip
# What lies above comes first: a new line without a new station frees the old one.
CHAINS = (("plant", "line", "station", "machine"), ("supplier", "part", "supplier_lot"))
FOLLOWING = ("production_on", "shift_id", "counts_as_id")  # what follows from time, code and plant
AT_ONCE = 500


class Known:
    """Finds the records that rows are about, and what the rows would change."""

    def __init__(self, codes: Codes, times: Times) -> None:
        self.codes, self.times = codes, times
        self._rows_of: dict[int, int] = {}  # record -> the row that is about it

    def look(self, cells: Cells, keys: Sequence[str], external: Sequence[str]) -> dict[int, Defect]:
        """Position in the chunk -> the record, for rows that are about one."""
        there: dict[int, Defect] = {}
        if cells.has("number"):
            there |= self._by_number(cells)
        if cells.has("external_id"):
            there |= self._by_external_id(external, there)
        there |= self._by_content(keys, there)
        self._refuse_second(cells, there)
        return there

    def _refuse_second(self, cells: Cells, there: Mapping[int, Defect]) -> None:
        """Two rows about one record would overwrite each other: the later one is told."""
        for at in sorted(there):
            record, number = there[at], cells.numbers[at]
            first = self._rows_of.setdefault(record.pk, number)
            if first == number or at in cells.marks:
                continue
            named = (name for name in ("number", "external_id") if cells.texts(name)[at].strip())
            name = next(named, "number")
            reason = f"is about {record.number}, which row {first} is about already"
            hint = "Keep one of the two rows, or correct the number or external id of one."
            cells.mark([at], name, cells.texts(name)[at], reason, hint, by_row=True)

    def _rows(self, field: str, values: Collection[Any]) -> Any:
        wanted = sorted(set(values))
        for start in range(0, len(wanted), AT_ONCE):
            rows = Defect.objects.visible_to(self.codes.by).filter(**{f"{field}__in": wanted[start : start + AT_ONCE]})
            yield from rows.order_by()

    def _by_number(self, cells: Cells) -> dict[int, Defect]:
        texts = [text.strip().upper() for text in cells.texts("number")]
        named = {at: text for at, text in enumerate(texts) if text.casefold() not in reading.EMPTY}
        found = {row.number: row for row in self._rows("number", named.values())}
        for at, text in named.items():
            if text not in found:
                hint = "Leave the number empty: new records get theirs here."
                cells.mark([at], "number", cells.texts("number")[at], "is not the number of a record of yours", hint)
        return {at: found[text] for at, text in named.items() if text in found}

    def _by_external_id(self, texts: Sequence[str], there: Mapping[int, Defect]) -> dict[int, Defect]:
        named = {at: plain(text) or "" for at, text in enumerate(texts) if text and at not in there}
        rows = (row for row in self._rows("external_id", named.values()) if row.recorded_by_id == self.codes.by.pk)
        found = {row.external_id: row for row in rows}
        return {at: found[text] for at, text in named.items() if text in found}

    def _by_content(self, keys: Sequence[str], there: Mapping[int, Defect]) -> dict[int, Defect]:
        wanted = {key: at for at, key in enumerate(keys) if at not in there}
        known = _existing(list(wanted))
        if not known:
            return {}
        return {wanted[row.client_uuid.hex]: row for row in self._rows("client_uuid", [uuid.UUID(k) for k in known])}

    def changes(
        self, cells: Cells, columns: Mapping[str, Sequence[str]], there: Mapping[int, Defect], moments: Moments
    ) -> dict[int, str]:
        """The lines of rows that would change their record. Rows that are known by their content change nothing."""
        lines: dict[int, str] = {}
        named = [name for name in STORED if cells.has(name)]
        texts = {name: cells.texts(name) for name in named}
        for at, record in there.items():
            if at in cells.marks or record.client_uuid.hex == columns["client_uuid"][at]:
                continue
            changed: dict[str, list[Any]] = {}
            for name in named:
                field = STORED[name]
                if texts[name][at].strip().casefold() not in reading.EMPTY:
                    _compare(changed, record, field, plain(columns[field][at]))
            self._place(changed, cells, columns, record, at)
            self._time(changed, record, columns["occurred_at"][at], int(moments.utc[at]), moments.is_exact)
            if not changed:
                continue
            if record.status == Defect.Status.VOID:
                cells.mark([at], "number", record.number, "is void and cannot be corrected", is_fixable=False)
                continue
            if {"occurred_at", "defect_type_id", "plant_id"} & changed.keys():
                for field in FOLLOWING:
                    _compare(changed, record, field, plain(columns[field][at]))
            lines[at] = line(CHANGED, cells.numbers[at], record.pk, record.version, changed)
        return lines

    def _place(
        self, changed: dict[str, list[Any]], cells: Cells, columns: Mapping[str, Sequence[str]], record: Defect, at: int
    ) -> None:
        is_inferred = columns["lot_is_inferred"][at] == "1"
        for chain in CHAINS:
            if not any(cells.has(name) for name in chain):
                continue
            moved = False
            for name in chain:
                after = plain(columns[f"{name}_id"][at])
                if is_inferred and name in ("part", "supplier_lot"):
                    continue
                if after is not None:
                    moved = _compare(changed, record, f"{name}_id", after) or moved
                elif moved:
                    _compare(changed, record, f"{name}_id", None)
        if "supplier_lot_id" in changed and record.lot_is_inferred:
            changed["lot_is_inferred"] = [True, False]

    def _time(self, changed: dict[str, list[Any]], record: Defect, text: str, utc: int, is_exact: bool) -> None:
        there = int((record.occurred_at - EPOCH).total_seconds())
        if not is_exact:
            there, utc = there // 60, utc // 60
        if there == utc:
            return
        clock = self.times.clock_of(record.plant_id)
        hour = 3600 if is_exact else 60
        scale = 1 if is_exact else 60
        if abs(there - utc) == hour and clock.wall(there * scale) == clock.wall(utc * scale):
            return  # the hour that comes twice
        changed["occurred_at"] = [f"{record.occurred_at.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}", text]


def _existing(keys: Sequence[str]) -> list[str]:
    """Which of these keys a record has; one question on PostgreSQL, several on SQLite."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT client_uuid FROM qc_defect WHERE client_uuid = ANY(%s::uuid[])", [list(keys)])
            return [row[0].hex for row in cursor.fetchall()]
    found: list[str] = []
    for start in range(0, len(keys), 10_000):
        marks = Defect.objects.filter(client_uuid__in=[uuid.UUID(k) for k in keys[start : start + 10_000]])
        found += [key.hex for key in marks.order_by().values_list("client_uuid", flat=True)]
    return found


def _compare(changed: dict[str, list[Any]], record: Defect, field: str, after: str | None) -> bool:
    before = getattr(record, field)
    if _text(before) == (after or ""):
        return False
    changed[field] = [_text(before) or None, after]
    return True


def _text(value: object) -> str:
    return "" if value is None else str(value)
