"""The supplier's pages about later dates, controlled shipping, money, and the 8D report."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qc import clock
from qc.errors import Refused
from qc.web.refusals import submit
from suppliers import agreed, downloads, sorting
from suppliers.claimed import Shown
from suppliers.layouts import eightd, pdf, photos, tables
from suppliers.models import ClaimMove, ControlledShipping, CostClaim, SortResult
from suppliers.portal.access import OutsideRequest, own_request, supplier_required
from suppliers.portal.agreement_forms import AgreeForm, MoreTimeForm, ObjectForm, OwnSortForm
from suppliers.services import claims, extensions, shipping


@require_http_methods(["GET", "HEAD", "POST"])
@supplier_required
def extension_ask(request: OutsideRequest, pk: int, code: str) -> HttpResponse:
    row = own_request(request.user, pk)
    stage = next((each for each in row.stages.all() if each.code == code), None)
    if stage is None:
        raise Http404
    stage.request = row
    form = MoreTimeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if submit(form, lambda: extensions.ask(request.user, stage=stage, **given)) is not None:
            messages.success(
                request, _("Sent. The date that holds stays until we have decided; we tell you by e-mail.")
            )
            return redirect("portal:request-detail", pk)
    found = [each for each in agreed.of_request(request.user, row)["extensions"] if each.stage_id == stage.pk]
    context = {"row": row, "stage": stage, "form": form, "extensions": found}
    return render(request, "suppliers/portal/more_time.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@supplier_required
def shipping_detail(request: OutsideRequest, pk: int) -> HttpResponse:
    rows = ControlledShipping.objects.visible_to(request.user).select_related("request__plant")
    row = get_object_or_404(rows, pk=pk)
    today = clock.today(row.request.plant.time_zone).isoformat()
    form = OwnSortForm(request.POST or None, initial={"sorted_on": today, "quantity_bad": 0})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        if submit(form, lambda: shipping.record(request.user, shipping=row, **given)) is not None:
            messages.success(request, _("Saved."))
            return redirect("portal:shipping-detail", pk)
    return _sorting(request, row, form)


def _sorting(request: OutsideRequest, row: ControlledShipping, form: Form) -> HttpResponse:
    found = SortResult.objects.visible_to(request.user).filter(shipping=row)
    results = list(found.select_related("by"))
    context = {
        "shipping": row,
        "row": row.request,
        "form": form if row.ended_at is None and row.level == ControlledShipping.Level.CS1 else None,
        "refusals": form.non_field_errors() if form.is_bound else [],
        "results": results,
        "progress": sorting.progress(row, results),
    }
    status = 422 if form.is_bound else 200
    return render(request, "suppliers/portal/sorting.html", context, status=status)


@require_POST
@supplier_required
def result_strike(request: OutsideRequest, pk: int) -> HttpResponse:
    result = get_object_or_404(SortResult.objects.visible_to(request.user), pk=pk)
    shipping.strike(request.user, result=result)
    messages.success(request, _("The result is struck and counts no more."))
    return redirect("portal:shipping-detail", result.shipping_id)


def _own_claim(request: OutsideRequest, pk: int) -> CostClaim:
    related = ("request__plant", "request__supplier")
    return get_object_or_404(CostClaim.objects.visible_to(request.user).select_related(*related), pk=pk)


def _claim(request: OutsideRequest, claim: CostClaim, form: ObjectForm | None = None) -> HttpResponse:
    moves = list(ClaimMove.objects.visible_to(request.user).filter(claim=claim).select_related("by"))
    form = form or ObjectForm(initial={"version": claim.version})
    context = {"claim": claim, "row": claim.request, "shown": Shown(claim, moves), "form": form}
    return render(request, "suppliers/portal/claim.html", context, status=422 if form.is_bound else 200)


@require_safe
@supplier_required
def claim_detail(request: OutsideRequest, pk: int) -> HttpResponse:
    return _claim(request, _own_claim(request, pk))


@require_POST
@supplier_required
def claim_agree(request: OutsideRequest, pk: int) -> HttpResponse:
    claim, form = _own_claim(request, pk), AgreeForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Load the page again and read the amount first."))
    claims.agree(request.user, claim=claim, version=form.cleaned_data["version"])
    messages.success(request, _("Thank you. Please send us the credit note."))
    return redirect("portal:claim-detail", pk)


@require_POST
@supplier_required
def claim_dispute(request: OutsideRequest, pk: int) -> HttpResponse:
    claim, form = _own_claim(request, pk), ObjectForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        if submit(form, lambda: claims.dispute(request.user, claim=claim, **given)) is not None:
            messages.success(request, _("Sent. We answer and tell you by e-mail."))
            return redirect("portal:claim-detail", pk)
    return _claim(request, claim, form)


@require_safe
@supplier_required
def request_pdf(request: OutsideRequest, pk: int) -> FileResponse:
    row = own_request(request.user, pk)
    found = eightd.report(request.user, row)
    paper = pdf.pdf(found, at=clock.now(), photos=photos.of_request(request.user, row))
    return downloads.report(paper, f"{found.file_name}.pdf")


@require_safe
@supplier_required
def request_xlsx(request: OutsideRequest, pk: int) -> FileResponse:
    found = eightd.report(request.user, own_request(request.user, pk))
    return downloads.report(tables.xlsx(found), f"{found.file_name}.xlsx")
