"""How a row of the defect list is drawn: for each cell its text, what stands below it, and where it leads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from qc import clock
from qc.models import Finding, Severity
from qc.services.listings.base import Column

SHORT_NOTE = 90
_VERDICTS: dict[str, Any] = dict(Finding.Verdict.choices)
_SEVERITIES: dict[str, Any] = dict(Severity.choices)


@dataclass(slots=True)
class Cell:
    """One cell; `css` says what kind it is, `url` is relative to the list."""

    main: Any = ""
    sub: Any = ""
    css: str = ""
    url: str = ""
    badge: str = ""


@dataclass(slots=True)
class Row:
    """One record."""

    pk: int
    number: str
    is_void: bool
    cells: list[Cell]


Values = Mapping[str, Any]
Draw = Callable[[Column, Values, dict[str, Any] | None], Cell]


def amount(value: Any) -> str:
    """A quantity without needless decimals: 3 or 2.5."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(value: dt.datetime, zone: str) -> str:
    """A moment in plant time: 20 Nov 2025, 14:05; without the year in this one."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{local:%-d %b, %H:%M}" if local.year == clock.now().year else f"{local:%-d %b %Y, %H:%M}"


def _joined(values: Values, paths: Sequence[str]) -> str:
    return ", ".join(str(values[path]) for path in paths if values[path])


def _moment(column: Column, values: Values, finding: Any) -> Cell:
    return Cell(moment(values[column.paths[0]], values["plant__time_zone"]), _joined(values, column.paths[1:]))


def _plain(column: Column, values: Values, finding: Any) -> Cell:
    value = values[column.paths[0]]
    return Cell("" if value is None else value, _joined(values, column.paths[1:]))


def _mono(column: Column, values: Values, finding: Any) -> Cell:
    return Cell(values[column.paths[0]] or "", "", "mono")


def _number(column: Column, values: Values, finding: Any) -> Cell:
    return Cell(amount(values[column.paths[0]]), "", "num")


def _choice(column: Column, values: Values, finding: Any) -> Cell:
    return Cell(column.choices.get(values[column.paths[0]], ""))


def _severity(column: Column, values: Values, finding: Any) -> Cell:
    level = values["severity"]
    return Cell(_SEVERITIES.get(level, level), badge=f"severity-{level}")


def _code(column: Column, values: Values, finding: Any) -> Cell:
    sub = values["defect_type__code"]
    if values["counts_as_id"] != values["defect_type_id"]:
        sub = _("%(code)s, counts as %(other)s") % {"code": sub, "other": values["counts_as__code"]}
    return Cell(values["defect_type__name"], sub)


def _place(column: Column, values: Values, finding: Any) -> Cell:
    main = values["line__code"] or values["plant__name"]
    return Cell(main, _joined(values, ("station__code", "machine__code")))


def _supplier(column: Column, values: Values, finding: Any) -> Cell:
    lot = values["supplier_lot__code"] or ""
    if lot and values["lot_is_inferred"]:
        lot = _("%(lot)s (inferred)") % {"lot": lot}
    return Cell(values["supplier__name"] or "", lot)


def _verdict(column: Column, values: Values, finding: dict[str, Any] | None) -> Cell:
    if finding is None:
        return Cell()
    standing = finding["standing"]
    return Cell(_VERDICTS[standing], "", "", f"/findings/{finding['pk']}/", f"verdict-{standing}")


def _case(column: Column, values: Values, finding: Any) -> Cell:
    return Cell(values["case_number"] or "", url=f"/cases/{values['case_key']}/" if values["case_key"] else "")


def _long(column: Column, values: Values, finding: Any) -> Cell:
    text = values[column.paths[0]]
    return Cell(text if len(text) <= SHORT_NOTE else f"{text[:SHORT_NOTE]}…", "", "is-long")


DRAW: dict[str, Draw] = {
    "moment": _moment, "text": _plain, "mono": _mono, "number": _number, "choice": _choice,
    "severity": _severity, "code": _code, "place": _place, "supplier": _supplier, "verdict": _verdict, "case": _case,
    "long": _long,
}  # fmt: skip
ALWAYS = (
    "number", "quantity", "status", "counts_as_id", "defect_type_id", "counts_as__code", "plant__time_zone",
)  # fmt: skip


def paths_of(columns: Sequence[Column]) -> list[str]:
    """What has to be read for these columns."""
    return list(dict.fromkeys([*ALWAYS, *(path for column in columns for path in column.paths)]))


def drawn(columns: Sequence[Column], values: Values, finding: dict[str, Any] | None) -> Row:
    """A record as the page shows it."""
    return Row(
        values["pk"],
        values["number"],
        values["status"] in ("void", "duplicate"),
        [DRAW[column.cell](column, values, finding) for column in columns[1:]],  # the first is the number
    )
