"""Compare two periods: what the mix of products did, and what the rates themselves did."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from qc import clock
from qc.models import DefectType, Plant, ProductionLine
from qc.render import tables
from qc.services.listings.base import query_of
from qc.web.access import InsideRequest, inside_required
from qc.web.lists import CodeChoice, Filter
from reports import comparisons
from reports.comparisons import Comparison, Days

DAY = dt.timedelta(days=1)
USUAL = 28
LONGEST = 731
_day = forms.DateInput(attrs={"type": "date"})


class ComparisonFilter(Filter):
    """What is compared, and over which days."""

    plant = CodeChoice(Plant, empty_label=None, label=gettext_lazy("Plant"))
    line = CodeChoice(ProductionLine, empty_label=gettext_lazy("All lines"), label=gettext_lazy("Line"))
    code = CodeChoice(DefectType, empty_label=gettext_lazy("All codes"), label=gettext_lazy("Code"))
    by = forms.ChoiceField(
        choices=[
            ("product", gettext_lazy("Products")),
            ("line", gettext_lazy("Lines")),
            ("shift", gettext_lazy("Shifts")),
        ],
        label=gettext_lazy("Mix of"),
    )
    before_from = forms.DateField(label=gettext_lazy("Before, from"), widget=_day)
    before_until = forms.DateField(label=gettext_lazy("to"), widget=_day)
    after_from = forms.DateField(label=gettext_lazy("After, from"), widget=_day)
    after_until = forms.DateField(label=gettext_lazy("to"), widget=_day)

    def clean(self) -> dict[str, Any]:
        """Each period in its order and of a sensible length; errors stand beside the field."""
        data = super().clean() or {}
        for name in ("before", "after"):
            first, last = data.get(f"{name}_from"), data.get(f"{name}_until")
            if first and last and last < first:
                self.add_error(f"{name}_until", _("The period ends before it begins."))
            elif first and last and (last - first).days >= LONGEST:
                self.add_error(f"{name}_until", _("A period has at most %(n)s days.") % {"n": LONGEST})
        return data


@require_safe
@inside_required
def comparison(request: InsideRequest) -> HttpResponse:
    """Two periods of a plant side by side; without dates the last four weeks and the four before."""
    plants = Plant.objects.visible_to(request.user)
    today = clock.today()
    given = _usual(today) | {name: value for name, value in request.GET.dict().items() if value}
    narrow = ComparisonFilter(request.user, given)
    plant = narrow.chosen("plant") or plants.order_by("code").first()
    found = _compared(request, narrow, plant) if plant and narrow.is_valid() else None
    if found and request.GET.get("format") == "csv":
        return _csv(found)
    context = {"filter": narrow, "plant": plant, "found": found, "query": query_of(given, without=("format",))}
    return render(request, "reports/comparison.html", context, status=200 if narrow.is_valid() else 422)


def _usual(today: dt.date) -> dict[str, str]:
    last = today - DAY
    return {
        "by": "product",
        "before_from": str(last - (2 * USUAL - 1) * DAY),
        "before_until": str(last - USUAL * DAY),
        "after_from": str(last - (USUAL - 1) * DAY),
        "after_until": str(last),
    }


def _compared(request: InsideRequest, narrow: ComparisonFilter, plant: Plant) -> Comparison | None:
    days: list[Days] = [(narrow.chosen(f"{name}_from"), narrow.chosen(f"{name}_until")) for name in ("before", "after")]
    return comparisons.compare(
        request.user,
        plant,
        before=days[0],
        after=days[1],
        by=narrow.chosen("by"),
        line=narrow.chosen("line"),
        defect_type=narrow.chosen("code"),
    )


def _csv(found: Comparison) -> HttpResponse:
    columns = (
        found.by, "incidents_before", "units_before", "ppm_before", "incidents_after", "units_after", "ppm_after",
        "mix_effect_ppm", "rate_effect_ppm",
    )  # fmt: skip
    rows = [
        (
            row.name, row.before.incidents, row.before.units, row.before.rate.rate if row.before.rate else None,
            row.after.incidents, row.after.units, row.after.rate.rate if row.after.rate else None, row.mix, row.rate,
        )
        for row in found.strata
    ]  # fmt: skip
    response = HttpResponse(tables.csv_bytes(columns, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="comparison.csv"'
    return response
