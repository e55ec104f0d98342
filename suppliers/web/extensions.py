"""Deciding on more time, and on an objection."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc.errors import Refused
from qc.web.access import InsideRequest, inside_required
from suppliers.models import Extension
from suppliers.services import extensions, requests
from suppliers.web.agreement_forms import ConcedeForm, GrantForm
from suppliers.web.rows import the_request


def _the_extension(request: InsideRequest, pk: int) -> Extension:
    rows = Extension.objects.visible_to(request.user).select_related("stage__request__plant")
    return get_object_or_404(rows, pk=pk)


@require_POST
@inside_required
def extension_grant(request: InsideRequest, pk: int) -> HttpResponse:
    row = _the_extension(request, pk)
    form = GrantForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Say until when."))
    extensions.grant(request.user, extension=row, **form.cleaned_data)
    messages.success(request, _("The later date counts from now on; the supplier has been told."))
    return redirect("suppliers:stage-detail", row.stage_id)


@require_POST
@inside_required
def extension_refuse(request: InsideRequest, pk: int) -> HttpResponse:
    row = _the_extension(request, pk)
    extensions.refuse(request.user, extension=row, reason=request.POST.get("reason", ""))
    messages.success(request, _("The date stays; the supplier has been told why."))
    return redirect("suppliers:stage-detail", row.stage_id)


@require_POST
@inside_required
def request_concede(request: InsideRequest, pk: int) -> HttpResponse:
    row = the_request(request.user, pk)
    form = ConcedeForm(request.POST)
    if not form.is_valid():
        raise Refused(_("Say where the cause is, and what shows it."))
    requests.concede(request.user, request=row, **form.cleaned_data)
    messages.success(request, _("The request is over; the supplier has been told that it was right."))
    return redirect("suppliers:request-detail", pk)
