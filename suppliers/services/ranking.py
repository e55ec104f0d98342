"""Scorecards as people read them: the ranking of a month, a supplier's year, and the rows behind a number."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock
from qc.models import Supplier, User
from qc.render.tables import Cell, Sheet
from suppliers import money, scores
from suppliers.models import Scorecard
from suppliers.scores import Rules, Score, Totals
from suppliers.services import scorecards, sums
from suppliers.services.sums import Span

MONTHS = scorecards.MONTHS
MOST = 1000  # rows behind a number that a page shows


@dataclass(frozen=True)
class Month:
    """A month of a supplier: its card, or None where nothing happened."""

    first: dt.date
    card: Scorecard | None
    totals: Totals
    score: Score


@dataclass(frozen=True)
class Standing:
    """A supplier in the ranking: this month, the year so far, and the months before."""

    supplier: Supplier
    months: tuple[Month, ...]
    year: Totals
    year_score: Score
    rank: int | None = None

    @property
    def month(self) -> Month:
        """The month that was asked for."""
        return self.months[-1]

    @property
    def change(self) -> float | None:
        """Points more or fewer than in the last month with a score before this one."""
        before = [each.score.value for each in self.months[:-1] if each.score.value is not None]
        now = self.month.score.value
        return now - before[-1] if now is not None and before else None


def months_until(month: dt.date) -> list[dt.date]:
    """The first days of twelve months, oldest first, the last one being that of the day."""
    found = [month.replace(day=1)]
    while len(found) < MONTHS:
        found.append((found[-1] - dt.timedelta(days=1)).replace(day=1))
    return found[::-1]


def standing(viewer: User, supplier: Supplier, month: dt.date) -> Standing:
    """A supplier's twelve months until a month, and its year to date."""
    rows = Scorecard.objects.visible_to(viewer).filter(supplier=supplier)
    return _standing(supplier, list(rows.filter(month__in=_wanted(month))), month, scorecards.rules())


def ranking(viewer: User, month: dt.date, *, sort: str = "score") -> list[Standing]:
    """Every supplier with a card, the best first; who has no score comes last, without a rank. Three statements."""
    cards: dict[int, list[Scorecard]] = defaultdict(list)
    for card in Scorecard.objects.visible_to(viewer).filter(month__in=_wanted(month)):
        cards[card.supplier_id].append(card)
    suppliers, applied = Supplier.objects.visible_to(viewer).filter(pk__in=cards), scorecards.rules()
    found = [_standing(supplier, cards[supplier.pk], month, applied) for supplier in suppliers]
    found.sort(key=lambda each: (each.year_score.value is None, -(each.year_score.value or 0), each.supplier.name))
    ranked = [
        replace(each, rank=place if each.year_score.value is not None else None) for place, each in enumerate(found, 1)
    ]
    key = SORTS.get(sort)
    return sorted(ranked, key=key) if key else ranked


def _last(value: float | None) -> tuple[bool, float]:
    return value is None, value or 0


SORTS: dict[str, Any] = {
    "ppm": lambda each: (each.year.ppm is None, -(each.year.ppm or 0)),
    "answers": lambda each: _last(each.year.on_time_percent),
    "repeats": lambda each: -each.year.repeat_requests,
    "cost": lambda each: -sum(each.year.costs.values()),
    "month": lambda each: (each.month.score.value is None, -(each.month.score.value or 0)),
    "name": lambda each: each.supplier.name.casefold(),
}


def _wanted(month: dt.date) -> list[dt.date]:
    january = month.replace(month=1, day=1)
    this_year = [january.replace(month=each) for each in range(1, month.month + 1)]
    return sorted({*months_until(month), *this_year})


def _standing(supplier: Supplier, cards: Sequence[Scorecard], month: dt.date, applied: Rules) -> Standing:
    by_month = {card.month: card for card in cards}
    months = tuple(_month(first, by_month.get(first)) for first in months_until(month))
    year = scorecards.totals(card for card in cards if card.month.year == month.year and card.month <= month)
    return Standing(supplier, months, year, scores.score(year, applied))


def _month(first: dt.date, card: Scorecard | None) -> Month:
    if card is None:
        return Month(first, None, Totals(), Score(None, "", ()))
    totals = scorecards.totals([card])
    return Month(first, card, totals, scores.score(totals, scorecards.rules_of(card)))


def sheet(standings: Sequence[Standing], month: dt.date) -> Sheet:
    """The ranking as a table to keep: figures of the year to date, and the month's score."""
    columns = [
        _("Rank"), _("Supplier"), _("Name"), _("Score, year"), _("Band"), _("Score, month"), _("Received"),
        _("Rejected"), "ppm", _("ppm from"), _("ppm to"), _("Answers due"), _("On time"), _("Requests"), _("Repeats"),
        _("Deliveries"), _("On time"), _("Documents"), _("Complete"), _("Cost"),
    ]  # fmt: skip
    return Sheet(f"{month:%Y-%m}", columns, (_cells(each) for each in standings))


