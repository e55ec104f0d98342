"""The rule table: when a case is opened at all; and the answer to a case that a rule proposed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qc import permissions
from qc.models import CaseProposal, CaseRule, Finding, Plant, Severity, User
from qc.services import case_rules, people, rule_table
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.case_forms import PersonChoice
from qc.web.lists import CodeChoice
from qc.web.refusals import submit

ANY = ("", gettext_lazy("Any"))


class RuleForm(forms.Form):
    """One line of the table."""

    plant = CodeChoice(
        Plant, only={"is_active": True}, label=gettext_lazy("Plant"), required=False,
        empty_label=gettext_lazy("All plants"),
    )  # fmt: skip
    verdict = forms.ChoiceField(label=gettext_lazy("Verdict"), choices=[ANY, *Finding.Verdict.choices], required=False)
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), choices=[ANY, *Severity.choices], required=False)
    repeat = forms.ChoiceField(label=gettext_lazy("Repeat"), choices=CaseRule.Repeat.choices)
    within_days = forms.IntegerField(
        label=gettext_lazy("A repeat within so many days"), min_value=1, max_value=3650, initial=90,
        help_text=gettext_lazy("After a case of the same defect at the same line or from the same supplier."),
    )  # fmt: skip
    outcome = forms.ChoiceField(
        label=gettext_lazy("Then"), choices=CaseRule.Outcome.choices, widget=forms.RadioSelect, initial="propose"
    )
    owner = PersonChoice(
        label=gettext_lazy("Who gets an opened case?"), required=False,
        empty_label=gettext_lazy("The engineer of the plant with the fewest open cases"),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        every: dict[str, Any] = self.fields
        every["plant"].scope(user)
        every["owner"].queryset = people.colleagues(user)


@inside_required
def case_rule_list(request: InsideRequest) -> HttpResponse:
    rules = list(CaseRule.objects.visible_to(request.user).select_related("plant", "owner"))
    rehearsal = case_rules.rehearse(request.user, rules)
    context = {
        "rules": [(rule, rehearsal.by_rule.get(rule.pk, 0)) for rule in rules],
        "rehearsal": rehearsal,
        "unmatched": rehearsal.by_rule.get(None, 0),
        "days": case_rules.LOOK_BACK,
        "may_edit": permissions.may(request.user, "case.rules"),
    }
    return render(request, "qc/case_rule_list.html", context)


@role_required("case.rules")
def case_rule_create(request: InsideRequest) -> HttpResponse:
    return _form(request, None)


@role_required("case.rules")
def case_rule_edit(request: InsideRequest, pk: int) -> HttpResponse:
    return _form(request, get_object_or_404(CaseRule.objects.visible_to(request.user), pk=pk))


def _form(request: InsideRequest, rule: CaseRule | None) -> HttpResponse:
    """The form of a rule; its button `try` only says what the table would have done with it."""
    names = (*rule_table.FIELDS, "version")
    initial = {name: getattr(rule, f"{name}_id", getattr(rule, name)) for name in names} if rule else {}
    form = RuleForm(request.user, request.POST or None, initial=initial)
    context: dict[str, Any] = {"form": form, "rule": rule, "days": case_rules.LOOK_BACK}
    if form.is_bound and form.is_valid():
        if request.POST.get("do") == "try":
            tried = submit(form, lambda: _tried(request.user, rule, form.cleaned_data))
            return render(request, "qc/case_rule_form.html", context | {"tried": tried})
        if submit(form, lambda: _save(request.user, rule, form.cleaned_data)):
            messages.success(request, _("The rule is saved."))
            return redirect("qc:case-rule-list")
    return render(request, "qc/case_rule_form.html", context, status=422 if form.is_bound else 200)


def _save(by: User, rule: CaseRule | None, values: dict[str, Any]) -> CaseRule:
    version = values.pop("version")
    return rule_table.change(by, rule=rule, version=version, **values) if rule else rule_table.add(by, **values)


def _tried(by: User, rule: CaseRule | None, values: dict[str, Any]) -> tuple[Any, Any]:
    """What the table says of the last days now, and with this rule; nothing is saved."""
    rules = list(CaseRule.objects.visible_to(by))
    last = max((each.position for each in rules), default=0)
    words = {name: values[name] for name in rule_table.FIELDS}
    new = rule_table.checked(CaseRule(pk=rule.pk if rule else None, position=last + 1), by, words)
    new.position = rule.position if rule else new.position
    others = [each for each in rules if rule is None or each.pk != rule.pk]
    then = sorted([*others, new], key=lambda each: (each.position, each.pk or 0))
    return case_rules.rehearse(by, rules), case_rules.rehearse(by, then)


@role_required("case.rules")
@require_POST
def case_rule_move(request: InsideRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(CaseRule.objects.visible_to(request.user), pk=pk)
    rule_table.move(request.user, rule=rule, up=request.POST.get("to") == "up")
    return redirect("qc:case-rule-list")


@role_required("case.rules")
@require_POST
def case_rule_remove(request: InsideRequest, pk: int) -> HttpResponse:
    rule = get_object_or_404(CaseRule.objects.visible_to(request.user), pk=pk)
    rule_table.remove(request.user, rule=rule)
    messages.success(request, _("The rule is taken out of the table."))
    return redirect("qc:case-rule-list")


@role_required("finding.decide")
@require_POST
def case_decline(request: InsideRequest, pk: int) -> HttpResponse:
    """Say that the case which a rule proposed for this finding is not needed, and why."""
    rows = CaseProposal.objects.visible_to(request.user)
    proposal = get_object_or_404(rows, finding=pk)
    case_rules.decline(request.user, proposal=proposal, reason=request.POST.get("reason", ""))
    messages.success(request, _("No case is opened for it. The finding stands."))
    return redirect("qc:finding-detail", pk=pk)
