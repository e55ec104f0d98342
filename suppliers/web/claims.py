"""Cost claims: draft, claim, answer an objection, note the credit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qc import clock
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.refusals import submit
from suppliers.claimed import Shown
from suppliers.models import ClaimMove, CostClaim
from suppliers.services import claims
from suppliers.web.agreement_forms import AgainForm, ClaimForm, CreditForm, SendForm, SettleForm, WithdrawForm
from suppliers.web.rows import the_request

FORMS: dict[str, type[Form]] = {
    "send": SendForm,
    "again": AgainForm,
    "settle": SettleForm,
    "credit": CreditForm,
    "withdraw": WithdrawForm,
}
VERBS: dict[str, Callable[..., CostClaim]] = {
    "send": claims.send,
    "again": claims.claim_again,
    "settle": claims.settle,
    "credit": claims.credit,
    "withdraw": claims.withdraw,
}


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("claim.edit")
def claim_create(request: InsideRequest, pk: int) -> HttpResponse:
    row = the_request(request.user, pk)
    costs = list(claims.claimable(request.user, row))
    form = ClaimForm(costs, request.POST or None, initial={"costs": [cost.pk for cost in costs]})
    if request.method == "POST" and form.is_valid():
        claim = submit(form, lambda: claims.draft(request.user, request=row, **form.given()))
        if claim is not None:
            messages.success(request, _("The draft is saved. The supplier does not see it yet."))
            return redirect("suppliers:claim-detail", claim.pk)
    context = {"form": form, "row": row, "has_costs": bool(costs)}
    return render(request, "suppliers/claim_form.html", context, status=422 if form.is_bound else 200)


def _the_claim(request: InsideRequest, pk: int) -> CostClaim:
    related = ("request__plant", "request__supplier", "request__nonconformance", "created_by")
    return get_object_or_404(CostClaim.objects.visible_to(request.user).select_related(*related), pk=pk)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("claim.edit")
def claim_edit(request: InsideRequest, pk: int) -> HttpResponse:
    claim = _the_claim(request, pk)
    costs = list(claims.claimable(request.user, claim.request, besides=claim))
    form = ClaimForm(costs, request.POST or None, initial=ClaimForm.of(claim))
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"] or 0
        if submit(form, lambda: claims.change(request.user, claim=claim, version=version, **form.given())) is not None:
            messages.success(request, _("Saved."))
            return redirect("suppliers:claim-detail", pk)
    context = {"form": form, "row": claim.request, "claim": claim, "has_costs": bool(costs)}
    return render(request, "suppliers/claim_form.html", context, status=422 if form.is_bound else 200)


def _page(request: InsideRequest, claim: CostClaim, sent: str = "", form: Form | None = None) -> HttpResponse:
    moves = list(ClaimMove.objects.visible_to(request.user).filter(claim=claim).select_related("by"))
    shown = Shown(claim, moves)
    initial: dict[str, Any] = {"version": claim.version, "amount": shown.last_amount}
    initial["credited_on"] = clock.today(claim.request.plant.time_zone).isoformat()
    forms = {name: form if name == sent and form else kind(initial=initial) for name, kind in FORMS.items()}
    context = {"claim": claim, "row": claim.request, "shown": shown, "forms": forms, "sent": sent}
    return render(request, "suppliers/claim_detail.html", context, status=422 if sent else 200)


@require_safe
@inside_required
def claim_detail(request: InsideRequest, pk: int) -> HttpResponse:
    return _page(request, _the_claim(request, pk))


@require_POST
@inside_required
def claim_move(request: InsideRequest, pk: int, verb: str) -> HttpResponse:
    claim, form = _the_claim(request, pk), FORMS[verb](request.POST)
    if form.is_valid():
        given = form.cleaned_data
        if submit(form, lambda: VERBS[verb](request.user, claim=claim, **given)) is not None:
            messages.success(request, _("Saved."))
            return redirect("suppliers:claim-detail", pk)
    return _page(request, claim, verb, form)
