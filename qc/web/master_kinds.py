"""The kinds of master records: how each is called, listed and found, and what hangs below it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy

from qc.models import (
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
)
from qc.web import master_forms


@dataclass(frozen=True)
class Master:
    """One kind of master record: how it is called, listed, found, and what hangs below it."""

    noun: str
    model: type[Model]
    form: type[master_forms.MasterForm]
    title: Any
    about: Any
    columns: tuple[tuple[str, Any], ...]
    code: str = "code"
    parent: str = ""  # the field that names what it belongs to
    search: tuple[str, ...] = ("code__icontains", "name__icontains")
    related: tuple[str, ...] = ()
    defects: str = ""  # the field of a defect that names it; empty: the plant's
    where: str = ""  # the dimension of a finding's scope
    below: tuple[str, ...] = ()  # kinds that belong to it
    verb: str = "master.edit"
    file: str = ""  # the kind of file that brings them in

    @property
    def list_page(self) -> str:
        """The name of the list's address."""
        return f"qc:{self.noun}-list"

    @property
    def listing(self) -> str:
        """The name of the list as a file."""
        return f"{self.noun}s"

    @property
    def create_page(self) -> str:
        """The name of the form's address for a new one."""
        return f"qc:{self.noun}-create"

    @property
    def edit_page(self) -> str:
        """The name of the form's address for one that is there."""
        return f"qc:{self.noun}-edit"

    @property
    def remove_page(self) -> str:
        """The name of the address that takes it out; only for what stands on another record's page."""
        return "" if self.page else f"qc:{self.noun}-remove"

    @property
    def page(self) -> str:
        """The name of its page's address; shifts and holidays stand on their plant's page."""
        return "" if self.noun in ("shift", "holiday") else f"qc:{self.noun}-detail"


NAME, STATE = ("name", gettext_lazy("Name")), ("is_active", gettext_lazy("In use"))
MASTERS = {
    each.noun: each
    for each in (
        Master(
            "plant", Plant, master_forms.PlantForm, gettext_lazy("Plants"),
            gettext_lazy("Sites with their time zone, shifts and holidays."),
            (NAME, ("time_zone", gettext_lazy("Time zone")), ("currency", gettext_lazy("Currency")), STATE),
            defects="plant", below=("line", "shift", "holiday"), verb="plant.edit",
        ),
        Master(
            "shift", Shift, master_forms.ShiftForm, gettext_lazy("Shifts"),
            gettext_lazy("A night shift belongs to the day on which it starts."),
            (NAME, ("plant", gettext_lazy("Plant")), ("starts_at", gettext_lazy("From")),
             ("ends_at", gettext_lazy("To"))),
            parent="plant", related=("plant",), defects="shift", where="shift",
        ),
        Master(
            "holiday", Holiday, master_forms.HolidayForm, gettext_lazy("Holidays"),
            gettext_lazy("Days on which a plant does not work. Due dates in business days skip them."),
            (NAME, ("plant", gettext_lazy("Plant"))),
            code="on", parent="plant", related=("plant",), search=("name__icontains",),
        ),
        Master(
            "line", ProductionLine, master_forms.LineForm, gettext_lazy("Lines"),
            gettext_lazy("Production lines of your plants."), (NAME, ("plant", gettext_lazy("Plant")), STATE),
            parent="plant", related=("plant",), defects="line", where="line", below=("station",), file="lines",
        ),
        Master(
            "station", Station, master_forms.StationForm, gettext_lazy("Stations"),
            gettext_lazy("Work centres of the lines."), (NAME, ("line", gettext_lazy("Line")), STATE),
            parent="line", related=("line__plant",), defects="station", where="station", below=("machine",),
            search=("code__icontains", "name__icontains", "line__code__icontains"), file="lines",
        ),
        Master(
            "machine", Machine, master_forms.MachineForm, gettext_lazy("Machines"),
            gettext_lazy("Machines at the stations."), (NAME, ("station", gettext_lazy("Station")), STATE),
            parent="station", related=("station__line__plant",), defects="machine", where="machine", file="lines",
        ),
        Master(
            "product", Product, master_forms.ProductForm, gettext_lazy("Products"),
            gettext_lazy("What the lines make."), (NAME, ("revision", gettext_lazy("Revision")), STATE),
            defects="product", where="product", file="products",
        ),
        Master(
            "supplier", Supplier, master_forms.SupplierForm, gettext_lazy("Suppliers"),
            gettext_lazy("Companies that deliver parts."), (NAME, ("status", gettext_lazy("Status"))),
            defects="supplier", where="supplier", below=("part",), file="suppliers",
        ),
        Master(
            "part", Part, master_forms.PartForm, gettext_lazy("Parts"),
            gettext_lazy("Bought parts, as one supplier delivers them."),
            (NAME, ("supplier", gettext_lazy("Supplier")), STATE),
            code="number", parent="supplier", related=("supplier",), defects="part", below=("lot",),
            search=("number__icontains", "name__icontains", "supplier__code__icontains", "supplier__name__icontains"),
            file="suppliers",
        ),
        Master(
            "lot", SupplierLot, master_forms.LotForm, gettext_lazy("Supplier lots"),
            gettext_lazy("Deliveries with their receipt."),
            (("part", gettext_lazy("Part")), ("plant", gettext_lazy("Plant")),
             ("received_on", gettext_lazy("Received")), ("units", gettext_lazy("Units"))),
            parent="part", related=("part__supplier", "plant"), defects="supplier_lot", where="supplier_lot",
            search=("code__icontains", "part__number__icontains", "part__supplier__code__icontains"), file="lots",
        ),
    )
}  # fmt: skip
