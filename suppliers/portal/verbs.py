"""What the supplier can do with a click or a few words: POST only."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from suppliers.models import Evidence
from suppliers.portal.access import OutsideRequest, own_request, supplier_required
from suppliers.services import requests


@require_POST
@supplier_required
def request_acknowledge(request: OutsideRequest, pk: int) -> HttpResponse:
    requests.acknowledge(request.user, request=own_request(request.user, pk))
    messages.success(request, _("Thank you, we know that you have it."))
    return redirect("portal:request-detail", pk)


@require_POST
@supplier_required
def request_dispute(request: OutsideRequest, pk: int) -> HttpResponse:
    requests.dispute(request.user, request=own_request(request.user, pk), reason=request.POST.get("reason", ""))
    messages.success(request, _("We have your objection. The clocks stand until we have decided."))
    return redirect("portal:request-detail", pk)


@require_POST
@supplier_required
def evidence_remove(request: OutsideRequest, uuid: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(Evidence.objects.visible_to(request.user), uuid=uuid)
    stage = requests.remove(request.user, evidence=row)
    messages.success(request, _("The file is taken out."))
    return redirect("portal:stage-answer", stage.request_id, stage.code)
