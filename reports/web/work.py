"""My work, and how old the open work is."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from qc.models import Plant
from qc.web.access import InsideRequest, inside_required
from qc.web.lists import CodeChoice, Filter
from reports import ageing, waiting


class AgeingFilter(Filter):
    """Whose work."""

    plant = CodeChoice(Plant, empty_label=_("All plants"), label=_("Plant"))


@require_safe
@inside_required
def my_work(request: InsideRequest) -> HttpResponse:
    """What waits for this person, the most urgent first; what is late with others beside it."""
    context = {"mine": waiting.waiting_for(request.user), "elsewhere": waiting.late_elsewhere(request.user)}
    return render(request, "reports/my_work.html", context | {"most": waiting.MOST})


@require_safe
@inside_required
def work_ageing(request: InsideRequest) -> HttpResponse:
    """Open cases, actions and requests by state and age."""
    narrow = AgeingFilter(request.user, request.GET)
    plant = narrow.chosen("plant")
    context = {
        "filter": narrow,
        "plant": plant,
        "ages": ageing.AGES,
        "cases": ageing.cases(request.user, plant),
        "requests": ageing.requests(request.user, plant),
    }
    return render(request, "reports/work_ageing.html", context)
