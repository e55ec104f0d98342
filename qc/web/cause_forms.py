"""Forms of the search for causes: the matrix, the whys, causes and their catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qc.models import Category, Cause, CauseCode, User, Why
from qc.services.whys import below
from qc.web import case_forms as f
from qc.web.fields import Reason
from qc.web.lists import CodeChoice

CATEGORIES = [("", _("Not said")), *Category.choices]
LEG_TOP = "leg:"


class ContrastForm(forms.Form):
    """What people add to a row that the records filled."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    is_text = f.words(_("Is: what else shows it?"), rows=2, required=False)
    is_not_text = f.words(_("Is not: what could show it, and does not?"), rows=2, required=False)
    distinction = f.words(_("What is different about what shows it?"), rows=2, required=False)
    change = f.words(_("What changed there, and when?"), rows=2, required=False)


class WhyForm(forms.Form):
    """An answer to why."""

    text = forms.CharField(label=_("Why?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    evidence = forms.CharField(label=_("What shows it?"), max_length=2000, required=False)


class RootWhyForm(WhyForm):
    """The first answer of a leg."""

    leg = forms.ChoiceField(choices=Cause.Leg.choices, widget=forms.HiddenInput)


class WhyEditForm(WhyForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class WhyMoveForm(forms.Form):
    """Another place in the tree: the top of a leg, or below another answer."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    parent = forms.ChoiceField(label=_("Hang it below"))

    def __init__(self, why: Why, rows: Sequence[Why], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        apart = {why.pk, *(each.pk for each in below(why, rows))}
        tops = [(f"{LEG_TOP}{leg}", _("The top of: %(leg)s") % {"leg": label}) for leg, label in Cause.Leg.choices]
        answers = [
            (str(each.pk), f"{each.get_leg_display()}: {str(each)[:60]}") for each in rows if each.pk not in apart
        ]
        self.rows = {str(each.pk): each for each in rows}
        self.fields["parent"].choices = tops + answers  # type: ignore[attr-defined]
        self.initial.setdefault("parent", str(why.parent_id) if why.parent_id else f"{LEG_TOP}{why.leg}")

    def place(self) -> dict[str, Any]:
        """The chosen place as the verb takes it."""
        chosen = self.cleaned_data["parent"]
        if chosen.startswith(LEG_TOP):
            return {"parent": None, "leg": chosen.removeprefix(LEG_TOP)}
        return {"parent": self.rows[chosen]}


class PromoteForm(forms.Form):
    """What kind of cause the last answer is."""

    category = forms.ChoiceField(label=_("Group (6 M)"), choices=CATEGORIES, required=False)
    code = CodeChoice(CauseCode, only={"is_active": True}, required=False, label=_("Kind of cause"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].scope(user)  # type: ignore[attr-defined]


class CauseEntryForm(f.CauseForm):
    """A suspected cause with its place on the diagram and its code."""

    category = forms.ChoiceField(
        label=_("Group (6 M)"), choices=CATEGORIES, required=False, help_text=_("Its bone on the diagram.")
    )
    code = CodeChoice(CauseCode, only={"is_active": True}, required=False, label=_("Kind of cause"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].scope(user)  # type: ignore[attr-defined]


class CauseEditForm(CauseEntryForm):
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, user: User, cause: Cause, *args: Any, **kwargs: Any) -> None:
        names = ("leg", "statement", "evidence", "category", "version")
        kwargs.setdefault("initial", {name: getattr(cause, name) for name in names} | {"code": cause.code_id})
        super().__init__(user, *args, **kwargs)
        field: Any = self.fields["code"]
        if cause.code_id:  # its own code stays, also when it is retired
            field.queryset = CauseCode.objects.visible_to(user).filter(pk=cause.code_id) | field.queryset


class ReasonOnly(forms.Form):
    reason = Reason()


class CauseCodeForm(forms.Form):
    """A code of the catalogue of causes."""

    code = forms.CharField(label=_("Code"), max_length=40, help_text=_("Short, and never used again for another one."))
    name = forms.CharField(label=_("Name"), max_length=160)
    category = forms.ChoiceField(label=_("Group (6 M)"), choices=Category.choices)
    description = f.words(_("When is it the cause?"), rows=2, required=False)


class CauseCodeEditForm(CauseCodeForm):
    """What can change: the code itself stays."""

    code = None  # type: ignore[assignment]
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, row: CauseCode, *args: Any, **kwargs: Any) -> None:
        names = ("name", "category", "description", "version")
        kwargs.setdefault("initial", {name: getattr(row, name) for name in names})
        super().__init__(*args, **kwargs)