def _cells(each: Standing) -> list[Cell]:
    year, interval = each.year, each.year.ppm_interval
    low, high = (round(interval[0]), round(interval[1])) if interval else (None, None)
    return [
        each.rank, each.supplier.code, each.supplier.name, _rounded(each.year_score.value), each.year_score.band,
        _rounded(each.month.score.value), year.units_received, year.units_rejected,
        None if year.ppm is None else round(year.ppm), low, high, year.answers_due, year.answers_on_time,
        year.requests_issued, year.repeat_requests, year.deliveries, year.deliveries_on_time, year.documents,
        year.documents_complete, costs_in_words(year.costs),
    ]  # fmt: skip


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def costs_in_words(costs: Any) -> str:
    """Amounts by currency: "1,200.00 EUR, 80.00 USD"."""
    return ", ".join(money.shown(minor, currency) for currency, minor in sorted(costs.items()))


@dataclass(frozen=True)
class Behind:
    """The rows behind a number: titles of the columns, and cells with the page of the record."""

    title: str
    columns: list[str]
    rows: list[tuple[list[Any], str]]
    is_cut: bool

    @property
    def labelled(self) -> list[tuple[list[tuple[str, Any]], str]]:
        """The rows with the title of its column beside each cell."""
        return [(list(zip(self.columns, cells, strict=True)), path) for cells, path in self.rows]


def behind(viewer: User, card: Scorecard, part: str) -> Behind:
    """The rows that were summed, as far as the viewer may read them. KeyError for a part that is none."""
    span = Span.month(card.month, clock.now())
    title, columns, rows = PARTS[part](viewer, [card.supplier_id], span)
    found = []
    for row in rows:
        found.append(row)
        if len(found) > MOST:
            break
    return Behind(title, columns, found[:MOST], len(found) > MOST)


Cells = Iterator[tuple[list[Any], str]]
Rows = tuple[str, list[str], Cells]


def _received(viewer: User, keys: list[int], span: Span) -> Rows:
    rows = sums.lots(keys, span, viewer).select_related("part", "plant").order_by("received_on", "pk")
    cells = (
        ([row.code, str(row.part), row.received_on, str(row.plant), row.units], reverse("qc:lot-detail", args=[row.pk]))
        for row in rows
    )
    return _("Parts received"), [_("Lot"), _("Part"), _("Received"), _("Plant"), _("Units")], cells


def _rejected(viewer: User, keys: list[int], span: Span) -> Rows:
    rows = sums.rejected(keys, span, viewer).select_related("defect_type", "plant").order_by("production_on", "pk")
    cells = (
        (
            [row.number, str(row.defect_type), row.production_on, str(row.plant), f"{row.quantity.normalize():f}"],
            reverse("qc:defect-detail", args=[row.pk]),
        )
        for row in rows
    )
    return _("Parts rejected"), [_("Number"), _("Defect"), _("Day"), _("Plant"), _("Quantity")], cells


def _answered(viewer: User, keys: list[int], span: Span) -> Rows:
    sent = sums.answers(keys, span, viewer).select_related("stage__request").order_by("answer_due_at")
    missing = sums.missing_answers(keys, span, viewer).select_related("request").order_by("answer_due_at")
    columns = [_("Request"), _("Stage"), _("Due"), _("Sent"), ""]
    return _("Answers due"), columns, _answer_cells(list(sent), list(missing))


def _answer_cells(sent: Sequence[Any], missing: Sequence[Any]) -> Cells:
    for row in sent:
        in_time = _("on time") if row.submitted_at <= row.answer_due_at else _("late")
        stage = row.stage
        cells: list[Any] = [
            stage.request.number,
            stage.get_code_display(),
            row.answer_due_at,
            row.submitted_at,
            in_time,
        ]
        yield cells, reverse("suppliers:stage-detail", args=[stage.pk])
    for stage in missing:
        cells = [stage.request.number, stage.get_code_display(), stage.answer_due_at, None, _("missing")]
        yield cells, reverse("suppliers:stage-detail", args=[stage.pk])


def _asked(viewer: User, keys: list[int], span: Span) -> Rows:
    rows = sums.requests(keys, span, viewer).select_related("nonconformance__defect_type").order_by("issued_at")
    cells = (
        (
            [
                row.number,
                row.title,
                str(row.nonconformance.defect_type or ""),
                row.issued_at,
                _("repeat") if getattr(row, "is_repeat") else "",  # noqa: B009  (an annotation)
            ],
            reverse("suppliers:request-detail", args=[row.pk]),
        )
        for row in rows
    )
    return _("Requests issued"), [_("Number"), _("Title"), _("Defect"), _("Issued"), ""], cells


def _claimed(viewer: User, keys: list[int], span: Span) -> Rows:
    rows = sums.claims(keys, span, viewer).select_related("request").order_by("agreed_at")
    cells = (
        (
            [row.request.number, row.get_status_display(), row.agreed_at, money.shown(row.agreed_minor, row.currency)],
            reverse("suppliers:request-detail", args=[row.request_id]),
        )
        for row in rows
    )
    return _("Costs that were agreed"), [_("Request"), _("State"), _("Agreed"), _("Amount")], cells


PARTS = {
    "received": _received,
    "rejected": _rejected,
    "answers": _answered,
    "requests": _asked,
    "costs": _claimed,
}
