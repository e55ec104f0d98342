"""The forms of a defect: quick at the line, complete at the desk."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from typing import Any

from django import forms
from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qc import clock
from qc.errors import Refused
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
from qc.services import files
from qc.web.fields import Amount, ManyFiles, PlantMoment, Reason, in_zone
from qc.web.lists import CodeChoice

BUTTONS = 8


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
    top = rows.order_by().values("defect_type").annotate(times=Count("pk")).order_by("-times", "defect_type")[:BUTTONS]
    keys = [row["defect_type"] for row in top]
    if KEY.fullmatch(str(chosen)):
        keys.append(int(str(chosen)))
    return DefectType.objects.visible_to(user).filter(pk__in=keys, is_active=True)


class DefectForm(forms.Form):
    """What the engine needs to know of a defect. Everything but the code, the quantity and a place may stay empty."""

    frequent = forms.ModelChoiceField(
        DefectType.objects.none(), label=gettext_lazy("What is wrong?"), widget=forms.RadioSelect, required=False
    )
    defect_type = CodeChoice(DefectType, only={"is_active": True}, label=gettext_lazy("Another code"), required=False)
    quantity = Amount(label=gettext_lazy("How many"), initial="1")
    line = CodeChoice(
        ProductionLine, only={"is_active": True}, related=("plant",), label=gettext_lazy("Line"), required=False
    )
    station = Below(Station, related=("line__plant",), label=gettext_lazy("Station"), required=False)
    machine = Below(Machine, related=("station__line__plant",), label=gettext_lazy("Machine"), required=False)
    product = CodeChoice(Product, label=gettext_lazy("Product"), required=False)
    plant = CodeChoice(Plant, only={"is_active": True}, label=gettext_lazy("Plant"), required=False)
    supplier = CodeChoice(Supplier, label=gettext_lazy("Supplier"), required=False)
    part = Below(Part, related=("supplier",), label=gettext_lazy("Bought part"), required=False)
    supplier_lot = forms.CharField(label=gettext_lazy("Supplier lot"), max_length=80, required=False)
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), required=False)
    detected_at = forms.ChoiceField(
        label=gettext_lazy("Found at"), choices=Defect.DetectedAt.choices, initial="in_process"
    )
    occurred_at = PlantMoment(
        label=gettext_lazy("When"),
        required=False,
        help_text=gettext_lazy("Plant time. Empty: when you opened the form."),
    )
    serial = forms.CharField(label=gettext_lazy("Serial number"), max_length=80, required=False)
    lot = forms.CharField(label=gettext_lazy("Own lot"), max_length=80, required=False)
    tool = forms.CharField(label=gettext_lazy("Tool"), max_length=40, required=False)
    cavity = forms.CharField(label=gettext_lazy("Cavity"), max_length=20, required=False)
    inspector = forms.CharField(
        label=gettext_lazy("Found by"), max_length=80, required=False, help_text=gettext_lazy("Empty: you.")
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    MORE = (
        "supplier",
        "part",
        "supplier_lot",
        "plant",
        "occurred_at",
        "detected_at",
        "severity",
        "inspector",
        "serial",
        "lot",
        "tool",
        "cavity",
    )

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        for field in self.fields.values():
            if isinstance(field, CodeChoice):
                field.scope(user)
        self.fields["severity"].choices = [("", _("As usual for the code")), *Severity.choices]  # type: ignore[attr-defined]
        self._narrow()
        if Plant.objects.visible_to(user).count() < 2:
            del self.fields["plant"]

    def _chosen(self, name: str) -> Any:
        """What is chosen so far, in the form as sent or in the address that opened it."""
        value = self[name].value()
        field: Any = self.fields[name]
        try:
            return value if not isinstance(value, str | int) else field.to_python(value)
        except forms.ValidationError:
            return None

    def _narrow(self) -> None:
        """A chosen line leaves only its stations, machines and frequent codes; a supplier only its parts."""
        line, supplier = self._chosen("line"), self._chosen("supplier")
        every: dict[str, Any] = self.fields
        if line:
            every["station"].queryset = every["station"].queryset.filter(line=line)
            every["machine"].queryset = every["machine"].queryset.filter(station__line=line)
            running = ProductionRun.objects.visible_to(self.user).filter(line=line, ended_at=None).first()
            if running and not self.is_bound and not self.initial.get("product"):
                self.initial["product"] = running.product_id
        if supplier:
            every["part"].queryset = every["part"].queryset.filter(supplier=supplier)
        every["frequent"].queryset = frequent_types(self.user, line, self["frequent"].value())

    @property
    def more_is_open(self) -> bool:
        """Whether one of the fields that few need has something in it or something wrong with it."""
        usual = {"detected_at": "in_process"}
        names = [name for name in self.MORE if name in self.fields]
        return any(self[name].errors or self[name].value() not in (None, "", usual.get(name)) for name in names)

    def clean(self) -> dict[str, Any]:
        """Put together what belongs together: the code, the plant, its time, the lot."""
        data: dict[str, Any] = super().clean() or {}
        data["defect_type"] = data.get("defect_type") or data.pop("frequent", None)
        data.pop("frequent", None)
        if not data["defect_type"] and not self.errors.get("defect_type"):
            self.add_error("frequent" if "frequent" in self.fields else "defect_type", _("Choose what is wrong."))
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
        station = data.get("station")
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


class DefectCreateForm(DefectForm):
    """The form at the line. Its key makes a second tap harmless; its time is when it was opened."""

    photos = ManyFiles(
        label=gettext_lazy("Photos or files"),
        required=False,
        help_text=gettext_lazy("PNG, JPEG, PDF, CSV, XLSX; 10 MB each."),
    )
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    opened_at = forms.CharField(widget=forms.HiddenInput, required=False, initial=lambda: clock.now().isoformat())

    def clean_photos(self) -> list[Any]:
        """Judge every file before anything is saved."""
        for upload in self.cleaned_data["photos"]:
            try:
                files.checked(upload)
            except Refused as refusal:
                raise forms.ValidationError(f"{upload.name}: {refusal.message}") from None
            upload.seek(0)
        given: list[Any] = self.cleaned_data["photos"]
        return given

    def values(self) -> dict[str, Any]:
        """What `defects.record` takes."""
        data = {name: value for name, value in self.cleaned_data.items() if value not in (None, "", [])}
        data.pop("photos", None)
        opened_at = data.pop("opened_at", "")
        if "occurred_at" not in data:
            data["occurred_at"] = self._opened(opened_at)
        return data

    def _opened(self, text: str) -> dt.datetime:
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return clock.now()
        return moment if moment.tzinfo and moment <= clock.now() else clock.now()


class DefectCorrectForm(DefectForm):
    """A correction: the version that was read, and why."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = Reason(label=gettext_lazy("Why is it corrected?"), required=False)

    def __init__(self, user: User, defect: Defect, *args: Any, **kwargs: Any) -> None:
        self.defect = defect
        kwargs["initial"] = self.as_read(defect)
        super().__init__(user, *args, **kwargs)
        every: dict[str, Any] = self.fields
        every["line"].queryset = ProductionLine.objects.visible_to(user)  # a line that stopped keeps its records
        every["defect_type"].queryset = DefectType.objects.visible_to(user)
        del self.fields["frequent"]
        self.fields["defect_type"].label = _("What is wrong?")
        self.fields["occurred_at"].help_text = _("Plant time.")

    @staticmethod
    def as_read(defect: Defect) -> dict[str, Any]:
        """The record's values as the form shows them."""
        rows = ("defect_type", "line", "station", "machine", "product", "plant", "supplier", "part")
        texts = ("severity", "detected_at", "serial", "lot", "tool", "cavity", "inspector", "note", "version")
        local = defect.occurred_at.astimezone(defect.plant.zone).replace(second=0, microsecond=0, tzinfo=None)
        return (
            {name: getattr(defect, f"{name}_id") for name in rows}
            | {name: getattr(defect, name) for name in texts}
            | {"quantity": f"{defect.quantity.normalize():f}", "occurred_at": local}
            | {"supplier_lot": defect.supplier_lot.code if defect.supplier_lot else ""}
        )

    def changes(self) -> dict[str, Any]:
        """Only what the person changed: what was inferred stays inferred."""
        names = set(self.changed_data) - {"version", "reason", "client_uuid"}
        blank_rows = {"line", "station", "machine", "product", "supplier", "part", "supplier_lot"}
        return {
            name: value if value not in ("",) or name not in blank_rows else None
            for name, value in self.cleaned_data.items()
            if name in names
        }

    def rebased(self) -> dict[str, Any]:
        """Someone else was faster: what differs now, and a form that keeps what was typed on top of their version."""
        rows = []
        for name in self.changed_data:
            if name in ("version", "reason"):
                continue
            rows.append(
                {
                    "label": self.fields[name].label,
                    "theirs": self._shown(name, self[name].initial),
                    "mine": self._shown(name, self[name].value()),
                }
            )
        data = {name: self.data.get(name) for name in self.data} | {"version": str(self.defect.version)}
        return {"form": DefectCorrectForm(self.user, self.defect, data), "conflict": rows}

    def _shown(self, name: str, value: Any) -> str:
        """A value as the form would show it."""
        field: Any = self.fields[name]
        if hasattr(field, "queryset"):
            row = field.queryset.filter(pk=value).first() if str(value or "").isdigit() else None
            return field.label_from_instance(row) if row else ""
        if isinstance(value, dt.datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        return str(dict(getattr(field, "choices", [])).get(value, value))
