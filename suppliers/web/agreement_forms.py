"""Forms of our side about dates, controlled shipping and money. Each lists its fields; the verbs judge them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qc.models import CaseCost
from suppliers import money
from suppliers.models import ControlledShipping, CorrectiveActionRequest, CostClaim

Responsibility = CorrectiveActionRequest.Responsibility


def _day(**more: Any) -> forms.DateField:
    return forms.DateField(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **more)


def _words(rows: int = 3, **more: Any) -> forms.CharField:
    return forms.CharField(widget=forms.Textarea(attrs={"rows": rows}), max_length=2000, **more)


class GrantForm(forms.Form):
    """Until when."""

    granted_on = _day(label=_("Until"))
    answer = _words(2, label=_("A word to the supplier"), required=False)


class RefuseForm(forms.Form):
    """Why the date stays."""

    reason = _words(2, label=_("Why the date stays"), help_text=_("The supplier reads this."))


class ConcedeForm(forms.Form):
    """With whom the cause is, and what shows it."""

    responsibility = forms.ChoiceField(
        label=_("Where is the cause?"),
        choices=[(Responsibility.OURS, _("With us")), (Responsibility.ELSEWHERE, _("With somebody else"))],
        widget=forms.RadioSelect,
    )
    reason = _words(label=_("What shows it"), help_text=_("The supplier reads this. The request is over then."))


class ShippingForm(forms.Form):
    """Controlled shipping: which part, who sorts, until when."""

    part_number = forms.CharField(label=_("Part"), max_length=120)
    level = forms.ChoiceField(label=_("Who sorts?"), choices=ControlledShipping.Level.choices, widget=forms.RadioSelect)
    sorter = forms.CharField(label=_("Sorting company"), help_text=_("For CS2."), max_length=200, required=False)
    reason = _words(label=_("Reason"), help_text=_("The supplier reads this."))
    clean_needed = forms.IntegerField(label=_("It ends after"), min_value=1, max_value=365, initial=5)
    criterion = forms.ChoiceField(label=_("Of these"), choices=ControlledShipping.Criterion.choices)
    started_on = _day(label=_("Starts on"))


class SortForm(forms.Form):
    """One shipment that was sorted."""

    sorted_on = _day(label=_("Day"))
    lot = forms.CharField(label=_("Lot or shipment"), max_length=120)
    quantity_checked = forms.IntegerField(label=_("Checked"), min_value=1, max_value=10_000_000)
    quantity_bad = forms.IntegerField(label=_("Of these bad"), min_value=0, max_value=10_000_000)


class EndForm(forms.Form):
    """Why controlled shipping ends."""

    reason = _words(label=_("Why it ends"), help_text=_("The supplier reads this."))


class ClaimForm(forms.Form):
    """What is claimed: costs of the case, an amount up to their sum, a word to the supplier."""

    costs = forms.MultipleChoiceField(label=_("Recoverable costs of the case"), widget=forms.CheckboxSelectMultiple)
    amount = forms.CharField(
        label=_("Amount"), help_text=_("Empty: the sum of the costs. It may be less."), max_length=30, required=False
    )
    note = _words(label=_("A word to the supplier"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, costs: list[CaseCost], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [
            (cost.pk, f"{cost.get_kind_display()}: {money.shown(cost.amount_minor, cost.currency)}") for cost in costs
        ]
        self.fields["costs"].choices = choices  # type: ignore[attr-defined]

    @staticmethod
    def of(claim: CostClaim) -> dict[str, Any]:
        """The values of a draft."""
        amount = money.plain(claim.amount_minor, claim.currency)
        costs = [line["cost"] for line in claim.basis]
        return {"costs": costs, "amount": amount, "note": claim.note, "version": claim.version}

    def given(self) -> dict[str, Any]:
        """The values for the verb."""
        data = self.cleaned_data
        return {"costs": [int(pk) for pk in data["costs"]], "amount": data["amount"], "note": data["note"]}


class _Versioned(forms.Form):
    version = forms.IntegerField(widget=forms.HiddenInput)


class SendForm(_Versioned):
    """Nothing to fill in."""


class AgainForm(_Versioned):
    """Claim once more after an objection."""

    amount = forms.CharField(label=_("Amount"), max_length=30)
    reason = _words(label=_("Why"), help_text=_("The supplier reads this."))


class SettleForm(_Versioned):
    """What was agreed after an objection."""

    amount = forms.CharField(label=_("Agreed amount"), max_length=30)
    reason = _words(2, label=_("How it was agreed"), help_text=_("The supplier reads this."))


class CreditForm(_Versioned):
    """The money came."""

    credit_note = forms.CharField(label=_("Number of the credit note"), max_length=60)
    credited_on = _day(label=_("Credited on"))


class WithdrawForm(_Versioned):
    """Why the claim is given up."""

    reason = _words(2, label=_("Why"), help_text=_("The supplier reads this if it has seen the claim."))
