"""Drafting a request from a case, and changing a draft."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qc.models import Nonconformance, Supplier
from qc.web.access import InsideRequest, role_required
from qc.web.refusals import submit
from suppliers.services import facts, requests
from suppliers.web.forms import RequestForm, SupplierForm
from suppliers.web.rows import the_request


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("request.issue")
def request_create(request: InsideRequest) -> HttpResponse:
    case = _case(request)
    supplier = _supplier(request)
    found = facts.from_case(request.user, case, supplier)
    supplier = found.supplier
    if supplier is None:
        form: SupplierForm | RequestForm = SupplierForm(request.user)
        return render(request, "suppliers/request_form.html", {"form": form, "case": case, "asks_supplier": True})
    files = facts.attachments(request.user, case, supplier)
    form = RequestForm(supplier, files, request.POST or None, initial=RequestForm.fresh(found))
    if request.method == "POST" and form.is_valid():
        given = form.given("client_uuid")
        row = submit(form, lambda: requests.draft(request.user, case=case, supplier=supplier, **given))
        if row is not None:
            messages.success(request, _("The draft is saved. The supplier does not see it yet."))
            return redirect("suppliers:request-detail", row.pk)
    return render(request, "suppliers/request_form.html", {"form": form, "case": case, "supplier": supplier})


def _case(request: InsideRequest) -> Nonconformance:
    rows = Nonconformance.objects.visible_to(request.user).select_related("part__supplier", "supplier", "defect_type")
    return get_object_or_404(rows, pk=_number(request.GET.get("case")))


def _supplier(request: InsideRequest) -> Supplier | None:
    given = request.GET.get("supplier")
    return get_object_or_404(Supplier.objects.visible_to(request.user), pk=_number(given)) if given else None


def _number(text: str | None) -> int:
    if not text or not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)


@require_http_methods(["GET", "HEAD", "POST"])
@role_required("request.issue")
def request_edit(request: InsideRequest, pk: int) -> HttpResponse:
    row = the_request(request.user, pk)
    files = facts.attachments(request.user, row.nonconformance, row.supplier)
    form = RequestForm(row.supplier, files, request.POST or None, initial=RequestForm.of(row))
    if request.method == "POST" and form.is_valid():
        given, version = form.given(), form.cleaned_data["version"] or 0
        if submit(form, lambda: requests.change(request.user, request=row, version=version, **given)) is not None:
            messages.success(request, _("Saved."))
            return redirect("suppliers:request-detail", row.pk)
    context = {"form": form, "case": row.nonconformance, "supplier": row.supplier, "row": row}
    return render(request, "suppliers/request_form.html", context)
