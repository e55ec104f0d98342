"""Pages to read: the list, one request, what the supplier sees of it, its files."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from qc import clock
from qc.models import Event, User
from qc.services.listings import ages
from qc.web.access import InsideRequest, inside_required
from suppliers import agreed, downloads, overview
from suppliers.models import CorrectiveActionRequest, Evidence
from suppliers.services import messages, requests
from suppliers.shown import facts_of, files_of, own_files, thread_of
from suppliers.web.forms import FilterForm
from suppliers.web.rows import the_request

Status = CorrectiveActionRequest.Status
PAGE = 50


@require_safe
@inside_required
def request_list(request: InsideRequest) -> HttpResponse:
    form = FilterForm(request.user, request.GET)
    rows = _filtered(request.user, form.chosen).by_urgency()
    page = Paginator(rows.select_related("plant", "supplier").with_stages(request.user), PAGE)
    shown = page.get_page(request.GET.get("page"))
    now = clock.now()
    for row in shown:
        found = overview.steps(row, list(row.stages.all()), now=now, outside=False)
        row.next_step = _most_urgent(found)
        row.tone = overview.request_tone(row)
    query = request.GET.copy()
    query.pop("page", None)
    context = {"page": shown, "form": form, "query": query.urlencode(), "is_filtered": any(form.chosen.values())}
    return render(request, "suppliers/request_list.html", context)


def _filtered(user: User, chosen: dict[str, Any]) -> Any:
    rows = CorrectiveActionRequest.objects.visible_to(user)
    state = chosen.get("state")
    if state == "current":
        rows = rows.exclude(status__in=[Status.CLOSED, Status.CANCELLED])
    elif state == "running":
        rows = rows.open()
    elif state:
        rows = rows.filter(status=state)
    if chosen.get("supplier"):
        rows = rows.filter(supplier=chosen["supplier"])
    if chosen.get("plant"):
        rows = rows.filter(plant=chosen["plant"])
    for name, _label, low, high in ages.AGES:
        if name == chosen.get("age"):
            rows = rows.filter(ages.within("issued_at", low, high))
    return rows.overdue(at=clock.now()) if chosen.get("overdue") else rows


def _most_urgent(found: list[overview.Step]) -> overview.Step | None:
    """What has to move next: an answer to review, else the stage that is due first."""
    review = [step for step in found if step.stage.status == "submitted"]
    waits = [step for step in found if step.is_now]
    waits.sort(key=lambda step: (step.stage.answer_due_at is None, step.stage.answer_due_at or clock.now()))
    return next(iter(review + waits), None)


@require_safe
@inside_required
def request_detail(request: InsideRequest, pk: int) -> HttpResponse:
    row = the_request(request.user, pk)
    found = overview.steps(row, list(row.stages.all()), now=clock.now(), outside=False)
    files = files_of(request.user, row) if getattr(row, "has_files", True) else []
    thread = thread_of(request.user, row, files)
    new = messages.count_new(request.user, row, thread)
    events = Event.objects.visible_to(request.user).about(row).select_related("by", "plant")[:50]
    context = {
        "row": row,
        "steps": found,
        "sentence": overview.sentence(row, found),
        "tone": overview.request_tone(row),
        "review": next((step for step in found if step.stage.status == "submitted"), None),
        "missing": _missing(row),
        "files": own_files(files),
        "defects": facts_of(request.user, row, files)["defects"],
        "thread": thread,
        "new": new,
        "events": events,
        **agreed.of_request(request.user, row),
    }
    answer = render(request, "suppliers/request_detail.html", context)
    if new:
        messages.mark_read(request.user, request=row)
    return answer


def _missing(row: CorrectiveActionRequest) -> list[str]:
    """What speaks against closing it, while it can be closed."""
    if row.status not in (Status.OPEN, Status.VERIFYING):
        return []
    return requests.what_is_missing(row, has_effect=getattr(row, "has_effect", None))


@require_safe
@inside_required
def request_preview(request: InsideRequest, pk: int) -> HttpResponse:
    row = the_request(request.user, pk)
    files = files_of(request.user, row)
    stages = list(row.stages.all()) or overview.planned(row, at=clock.now())
    context = {
        "row": row,
        "is_preview": True,
        "steps": overview.steps(row, stages, now=clock.now(), outside=True),
        **facts_of(request.user, row, files),
        "thread": thread_of(request.user, row, files),
    }
    return render(request, "suppliers/portal/request_detail.html", context)


@require_safe
@inside_required
def evidence_detail(request: InsideRequest, uuid: uuid.UUID) -> FileResponse:
    return downloads.as_download(get_object_or_404(Evidence.objects.visible_to(request.user), uuid=uuid))
