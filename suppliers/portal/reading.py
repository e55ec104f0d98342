"""The supplier's pages to read: what waits for us, one request, shared files."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from qc import clock
from suppliers import downloads, overview
from suppliers.models import CorrectiveActionRequest, Evidence, Message
from suppliers.portal.access import OutsideRequest, own_request, own_requests, supplier_required

FAR = dt.datetime.max.replace(tzinfo=dt.UTC)
OVER = 50  # of the requests that are over, the last ones


@dataclass(frozen=True)
class Waiting:
    """A request on the supplier's home page, with what it waits for."""

    row: CorrectiveActionRequest
    steps: list[overview.Step]

    @property
    def now(self) -> list[overview.Step]:
        """What the supplier has to do, the most urgent first."""
        return sorted((step for step in self.steps if step.is_now), key=lambda s: s.stage.answer_due_at or FAR)

    @property
    def urgency(self) -> dt.datetime:
        """When the first answer is due."""
        return min((step.stage.answer_due_at or FAR for step in self.now), default=FAR)


@require_safe
@supplier_required
def home(request: OutsideRequest) -> HttpResponse:
    rows = own_requests(request.user)
    now = clock.now()
    found = [
        Waiting(row, overview.steps(row, list(row.stages.all()), now=now, outside=True)) for row in rows.open()[:500]
    ]
    found.sort(key=lambda each: each.urgency)
    context = {
        "ours": [each for each in found if each.now],
        "theirs": [each for each in found if not each.now],
        "over": rows.exclude(status__in=["open", "disputed", "verifying"]).order_by("-closed_at")[:OVER],
    }
    return render(request, "suppliers/portal/home.html", context)


@require_safe
@supplier_required
def request_detail(request: OutsideRequest, pk: int) -> HttpResponse:
    row = own_request(request.user, pk)
    steps = overview.steps(row, list(row.stages.all()), now=clock.now(), outside=True)
    context = {
        "row": row,
        "steps": steps,
        "now": sorted((step for step in steps if step.is_now), key=lambda s: s.stage.answer_due_at or FAR),
        "being_reviewed": [step for step in steps if step.stage.status == "submitted"],
        "shared": Evidence.objects.visible_to(request.user).filter(request=row, stage__isnull=True),
        "messages_sent": Message.objects.visible_to(request.user).filter(request=row).select_related("by"),
    }
    return render(request, "suppliers/portal/request_detail.html", context)


@require_safe
@supplier_required
def evidence_detail(request: OutsideRequest, uuid: uuid.UUID) -> FileResponse:
    return downloads.as_download(get_object_or_404(Evidence.objects.visible_to(request.user), uuid=uuid))
