"""Answering a stage: fill in, keep as a draft, send."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from qc import clock
from qc.web.refusals import submit
from suppliers import answers, overview
from suppliers.models import CorrectiveActionRequest, Evidence, Stage
from suppliers.portal.access import OutsideRequest, own_request, supplier_required
from suppliers.portal.forms import AnswerForm
from suppliers.services import requests
from suppliers.shown import facts_of


@require_http_methods(["GET", "HEAD", "POST"])
@supplier_required
def stage_answer(request: OutsideRequest, pk: int, code: str) -> HttpResponse:
    row = own_request(request.user, pk)
    if code == Stage.Code.ACKNOWLEDGE:
        return redirect("portal:request-detail", pk)  # one click there
    step = _step(row, code)
    if request.method != "POST":
        return _page(request, row, step, AnswerForm(code, initial=step.stage.draft))
    form = AnswerForm(code, request.POST, request.FILES)
    if not _keep(request, step.stage, form):
        return _page(request, row, step, form, status=422)
    if "send" not in request.POST:
        messages.success(request, _("Saved as a draft. Nobody but your company sees it."))
        return redirect("portal:stage-answer", pk, code)
    if submit(form, lambda: requests.submit(request.user, stage=step.stage, answers=form.raw())) is None:
        return _page(request, row, step, form, status=422)
    messages.success(request, _("Sent. We will tell you by e-mail when it was reviewed."))
    return redirect("portal:request-detail", pk)


def _step(row: CorrectiveActionRequest, code: str) -> overview.Step:
    steps = overview.steps(row, list(row.stages.all()), now=clock.now(), outside=True)
    for step in steps:
        if step.stage.code == code:
            step.stage.request = row
            return step
    raise Http404


def _keep(request: OutsideRequest, stage: Stage, form: AnswerForm) -> bool:
    """Keep what was typed before anything is judged, so that nothing is lost."""
    kept = submit(
        form,
        lambda: requests.save_draft(
            request.user,
            stage=stage,
            answers=form.raw(),
            files=form.uploads(),
            seen=request.POST.get("seen"),
        ),
    )
    if kept is not None:
        stage.draft = kept.draft
    return kept is not None


def _sent(step: overview.Step) -> list[answers.Block]:
    """What was sent, without the parts that were left empty."""
    blocks = answers.shown(step.stage.code, step.answer.answers) if step.answer else []
    return [block for block in blocks if any(line.text for line in block.lines)]


def _page(
    request: OutsideRequest, row: CorrectiveActionRequest, step: overview.Step, form: AnswerForm, status: int = 200
) -> HttpResponse:
    files = Evidence.objects.visible_to(request.user).filter(stage=step.stage)
    context = {
        "row": row,
        "step": step,
        "form": form if step.is_now else None,
        "refusals": [] if step.is_now or not form.is_bound else form.non_field_errors(),
        "has_examples": any(question.example for _section, fields in form.sections() for _field, question in fields),
        "seen": answers.mark(step.stage.draft),
        "sent": _sent(step),
        "draft_files": files.filter(submission__isnull=True),
        "sent_files": files.filter(submission__isnull=False),
        **facts_of(request.user, row),
    }
    return render(request, "suppliers/portal/stage_answer.html", context, status=status)
