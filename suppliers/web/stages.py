"""Reviewing an answer: read it beside the earlier version, accept it, return it, or do without it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from qc import clock
from qc.web.access import InsideRequest, inside_required
from qc.web.refusals import submit
from suppliers import answers, due
from suppliers.models import Evidence, Extension, Stage, Submission
from suppliers.services import requests
from suppliers.web.forms import ReturnForm
from suppliers.web.rows import the_stage


def _page(request: InsideRequest, stage: Stage, form: ReturnForm | None = None, status: int = 200) -> HttpResponse:
    rows = Submission.objects.visible_to(request.user).filter(stage=stage).order_by("-version")
    versions = list(rows.select_related("submitted_by", "decided_by"))
    shown = _chosen(request, versions)
    earlier = next((each for each in versions if shown and each.version < shown.version), None)
    context: dict[str, Any] = {
        "stage": stage,
        "row": stage.request,
        "versions": versions,
        "shown": shown,
        "earlier": earlier,
        "blocks": answers.shown(stage.code, shown.answers, earlier.answers if earlier else None) if shown else [],
        "files": Evidence.objects.visible_to(request.user).filter(stage=stage).select_related("submission"),
        "must_redo": requests.was_rejected(stage) and shown == versions[0],
        "to_review": stage.status == Stage.Status.SUBMITTED and shown is not None and shown == versions[0],
        "due": due.in_words(stage.answer_due_at, now=clock.now(), zone=stage.request.plant.zone),
        "row_extensions": Extension.objects.visible_to(request.user).filter(stage=stage).select_related("asked_by"),
        "form": form or ReturnForm(initial={"version": shown.version if shown else None}),
    }
    return render(request, "suppliers/stage_detail.html", context, status=status)


def _chosen(request: InsideRequest, versions: list[Submission]) -> Submission | None:
    wanted = request.GET.get("version", "")
    named = [each for each in versions if str(each.version) == wanted]
    return next(iter(named or versions), None)


def _version(request: InsideRequest) -> int | None:
    given = request.POST.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else None


@require_safe
@inside_required
def stage_detail(request: InsideRequest, pk: int) -> HttpResponse:
    return _page(request, the_stage(request.user, pk))


@require_POST
@inside_required
def stage_accept(request: InsideRequest, pk: int) -> HttpResponse:
    stage = the_stage(request.user, pk)
    requests.accept(request.user, stage=stage, version=_version(request))
    messages.success(request, _("Accepted; the supplier has been told."))
    return redirect("suppliers:request-detail", stage.request_id)


@require_POST
@inside_required
def stage_return(request: InsideRequest, pk: int) -> HttpResponse:
    stage = the_stage(request.user, pk)
    form = ReturnForm(request.POST)
    if form.is_valid():
        reason, version = form.reason(), form.cleaned_data["version"]
        verb = lambda: requests.return_stage(request.user, stage=stage, reason=reason, version=version)  # noqa: E731
        if submit(form, verb) is not None:
            messages.success(request, _("Returned; the supplier has been told why."))
            return redirect("suppliers:request-detail", stage.request_id)
    return _page(request, stage, form, status=422)


@require_POST
@inside_required
def stage_waive(request: InsideRequest, pk: int) -> HttpResponse:
    stage = the_stage(request.user, pk)
    requests.waive_stage(request.user, stage=stage, reason=request.POST.get("reason", ""))
    messages.success(request, _("The supplier does not have to answer this stage."))
    return redirect("suppliers:request-detail", stage.request_id)
