"""The small forms of the material review: dispositions, signatures, holds."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qc.models import Disposition, Nonconformance, Product, SupplierLot, User
from qc.web.case_forms import StepForm, words
from qc.web.fields import Amount
from qc.web.lists import CodeChoice


class ReviewForm(StepForm):
    suspect_quantity = Amount(
        label=_("Suspect quantity"), help_text=_("All pieces that may be bad, wherever they are.")
    )
    lot_quantity = Amount(label=_("In the lot"), required=False)
    inspected_quantity = Amount(label=_("Inspected"), required=False)
    defective_quantity = Amount(label=_("Defective among them"), required=False)


class DisposeForm(forms.Form):
    decision = forms.ChoiceField(label=_("Decision"), choices=Disposition.Decision.choices)
    quantity = Amount(label=_("Quantity"))
    instruction = words(
        _("Instruction"), rows=2, required=False, help_text=_("For rework, repair and sorting: how it is done.")
    )
    reference = forms.CharField(
        label=_("Concession or return number"),
        max_length=80,
        required=False,
        help_text=_("The customer's concession for material that does not fit the drawing, the number of a return."),
    )


class AmendForm(DisposeForm):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class SignForm(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=_("Typed again, it is your signature under exactly this decision, quantity and instruction."),
    )


class HoldForm(forms.Form):
    supplier_lot = CodeChoice(SupplierLot, related=("part",), label=_("Supplier's lot"), required=False)
    own_lot = forms.CharField(label=_("Or one of our own lots"), max_length=80, required=False)
    product = CodeChoice(Product, only={"is_active": True}, label=_("Product of our own lot"), required=False)
    quantity = Amount(label=_("Quantity"), required=False)
    location = forms.CharField(label=_("Where is it?"), max_length=120, required=False)
    tag = forms.CharField(label=_("Number of the hold tag"), max_length=40, required=False)

    def __init__(self, user: User, case: Nonconformance, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every: dict[str, Any] = self.fields
        every["product"].scope(user)
        every["supplier_lot"].scope(user)
        lots = every["supplier_lot"].queryset.filter(plant=case.plant)
        if case.supplier_id:
            lots = lots.filter(part__supplier=case.supplier_id)
        every["supplier_lot"].queryset = lots
        every["supplier_lot"].label_from_instance = lambda lot: f"{lot.code} ({lot.part})"
