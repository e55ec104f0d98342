"""Forms of master records. They check what was typed; the verbs save it."""

from __future__ import annotations

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

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
    User,
)
from qc.services import masters
from qc.web.lists import CodeChoice

ZONES = [(name, name) for name in sorted(available_timezones()) if "/" in name or name == "UTC"]


class MasterForm(forms.ModelForm):  # type: ignore[type-arg]
    """A record's own words. Once the record is there, its code and what it belongs to are not asked again."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fixed = {masters.FIELDS[type(self.instance)][0], *masters.PARENTS} if self.instance.pk else set()
        for name in fixed & set(self.fields):
            del self.fields[name]
        for field in self.fields.values():
            if isinstance(field, CodeChoice):
                field.scope(user)
        self.fields["seen"].initial = masters.stamp(self.instance) if self.instance.pk else ""

    @property
    def values(self) -> dict[str, Any]:
        """What was typed, without the stamp."""
        return {name: value for name, value in self.cleaned_data.items() if name != "seen"}


class PlantForm(MasterForm):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=ZONES, initial="Europe/Berlin")

    class Meta:
        model = Plant
        fields = ["code", "name", "time_zone", "currency", "is_active"]


class ShiftForm(MasterForm):
    plant = CodeChoice(Plant, label=_("Plant"))

    class Meta:
        model = Shift
        fields = ["plant", "code", "name", "starts_at", "ends_at"]
        widgets = {
            "starts_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "ends_at": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        }


class HolidayForm(MasterForm):
    plant = CodeChoice(Plant, label=_("Plant"))

    class Meta:
        model = Holiday
        fields = ["plant", "on", "name"]
        widgets = {"on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}


class LineForm(MasterForm):
    plant = CodeChoice(Plant, label=_("Plant"))

    class Meta:
        model = ProductionLine
        fields = ["plant", "code", "name", "is_active"]


class StationForm(MasterForm):
    line = CodeChoice(ProductionLine, label=_("Line"), only={"is_active": True})

    class Meta:
        model = Station
        fields = ["line", "code", "name", "is_active"]


class MachineForm(MasterForm):
    station = CodeChoice(Station, label=_("Station"), only={"is_active": True}, related=("line",))

    class Meta:
        model = Machine
        fields = ["station", "code", "name", "is_active"]


class ProductForm(MasterForm):
    class Meta:
        model = Product
        fields = ["code", "name", "revision", "is_active"]


class SupplierForm(MasterForm):
    class Meta:
        model = Supplier
        fields = ["code", "name", "status"]


class PartForm(MasterForm):
    supplier = CodeChoice(Supplier, label=_("Supplier"))

    class Meta:
        model = Part
        fields = ["supplier", "number", "name", "is_active"]


class LotForm(MasterForm):
    plant = CodeChoice(Plant, label=_("Received at"))
    part = CodeChoice(Part, label=_("Part"), only={"is_active": True}, related=("supplier",))

    class Meta:
        model = SupplierLot
        fields = ["plant", "part", "code", "received_on", "units"]
        labels = {"code": _("Lot"), "received_on": _("Received on"), "units": _("Units received")}
        widgets = {"received_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
