"""What the rows of a case offer to a person: causes, actions and checks, each with the small form of its step."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock, permissions
from qc.models import Cause, CorrectiveAction, EffectivenessCheck, Nonconformance, User
from qc.services import check_plans
from qc.web import case_forms as f

S = Nonconformance.Status
WAITING = (CorrectiveAction.Status.OPEN, CorrectiveAction.Status.IN_PROGRESS, CorrectiveAction.Status.REJECTED)
Sent = tuple[str, forms.Form]


@dataclass(frozen=True)
class RowVerb:
    """A step that a row of the case offers: its button and the form behind it."""

    name: str
    label: str
    url: str
    form: forms.Form
    tone: str = ""


def offer_of(sent: Sent | None, label: str, route: str, pk: int, form: forms.Form, tone: str = "") -> RowVerb:
    """The verb behind a route such as action-verify; `sent` is the form that was refused."""
    noun, verb = route.split("-", 1)
    name = f"{noun}_{pk}_{verb.replace('-', '_')}" if noun != "cause" else f"cause_{pk}"
    form.auto_id = f"{name}_%s"
    return RowVerb(name, label, reverse(f"qc:{route}", args=[pk]), sent[1] if sent and sent[0] == name else form, tone)


def action_verbs(
    user: User, case: Nonconformance, action: CorrectiveAction, sent: Sent | None, plans: check_plans.Outlook | None
) -> list[RowVerb]:
    """What this person may do with an action now. What a supplier does is moved by its request."""
    status = CorrectiveAction.Status
    waits = action.status in WAITING
    edits = permissions.may(user, "action.edit")
    offers: list[RowVerb] = []
    if not case.is_open:
        return offers
    if waits and edits and case.defect_type_id and action.kind == CorrectiveAction.Kind.CORRECTIVE:
        offer = offer_of(sent, _("Plan the check of its effect"), "action-plan-effectiveness", action.pk, f.CheckForm())
        if isinstance(offer.form, f.CheckForm):
            offer.form.offer(plans)
        offers.append(offer)
    mine = action.owner_id == user.pk and permissions.may(user, "action.carry_out")
    if waits and action.supplier_id is None and (mine or edits):
        done = f.CarryOutForm(initial={"implemented_on": clock.today(case.plant.time_zone)})
        offers.append(offer_of(sent, _("It is done"), "action-carry-out", action.pk, done))
    if action.status == status.DONE and action.done_by_id != user.pk and permissions.may(user, "action.verify"):
        offers.append(offer_of(sent, _("Verify"), "action-verify", action.pk, forms.Form(), "primary"))
        offers.append(offer_of(sent, _("Not enough"), "action-reject", action.pk, f.ReasonForm()))
    if waits and edits and (action.supplier_id is None or action.status == status.REJECTED):
        offers.append(offer_of(sent, _("Give up"), "action-cancel", action.pk, f.ReasonForm(), "danger"))
    return offers


def cause_verbs(user: User, case: Nonconformance, cause: Cause, sent: Sent | None) -> list[RowVerb]:
    """The verification of a possible cause."""
    open_states = (S.INVESTIGATING, S.ACTION_PLAN)
    if cause.status != "possible" or case.status not in open_states or not permissions.may(user, "case.edit"):
        return []
    form = f.VerifyCauseForm(initial={"evidence": cause.evidence})
    return [offer_of(sent, _("Verify this cause"), "cause-verify", cause.pk, form)]


def check_verbs(user: User, case: Nonconformance, check: EffectivenessCheck, sent: Sent | None) -> list[RowVerb]:
    """What a person may do about a check that is not decided."""
    if not case.is_open or check.result != EffectivenessCheck.Result.NOT_YET or not check.implemented_on:
        return []
    offers = []
    if permissions.may(user, "action.edit") and not check.numbers.get("is_missed"):
        offers.append(offer_of(sent, _("Look longer"), "check-extend-window", check.pk, f.ExtendForm()))
    if check.numbers.get("is_over") and permissions.may(user, "case.close"):
        offers.append(offer_of(sent, _("It does not help"), "check-judge-not-effective", check.pk, f.ReasonForm()))
    return offers
