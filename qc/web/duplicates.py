"""Double entries: those in doubt, joining and taking it back, and what becomes of those that machines send."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qc.models import Defect, DuplicatePolicy, Integration
from qc.services import defects, duplicates
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.covering import PLACES
from qc.web.lists import page_of
from qc.web.refusals import submit

OWN = (*PLACES, "looks_like__recorded_by")


@inside_required
def duplicate_list(request: InsideRequest) -> HttpResponse:
    rows = Defect.objects.visible_to(request.user).doubtful().select_related(*OWN).order_by("-occurred_at", "-pk")
    return render(request, "qc/duplicate_list.html", page_of(request, rows))


def _defect(request: InsideRequest, pk: int) -> Defect:
    return get_object_or_404(Defect.objects.visible_to(request.user), pk=pk)


def _back(request: InsideRequest, pk: int) -> HttpResponse:
    return redirect("qc:duplicate-list") if "list" in request.POST else redirect("qc:defect-detail", pk=pk)


@role_required("defect.correct")
@require_POST
def defect_join(request: InsideRequest, pk: int) -> HttpResponse:
    """Join to the record that is named by key or by number."""
    defect, said = _defect(request, pk), request.POST.get("original", "").strip()
    rows = Defect.objects.visible_to(request.user)
    original = rows.filter(number__iexact=said).first() if said else None
    if original is None:
        messages.error(request, _("There is no record %(number)s.") % {"number": said[:40] or "–"})
        return redirect("qc:defect-detail", pk=pk)
    defects.mark_duplicate(request.user, defect=defect, original=original)
    both = {"one": defect.number, "other": original.number}
    messages.success(request, _("%(one)s and %(other)s count once from now on.") % both)
    return _back(request, pk)


@role_required("defect.correct")
@require_POST
def defect_unjoin(request: InsideRequest, pk: int) -> HttpResponse:
    defect = defects.unjoin(request.user, defect=_defect(request, pk))
    messages.success(request, _("%(number)s counts again.") % {"number": defect.number})
    return redirect("qc:defect-detail", pk=pk)


@role_required("defect.correct")
@require_POST
def defect_tell_apart(request: InsideRequest, pk: int) -> HttpResponse:
    defect = defects.tell_apart(request.user, defect=_defect(request, pk))
    messages.success(request, _("%(number)s is a record of its own.") % {"number": defect.number})
    return _back(request, pk)


class PolicyForm(forms.Form):
    action = forms.ChoiceField(
        label=gettext_lazy("The same serial and code again"),
        choices=DuplicatePolicy.Action.choices,
        widget=forms.RadioSelect,
    )
    minutes = forms.IntegerField(
        label=gettext_lazy("Within how many minutes"), min_value=1, max_value=DuplicatePolicy.MOST_MINUTES
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


@role_required("duplicates.policy")
def integration_duplicates(request: InsideRequest, pk: int) -> HttpResponse:
    """What becomes of what a machine sends twice."""
    machine = get_object_or_404(Integration.objects.visible_to(request.user), pk=pk)
    known = DuplicatePolicy.objects.visible_to(request.user).filter(integration=machine).first() or DuplicatePolicy()
    initial = {"action": known.action, "minutes": known.minutes, "version": known.version}
    form = PolicyForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        saved = submit(form, lambda: duplicates.set_policy(request.user, integration=machine, **form.cleaned_data))
        if saved:
            messages.success(request, _("From now on this holds for %(who)s.") % {"who": machine})
            return redirect("qc:integration-duplicates", pk=pk)
    joined = Defect.objects.visible_to(request.user).filter(recorded_by=machine)
    context = {
        "form": form,
        "machine": machine,
        "marked": joined.doubtful().count(),
        "joined": joined.filter(status=Defect.Status.DUPLICATE).count(),
    }
    return render(request, "qc/integration_duplicates.html", context, status=422 if form.errors else 200)
