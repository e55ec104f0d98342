"""Steps of the search for causes; every one comes back to the workspace of its case."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from qc.models import Cause, Contrast, Nonconformance, Why
from qc.services import causes, contrasts, whys
from qc.web import cause_forms as f
from qc.web.access import InsideRequest, inside_required
from qc.web.case_forms import VerifyCauseForm
from qc.web.case_page import case_of
from qc.web.cause_page import show
from qc.web.refusals import submit

CAUSE_VERBS: dict[str, tuple[type[forms.Form], Callable[..., Any]]] = {
    "confirm": (VerifyCauseForm, causes.verify_cause),
    "doubt": (f.ReasonOnly, causes.doubt_cause),
    "rule_out": (f.ReasonOnly, causes.rule_out),
    "bring_back": (forms.Form, causes.bring_back),
}


@inside_required
def case_causes(request: InsideRequest, pk: int) -> HttpResponse:
    return show(request, case_of(request, pk))


@inside_required
@require_POST
def contrast_fill(request: InsideRequest, pk: int) -> HttpResponse:
    case = case_of(request, pk)
    contrasts.fill(request.user, case=case)
    messages.success(request, _("The matrix is filled from the records."))
    return _back(case, "matrix")


@inside_required
@require_POST
def contrast_edit(request: InsideRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(Contrast.objects.visible_to(request.user).select_related("nonconformance"), pk=pk)
    form = f.ContrastForm(request.POST, auto_id="row_%s")
    return _finish(
        request,
        row.nonconformance,
        f"row-{pk}",
        form,
        lambda data: contrasts.edit(request.user, contrast=row, **data),
        lambda saved: f"row-{saved.question}",
    )


@inside_required
@require_POST
def why_create(request: InsideRequest, pk: int) -> HttpResponse:
    """The first answer of a leg."""
    case = case_of(request, pk)
    form = f.RootWhyForm(request.POST, auto_id="why_%s")
    return _finish(request, case, "root", form, lambda data: whys.add(request.user, case=case, **data), _to_why)


def _why(request: InsideRequest, pk: int) -> Why:
    return get_object_or_404(Why.objects.visible_to(request.user).select_related("nonconformance"), pk=pk)


@inside_required
@require_POST
def why_answer(request: InsideRequest, pk: int) -> HttpResponse:
    why, form = _why(request, pk), f.WhyForm(request.POST, auto_id="why_answer_%s")
    verb = whys.add
    case = why.nonconformance
    return _finish(
        request, case, f"why_answer-{pk}", form, lambda data: verb(request.user, case=case, parent=why, **data), _to_why
    )


@inside_required
@require_POST
def why_edit(request: InsideRequest, pk: int) -> HttpResponse:
    why, form = _why(request, pk), f.WhyEditForm(request.POST, auto_id="why_edit_%s")
    return _finish(
        request,
        why.nonconformance,
        f"why_edit-{pk}",
        form,
        lambda data: whys.edit(request.user, why=why, **data),
        _to_why,
    )


@inside_required
@require_POST
def why_move(request: InsideRequest, pk: int) -> HttpResponse:
    why = _why(request, pk)
    rows = list(Why.objects.visible_to(request.user).filter(nonconformance=why.nonconformance).standing())
    form = f.WhyMoveForm(why, rows, request.POST, auto_id="why_move_%s")
    return _finish(
        request,
        why.nonconformance,
        f"why_move-{pk}",
        form,
        lambda data: whys.move(request.user, why=why, version=data["version"], **form.place()),
        _to_why,
    )


@inside_required
@require_POST
def why_promote(request: InsideRequest, pk: int) -> HttpResponse:
    why, form = _why(request, pk), f.PromoteForm(request.user, request.POST, auto_id="why_promote_%s")
    return _finish(
        request,
        why.nonconformance,
        f"why_promote-{pk}",
        form,
        lambda data: whys.promote(request.user, why=why, **data),
        lambda cause: f"cause-{cause.pk}",
    )


@inside_required
@require_POST
def why_retire(request: InsideRequest, pk: int) -> HttpResponse:
    why = _why(request, pk)
    whys.retire(request.user, why=why)
    messages.success(request, _("The answer is taken away. It can be brought back below the tree."))
    return _back(why.nonconformance, "whys")


@inside_required
@require_POST
def why_restore(request: InsideRequest, pk: int) -> HttpResponse:
    why = _why(request, pk)
    whys.restore(request.user, why=why)
    messages.success(request, _("The answer is back."))
    return _back(why.nonconformance, f"why-{pk}")


@inside_required
@require_POST
def cause_create(request: InsideRequest, pk: int) -> HttpResponse:
    case = case_of(request, pk)
    form = f.CauseEntryForm(request.user, request.POST, auto_id="cause_new_%s")
    return _finish(
        request,
        case,
        "cause_new",
        form,
        lambda data: causes.add_cause(request.user, case=case, **data),
        lambda cause: f"cause-{cause.pk}",
    )


def _cause(request: InsideRequest, pk: int) -> Cause:
    rows = Cause.objects.visible_to(request.user).select_related("nonconformance", "code")
    return get_object_or_404(rows, pk=pk)


@inside_required
@require_POST
def cause_edit(request: InsideRequest, pk: int) -> HttpResponse:
    cause = _cause(request, pk)
    form = f.CauseEditForm(request.user, cause, request.POST, auto_id="cause_edit_%s")
    return _finish(
        request,
        cause.nonconformance,
        f"cause_edit-{pk}",
        form,
        lambda data: causes.edit_cause(request.user, cause=cause, **data),
        lambda saved: f"cause-{saved.pk}",
    )


@inside_required
@require_POST
def cause_step(request: InsideRequest, pk: int, verb: str) -> HttpResponse:
    cause = _cause(request, pk)
    form_class, step = CAUSE_VERBS[verb]
    form = form_class(request.POST, auto_id=f"cause_{verb}_%s")
    return _finish(
        request,
        cause.nonconformance,
        f"cause_{verb}-{pk}",
        form,
        lambda data: step(request.user, cause=cause, **data),
        lambda saved: f"cause-{saved.pk}",
    )


def _to_why(why: Why) -> str:
    return f"why-{why.pk}"


def _back(case: Nonconformance, anchor: str) -> HttpResponse:
    noun, _dash, key = anchor.partition("-")
    opened = f"?why={key}" if noun == "why" else ""
    return redirect(reverse("qc:case-causes", args=[case.pk]) + f"{opened}#{anchor}")


def _finish(
    request: InsideRequest,
    case: Nonconformance,
    name: str,
    form: forms.Form,
    verb: Callable[[dict[str, Any]], Any],
    anchor: Callable[[Any], str],
) -> HttpResponse:
    """Run a step with its form: back to the workspace, or the workspace with what is wrong beside the field."""
    if form.is_valid() and (saved := submit(form, lambda: verb(form.cleaned_data))) is not None:
        messages.success(request, _("Saved."))
        return _back(case, anchor(saved))
    return show(request, case_of(request, case.pk), sent=(name, form), status=422)
