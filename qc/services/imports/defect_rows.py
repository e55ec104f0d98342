"""Rows of a file become defects: whole columns at once, checked as the form checks one record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from qc.errors import Refused
from qc.ingest import cells as reading
from qc.models import Defect, DefectType, Severity
from qc.services import codes, facts
from qc.services.imports.cells import Cells
from qc.services.imports.defect_changes import Known
from qc.services.imports.doubles import Doubles
from qc.services.imports.inferring import Inference
from qc.services.imports.lookups import Codes
from qc.services.imports.moments import Moments, Times
from qc.services.imports.placing import NAMES, Places
from qc.services.imports.staged import ERROR, NEW, NULL, SAME, escaped

TEXTS = tuple(name for name in facts.TEXTS if name != "external_id")
CHOICES: dict[str, Any] = {
    "severity": Severity.choices,
    "detected_at": Defect.DetectedAt.choices,
    "disposition": Defect.Disposition.choices,
}
SHORT = {"crit": "critical", "maj": "major", "min": "minor", "c": "critical"}
LOOSE = ("further_serials", "unit", "requirement_revision", "customer", "customer_ref")  # make sense with others only
PLACE_IDS = ("plant_id", "line_id", "station_id", "machine_id", "supplier_id", "part_id", "supplier_lot_id")
# What a new row writes, in this order; the rest of the table's columns is the same for all rows of an import.
FIELDS = (
    *PLACE_IDS, "lot_is_inferred", "defect_type_id", "counts_as_id", "severity", "occurred_at", "production_on",
    "shift_id", "quantity", "detected_at", "product_id", "note", "further_serials", "actual_value", "disposition",
    *TEXTS, "external_id", "client_uuid", "body_sha256",
)  # fmt: skip


class DefectRows:
    """Reads the chunks of one file; what has to be known over all of them lives here."""

    def __init__(self, lookups: Codes, plant: int | None, answers: dict[str, Any]) -> None:
        self.codes, self.answers = lookups, answers
        self.places = Places(lookups, plant)
        self.times = Times(lookups, answers)
        self.known = Known(lookups, self.times)
        self.inference = Inference()
        self.usage = codes.Usage()
        self.doubles = Doubles(lookups.by)
        self.touched: set[tuple[int, int]] = set()
        self.plants: set[int] = set()  # of all rows, and of the records that they name
        self.kinds: set[int] = set()
        self._seen: set[bytes] = set()
        self._again: dict[bytes, int] = {}
        self.repeats = 0
        self._names: dict[str, dict[str, int]] = {"number": {}, "external_id": {}}

    def lines(self, cells: Cells) -> Iterator[str]:
        """The staged lines of a chunk."""
        found = self.places.find(list(zip(*(cells.texts(name) for name in NAMES), strict=True)))
        self._mark_places(cells, found)
        plants = np.fromiter((each.plant for each in found), np.int64, len(found))
        moments = self.times.read(cells, plants)
        types = self._types(cells)
        values = self._values(cells, types)
        self._once(cells, "number")
        self._once(cells, "external_id")
        self._check_sense(cells, values)
        columns, keys = self._columns(cells, found, moments, types, values)
        there = self.known.look(cells, keys["client_uuid"], values["external_id"])
        self.plants |= {place.plant for place in found if place.plant} | {row.plant_id for row in there.values()}
        self.kinds |= {one.pk for one in types if one.pk > 0}
        special = any(not one.is_active or one.is_limited for one in {id(one): one for one in types}.values())
        for at, one in enumerate(types) if special else ():
            if at not in cells.marks and at not in there and (not one.is_active or one.is_limited):
                self._check_use(cells, at, one, columns)
        yield from self._states(cells, columns, there, moments)

    def catalogue(self) -> dict[str, Any]:
        """What holds for all rows: their codes, how the catalogue stood when they were read, and what looks alike."""
        return {
            "doubles": self.doubles.found(),
            "kinds": sorted(self.kinds),
            "catalogue": codes.standing(self.codes.types.values()),
        }

    def _mark_places(self, cells: Cells, found: Sequence[Any]) -> None:
        wrong: dict[int, tuple[Any, list[int]]] = {}
        for at, place in enumerate(found):
            if place.wrong:
                wrong.setdefault(id(place), (place, []))[1].append(at)
        for place, rows in wrong.values():
            for each in place.wrong:
                cells.mark(
                    rows, each.name, each.value, each.reason, each.hint, creates=each.creates, by_row=each.by_row
                )

    def _types(self, cells: Cells) -> list[DefectType]:
        nobody = DefectType(pk=0, code="", severity="")
        return cells.each("defect_type", self._type, empty=nobody, needed=True)

    def _type(self, text: str) -> DefectType:
        node = self.codes.named("defect_type", text, self.codes.type_table)
        if node.pk not in self.codes.types:
            self.codes.types[node.pk] = DefectType(pk=node.pk, code=node.code, name=node.code, severity="major")
        return self.codes.types[node.pk]

    def _values(self, cells: Cells, types: Sequence[DefectType]) -> dict[str, list[Any]]:
        """The facts of the rows beside place, code and time; texts as they will be stored."""
        each, mark = cells.each, self.answers.get("decimal_mark") or "."
        values: dict[str, list[Any]] = {
            name: each(name, partial(reading.choice, words=_words(choices)), empty="")
            for name, choices in CHOICES.items()
        }
        values["severity"] = [said or one.severity for said, one in zip(values["severity"], types, strict=True)]
        values["detected_at"] = [said or "in_process" for said in values["detected_at"]]
        values["quantity"] = each("quantity", lambda text: f"{reading.quantity(text, mark):f}", empty="1.000")
        values["actual_value"] = each("actual_value", lambda text: f"{reading.measured(text, mark):f}", empty=NULL)
        values["product_id"] = each("product", self._product, empty=NULL)
        for name in (*TEXTS, "external_id"):
            values[name] = each(name, _texts(facts.LONGEST[name]), empty="")
        for name, longest in (("note", 20_000), ("further_serials", 10_000)):
            values[name] = each(name, partial(_note, longest=longest), empty="")
        return values

    def _product(self, text: str) -> str:
        return str(self.codes.named("product", text, self.codes.products).pk)

    def _once(self, cells: Cells, name: str) -> None:
        """A number or an external id stands for one record, so it stands in one row."""
        if not cells.has(name):
            return
        seen = self._names[name]
        for at, text in enumerate(cells.texts(name)):
            key = text.strip()
            if key.casefold() not in reading.EMPTY and seen.setdefault(key, cells.numbers[at]) != cells.numbers[at]:
                cells.mark(
                    [at], name, text, f"stands in row {seen[key]} already", "Delete one of the rows.", by_row=True
                )

    def _check_sense(self, cells: Cells, values: dict[str, list[Any]]) -> None:
        """What the form refuses because it makes no sense together."""
        loose = [name for name in LOOSE if cells.has(name)]
        for at in range(len(cells)) if loose else ():
            if at in cells.marks or not any(values[name][at] for name in loose):
                continue
            stored = {name: values[name][at] for name in (*TEXTS, *CHOICES, "further_serials", "note")}
            value = values["actual_value"][at]
            row = Defect(quantity=facts.quantity(values["quantity"][at]), **{k: _raw(v) for k, v in stored.items()})
            row.actual_value = None if value == NULL else value
            try:
                facts.check(row)
            except Refused as refusal:
                for name, sentence in refusal.fields.items():
                    cells.mark([at], name, "", sentence, by_row=True, is_fixable=False)
            values["further_serials"][at] = escaped(row.further_serials)

    def _columns(
        self, cells: Cells, found: Sequence[Any], moments: Moments, types: Sequence[DefectType], values: dict[str, Any]
    ) -> tuple[dict[str, Sequence[str]], dict[str, Sequence[str]]]:
        """Every stored column as text, and what tells the rows apart."""
        columns: dict[str, Sequence[str]] = dict(values)
        columns["occurred_at"] = [
            text.replace("T", " ") for text in np.datetime_as_string(moments.utc.astype("datetime64[s]")).tolist()
        ]
        columns["production_on"] = np.datetime_as_string(moments.days.astype("datetime64[D]")).tolist()
        columns["shift_id"] = [str(pk) if pk else NULL for pk in moments.shifts.tolist()]
        columns["defect_type_id"] = [str(one.pk) for one in types]
        columns["counts_as_id"] = [
            str(codes.resolve(one, _day(on)).pk) if one.merged_into_id else str(one.pk)
            for one, on in zip(types, columns["production_on"], strict=True)
        ]
        keys = self._keys(found, types, columns)
        shown = {place: _ids(place) for place in set(found)}
        ids = [shown[place] for place in found]
        if cells.has("supplier") or cells.has("part"):
            ids = [
                self.inference.fill(place, one, on)
                for place, one, on in zip(found, ids, columns["production_on"], strict=True)
            ]
        for at, name in enumerate((*PLACE_IDS, "lot_is_inferred")):
            columns[name] = [one[at] for one in ids]
        columns.update(keys)
        return columns, keys

    def _keys(
        self, found: Sequence[Any], types: Sequence[DefectType], columns: dict[str, Sequence[str]]
    ) -> dict[str, Sequence[str]]:
        """A digest of what a row says; the second of two equal rows has another one than the first."""
        said = (
            "quantity", "severity", "detected_at", "product_id", "note", "further_serials", "actual_value",
            "disposition", *TEXTS, "external_id",
        )  # fmt: skip
        used = [columns[name] for name in said if any(columns[name])]
        rows = zip(
            (f.key for f in found), (t.code.casefold() for t in types), columns["occurred_at"], *used, strict=True
        )
        digests = []
        for row in rows:
            digest = hashlib.sha256("\x1f".join(row).encode("utf-8", "replace"))
            short = digest.digest()[:12]
            if short in self._seen:
                self._again[short] = self._again.get(short, 0) + 1
                digest.update(f"\x1f{self._again[short]}".encode())
                self.repeats += 1
            else:
                self._seen.add(short)
            digests.append(digest.hexdigest())
        return {"body_sha256": digests, "client_uuid": [digest[:32] for digest in digests]}

    def _check_use(self, cells: Cells, at: int, one: DefectType, columns: dict[str, Sequence[str]]) -> None:
        """A retired code, or one that is not used there."""
        row = Defect(defect_type=one)
        for name in ("plant_id", "line_id", "station_id", "product_id"):
            text = columns[name][at]
            setattr(row, name, None if text == NULL else int(text))
        try:
            codes.require_active(one)
            codes.require_used_there(row, self.usage)
        except Refused as refusal:
            by_row = one.is_active
            cells.mark([at], "defect_type", cells.texts("defect_type")[at], refusal.message, by_row=by_row)

    def _states(
        self, cells: Cells, columns: dict[str, Sequence[str]], there: dict[int, Any], moments: Moments
    ) -> Iterator[str]:
        written = zip(*(columns[name] for name in FIELDS), strict=True)
        marks, pairs = cells.marks, zip(columns["plant_id"], columns["counts_as_id"], strict=True)
        changes = self.known.changes(cells, columns, there, moments)
        fresh = [at for at in range(len(cells)) if at not in marks and at not in there]
        self.doubles.add(columns, moments.utc.tolist(), fresh)
        for at, (number, values, pair) in enumerate(zip(cells.numbers, written, pairs, strict=True)):
            if at in marks:
                yield f"{ERROR}\t{number}\t\t0\t{json.dumps(marks[at])}"
            elif at in changes:
                yield changes[at]
            elif at in there:
                yield f"{SAME}\t{number}\t{there[at].pk}\t{there[at].version}\t"
            else:
                self.touched.add((int(pair[0]), int(pair[1])))
                yield f"{NEW}\t{number}\t\t0\t" + "\t".join(values)


def _words(choices: Sequence[tuple[str, Any]]) -> dict[str, str]:
    words = {str(label).casefold(): str(value) for value, label in choices}
    words |= {str(value).replace("_", " "): str(value) for value, _label in choices}
    words |= {str(value): str(value) for value, _label in choices}
    values = {str(value) for value, _label in choices}
    return words | {short: value for short, value in SHORT.items() if value in values}


def _texts(longest: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text.isalnum() and len(text) <= longest and text.isascii():
            return text
        return escaped(reading.name(text, longest))

    return read


def _note(text: str, longest: int) -> str:
    return escaped(reading.note(text, longest))


def _raw(text: str) -> str:
    return text.replace("\\n", "\n").replace("\\t", "\t").replace("\\\\", "\\")


def _ids(place: Any) -> tuple[str, ...]:
    keys = (place.plant, place.line, place.station, place.machine, place.supplier, place.part, place.supplier_lot)
    return (*(str(pk) if pk else NULL for pk in keys), "0")


def _day(text: str) -> Any:
    return np.datetime64(text).item()
