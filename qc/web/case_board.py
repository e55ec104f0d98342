"""The board of cases: a column for each state, the most urgent on top."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from qc import clock
from qc.models import Nonconformance
from qc.services.listings.base import query_of
from qc.services.listings.others import CASES
from qc.web.access import InsideRequest, inside_required
from qc.web.lists import ListFilter

CARDS = 20  # of one state; its list shows the rest
ENDED = (Nonconformance.Status.CLOSED, Nonconformance.Status.CANCELLED)
COLUMNS = [(value, label) for value, label in Nonconformance.Status.choices if value not in ENDED]


@dataclass
class Column:
    """The cases of one state: how many there are, and the first of them."""

    value: str
    label: str
    count: int = 0
    cards: list[Nonconformance] = field(default_factory=list)
    query: str = ""

    @property
    def more(self) -> int:
        """How many are not on the board."""
        return self.count - len(self.cards)


@require_safe
@inside_required
def case_board(request: InsideRequest) -> HttpResponse:
    """Every open case in the column of its state."""
    params = {name: value for name, value in request.GET.dict().items() if name != "status"}
    rows = CASES.rows(request.user, params | {"status": "active"})
    context = {"columns": _columns(rows, params), "today": clock.today(), "query": query_of(params)}
    context["filter"] = ListFilter(request.user, CASES, request.GET, leave=("status",))
    context["filtered"] = bool(CASES.chosen(params))
    return render(request, "qc/case_board.html", context)


def _columns(rows: Any, params: dict[str, str]) -> list[Column]:
    found = {value: Column(value, str(label)) for value, label in COLUMNS}
    for value, number in rows.order_by().values_list("status").annotate(n=Count("pk")):
        found[value].count = number
    order = [F("rank").asc(), F("due_on").asc(nulls_last=True), F("opened_at").asc(), F("pk").asc()]
    place = Window(RowNumber(), partition_by=[F("status")], order_by=order)
    first = rows.annotate(place=place).filter(place__lte=CARDS).order_by("place")
    for case in first.select_related("plant", "owner", "line", "supplier"):
        found[case.status].cards.append(case)
    for column in found.values():
        column.query = query_of(params | {"status": column.value})
    return list(found.values())
