"""The small forms of a case: one for each step, with only what that step needs."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from qc.models import (
    Cause,
    CorrectiveAction,
    Defect,
    DefectType,
    Finding,
    Nonconformance,
    Plant,
    ProductionLine,
    Severity,
    Supplier,
    User,
)
from qc.models.case_facts import CaseFacts
from qc.services import check_plans, people
from qc.web.fields import Amount, Reason
from qc.web.lists import CodeChoice


def words(label: Any, rows: int = 3, **kwargs: Any) -> forms.CharField:
    """A field for sentences."""
    return forms.CharField(label=label, max_length=20_000, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


def day(label: Any, **kwargs: Any) -> forms.DateField:
    """A field for a date."""
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
    description = words(_("What is wrong, where, and since when?"), rows=5)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices, widget=forms.RadioSelect)
    containment = words(
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
    description = words(_("What was done, and where? Or: why is nothing needed?"))
    quantity_held = Amount(label=_("Quantity held"), required=False)
    none_needed = forms.BooleanField(label=_("No containment is needed"), required=False)


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
    statement = words(_("The cause"), help_text=_("“Operator error” is not a cause: what let the error happen?"))
    evidence = words(_("What shows it?"), rows=2, required=False)


class VerifyCauseForm(forms.Form):
    verification = words(
        _("How was it verified?"), help_text=_("For example: turned it on and off, and the defect with it.")
    )
    evidence = words(_("What shows it?"), rows=2, required=False)


class ActionForm(forms.Form):
    title = forms.CharField(label=_("What will be done?"), max_length=200)
    kind = forms.ChoiceField(label=_("Kind"), choices=CorrectiveAction.Kind.choices, initial="corrective")
    owner = PersonChoice(label=_("Who does it?"))
    due_on = day(_("Due"), required=False)
    strength = forms.ChoiceField(
        label=_("How well does it hold?"),
        choices=[("", _("Not said")), *CorrectiveAction.Strength.choices],
        required=False,
    )
    description = words(_("More words"), rows=2, required=False)
    cause = forms.ModelChoiceField(Cause.objects.none(), required=False, widget=forms.HiddenInput)

    def __init__(self, user: User, case: Nonconformance, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every: dict[str, Any] = self.fields
        every["owner"].queryset = people.colleagues(user, case.plant)
        every["cause"].queryset = Cause.objects.visible_to(user).filter(nonconformance=case)


class CarryOutForm(forms.Form):
    implemented_on = day(_("Implemented on"))
    evidence = words(_("What shows that it is done?"), rows=2)


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
    description = words(_("What is wrong, where, and since when?"), rows=4)
    severity = forms.ChoiceField(label=_("Severity"), choices=Severity.choices)
    verdict = forms.ChoiceField(
        label=_("Verdict"), choices=[("", _("Not said")), *Finding.Verdict.choices], required=False
    )
    owner = PersonChoice(label=_("Owner"))
    due_on = day(_("Due"), required=False)
    reason = Reason(label=_("Why is it changed?"), required=False)

    def __init__(self, user: User, case: Nonconformance, *args: Any, **kwargs: Any) -> None:
        names = ("version", "title", "description", "severity", "verdict", "due_on")
        kwargs.setdefault("initial", {name: getattr(case, name) for name in names} | {"owner": case.owner_id})
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = people.colleagues(user, case.plant)  # type: ignore[attr-defined]


class FactsForm(forms.Form):
    """The facts of the full record, each of them optional."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    kind = forms.ChoiceField(label=_("Type"), choices=[("", _("Not said")), *CaseFacts.Kind.choices], required=False)
    detected_at = forms.ChoiceField(
        label=_("Found at"), choices=[("", _("Not said")), *Defect.DetectedAt.choices], required=False
    )
    priority = forms.ChoiceField(label=_("Priority"), choices=CaseFacts.Priority.choices)
    requirement = forms.CharField(
        label=_("Requirement"), max_length=300, required=False, help_text=_("Drawing, revision and characteristic.")
    )
    actual_value = forms.CharField(label=_("Found instead"), max_length=120, required=False)
    own_lot = forms.CharField(label=_("Own lot"), max_length=80, required=False)
    work_order = forms.CharField(label=_("Work order"), max_length=80, required=False)
    customer = forms.CharField(label=_("Customer"), max_length=120, required=False)
    customer_reference = forms.CharField(label=_("Customer's number"), max_length=80, required=False)
    material_location = forms.CharField(label=_("Where the material is"), max_length=120, required=False)
    lot_quantity = Amount(label=_("In the lot"), required=False)
    inspected_quantity = Amount(label=_("Inspected"), required=False)
    defective_quantity = Amount(label=_("Defective among them"), required=False)
    unit = forms.CharField(label=_("Counted in"), max_length=12, required=False, help_text=_("Empty: pieces."))

    def __init__(self, case: Nonconformance, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {name: getattr(case, name) for name in self.base_fields})
        super().__init__(*args, **kwargs)
