"""All that happened to a case, page by page, and the cases that belong with it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qc import permissions
from qc.models import CaseLink, Nonconformance
from qc.services import case_links
from qc.web.access import InsideRequest, inside_required, role_required
from qc.web.case_page import case_of
from qc.web.refusals import submit

SIZE = 100
# What the other side of a link says.
BACK = {
    "related": gettext_lazy("Related to"),
    "caused_by": gettext_lazy("Cause of"),
    "duplicate_of": gettext_lazy("Has a duplicate"),
}


class LinkForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("This case is"), choices=CaseLink.Kind.choices)
    number = forms.CharField(
        label=gettext_lazy("The other case"), max_length=40, help_text=gettext_lazy("Its number: NCR-2026-00042.")
    )


@inside_required
def case_history(request: InsideRequest, pk: int) -> HttpResponse:
    return _show(request, case_of(request, pk))


def _show(
    request: InsideRequest, case: Nonconformance, *, form: LinkForm | None = None, status: int = 200
) -> HttpResponse:
    before = request.GET.get("before", "")
    may_link = permissions.may(request.user, "case.edit")
    context: dict[str, Any] = {
        "case": case,
        "tab": "history",
        "size": SIZE,
        "before": int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
        "links": _links(request, case),
        "sent": "link" if form else "",
        "form": (form or LinkForm(auto_id="link_%s")) if may_link else None,
    }
    return render(request, "qc/case_history.html", context, status=status)


def _links(request: InsideRequest, case: Nonconformance) -> list[tuple[CaseLink, str, Nonconformance]]:
    """Each link as this case sees it: how it stands to the other, and the other."""
    rows = CaseLink.objects.visible_to(request.user).filter(Q(case=case) | Q(other=case))
    return [
        (row, row.get_kind_display(), row.other) if row.case_id == case.pk else (row, str(BACK[row.kind]), row.case)
        for row in rows.select_related("case__owner", "other__owner")
    ]


def _link(request: InsideRequest, case: Nonconformance, form: LinkForm) -> CaseLink:
    return case_links.link(request.user, case=case, **form.cleaned_data)


@inside_required
@require_POST
def case_link(request: InsideRequest, pk: int) -> HttpResponse:
    case, form = case_of(request, pk), LinkForm(request.POST, auto_id="link_%s")
    saved = submit(form, lambda: _link(request, case, form)) if form.is_valid() else None
    if saved is not None:
        messages.success(request, _("Saved."))
        return redirect("qc:case-history", pk=pk)
    return _show(request, case_of(request, pk), form=form, status=422)


@role_required("case.edit")
@require_POST
def case_link_remove(request: InsideRequest, pk: int) -> HttpResponse:
    """Take a link back; the page of the case from which it was seen comes again."""
    rows = CaseLink.objects.visible_to(request.user).select_related("case", "other")
    row = get_object_or_404(rows, pk=pk)
    here = row.other_id if request.POST.get("from") == str(row.other_id) else row.case_id
    case_links.unlink(request.user, row=row)
    messages.success(request, _("The link is taken back."))
    return redirect("qc:case-history", pk=here)
