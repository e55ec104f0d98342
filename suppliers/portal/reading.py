"""The supplier's pages to read: what waits for us, one request, shared files."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from qc import clock
from qc.web.lists import page_of
from suppliers import agreed, downloads, overview
from suppliers.models import CorrectiveActionRequest, Evidence
from suppliers.portal.access import OutsideRequest, account_required, own_request, own_requests, supplier_required
from suppliers.portal.filters import OPEN, RequestFilter
from suppliers.services import messages
from suppliers.shown import facts_of, files_of, thread_of

FAR = dt.datetime.max.replace(tzinfo=dt.UTC)
PAGE = 20
STATES = {
    "disputed": gettext_lazy("You objected; we decide"),
    "verifying": gettext_lazy("We check that it helped"),
    "closed": gettext_lazy("Closed"),
    "cancelled": gettext_lazy("Taken back"),
}


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
    def state(self) -> str:
        """How it stands, in the supplier's words."""
        status = str(self.row.status)
        if status == "open":
            return _("Waits for you") if self.now else _("We review your answer")
        return str(STATES[status])

    @property
    def tone(self) -> str:
        """The tone of the state."""
        return overview.request_tone(self.row)

    @property
    def urgency(self) -> dt.datetime:
        """When the first answer is due."""
        return min((step.stage.answer_due_at or FAR for step in self.now), default=FAR)


@require_safe
@account_required
def home(request: OutsideRequest) -> HttpResponse:
    rows = own_requests(request.user)
    found = _waiting(rows.open()[:500])
    context = {
        "ours": [each for each in found if each.now],
        "theirs": [each for each in found if not each.now],
        "running": agreed.shippings(request.user, ended_at=None),
        "has_over": rows.exclude(status__in=OPEN).exists(),
        "unread": messages.unread(request.user, [each.row.pk for each in found]),
    }
    return render(request, "suppliers/portal/home.html", context)


def _waiting(rows: Iterable[CorrectiveActionRequest]) -> list[Waiting]:
    """Requests with what they wait for, the most urgent first."""
    now = clock.now()
    found = [Waiting(row, overview.steps(row, list(row.stages.all()), now=now, outside=True)) for row in rows]
    return sorted(found, key=lambda each: each.urgency)


@require_safe
@account_required
def request_list(request: OutsideRequest) -> HttpResponse:
    """All own requests, found by state and by what is typed."""
    form = RequestFilter(request.GET)
    rows = form.narrow(own_requests(request.user)).order_by("-issued_at", "-pk")
    context = page_of(request, rows, PAGE)
    shown = _waiting(context["page"])
    context |= {
        "form": form,
        "found": sorted(shown, key=lambda each: each.row.issued_at or FAR, reverse=True),
        "unread": messages.unread(request.user, [each.row.pk for each in shown]),
    }
    return render(request, "suppliers/portal/request_list.html", context)


@require_safe
@supplier_required
def request_detail(request: OutsideRequest, pk: int) -> HttpResponse:
    row = own_request(request.user, pk)
    files = files_of(request.user, row)
    thread = thread_of(request.user, row, files)
    steps = overview.steps(row, list(row.stages.all()), now=clock.now(), outside=True)
    context = {
        "row": row,
        "steps": steps,
        "now": sorted((step for step in steps if step.is_now), key=lambda s: s.stage.answer_due_at or FAR),
        "being_reviewed": [step for step in steps if step.stage.status == "submitted"],
        **facts_of(request.user, row, files),
        "thread": thread,
        "new": messages.count_new(request.user, row, thread),
    }
    return render(request, "suppliers/portal/request_detail.html", context)


@require_safe
@supplier_required
def evidence_detail(request: OutsideRequest, uuid: uuid.UUID) -> FileResponse:
    return downloads.as_download(get_object_or_404(Evidence.objects.visible_to(request.user), uuid=uuid))
