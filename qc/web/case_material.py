"""The material of a case: what the review board decides and signs, what is on hold, where the lots went."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from qc import permissions
from qc.models import Defect, Disposition, LotHold, Nonconformance, User
from qc.services import board, cases, dispositions, holds, lot_traces
from qc.services.board import undisposed
from qc.services.steps import suspect_material
from qc.web import case_forms as f
from qc.web import case_rows
from qc.web import material_forms as m
from qc.web.access import InsideRequest, inside_required
from qc.web.case_page import STEP_FORMS, case_of
from qc.web.case_verbs import RowVerb, Sent, offer_of
from qc.web.covering import PLACES
from qc.web.refusals import submit
from qc.web.signing import proof_of

LATEST = 20
STEPS = ("review", "dispose", "finish_dispositions")


@inside_required
def case_material(request: InsideRequest, pk: int) -> HttpResponse:
    return show(request, case_of(request, pk))


def show(request: InsideRequest, case: Nonconformance, *, sent: Sent | None = None, status: int = 200) -> HttpResponse:
    """The page of the case's material. `sent` is a form that was refused: it opens with its errors."""
    user = request.user
    case_rows.load(user, case, *case_rows.ON_MATERIAL)
    steps = cases.next_steps(case, user, only=STEPS)
    rows = board.decided(list(case.dispositions.all()))
    lots = case_rows.lots_of(user, case)
    held = case_rows.holds_of(user, case, lots)
    own = [hold for hold in held if hold.nonconformance_id == case.pk]
    context: dict[str, Any] = {
        "case": case,
        "tab": "material",
        "sent": sent[0] if sent else "",
        "steps": {step.verb: step for step in steps},
        "forms": _forms(user, case, steps, sent),
        "undisposed": undisposed(case) if suspect_material(case) else None,
        "decided": [{"signed": each, "verbs": _verbs(user, case, each, sent)} for each in rows],
        "holds": [{"row": hold, "verbs": _hold_verbs(user, hold, sent)} for hold in own],
        "traces": lot_traces.of_material(user, case.plant_id, lots, [hold.own_lot for hold in own], held),
        "defects": _defects(user, case),
    }
    return render(request, "qc/case_material.html", context, status=status)


def _forms(user: User, case: Nonconformance, steps: list[cases.Step], sent: Sent | None) -> dict[str, forms.Form]:
    made: dict[str, forms.Form] = {}
    for step in steps:
        if step.is_ready:
            made[step.verb] = STEP_FORMS[step.verb](initial={"version": case.version}, auto_id=f"{step.verb}_%s")
    if case.is_open and permissions.may(user, "lot.hold"):
        made["hold"] = m.HoldForm(user, case, auto_id="hold_%s")
    return made | ({sent[0]: sent[1]} if sent else {})


def _verbs(user: User, case: Nonconformance, each: board.Decided, sent: Sent | None) -> list[RowVerb]:
    row, offers = each.row, list[RowVerb]()
    if case.status != Nonconformance.Status.IN_REVIEW or row.withdrawn_at:
        return offers
    seen = {"version": row.version}
    if each.missing and dispositions.may_sign(user) and all(one.by_id != user.pk for one in each.valid):
        offers.append(offer_of(sent, _("Sign"), "disposition-sign", row.pk, m.SignForm(initial=seen), "primary"))
    if permissions.may(user, "case.edit") or user.is_mrb_member:
        known = {name: getattr(row, name) for name in ("decision", "quantity", "instruction", "reference")}
        known["quantity"] = f"{row.quantity.normalize():f}"
        form = m.AmendForm(initial=seen | known)
        offers.append(offer_of(sent, _("Change"), "disposition-amend", row.pk, form, "quiet"))
        back = f.ReasonForm(initial=seen)
        offers.append(offer_of(sent, _("Take back"), "disposition-withdraw", row.pk, back, "danger"))
    return offers


def _hold_verbs(user: User, hold: LotHold, sent: Sent | None) -> list[RowVerb]:
    if hold.released_at or not permissions.may(user, "lot.release"):
        return []
    return [offer_of(sent, _("Release"), "hold-release", hold.pk, f.ReasonForm())]


def _defects(user: User, case: Nonconformance) -> QuerySet[Defect]:
    rows = Defect.objects.visible_to(user).filter(nonconformances=case).select_related(*PLACES)
    return rows[:LATEST] if case.n_defects else rows.none()  # type: ignore[attr-defined]


@inside_required
@require_POST
def case_hold(request: InsideRequest, pk: int) -> HttpResponse:
    case = case_of(request, pk)
    form = m.HoldForm(request.user, case, request.POST, auto_id="hold_%s")
    return finish(request, case, "hold", form, lambda data: holds.place(request.user, case=case, **data))


@inside_required
@require_POST
def hold_release(request: InsideRequest, pk: int) -> HttpResponse:
    hold = get_object_or_404(LotHold.objects.visible_to(request.user).select_related("nonconformance"), pk=pk)
    form, name = f.ReasonForm(request.POST), f"hold_{pk}_release"
    form.auto_id = f"{name}_%s"
    case = case_of(request, hold.nonconformance_id)
    return finish(request, case, name, form, lambda data: holds.release(request.user, hold=hold, reason=data["reason"]))


def _disposition(request: InsideRequest, pk: int) -> Disposition:
    rows = Disposition.objects.visible_to(request.user).select_related("nonconformance__plant")
    return get_object_or_404(rows, pk=pk)


@inside_required
@require_POST
@never_cache
@sensitive_post_parameters("password")
def disposition_sign(request: InsideRequest, pk: int) -> HttpResponse:
    """Sign as a member of the board: the password is asked for again."""
    row, form = _disposition(request, pk), m.SignForm(request.POST)

    def sign(data: dict[str, Any]) -> Any:
        proof = proof_of(request, data["password"], subject=row.nonconformance)
        return cases.sign(request.user, disposition=row, proof=proof, version=data["version"])

    return _finish_row(request, row, "sign", form, sign)


@inside_required
@require_POST
def disposition_amend(request: InsideRequest, pk: int) -> HttpResponse:
    row, form = _disposition(request, pk), m.AmendForm(request.POST)
    return _finish_row(request, row, "amend", form, lambda data: cases.amend(request.user, disposition=row, **data))


@inside_required
@require_POST
def disposition_withdraw(request: InsideRequest, pk: int) -> HttpResponse:
    row, form = _disposition(request, pk), f.ReasonForm(request.POST)
    return _finish_row(
        request, row, "withdraw", form, lambda data: cases.withdraw(request.user, disposition=row, **data)
    )


def _finish_row(
    request: InsideRequest, row: Disposition, verb: str, form: forms.Form, do: Callable[[dict[str, Any]], Any]
) -> HttpResponse:
    name = f"disposition_{row.pk}_{verb}"
    form.auto_id = f"{name}_%s"
    return finish(request, case_of(request, row.nonconformance_id), name, form, do)


def finish(
    request: InsideRequest, case: Nonconformance, name: str, form: forms.Form, verb: Callable[[dict[str, Any]], Any]
) -> HttpResponse:
    """Run a verb with its form: back to the page, or the page with what is wrong beside the field."""
    if form.is_valid() and submit(form, lambda: verb(form.cleaned_data)) is not None:
        messages.success(request, _("Saved."))
        return redirect("qc:case-material", pk=case.pk)
    return show(request, case_of(request, case.pk), sent=(name, form), status=422)
