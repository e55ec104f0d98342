"""What can be done to a request: POST only; a refusal says why on the page it came from."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc.errors import Refused
from qc.web.access import InsideRequest, inside_required
from suppliers.models import Evidence
from suppliers.services import requests
from suppliers.web.rows import the_request


def _done(request: InsideRequest, pk: int, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect("suppliers:request-detail", pk)


@require_POST
@inside_required
def request_issue(request: InsideRequest, pk: int) -> HttpResponse:
    row = requests.issue(request.user, request=the_request(request.user, pk))
    text = _("%(number)s is issued; %(supplier)s has been told.") % {"number": row.number, "supplier": row.supplier}
    return _done(request, pk, text)


@require_POST
@inside_required
def request_cancel(request: InsideRequest, pk: int) -> HttpResponse:
    requests.cancel(request.user, request=the_request(request.user, pk), reason=request.POST.get("reason", ""))
    return _done(request, pk, _("The request is taken back."))


@require_POST
@inside_required
def request_close(request: InsideRequest, pk: int) -> HttpResponse:
    requests.close(request.user, request=the_request(request.user, pk), reason=request.POST.get("reason", ""))
    return _done(request, pk, _("The request is closed."))


@require_POST
@inside_required
def request_uphold(request: InsideRequest, pk: int) -> HttpResponse:
    requests.uphold(request.user, request=the_request(request.user, pk), reason=request.POST.get("reason", ""))
    return _done(request, pk, _("The request stays open; the supplier has been told."))


@require_POST
@inside_required
def request_message(request: InsideRequest, pk: int) -> HttpResponse:
    given, files = request.POST.get("text", ""), request.FILES.getlist("files")
    requests.send_message(request.user, request=the_request(request.user, pk), text=given, files=files)
    return _done(request, pk, _("Sent."))


@require_POST
@inside_required
def request_share(request: InsideRequest, pk: int) -> HttpResponse:
    row = the_request(request.user, pk)
    upload = request.FILES.get("upload")
    if upload is None:
        raise Refused(_("Choose a file first."))
    requests.share(request.user, request=row, upload=upload)
    return _done(request, pk, _("The supplier can see the file now."))


@require_POST
@inside_required
def evidence_remove(request: InsideRequest, uuid: uuid.UUID) -> HttpResponse:
    file = get_object_or_404(Evidence.objects.visible_to(request.user), uuid=uuid)
    row = requests.unshare(request.user, evidence=file)
    return _done(request, row.pk, _("The file is taken out."))
