"""Controlled shipping: start it, note what sorting found, end it."""

from __future__ import annotations

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from qc import clock
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.refusals import submit
from suppliers import sorting
from suppliers.models import ControlledShipping, SortResult
from suppliers.services import shipping
from suppliers.web.agreement_forms import EndForm, ShippingForm, SortForm
from suppliers.web.rows import the_request


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("shipping.edit")
def shipping_create(request: InsideRequest, pk: int) -> HttpResponse:
    row = the_request(request.user, pk)
    fresh = {"part_number": row.part_number, "level": "cs1", "criterion": "shipments"}
    fresh["started_on"] = clock.today(row.plant.time_zone).isoformat()
    form = ShippingForm(request.POST or None, initial=fresh)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        found = submit(form, lambda: shipping.start(request.user, request=row, **given))
        if found is not None:
            messages.success(request, _("Controlled shipping has started; the supplier has been told."))
            return redirect("suppliers:shipping-detail", found.pk)
    status = 422 if form.is_bound else 200
    return render(request, "suppliers/shipping_form.html", {"form": form, "row": row}, status=status)


def _the_shipping(request: InsideRequest, pk: int) -> ControlledShipping:
    related = ("request__plant", "request__supplier", "started_by", "ended_by")
    return get_object_or_404(ControlledShipping.objects.visible_to(request.user).select_related(*related), pk=pk)


def _page(request: InsideRequest, row: ControlledShipping, sent: str = "", form: Form | None = None) -> HttpResponse:
    rows = SortResult.objects.visible_to(request.user).filter(shipping=row).select_related("by", "struck_by")
    results = list(rows)
    today = clock.today(row.request.plant.time_zone).isoformat()
    context = {
        "shipping": row,
        "row": row.request,
        "results": results,
        "progress": sorting.progress(row, results),
        "sort_form": form if sent == "record" else SortForm(initial={"sorted_on": today, "quantity_bad": 0}),
        "end_form": form if sent == "end" else EndForm(),
        "sent": sent,
    }
    return render(request, "suppliers/shipping_detail.html", context, status=422 if sent else 200)


@require_safe
@inside_required
def shipping_detail(request: InsideRequest, pk: int) -> HttpResponse:
    return _page(request, _the_shipping(request, pk))


@require_POST
@inside_required
def shipping_record(request: InsideRequest, pk: int) -> HttpResponse:
    row, form = _the_shipping(request, pk), SortForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        if submit(form, lambda: shipping.record(request.user, shipping=row, **given)) is not None:
            messages.success(request, _("Saved."))
            return redirect("suppliers:shipping-detail", pk)
    return _page(request, row, "record", form)


@require_POST
@inside_required
def shipping_end(request: InsideRequest, pk: int) -> HttpResponse:
    row, form = _the_shipping(request, pk), EndForm(request.POST)
    if form.is_valid():
        reason = form.cleaned_data["reason"]
        if submit(form, lambda: shipping.end(request.user, shipping=row, reason=reason)) is not None:
            messages.success(request, _("Controlled shipping has ended; the supplier has been told."))
            return redirect("suppliers:shipping-detail", pk)
    return _page(request, row, "end", form)


@require_POST
@inside_required
def result_strike(request: InsideRequest, pk: int) -> HttpResponse:
    result = get_object_or_404(SortResult.objects.visible_to(request.user), pk=pk)
    shipping.strike(request.user, result=result)
    messages.success(request, _("The result is struck and counts no more."))
    return redirect("suppliers:shipping-detail", result.shipping_id)
