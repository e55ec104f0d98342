"""The fields of a defect: few for who is in a hurry, all of them for who knows more."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qc import clock
from qc.models import (
    Defect,
    DefectType,
    Machine,
    Part,
    Plant,
    Product,
    ProductionLine,
    ProductionRun,
    Severity,
    Station,
    Supplier,
    SupplierLot,
    User,
)
from qc.web.fields import Amount, Measured, PlantMoment, in_zone
from qc.web.lists import CodeChoice

BUTTONS = 8
MOST_LOTS = 30


class Below(CodeChoice):
    """Rows below another one, which their label names: `LINE-3 / ST-20 Soldering`."""

    def label_from_instance(self, obj: Any) -> str:
        above = {"Station": "line", "Machine": "station", "Part": "supplier"}[type(obj).__name__]
        return f"{getattr(obj, above).code} / {super().label_from_instance(obj)}"


KEY = re.compile(r"[0-9]{1,18}", re.ASCII)


def frequent_types(user: User, line: ProductionLine | None, chosen: object = None) -> QuerySet[DefectType]:
    """The codes logged most in the last 90 days on the line, or at the person's plants; and the one chosen already.

    Who taps a code first and then the line keeps the code, though it is rare on that line.
    """
    rows = Defect.objects.visible_to(user).counted()
    rows = rows.filter(production_on__gte=clock.today() - dt.timedelta(days=90))
    rows = rows.filter(line=line) if line else rows
    rows = rows.filter(defect_type__is_active=True)
    top = rows.order_by().values("defect_type").annotate(times=Count("pk")).order_by("-times", "defect_type")[:BUTTONS]
    keys = [row["defect_type"] for row in top]
    if KEY.fullmatch(str(chosen)):
        keys.append(int(str(chosen)))
    return DefectType.objects.visible_to(user).loggable().filter(pk__in=keys)


def text(label: Any, longest: int, **more: Any) -> forms.CharField:
    """A short text that may stay empty."""
    return forms.CharField(label=label, max_length=longest, required=False, **more)


class DefectForm(forms.Form):
    """Everything that a record can say. All but the code, the quantity and a place may stay empty."""

    frequent = forms.ModelChoiceField(
        DefectType.objects.none(), label=gettext_lazy("What is wrong?"), widget=forms.RadioSelect, required=False
    )
    defect_type = CodeChoice(DefectType, only={"is_active": True}, label=gettext_lazy("Another code"), required=False)
    quantity = Amount(label=gettext_lazy("How many"), initial="1")
    plant = CodeChoice(Plant, only={"is_active": True}, label=gettext_lazy("Plant"), required=False)
    line = CodeChoice(
        ProductionLine, only={"is_active": True}, related=("plant",), label=gettext_lazy("Line"), required=False
    )
    station = Below(Station, related=("line__plant",), label=gettext_lazy("Station"), required=False)
    machine = Below(Machine, related=("station__line__plant",), label=gettext_lazy("Machine"), required=False)
    product = CodeChoice(Product, label=gettext_lazy("Product"), required=False)
    serial = forms.CharField(
        label=gettext_lazy("Serial numbers"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 1, "spellcheck": "false"}),
        help_text=gettext_lazy("One in a line."),
    )
    lot = text(gettext_lazy("Own lot"), 80)
    work_order = text(gettext_lazy("Work order"), 60)
    operation = text(gettext_lazy("Operation"), 60)
    product_revision = text(gettext_lazy("Revision of the product"), 20)
    tool = text(gettext_lazy("Tool"), 40)
    cavity = text(gettext_lazy("Cavity"), 20)
    supplier = CodeChoice(Supplier, label=gettext_lazy("Supplier"), required=False)
    part = Below(Part, related=("supplier",), label=gettext_lazy("Bought part"), required=False)
    supplier_lot = text(
        gettext_lazy("Supplier lot"), 80, widget=forms.TextInput(attrs={"list": "lots", "autocomplete": "off"})
    )
    purchase_order = text(gettext_lazy("Purchase order and line"), 60)
    receipt = text(gettext_lazy("Goods receipt"), 60)
    requirement = text(gettext_lazy("Drawing or specification"), 120)
    requirement_revision = text(gettext_lazy("Its revision"), 20)
    characteristic = text(gettext_lazy("Characteristic"), 120, help_text=gettext_lazy("Such as bore 35H7."))
    actual_value = Measured(label=gettext_lazy("Actual value"), required=False)
    unit = text(gettext_lazy("Unit"), 20, help_text=gettext_lazy("Such as mm or N m."))
    occurred_at = PlantMoment(
        label=gettext_lazy("When"),
        required=False,
        help_text=gettext_lazy("Plant time. Empty: when you opened the form."),
    )
    detected_at = forms.ChoiceField(
        label=gettext_lazy("Found at"), choices=Defect.DetectedAt.choices, initial="in_process"
    )
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), required=False)
    inspector = text(gettext_lazy("Found by"), 80, help_text=gettext_lazy("Empty: you."))
    customer = text(gettext_lazy("Customer"), 120, help_text=gettext_lazy("Where a customer or the field found it."))
    customer_ref = text(gettext_lazy("Customer's reference"), 80)
    disposition = forms.ChoiceField(
        label=gettext_lazy("Done with the material so far"),
        choices=[("", gettext_lazy("Nothing yet")), *Defect.Disposition.choices],
        required=False,
        help_text=gettext_lazy("Use as is and repair are decided in a case."),
    )
    material_at = text(gettext_lazy("Where it is now"), 80)
    hold_tag = text(gettext_lazy("Hold tag"), 40)
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    WHERE = ("plant", "line", "station", "machine", "product")
    SECTIONS = (
        ("source", gettext_lazy("Supplier, part and lot"),
         ("supplier", "part", "supplier_lot", "purchase_order", "receipt")),
        ("unit", gettext_lazy("Unit, order and tool"),
         ("serial", "lot", "work_order", "operation", "product_revision", "tool", "cavity")),
        ("found", gettext_lazy("When and how it was found"),
         ("occurred_at", "detected_at", "severity", "inspector", "customer", "customer_ref")),
        ("violated", gettext_lazy("What it should have been"),
         ("requirement", "requirement_revision", "characteristic", "actual_value", "unit")),
        ("material", gettext_lazy("Where the material is"), ("disposition", "material_at", "hold_tag")),
    )  # fmt: skip
    USUAL = {"detected_at": "in_process"}

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for field in self.fields.values():
            if isinstance(field, CodeChoice):
                field.scope(user)
        self.fields["severity"].choices = [("", _("As usual for the code")), *Severity.choices]  # type: ignore[attr-defined]
        if Plant.objects.visible_to(user).count() < 2:
            del self.fields["plant"]
        self._narrow()

    def chosen(self, name: str) -> Any:
        """What is chosen so far, in the form as sent or in the address that opened it."""
        if name not in self.fields:
            return None
        value = self[name].value()
        field: Any = self.fields[name]
        try:
            return value if not isinstance(value, str | int) else field.to_python(value)
        except forms.ValidationError:
            return None

    def _narrow(self) -> None:
        """A choice leaves what lies below it: plant, line, station, machine; supplier, part; and the line's codes."""
        plant, line, station, supplier = (self.chosen(name) for name in ("plant", "line", "station", "supplier"))
        every: dict[str, Any] = self.fields
        if plant:
            every["line"].queryset = every["line"].queryset.filter(plant=plant)
            every["station"].queryset = every["station"].queryset.filter(line__plant=plant)
            every["machine"].queryset = every["machine"].queryset.filter(station__line__plant=plant)
        if line:
            every["station"].queryset = every["station"].queryset.filter(line=line)
            every["machine"].queryset = every["machine"].queryset.filter(station__line=line)
            every["defect_type"].queryset = self._used_at(line)
            self._assume_product(line)
        if station:
            every["machine"].queryset = every["machine"].queryset.filter(station=station)
        if supplier:
            every["part"].queryset = every["part"].queryset.filter(supplier=supplier)
        every["frequent"].queryset = frequent_types(self.user, line, self["frequent"].value())

    def _used_at(self, line: ProductionLine) -> QuerySet[DefectType]:
        """The codes that may be logged on a line, and the one that is chosen already."""
        rows: Any = self.fields["defect_type"].queryset  # type: ignore[attr-defined]
        placed = Q(places__line__isnull=False) | Q(places__station__isnull=False)
        elsewhere = rows.filter(placed).exclude(Q(places__line=line) | Q(places__station__line=line))
        chosen = self.chosen("defect_type")
        return rows.exclude(pk__in=elsewhere.exclude(pk=chosen.pk if chosen else None).values("pk"))  # type: ignore[no-any-return]

    def _assume_product(self, line: ProductionLine) -> None:
        running = ProductionRun.objects.visible_to(self.user).filter(line=line, ended_at=None).first()
        if running and not self.is_bound and not self.initial.get("product"):
            self.initial["product"] = running.product_id

    @property
    def where(self) -> list[forms.BoundField]:
        """The fields that say where we were."""
        return [self[name] for name in self.WHERE if name in self.fields]

    @property
    def sections(self) -> Iterator[dict[str, Any]]:
        """The folded fields; open where something stands in them or is wrong with them."""
        for key, title, names in self.SECTIONS:
            fields = [self[name] for name in names]
            said = [one for one in fields if one.errors or one.value() not in (None, "", self.USUAL.get(one.name))]
            yield {"key": key, "title": title, "fields": fields, "is_open": bool(said)}

    @property
    def lots(self) -> QuerySet[SupplierLot]:
        """The latest lots of the chosen part or supplier, to choose from while typing."""
        part, supplier = self.chosen("part"), self.chosen("supplier")
        lots = SupplierLot.objects.visible_to(self.user).select_related("part")
        if not part and not supplier:
            return lots.none()
        lots = lots.filter(part=part) if part else lots.filter(part__supplier=supplier)
        line, plant = self.chosen("line"), self.chosen("plant")
        of_plant = line.plant if line else plant
        return (lots.filter(plant=of_plant) if of_plant else lots)[:MOST_LOTS]

    def clean(self) -> dict[str, Any]:
        """Put together what belongs together: the code, the serials, the plant, its time, the lot."""
        data: dict[str, Any] = super().clean() or {}
        data["defect_type"] = data.get("defect_type") or data.pop("frequent", None)
        data.pop("frequent", None)
        if not data["defect_type"] and not self.errors.get("defect_type"):
            self.add_error("frequent" if "frequent" in self.fields else "defect_type", _("Choose what is wrong."))
        units = [one.strip() for one in re.split(r"[\n,;]", data.get("serial") or "") if one.strip()]
        data["serial"], data["further_serials"] = (units or [""])[0], "\n".join(units[1:])
        plant = self._plant(data)
        if data.get("occurred_at") and plant:
            try:
                data["occurred_at"] = in_zone(data["occurred_at"], plant.zone)
            except forms.ValidationError as error:
                self.add_error("occurred_at", error)
        if data.get("supplier_lot") and plant:
            data["supplier_lot"] = self._lot(data, plant)
        return data

    def _plant(self, data: dict[str, Any]) -> Plant | None:
        """The plant of the line, or the one chosen, or the only one."""
        station, machine = data.get("station"), data.get("machine")
        station = station or (machine.station if machine else None)
        line = data.get("line") or (station.line if station else None)
        if line:
            of_line: Plant = line.plant
            return of_line
        chosen: Plant | None = data.get("plant") or self._only_plant()
        data["plant"] = chosen
        if chosen is None:  # the error takes the field out of the cleaned data
            self.add_error("plant" if "plant" in self.fields else "line", _("Choose a line, or the plant of the part."))
        return chosen

    def _only_plant(self) -> Plant | None:
        plants = list(Plant.objects.visible_to(self.user)[:2])
        return plants[0] if len(plants) == 1 else None

    def _lot(self, data: dict[str, Any], plant: Plant) -> SupplierLot | None:
        lots = SupplierLot.objects.visible_to(self.user).select_related("part__supplier", "plant")
        lots = lots.filter(plant=plant, code__iexact=data["supplier_lot"].strip())
        lots = lots.filter(part=data["part"]) if data.get("part") else lots
        lots = lots.filter(part__supplier=data["supplier"]) if data.get("supplier") else lots
        found = list(lots[:2])
        if len(found) == 1:
            return found[0]
        several = _("Several parts have a lot with this code: choose the part.")
        self.add_error("supplier_lot", several if found else _("There is no such lot at this plant."))
        return None
