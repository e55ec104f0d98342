"""The form of a ladder: one row a rung."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from suppliers.ladder import AUDIENCES, Rung
from suppliers.models import LadderRung

if TYPE_CHECKING:
    _FormSet = forms.BaseFormSet["RungForm"]
else:
    _FormSet = forms.BaseFormSet  # not generic when it runs

WHO = {
    "contact": _("The contact, or the backup"),
    "superior": _("The supplier's administrators"),
    "holder": _("Who issued it, and the case's owner"),
    "engineer": _("Supplier quality engineers"),
    "buyer": _("Purchasing"),
    "owner": _("The owner"),
    "plant_manager": _("Plant manager"),
    "manager": _("Quality manager"),
}
SPARE = 2  # empty rows below the rungs


class RungForm(forms.Form):
    """One rung: how far from the due date, for what, whom to tell, what to say."""

    name = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20)
    amount = forms.IntegerField(
        label=_("How far from the due date"), help_text=_("Before it: a minus, such as -3."), required=False
    )
    unit = forms.ChoiceField(label=_("Counted in"), choices=LadderRung.Unit.choices, initial="days")
    severities = forms.ChoiceField(label=_("For"), choices=LadderRung.Severities.choices, required=False)
    audiences = forms.MultipleChoiceField(label=_("Tell"), widget=forms.CheckboxSelectMultiple, required=False)
    words = forms.CharField(
        label=_("What our people should do"), help_text=_("Suppliers do not read it."), required=False, max_length=160
    )
    proposes_controlled_shipping = forms.BooleanField(label=_("Propose controlled shipping"), required=False)
    is_urgent = forms.BooleanField(label=_("Send at once, not in the morning's mail"), required=False)
    remove = forms.BooleanField(label=_("Take this rung out"), required=False)

    def __init__(self, *args: Any, ladder: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["audiences"].choices = [(each, WHO[each]) for each in AUDIENCES[ladder]]  # type: ignore[attr-defined]
        if ladder != "answer":
            del self.fields["proposes_controlled_shipping"]

    @property
    def counts(self) -> bool:
        """Whether the row is a rung: not left empty and not taken out."""
        return self.cleaned_data.get("amount") is not None and not self.cleaned_data.get("remove")

    def clean(self) -> dict[str, Any]:
        """A row with people or words needs its distance."""
        found: dict[str, Any] = super().clean() or {}
        if (
            found.get("amount") is None
            and "amount" not in self.errors
            and (found.get("audiences") or found.get("words"))
        ):
            self.add_error("amount", _("Say how far from the due date."))
        return found

    def rung(self) -> Rung:
        """The rung for the verb."""
        said = {name: value for name, value in self.cleaned_data.items() if name != "remove"}
        return Rung(**said | {"audiences": tuple(said["audiences"])})


class RungForms(_FormSet):
    """The rungs of one ladder, with room for new ones."""

    def rungs(self) -> list[Rung]:
        """What is set; a row that is left empty or taken out is none."""
        return [form.rung() for form in self.forms if form.counts]

    def show(self, fields: dict[str, str]) -> bool:
        """Put a refusal beside its field, named `rungs-<n>-<field>` by the n-th rung; False when it has none."""
        counting = [form for form in self.forms if form.counts]
        shown = False
        for name, text in fields.items():
            _prefix, number, field = (name.split("-", 2) + ["", ""])[:3]
            if number.isdigit() and int(number) < len(counting) and field in counting[int(number)].fields:
                counting[int(number)].add_error(field, text)
                shown = True
        return shown


_Forms = forms.formset_factory(RungForm, formset=RungForms, extra=SPARE, max_num=14, absolute_max=20)


def forms_of(ladder: str, rungs: Sequence[Rung], data: Any = None) -> RungForms:
    """The forms of a ladder, filled with its rungs or with what was sent."""
    initial = [{name: getattr(rung, name) for name in RungForm.base_fields if name != "remove"} for rung in rungs]
    found: RungForms = _Forms(data, initial=initial, prefix="rungs", form_kwargs={"ladder": ladder})  # type: ignore[assignment]
    return found
