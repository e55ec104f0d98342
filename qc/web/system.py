"""What runs in the background: what is due, what stopped, what the demo still loads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc.models import AnalysisRun, Event
from qc.models.base import Work
from qc.services import work
from qc.web.access import InsideRequest, role_required

MOST_PARKED = 50


def _kinds() -> list[type[Work]]:
    """Every kind of row that waits for background work, whichever room it is in."""
    return [model for model in apps.get_models() if issubclass(model, Work)]


def _rows(model: type[Work], request: InsideRequest) -> Any:
    return model._default_manager.visible_to(request.user)  # type: ignore[attr-defined]


def demo_progress() -> dict[str, Any] | None:
    """How far the demo data are loaded, while they are."""
    try:
        progress = json.loads((Path(settings.HOME) / "demo_progress.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return progress if isinstance(progress, dict) else None


@role_required("system.manage")
def system(request: InsideRequest) -> HttpResponse:
    kinds = []
    parked: list[Work] = []
    for model in _kinds():
        rows = _rows(model, request)
        oldest = rows.due().order_by("due_at").values_list("due_at", flat=True).first()
        kinds.append({"name": model._meta.verbose_name_plural, "due": rows.due().count(), "oldest": oldest})
        parked += rows.parked()[:MOST_PARKED]
    for row in parked:
        row.label = row._meta.label_lower  # type: ignore[attr-defined]
    context = {
        "kinds": kinds,
        "parked": parked,
        "progress": demo_progress(),
        "last_run": AnalysisRun.objects.visible_to(request.user).select_related("plant").first(),
        "last_event": Event.objects.visible_to(request.user).first(),
        "database": settings.DATABASES["default"]["ENGINE"].rsplit(".", 1)[-1],
    }
    return render(request, "qc/system.html", context)


@role_required("system.manage")
@require_POST
def system_retry(request: InsideRequest, label: str, pk: int) -> HttpResponse:
    model = next((each for each in _kinds() if each._meta.label_lower == label), None)
    if model is None or not _rows(model, request).parked().filter(pk=pk).exists():
        raise Http404
    work.retry(_rows(model, request), pk)
    messages.success(request, _("It will be tried again within a minute."))
    return redirect("qc:system")
