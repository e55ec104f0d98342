"""The ladders of reminders: what is climbed, changing it, and what would be sent in the next days."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qc import clock, permissions
from qc.errors import Refused
from qc.models import Event, Plant
from qc.services.people import system
from qc.web.access import InsideRequest, inside_required, role_required
from suppliers.ladder import DEFAULTS
from suppliers.models import LadderRung
from suppliers.services import forecast, ladders
from suppliers.web.ladder_forms import WHO, RungForms, forms_of

DAYS = (1, 3, 7, 14, 30)
MOST = 500


def _plant(request: InsideRequest, pk: int | None) -> Plant | None:
    return get_object_or_404(Plant.objects.visible_to(request.user), pk=pk) if pk else None


def _known(name: str) -> str:
    if name not in DEFAULTS:
        raise Http404
    return name


@require_safe
@inside_required
def ladder_list(request: InsideRequest) -> HttpResponse:
    """Every ladder as it is climbed, for all plants and for those with one of their own."""
    rows = LadderRung.objects.visible_to(request.user)
    set_: set[tuple[int | None, str]] = set(rows.values_list("plant_id", "ladder"))
    plants = list(Plant.objects.visible_to(request.user).filter(is_active=True))
    shown = []
    for name, title in LadderRung.Ladder.choices:
        own = [plant for plant in plants if (plant.pk, name) in set_]
        others = [plant for plant in plants if plant not in own]
        rungs = [(rung, [WHO[who] for who in rung.audiences]) for rung in ladders.climbed_at(None, name)]
        shown.append({"name": name, "title": title, "rungs": rungs, "own": own, "others": others,
                      "is_built_in": (None, name) not in set_})  # fmt: skip
    may_edit = permissions.may(request.user, "ladder.edit")
    units = dict(LadderRung.Unit.choices)
    return render(request, "suppliers/ladder_list.html", {"ladders": shown, "may_edit": may_edit, "units": units})


@role_required("ladder.edit")
def ladder_edit(request: InsideRequest, name: str, pk: int | None = None) -> HttpResponse:
    """Change a ladder, for all plants or for one."""
    plant, rungs = _plant(request, pk), ladders.climbed_at(_plant(request, pk), _known(name))
    forms = forms_of(name, rungs, request.POST if request.method == "POST" else None)
    if request.method == "POST" and forms.is_valid():
        try:
            ladders.change(request.user, plant=plant, name=name, rungs=forms.rungs(), mark=request.POST.get("mark", ""))
        except Refused as refusal:
            return _edit_page(request, name, plant, forms, refusal)
        messages.success(request, _("Saved. Open requests follow the new ladder; what was sent is not sent again."))
        return redirect("suppliers:ladder-list")
    return _edit_page(request, name, plant, forms)


def _edit_page(
    request: InsideRequest, name: str, plant: Plant | None, forms: RungForms, refusal: Refused | None = None
) -> HttpResponse:
    if isinstance(refusal, Refused) and not refusal.fields and type(refusal) is not Refused:
        messages.error(request, refusal.message)
        return redirect(request.path)
    shown = refusal is not None and forms.show(refusal.fields)
    subject: Any = plant or system()
    events = Event.objects.visible_to(request.user).about(subject).filter(verb__startswith="ladder.")
    context = {
        "name": name,
        "title": dict(LadderRung.Ladder.choices)[name],
        "plant": plant,
        "forms": forms,
        "refused": "" if refusal is None or shown else refusal.message,
        "mark": request.POST.get("mark") or ladders.mark_of(ladders.climbed_at(plant, name)),
        "is_own": bool(ladders.rows_of(plant, name)),
        "events": events.select_related("by", "plant")[:10],
    }
    return render(request, "suppliers/ladder_edit.html", context, status=422 if request.method == "POST" else 200)


@role_required("ladder.edit")
@require_POST
def ladder_reset(request: InsideRequest, name: str, pk: int | None = None) -> HttpResponse:
    """Climb the built-in ladder again."""
    plant = _plant(request, pk)
    ladders.reset(request.user, plant=plant, name=_known(name), mark=request.POST.get("mark", ""))
    messages.success(request, _("The ladder is the built-in one again."))
    return redirect("suppliers:ladder-list")


@require_safe
@role_required("request.review")
def forecast_page(request: InsideRequest) -> HttpResponse:
    """What would be sent in the next days, by day and person. Nothing is sent."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked.isdigit() and int(asked) in DAYS else 7
    found = forecast.foresee(request.user, days=days)
    mails = [
        {"at": at, "to": to, "messages": list(each)}
        for (at, to), each in groupby(found[:MOST], key=lambda one: (one.mailed_at, one.to))
    ]
    context = {"mails": mails, "count": len(found), "days": days, "choices": DAYS, "now": clock.now()}
    return render(request, "suppliers/forecast.html", context)
