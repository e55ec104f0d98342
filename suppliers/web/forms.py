"""Forms of our side. Each lists its fields; the verbs judge them."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qc.models import Attachment, Plant, Supplier, User
from qc.services.listings import ages
from suppliers.models import CorrectiveActionRequest
from suppliers.services import access

if TYPE_CHECKING:
    _PersonField = forms.ModelChoiceField[User]
else:
    _PersonField = forms.ModelChoiceField  # not generic when it runs

TOO_VAGUE = _("Too vague: we cannot see what exactly was done or found")
REASONS = (
    ("", _("Choose a reason")),
    ("vague", TOO_VAGUE),
    ("evidence", _("Evidence is missing (measurement, photo, document)")),
    ("symptom", _("Describes the symptom, not the cause")),
    ("person", _("Blames a person instead of the process")),
    ("escape", _("Does not say why it was not found")),
    ("weak", _("The action is too weak (training or instruction only)")),
    ("scope", _("Other lots, parts or lines were not looked at")),
    ("dates", _("Dates or quantities do not fit together")),
    ("other", _("Something else")),
)


class SupplierForm(forms.Form):
    """Whom to ask, when the case does not say it."""

    supplier = forms.ModelChoiceField(Supplier.objects.none(), label=_("Supplier"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supplier"].queryset = Supplier.objects.visible_to(user)  # type: ignore[attr-defined]


class ContactField(_PersonField):
    """A person at the supplier, with what keeps them from being reached."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj} ({_('mail comes back')})" if obj.bounced_at else str(obj)


class RequestForm(forms.Form):
    """What the supplier will read."""

    title = forms.CharField(label=_("What is wrong, in a few words"), max_length=200)
    problem = forms.CharField(
        label=_("What is wrong with what"),
        help_text=_("What was found, where, since when, and what it should be. The supplier reads every word."),
        widget=forms.Textarea(attrs={"rows": 5}),
        max_length=10_000,
    )
    part_number = forms.CharField(label=_("Part"), max_length=120, required=False)
    quantity_affected = forms.DecimalField(
        label=_("Quantity affected"), required=False, min_value=0, max_digits=12, decimal_places=3
    )
    lots = forms.CharField(
        label=_("Affected lots"),
        help_text=_("One a line."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=8000,
    )
    expected = forms.CharField(
        label=_("What we expect"), widget=forms.Textarea(attrs={"rows": 3}), required=False, max_length=4000
    )
    contact = ContactField(
        User.objects.none(),
        label=_("Contact"),
        required=False,
        empty_label=_("Everybody at the supplier"),
        help_text=_("Who is told and reminded."),
    )
    evidence = forms.ModelMultipleChoiceField(
        Attachment.objects.none(),
        label=_("Files of the case to share"),
        help_text=_("Only what you tick is copied into the request."),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    FACTS = ("title", "problem", "part_number", "quantity_affected", "lots", "expected")

    def __init__(self, supplier: Supplier, files: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = access.contacts(supplier)  # type: ignore[attr-defined]
        self.fields["evidence"].queryset = files  # type: ignore[attr-defined]
        if not files:
            del self.fields["evidence"]

    @staticmethod
    def of(request: CorrectiveActionRequest) -> dict[str, Any]:
        """The values of a draft."""
        facts = {name: getattr(request, name) for name in RequestForm.FACTS}
        return {**facts, "contact": request.contact_id, "version": request.version}

    @staticmethod
    def fresh(facts: Any) -> dict[str, Any]:
        """The values that a new request starts from."""
        return {**{name: getattr(facts, name) for name in RequestForm.FACTS}, "client_uuid": uuid.uuid4()}

    def given(self, *names: str) -> dict[str, Any]:
        """The values for the verb."""
        values = {name: self.cleaned_data[name] for name in (*self.FACTS, "contact", *names)}
        return {**values, "evidence": self.cleaned_data.get("evidence", ())}


class ReturnForm(forms.Form):
    """Why an answer goes back: a usual reason, and words of one's own."""

    usual = forms.ChoiceField(label=_("Reason"), choices=REASONS, error_messages={"required": _("Say why.")})
    words = forms.CharField(
        label=_("What is missing"),
        help_text=_("The supplier reads this beside the answer."),
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        max_length=1500,
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_words(self) -> str:
        words: str = self.cleaned_data["words"].strip()
        if self.cleaned_data.get("usual") == "other" and not words:
            raise forms.ValidationError(_("Say what it is."))
        return words

    def reason(self) -> str:
        """Both as one text."""
        chosen = self.cleaned_data.get("usual", "")
        usual = str(dict(REASONS)[chosen]) if chosen not in ("", "other") else ""
        return ". ".join(text for text in (usual, self.cleaned_data.get("words", "")) if text)


class FilterForm(forms.Form):
    """Which requests the list shows."""

    STATES = (
        ("", _("All states")),
        ("current", _("Not over")),
        ("running", _("Issued and not over")),
        *CorrectiveActionRequest.Status.choices,
    )
    AGES = (("", _("Any age")), *((name, label) for name, label, _low, _high in ages.AGES))

    state = forms.ChoiceField(label=_("State"), choices=STATES, required=False)
    supplier = forms.ModelChoiceField(
        Supplier.objects.none(), label=_("Supplier"), required=False, empty_label=_("All suppliers")
    )
    plant = forms.ModelChoiceField(Plant.objects.none(), label=_("Plant"), required=False, empty_label=_("All plants"))
    age = forms.ChoiceField(label=_("Age"), choices=AGES, required=False)
    overdue = forms.BooleanField(label=_("Overdue only"), required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["supplier"].queryset = Supplier.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["plant"].queryset = Plant.objects.visible_to(user)  # type: ignore[attr-defined]

    @property
    def chosen(self) -> dict[str, Any]:
        """The filters that were given and make sense."""
        self.is_valid()
        return self.cleaned_data
