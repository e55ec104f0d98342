"""Forms about actions beyond their small steps: change one, and the filters of the list of all."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qc.models import Cause, CorrectiveAction, Nonconformance, User
from qc.services import people
from qc.web import case_forms as f
from qc.web.fields import Reason


class CauseChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """One of the causes of a case that are not ruled out."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("empty_label", _("Not said"))
        super().__init__(Cause.objects.none(), required=False, label=_("Which cause does it treat?"), **kwargs)

    def scope(self, user: User, case: Nonconformance) -> None:
        """Leave the causes of this case, if the person may read them."""
        self.queryset = Cause.objects.visible_to(user).filter(nonconformance=case, ruled_out_at__isnull=True)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.get_leg_display()}: {str(obj)[:70]}"


class ActionEditForm(forms.Form):
    """An action that waits: who, until when, how well it holds, and what it treats."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("What will be done?"), max_length=200)
    owner = f.PersonChoice(label=_("Who does it?"), required=False)
    due_on = f.day(_("Due"), required=False)
    reason = Reason(
        label=_("Why does the due date change?"), required=False, help_text=_("Needed when a date that is set moves.")
    )
    strength = forms.ChoiceField(
        label=_("How well does it hold?"),
        choices=[("", _("Not said")), *CorrectiveAction.Strength.choices],
        required=False,
    )
    cause = CauseChoice()
    description = f.words(_("More words"), rows=2, required=False)

    def __init__(self, user: User, case: Nonconformance, action: CorrectiveAction, *args: Any, **kwargs: Any) -> None:
        names = ("version", "title", "due_on", "strength", "description")
        values = {name: getattr(action, name) for name in names}
        kwargs.setdefault("initial", values | {"owner": action.owner_id, "cause": action.cause_id})
        super().__init__(*args, **kwargs)
        every: dict[str, Any] = self.fields
        every["cause"].scope(user, case)
        if action.supplier_id:
            del self.fields["owner"]
        else:
            every["owner"].queryset = people.colleagues(user, case.plant)
