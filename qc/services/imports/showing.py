"""The pages of a preview: rows as a person reads them, with codes instead of keys."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from qc.models import Defect, Import, ImportProblem, Severity, Shift, SupplierLot, User
from qc.services.imports import previews
from qc.services.imports.defect_rows import FIELDS
from qc.services.imports.lookups import Codes
from qc.services.imports.staged import CHANGED, NEW, PAGE, SAME, Line, Staged

STATES = {"new": NEW, "changed": CHANGED, "same": SAME}
WORDS = {
    "plant_id": gettext_lazy("plant"), "line_id": gettext_lazy("line"), "station_id": gettext_lazy("station"),
    "machine_id": gettext_lazy("machine"), "supplier_id": gettext_lazy("supplier"), "part_id": gettext_lazy("part"),
    "supplier_lot_id": gettext_lazy("supplier lot"), "defect_type_id": gettext_lazy("defect code"),
    "product_id": gettext_lazy("product"), "shift_id": gettext_lazy("shift"),
    "production_on": gettext_lazy("production date"), "occurred_at": gettext_lazy("time"),
    "received_on": gettext_lazy("received on"), "units": gettext_lazy("units"), "name": gettext_lazy("name"),
    "group": gettext_lazy("group"), "severity": gettext_lazy("severity"), "revision": gettext_lazy("revision"),
}  # fmt: skip
HIDDEN = {"counts_as_id", "lot_is_inferred"}  # what follows from the rest
HOURS_FROM = 120  # minutes from which hours are told


@dataclass(frozen=True)
class Shown:
    """One row: its number in the file, the record that is there, and its cells; or what changes from and to."""

    row: int
    cells: Sequence[str] = ()
    record: Any = None
    changes: Sequence[tuple[str, str, str]] = ()
    headings: Sequence[str] = ()
    why: str = ""

    @property
    def labelled(self) -> list[tuple[str, str]]:
        """The cells with their headings."""
        return list(zip(self.headings, self.cells, strict=False))


@dataclass(frozen=True)
class PageOfRows:
    """One page of the rows of a state."""

    headings: Sequence[str]
    rows: Sequence[Shown]
    number: int
    pages: int
    total: int

    @property
    def first(self) -> int:
        """Position of the first row."""
        return (self.number - 1) * PAGE + 1

    @property
    def last(self) -> int:
        """Position of the last row."""
        return min(self.number * PAGE, self.total)


@dataclass
class Names:
    """Codes of keys, also of rows that are still to be created."""

    by: User
    staged: Staged
    shifts: dict[int, str] = field(default_factory=dict)
    lots: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.codes = Codes(self.by)

    def load(self, lots: Sequence[int], shifts: bool = True) -> None:
        """Read the lots of a page, and the shifts."""
        rows = SupplierLot.objects.visible_to(self.by).filter(pk__in=[pk for pk in lots if pk > 0])
        self.lots = dict(rows.values_list("pk", "code"))
        if shifts:
            self.shifts = dict(Shift.objects.visible_to(self.by).values_list("pk", "code"))

    def of(self, name: str, key: str | int | None) -> str:
        """The code of a key of a column such as line_id."""
        if key in (None, "", 0):
            return ""
        pk = int(key)
        if pk < 0:
            return str(self.staged.meta["fresh"][-pk - 1]["code"])
        if name == "shift_id":
            return self.shifts.get(pk, "")
        if name == "supplier_lot_id":
            return self.lots.get(pk, "")
        table = {
            "plant_id": "plants", "line_id": "lines", "station_id": "stations", "machine_id": "machines",
            "supplier_id": "suppliers", "part_id": "parts", "product_id": "products", "defect_type_id": "type_table",
        }[name]  # fmt: skip
        node = getattr(self.codes, table).by_pk.get(pk)
        return node.code if node else ""

    def value(self, name: str, value: Any) -> str:
        """A stored value as text."""
        if name.endswith("_id") and name != "external_id":
            return self.of(name, value)
        return "" if value is None else str(value)


def page(by: User, row: Import, state: str, number: int) -> PageOfRows:
    """A page of the rows of a state, counted from 1."""
    staged = previews.staged(row)
    total = staged.meta["counts"][STATES[state]]
    pages = max(1, -(-total // PAGE))
    number = min(max(number, 1), pages)
    lines = staged.page(STATES[state], number)
    names = Names(by, staged)
    show = SHOWN[row.kind] if row.kind in SHOWN else _master
    headings, rows = show(by, names, lines, state)
    rows = [replace(each, headings=headings) for each in rows]
    return PageOfRows(headings, rows, number, pages, total)


def doubles(by: User, row: Import, number: int) -> PageOfRows:
    """A page of the new rows that look like another record, with why."""
    staged = previews.staged(row)
    found = staged.meta.get("doubles", [])
    pages = max(1, -(-len(found) // PAGE))
    number = min(max(number, 1), pages)
    part = found[(number - 1) * PAGE : number * PAGE]
    headings, rows = _defects(by, Names(by, staged), [staged.nth(NEW, who) for who, *_rest in part], "new")
    records = Defect.objects.visible_to(by).in_bulk([other for _who, other, *_rest in part if other > 0])
    shown = []
    for each, (_who, other, minutes, how) in zip(rows, part, strict=True):
        what = _("like row %(row)s") % {"row": staged.nth(NEW, -other - 1).row} if other < 0 else ""
        why = " ".join(filter(None, (what, _why(minutes, how))))
        shown.append(replace(each, headings=headings, record=records.get(other), why=why))
    return PageOfRows(headings, shown, number, pages, len(found))


def _why(minutes: int, how: str) -> str:
    what = _("same code, place and lot") if how == "lot" else _("same serial and code")
    if not minutes:
        return _("%(what)s in the same minute") % {"what": what}
    size = abs(minutes)
    apart = ngettext("%(n)d minute", "%(n)d minutes", size) % {"n": size}
    if size >= HOURS_FROM:
        hours = round(size / 60)
        apart = ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    said = _("%(what)s, %(apart)s later") if minutes > 0 else _("%(what)s, %(apart)s earlier")
    return said % {"what": what, "apart": apart}


def _defects(by: User, names: Names, lines: Sequence[Line], state: str) -> tuple[list[str], list[Shown]]:
    if state != "new":
        keys = [line.pk for line in lines if line.pk]
        records = {each.pk: each for each in Defect.objects.visible_to(by).filter(pk__in=keys).select_related("plant")}
        changes = {line.row: line.data() for line in lines} if state == "changed" else {}
        lots = [int(v) for each in changes.values() for v in each.get("supplier_lot_id", ()) if v]
        names.load(lots)
        return [_("Record")], [
            Shown(line.row, (), records.get(line.pk or 0), _differences(names, changes.get(line.row, {})))
            for line in lines
        ]
    rows = [dict(zip(FIELDS, line.cells(), strict=True)) for line in lines]
    names.load([int(values["supplier_lot_id"] or 0) for values in rows])
    headings = [_("When"), _("Code"), _("Where"), _("Supplier lot"), _("Product, serial"), _("Qty"), _("Note")]
    return headings, [Shown(line.row, _cells(names, values)) for line, values in zip(lines, rows, strict=True)]


def _cells(names: Names, values: dict[str, Any]) -> list[str]:
    plant = names.codes.zones.get(int(values["plant_id"]))
    if plant is None:  # who looks has left this plant since
        return [_("Of a plant that is not yours any more."), "", "", "", "", "", ""]
    instant = dt.datetime.fromisoformat(values["occurred_at"]).replace(tzinfo=dt.UTC).astimezone(plant.zone)
    shift = names.of("shift_id", values["shift_id"])
    place = [names.of(name, values[name]) for name in ("line_id", "station_id", "machine_id")]
    lot = [names.of(name, values[name]) for name in ("supplier_id", "part_id", "supplier_lot_id")]
    kind = names.of("defect_type_id", values["defect_type_id"])
    severity = str(dict(Severity.choices).get(values["severity"], ""))
    return [
        f"{instant:%-d %b %Y, %H:%M}" + (f", {shift}" if shift else ""),
        f"{kind}, {severity.lower()}",
        " / ".join(filter(None, place)) or plant.code,
        " / ".join(filter(None, lot)) + (f" ({_('inferred')})" if values["lot_is_inferred"] == "1" else ""),
        ", ".join(filter(None, (names.of("product_id", values["product_id"]), values["serial"]))),
        values["quantity"].rstrip("0").rstrip("."),
        (values["note"] or "")[:80],
    ]


def _differences(names: Names, changes: dict[str, Any]) -> list[tuple[str, str, str]]:
    shown = []
    for name, (before, after) in changes.items():
        if name not in HIDDEN:
            word = str(WORDS.get(name, name.replace("_", " ")))
            shown.append((word, names.value(name, before), names.value(name, after)))
    return shown


def _counts(by: User, names: Names, lines: Sequence[Line], state: str) -> tuple[list[str], list[Shown]]:
    if state == "same":
        return [], [Shown(line.row) for line in lines]
    names.load([])
    rows = []
    for each in lines:
        data = each.data()
        line, day, shift, product = data["key"]
        cells = [names.of("line_id", line), day, names.of("shift_id", shift), names.of("product_id", product)]
        changes = [(_("units"), f"{data['before']:,}", f"{data['units']:,}")] if data["before"] is not None else []
        rows.append(Shown(each.row, [*cells, "" if changes else f"{data['units']:,}"], None, changes))
    return [_("Line"), _("Production date"), _("Shift"), _("Product"), _("Units")], rows


def _lots(by: User, names: Names, lines: Sequence[Line], state: str) -> tuple[list[str], list[Shown]]:
    data = {line.row: line.data() for line in lines}
    names.load([line.pk or 0 for line in lines], shifts=False)
    if state == "same":
        return [_("Lot")], [Shown(line.row, [names.of("supplier_lot_id", line.pk)]) for line in lines]
    rows = []
    for line in lines:
        each = data[line.row]
        before = each["before"] or {}
        changes = [
            (str(WORDS[name]), str(before[name] or ""), str(value))
            for name, value in each["facts"].items()
            if each["before"] is not None and before[name] != value
        ]
        uses = [f"{names.of('line_id', pk)}: {first} … {last or ''}" for pk, first, last, _units, _old in each["uses"]]
        received = [str(each["facts"].get(name) or "") for name in ("received_on", "units")]
        rows.append(
            Shown(line.row, [names.of("supplier_lot_id", each["lot"]), *received, "; ".join(uses)], None, changes)
        )
    return [_("Lot"), _("Received on"), _("Units"), _("Use")], rows


def _master(by: User, names: Names, lines: Sequence[Line], state: str) -> tuple[list[str], list[Shown]]:
    rows = []
    for line in lines:
        data = line.data()
        named = " / ".join(code for _kind, code in data["names"])
        fresh = ", ".join(code for _kind, code in data["new"])
        changes = [
            (f"{code}, {WORDS.get(name, name)}", str(before or ""), str(after or ""))
            for _kind, _pk, code, changed in data["changes"]
            for name, (before, after) in changed.items()
        ]
        rows.append(Shown(line.row, [named, fresh], None, changes))
    return [_("Code"), _("New")], rows


Show = Callable[[User, Names, Sequence[Line], str], tuple[list[str], list[Shown]]]
SHOWN: dict[str, Show] = {Import.Kind.DEFECTS: _defects, Import.Kind.COUNTS: _counts, Import.Kind.LOTS: _lots}


def missing(row: Import) -> dict[str, list[str]]:
    """What could be created from the preview: kind -> values, from its problems."""
    wanted: dict[str, list[str]] = {}
    rows = ImportProblem.objects.filter(file=row).exclude(creates="").order_by("position")
    for kind, value in rows.values_list("creates", "value"):
        names = wanted.setdefault(kind, [])
        if value not in names:
            names.append(value)
    return wanted
