"""The forms of the catalogue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qc.models import DefectType, PlaceOfUse, Product, ProductionLine, Severity, Station, User
from qc.services import usage
from qc.web.fields import Reason
from qc.web.lists import CodeChoice


class ManyRows(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Several rows with a code and a name; empty until it is scoped to a person."""

    def __init__(self, model: Any, *related: str, **kwargs: Any) -> None:
        super().__init__(model._default_manager.none(), required=False, **kwargs)
        self.related = related
        self.widget.attrs["size"] = 6

    def scope(self, user: User) -> None:
        """Leave the rows that the person may read."""
        rows: Any = self.queryset
        self.queryset = rows.model._default_manager.visible_to(user).select_related(*self.related)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.code} {obj.name}".strip() if obj.name != obj.code else str(obj.name)


class ManyStations(ManyRows):
    """Stations, each with its line."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.line.code} / {super().label_from_instance(obj)}"


class CodeForm(forms.Form):
    """What the catalogue says of a code."""

    name = forms.CharField(label=_("Name"), max_length=160, help_text=_("As people at the line say it."))
    group = forms.CharField(
        label=_("Group"), max_length=80, required=False, widget=forms.TextInput(attrs={"list": "groups"})
    )
    severity = forms.ChoiceField(
        label=_("Usual severity"), choices=Severity.choices, initial=Severity.MAJOR, help_text=_("A record may differ.")
    )
    tolerable = forms.IntegerField(
        label=_("Tolerable incidents in 90 days"),
        min_value=0,
        max_value=1_000_000,
        required=False,
        help_text=_("A steady rate surely above it is called systemic. Empty: none set; of critical codes none is."),
    )
    description = forms.CharField(
        label=_("Description"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("When to use it, and which code to use instead where it is not this one."),
    )
    lines = ManyRows(ProductionLine, "plant", label=_("Lines"), help_text=_("None chosen: every line."))
    stations = ManyStations(Station, "line", label=_("Stations"))
    products = ManyRows(Product, label=_("Products"), help_text=_("None chosen: every product."))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, ManyRows):
                field.scope(user)
        names = DefectType.objects.visible_to(user).exclude(group="").order_by("group")
        self.groups = names.values_list("group", flat=True).distinct()

    def values(self) -> dict[str, Any]:
        """What the verbs take."""
        data = {
            name: value for name, value in self.cleaned_data.items() if name not in ("lines", "stations", "products")
        }
        chosen = {name: list(self.cleaned_data[name]) for name in ("lines", "stations", "products")}
        return data | {"places": usage.Places(**chosen)}


class CodeCreateForm(CodeForm):
    """A new code."""

    code = forms.CharField(
        label=_("Code"), max_length=40, help_text=_("It stays for good: records and machines will know it.")
    )
    field_order = ["code"]


class CodeEditForm(CodeForm):
    """Changes of a code."""

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, user: User, row: DefectType, *args: Any, **kwargs: Any) -> None:
        places = list(PlaceOfUse.objects.visible_to(user).filter(defect_type=row))
        kwargs["initial"] = {name: getattr(row, name) for name in CodeForm.base_fields if hasattr(row, name)} | {
            "version": row.version,
            "lines": [one.line_id for one in places if one.line_id],
            "stations": [one.station_id for one in places if one.station_id],
            "products": [one.product_id for one in places if one.product_id],
        }
        super().__init__(user, *args, **kwargs)


class MergeForm(forms.Form):
    """Which code the records count as from now on."""

    into = CodeChoice(DefectType, only={"is_active": True}, label=_("They count as"))
    from_on = forms.DateField(
        label=_("From the production date"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: all of them. A day: where the code changed its meaning on that day."),
    )
    retire = forms.BooleanField(
        label=_("Nobody logs the old code any more"),
        required=False,
        initial=True,
        help_text=_("Leave it in use where a machine goes on sending it."),
    )
    reason = Reason(label=_("Why are they the same?"))

    def __init__(self, user: User, row: DefectType, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        into: Any = self.fields["into"]
        into.scope(user)
        into.queryset = into.queryset.exclude(pk=row.pk)


class RetireForm(forms.Form):
    """Why a code goes out of use."""

    reason = Reason(label=_("Why is it retired?"))


class ReasonForm(forms.Form):
    """Why a merge is taken back."""

    reason = Reason(label=_("Why are they not the same?"))


class ExampleForm(forms.Form):
    """An example of a code."""

    caption = forms.CharField(label=_("What it shows"), max_length=200)
    upload = forms.FileField(
        label=_("Photo"), required=False, widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg"})
    )
    is_acceptable = forms.BooleanField(label=_("This is still good"), required=False)


class GroupForm(forms.Form):
    """Another name for a group."""

    old = forms.CharField(widget=forms.HiddenInput, max_length=80)
    new = forms.CharField(label=_("New name of the group"), max_length=80)
