"""The small forms of a case: one for each step, with only what that step needs."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qc.models import (
    Cause,
    CorrectiveAction,
    DefectType,
    Disposition,
    Finding,
    Nonconformance,
    Plant,
    ProductionLine,
    Severity,
    Supplier,
    User,
)
from qc.services import check_plans, people
from qc.web.fields import Amount, Reason
from qc.web.lists import CodeChoice


def _words(label: Any, rows: int = 3, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=20_000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class PersonChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(User.objects.none(), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.get_role_display()})"


class CaseForm(forms.Form):
    """A case as a person opens it."""

    plant = CodeChoice(Plant, only={"is_active": True}, label=_("Plant"))
    title = forms.CharField(label=_("Title"), max_length=200, help_text=_("What is wrong with what, in one line."))
    description = _words(_("What is wrong, where, and since when?"), rows=5)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices, widget=forms.RadioSelect)
    containment = _words(
        _("What keeps more bad parts from getting out?"),
        required=False,
        help_text=_("Needed at once for a critical case; may follow otherwise."),
    )
    owner = PersonChoice(label=_("Owner"), required=False, empty_label=_("Me"))
    defect_type = CodeChoice(DefectType, label=_("Defect code"), required=False)
    line = CodeChoice(ProductionLine, label=_("Line"), required=False)
    supplier = CodeChoice(Supplier, label=_("Supplier"), required=False)
    client_uuid = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every: dict[str, Any] = self.fields
        for field in self.fields.values():
            if isinstance(field, CodeChoice):
                field.scope(user)
        every["owner"].queryset = people.colleagues(user).exclude(pk=user.pk)
        plants = list(every["plant"].queryset[:2])
        if len(plants) == 1:
            self.initial.setdefault("plant", plants[0].pk)


class StepForm(forms.Form):
    """A step without words. `version` is the case as the person saw it."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)


class ContainForm(StepForm):
    description = _words(_("What was done, and where? Or: why is nothing needed?"))
    quantity_held = Amount(label=_("Quantity held"), required=False)
    none_needed = forms.BooleanField(label=_("No containment is needed"), required=False)


class ReviewForm(StepForm):
    suspect_quantity = Amount(
        label=_("Suspect quantity"), help_text=_("All pieces that may be bad, wherever they are.")
    )


class DisposeForm(forms.Form):
    decision = forms.ChoiceField(label=_("Decision"), choices=Disposition.Decision.choices)
    quantity = Amount(label=_("Quantity"))
    instruction = _words(_("Instruction"), rows=2, required=False)


class ReasonForm(StepForm):
    reason = Reason()


class MaybeReasonForm(StepForm):
    reason = Reason(required=False)


class CauseForm(forms.Form):
    leg = forms.ChoiceField(
        label=_("Which question does it answer?"),
        choices=[
            (Cause.Leg.OCCURRENCE, _("Why did it happen? (occurrence)")),
            (Cause.Leg.ESCAPE, _("Why was it not found in time? (escape)")),
            (Cause.Leg.SYSTEMIC, _("Why did our system allow both? (systemic)")),
        ],
    )
    statement = _words(_("The cause"), help_text=_("“Operator error” is not a cause: what let the error happen?"))
    evidence = _words(_("What shows it?"), rows=2, required=False)


class VerifyCauseForm(forms.Form):
    verification = _words(
        _("How was it verified?"), help_text=_("For example: turned it on and off, and the defect with it.")
    )
    evidence = _words(_("What shows it?"), rows=2, required=False)


class ActionForm(forms.Form):
    title = forms.CharField(label=_("What will be done?"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=CorrectiveAction.Kind.choices, initial="corrective")
    owner = PersonChoice(label=_("Who does it?"))
    due_on = _day(_("Due"), required=False)
    strength = forms.ChoiceField(
        label=_("How well does it hold?"),
        choices=[("", _("Not said")), *CorrectiveAction.Strength.choices],
        required=False,
    )
    description = _words(_("More words"), rows=2, required=False)

    def __init__(self, user: User, case: Nonconformance, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people.colleagues(user, case.plant)  # type: ignore[attr-defined]


class CarryOutForm(forms.Form):
    implemented_on = _day(_("Implemented on"))
    evidence = _words(_("What shows that it is done?"), rows=2)


class CheckForm(forms.Form):
    allowed = forms.IntegerField(
        label=_("Incidents after the fix that still prove it"), required=False, min_value=0, max_value=500
    )
    window_days = forms.IntegerField(
        label=_("Days to wait for the units at most"), initial=90, min_value=7, max_value=730
    )
    target_ratio = forms.FloatField(
        label=_("Effective when the rate falls below this part of what it was"),
        initial=1.0,
        min_value=0.01,
        max_value=1.0,
        help_text=_("1 means: surely lower than before. 0.5 means: surely halved; it takes twice the days."),
    )

    def offer(self, outlook: check_plans.Outlook | None) -> None:
        """Give the plans to choose from their days and chances; without them a number is asked for."""
        field = self.fields["allowed"]
        if outlook is None:
            return
        field.widget = forms.RadioSelect(
            choices=[(each.allowed, plan_words(each, outlook)) for each in outlook.options]
        )
        field.initial = outlook.usual
        field.help_text = before_words(outlook)


def before_words(outlook: check_plans.Outlook) -> str:
    """What the plans are made from."""
    text = _("%(n)s incidents in %(exposure)s %(unit)s since %(since)s. A good fix leaves %(left)d %% of the rate.")
    unit = _("units") if outlook.unit == "units" else _("days")
    values = {"n": f"{outlook.incidents:,}", "exposure": f"{outlook.exposure:,.0f}", "unit": unit}
    return str(text) % (values | {"since": f"{outlook.since:%-d %b %Y}", "left": round(100 * outlook.left)})


def plan_words(option: check_plans.Option, outlook: check_plans.Outlook) -> str:
    """A plan as a line to choose: what it needs, and how often it recognises a good fix."""
    values = {"k": option.allowed, "days": f"{option.days:,}", "pace": f"{outlook.pace:,.0f}"}
    if outlook.unit == "units" and option.allowed:
        text = _("at most %(k)d: %(days)s days at %(pace)s units a day") % values
    elif outlook.unit == "units":
        text = _("none: needs %(days)s days clean at %(pace)s units a day") % values
    elif option.allowed:
        text = _("at most %(k)d: %(days)s days") % values
    else:
        text = _("none: needs %(days)s days clean") % values
    chance = _("recognises %(n)d of 100 good fixes") % {"n": round(100 * option.recognised)}
    best = " (" + str(_("recommended")) + ")" if option.is_recommended else ""
    return f"{text}; {chance}{best}"


class ExtendForm(forms.Form):
    window_days = forms.IntegerField(label=_("Days to look at"), min_value=7, max_value=730)
    reason = Reason()


class EditForm(forms.Form):
    """The head of a case."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(label=_("Title"), max_length=200)
    description = _words(_("What is wrong, where, and since when?"), rows=4)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)
    verdict = forms.ChoiceField(
        label=_("Verdict"), choices=[("", _("Not said")), *Finding.Verdict.choices], required=False
    )
    owner = PersonChoice(label=_("Owner"))
    due_on = _day(_("Due"), required=False)
    reason = Reason(label=_("Why is it changed?"), required=False)

    def __init__(self, user: User, case: Nonconformance, *args: Any, **kwargs: Any) -> None:
        names = ("version", "title", "description", "severity", "verdict", "due_on")
        kwargs.setdefault("initial", {name: getattr(case, name) for name in names} | {"owner": case.owner_id})
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people.colleagues(user, case.plant)  # type: ignore[attr-defined]
