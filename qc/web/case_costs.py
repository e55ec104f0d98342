"""What a case costs: its rows, their sums, and the table to take away."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from qc import permissions
from qc.models import CaseCost, Nonconformance
from qc.render import tables
from qc.services import costs
from qc.web import case_forms as f
from qc.web.access import InsideRequest, inside_required
from qc.web.case_page import case_of
from qc.web.case_verbs import Sent, offer_of
from qc.web.fields import Amount
from qc.web.refusals import submit

KINDS = [
    (gettext_lazy("Found by us"), [pair for pair in CaseCost.Kind.choices if pair[0] in CaseCost.INTERNAL]),
    (gettext_lazy("Found outside"), [pair for pair in CaseCost.Kind.choices if pair[0] not in CaseCost.INTERNAL]),
]
TYPES = {"csv": "text/csv; charset=utf-8"}
TYPES["xlsx"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class CostForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What for?"), choices=KINDS)
    element = forms.ChoiceField(label=gettext_lazy("What is paid?"), choices=CaseCost.Element.choices)
    quantity = Amount(label=gettext_lazy("Quantity or hours"))
    rate = forms.CharField(
        label=gettext_lazy("Rate"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        help_text=gettext_lazy("For one piece or hour, such as 38.50; for a fee the fee itself with quantity 1."),
    )
    is_recoverable = forms.BooleanField(label=gettext_lazy("The supplier may be asked to pay it"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)


@inside_required
def case_costs(request: InsideRequest, pk: int) -> HttpResponse:
    return _show(request, case_of(request, pk))


def _show(request: InsideRequest, case: Nonconformance, *, sent: Sent | None = None, status: int = 200) -> HttpResponse:
    rows = list(_costs(request, case))
    may_edit = permissions.may(request.user, "cost.edit") and case.status != Nonconformance.Status.CANCELLED
    form = sent[1] if sent and sent[0] == "add_cost" else CostForm(auto_id="add_cost_%s")
    context = {
        "case": case,
        "tab": "costs",
        "sent": sent[0] if sent else "",
        "rows": [{"row": row, "verbs": _verbs(row, sent) if may_edit else []} for row in rows],
        "totals": costs.totals(rows),
        "form": form if may_edit else None,
    }
    return render(request, "qc/case_costs.html", context, status=status)


def _costs(request: InsideRequest, case: Nonconformance) -> Any:
    rows = CaseCost.objects.visible_to(request.user).filter(nonconformance=case)
    return rows.select_related("recorded_by", "removed_by")


def _verbs(row: CaseCost, sent: Sent | None) -> list[Any]:
    if row.removed_at:
        return []
    return [offer_of(sent, _("Take back"), "cost-remove", row.pk, f.ReasonForm(), "quiet")]


@inside_required
@require_POST
def cost_add(request: InsideRequest, pk: int) -> HttpResponse:
    case, form = case_of(request, pk), CostForm(request.POST, auto_id="add_cost_%s")
    return _finish(request, case, "add_cost", form, lambda data: costs.add(request.user, case=case, **data))


@inside_required
@require_POST
def cost_remove(request: InsideRequest, pk: int) -> HttpResponse:
    cost = get_object_or_404(CaseCost.objects.visible_to(request.user).select_related("nonconformance"), pk=pk)
    name = f"cost_{pk}_remove"
    form = f.ReasonForm(request.POST, auto_id=f"{name}_%s")
    case = case_of(request, cost.nonconformance_id)
    return _finish(request, case, name, form, lambda data: costs.remove(request.user, cost=cost, reason=data["reason"]))


def _finish(
    request: InsideRequest, case: Nonconformance, name: str, form: forms.Form, verb: Callable[[dict[str, Any]], Any]
) -> HttpResponse:
    if form.is_valid() and submit(form, lambda: verb(form.cleaned_data)) is not None:
        messages.success(request, _("Saved."))
        return redirect("qc:case-costs", pk=case.pk)
    return _show(request, case_of(request, case.pk), sent=(name, form), status=422)


@inside_required
def case_costs_export(request: InsideRequest, pk: int, format: str) -> HttpResponse:
    """The rows that count, as a table: CSV or XLSX."""
    if format not in TYPES:
        raise Http404
    case = case_of(request, pk)
    columns = [_("Case"), _("Found"), _("What for"), _("What is paid"), _("Quantity"), _("Rate"), _("Amount")]
    columns += [_("Currency"), _("Recoverable"), _("Note"), _("By"), _("On")]
    cells = [_cells(case, row) for row in _costs(request, case).counted()]
    if format == "csv":
        made = tables.csv_bytes(columns, cells)
    else:
        made = tables.xlsx_bytes([tables.Sheet(_("Costs"), columns, cells)])
    response = HttpResponse(made, content_type=TYPES[format])
    response["Content-Disposition"] = f'attachment; filename="{case.number}-costs.{format}"'
    return response


def _cells(case: Nonconformance, row: CaseCost) -> list[tables.Cell]:
    return [
        case.number,
        _("by us") if row.is_internal else _("outside"),
        row.get_kind_display(),
        row.get_element_display(),
        row.quantity,
        row.rate,
        costs.major(row.amount_minor, row.currency),
        row.currency,
        _("yes") if row.is_recoverable else _("no"),
        row.note,
        str(row.recorded_by),
        row.recorded_at.astimezone(case.plant.zone).date(),
    ]
