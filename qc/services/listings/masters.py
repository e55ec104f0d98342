"""Master data as files: the columns that an import of the same kind reads, so that a file comes in again unchanged."""

from __future__ import annotations

from typing import Any

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from qc.ingest.kinds import KINDS
from qc.models import (
    DefectType,
    Holiday,
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
from qc.services.listings.base import Column, Dimension, Listing, Order

LINE = {"plant": "plant__code", "line": "code", "line_name": "name"}
STATION = {"plant": "line__plant__code", "line": "line__code", "station": "code", "station_name": "name"}
MACHINE = {"plant": "station__line__plant__code", "line": "station__line__code", "station": "station__code",
           "machine": "code", "machine_name": "name"}  # fmt: skip
PART = {"supplier": "supplier__code", "part": "number", "part_name": "name"}
LOT = {"plant": "plant__code", "supplier": "part__supplier__code", "part": "part__number", "supplier_lot": "code",
       "received_on": "received_on", "received": "units"}  # fmt: skip
TYPE = {"code": "code", "name": "name", "group": "group", "severity": "severity"}


def _listing(
    name: str, title: Any, model: type[Model], heads: dict[str, str], search: tuple[str, ...], order: tuple[str, ...]
) -> Listing:
    """A list of a kind; `heads` says which heading stands over which path."""

    def source(user: User) -> QuerySet[Any]:
        rows: QuerySet[Any] = model._default_manager.visible_to(user)  # type: ignore[attr-defined]
        return rows

    def said(rows: QuerySet[Any], user: User, text: str) -> QuerySet[Any]:
        wanted = Q()
        for path in search:
            wanted |= Q(**{f"{path}__icontains": text})
        return rows.filter(wanted)

    columns = tuple(Column(path, head, (path,), keeps=((head, path),)) for head, path in heads.items())
    asked = (Dimension("q", _("Search"), condition=said, longest=100),)
    return Listing(name, title, source, asked, columns, (Order("code", _("By code"), (*order, "pk")),))


def _file(kind: str, paths: dict[str, str]) -> dict[str, str]:
    """The headings of a kind of file, as its template has them."""
    return {KINDS[kind].column(name).label: path for name, path in paths.items()}


CODE = ("code", "name")
MASTER_LISTS = (
    _listing("plants", _("Plants"), Plant,
             {"Code": "code", "Name": "name", "Time zone": "time_zone", "Currency": "currency", "In use": "is_active"},
             CODE, ("code",)),
    _listing("shifts", _("Shifts"), Shift,
             {"Plant": "plant__code", "Code": "code", "Name": "name", "From": "starts_at", "To": "ends_at"},
             CODE, ("plant__code", "starts_at")),
    _listing("holidays", _("Holidays"), Holiday, {"Plant": "plant__code", "Day": "on", "Name": "name"}, ("name",),
             ("plant__code", "on")),
    _listing("lines", _("Lines"), ProductionLine, _file("lines", LINE), CODE, ("plant__code", "code")),
    _listing("stations", _("Stations"), Station, _file("lines", STATION), (*CODE, "line__code"),
             ("line__plant__code", "line__code", "code")),
    _listing("machines", _("Machines"), Machine, _file("lines", MACHINE), CODE,
             ("station__line__plant__code", "station__line__code", "station__code", "code")),
    _listing("products", _("Products"), Product,
             _file("products", {"code": "code", "name": "name", "revision": "revision"}), CODE, ("code",)),
    _listing("suppliers", _("Suppliers"), Supplier,
             _file("suppliers", {"supplier": "code", "supplier_name": "name"}), CODE, ("code",)),
    _listing("parts", _("Parts"), Part, _file("suppliers", PART),
             ("number", "name", "supplier__code", "supplier__name"), ("supplier__code", "number")),
    _listing("lots", _("Supplier lots"), SupplierLot, _file("lots", LOT),
             ("code", "part__number", "part__supplier__code"), ("code",)),
    _listing("defect-types", _("Defect codes"), DefectType, _file("defect_types", TYPE), CODE, ("code",)),
)  # fmt: skip
