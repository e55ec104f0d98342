"""A supplier's month from sums, its score, and the rules of the score."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import Supplier, User
from qc.permissions import require
from qc.services import events, people, work
from qc.services.scope import require_visible
from suppliers import scores
from suppliers.models import Scorecard, ScoreMonth, ScoreRules
from suppliers.scores import Rules, Totals
from suppliers.services import sums
from suppliers.services.sums import Span

SUMS = ("units_received", "units_rejected", "answers_due", "answers_on_time", "requests_issued", "repeat_requests")
GIVEN = ("deliveries", "deliveries_on_time", "documents", "documents_complete")
WEIGHTS = {name: f"{name}_weight" for name in scores.PARTS}
BANDS = {"A": "a_from", "B": "b_from", "C": "c_from"}
MONTHS = 12
SETTLED_AFTER = dt.timedelta(days=7)  # so long after its end a month is still computed each night
NIGHT = dt.time(3, tzinfo=dt.UTC)
MOST = 10**9


def totals(cards: Iterable[Scorecard]) -> Totals:
    """The sums of several months (the year to date): from sums, never the mean of monthly figures."""
    rows = list(cards)
    given: dict[str, Any] = {}
    for name in GIVEN:
        values = [value for row in rows if (value := getattr(row, name)) is not None]
        given[name] = sum(values) if values else None
    costs: dict[str, int] = defaultdict(int)
    for row in rows:
        for currency, minor in row.costs.items():
            costs[currency] += minor
    figures: dict[str, Any] = {name: sum(getattr(row, name) for row in rows) for name in SUMS}
    return Totals(**figures, **given, costs=dict(costs))


def rules() -> Rules:
    """The weights and bands that apply now."""
    row = ScoreRules.objects.first()
    return as_rules(row) if row else Rules()


def as_rules(row: ScoreRules) -> Rules:
    """The rules of a row."""
    weights = {name: getattr(row, field) for name, field in WEIGHTS.items()}
    bands = {name: getattr(row, field) for name, field in BANDS.items()}
    return Rules(weights, row.ppm_full, row.ppm_none, bands)


def rules_of(card: Scorecard) -> Rules:
    """The rules that a card was made with."""
    return Rules(**card.rules) if card.rules else Rules()


@transaction.atomic
def set_rules(by: User, **values: int) -> ScoreRules:
    """Set weights and bands; months that are computed from now on use them. Refused when they do not fit together."""
    require(by, "score.rules")
    if sum(values[field] for field in WEIGHTS.values()) != 100:
        text = _("The weights have to add up to 100.")
        raise Refused(text, fields=dict.fromkeys(WEIGHTS.values(), text))
    if values["ppm_none"] <= values["ppm_full"]:
        raise Refused(_("No points has to begin above all points."), fields={"ppm_none": _("Give a higher figure.")})
    if not 100 >= values["a_from"] > values["b_from"] > values["c_from"]:
        text = _("The bands have to begin in order: A above B above C, at most 100.")
        raise Refused(text, fields={"a_from": text})
    before = rules().as_data()
    row = ScoreRules(set_by=by, **values)
    try:
        row.full_clean()
    except ValidationError as error:
        fields = {name: " ".join(texts) for name, texts in error.message_dict.items()}
        raise Refused(" ".join(fields.values()), fields=fields) from error
    row.save()
    ScoreMonth.objects.filter(month=clock.today().replace(day=1)).update(due_at=clock.now())
    events.write(by=by, verb="score.set_rules", subject=row, data=events.changes(before, as_rules(row).as_data()))
    return row


@transaction.atomic
def compute(by: User, *, supplier: Supplier, month: dt.date) -> Scorecard:
    """Compute (again) a supplier's card for the month of a day. Refused for a month that has not begun."""
    require(by, "request.review")
    require_visible(by, supplier)
    span = _begun(month)
    card = _compute([supplier], span, keep_empty=True)[0]
    data = {"month": span.first, **{name: getattr(card, name) for name in SUMS}, "score": card.score}
    events.write(by=by, verb="scorecard.compute", subject=card, data=data)
    return card


def _begun(month: dt.date) -> Span:
    span = Span.month(month, clock.now())
    if span.start > span.now:
        raise Refused(_("This month has not begun."))
    return span


def _compute(suppliers: Sequence[Supplier], span: Span, *, keep_empty: bool = False) -> list[Scorecard]:
    """The stored cards of a month; a supplier with which nothing happened has none, unless it is asked for."""
    keys = {supplier.pk: supplier for supplier in suppliers}
    found = sums.of(keys, span, people.system())
    there = {card.supplier_id: card for card in Scorecard.objects.filter(month=span.first, supplier__in=keys)}
    applied, cards = rules(), []
    for key, supplier in keys.items():
        if key not in found and key not in there and not keep_empty:
            continue
        card = there.get(key) or Scorecard(supplier=supplier, month=span.first)
        figures = found.get(key)
        for name in SUMS:
            setattr(card, name, figures.numbers[name] if figures else 0)
        card.costs = dict(figures.costs) if figures else {}
        card.computed_at = span.now
        _judge(card, applied)
        cards.append(card)
    fields = [*SUMS, "costs", "computed_at", "score", "band", "rules"]
    Scorecard.objects.bulk_create([card for card in cards if card.pk is None])
    Scorecard.objects.bulk_update([card for card in cards if card.supplier_id in there], fields, batch_size=200)
    return cards


def _judge(card: Scorecard, applied: Rules) -> None:
    said = scores.score(totals([card]), applied)
    card.score, card.band, card.rules = said.value, said.band, applied.as_data()


@transaction.atomic
def give(by: User, *, supplier: Supplier, month: dt.date, **values: int | None) -> Scorecard:
    """Give what the software cannot know: deliveries and documents of a month. Empty: not given.

    Refused for a month that has not begun, for half of a pair, and for more good ones than there were.
    """
    require(by, "score.input")
    require_visible(by, supplier)
    span = _begun(month)
    for whole, part in (("deliveries", "deliveries_on_time"), ("documents", "documents_complete")):
        _check_pair(values.get(whole), values.get(part), whole, part)
    card = Scorecard.objects.select_for_update().filter(supplier=supplier, month=span.first).first()
    card = card or _compute([supplier], span, keep_empty=True)[0]
    before = {name: getattr(card, name) for name in GIVEN}
    for name in GIVEN:
        setattr(card, name, values.get(name))
    card.given_by = by
    _judge(card, rules_of(card))
    card.save(update_fields=[*GIVEN, "given_by", "score", "band", "rules"])
    after = {name: getattr(card, name) for name in GIVEN}
    data = {"month": span.first, **events.changes(before, after)}
    events.write(by=by, verb="scorecard.give", subject=card, data=data)
    return card


def _check_pair(whole: int | None, part: int | None, name: str, part_name: str) -> None:
    if (whole is None) != (part is None):
        text = _("Give both figures, or neither.")
        raise Refused(text, fields={part_name if part is None else name: text})
    if whole is not None and part is not None and not 0 <= part <= whole <= MOST:
        text = _("This cannot be more than there were.")
        raise Refused(text, fields={part_name: text})


def compute_month(month_pk: int) -> bool:
    """Compute all cards of a month, each night until it is settled; False when that is not due."""
    return work.run(ScoreMonth.objects.all(), month_pk, _compute_month)


@transaction.atomic
def _compute_month(row: ScoreMonth) -> dt.datetime | None:
    span = Span.month(row.month, clock.now())
    before = dict(Scorecard.objects.filter(month=row.month).values_list("supplier__code", "score"))
    cards = _compute(list(Supplier.objects.all()), span)
    changed = sorted(card.supplier.code for card in cards if before.get(card.supplier.code, -1.0) != card.score)
    if changed:
        data = {"month": row.month, "cards": len(cards), "changed": changed[:100]}
        events.write(by=people.system(), verb="scorecard.compute_month", subject=row, data=data)
    tonight = dt.datetime.combine(span.now.date() + dt.timedelta(days=1), NIGHT)
    return tonight if tonight < span.end + SETTLED_AFTER else None


@transaction.atomic
def begin() -> None:
    """A row for each of the last twelve months and this one, that has none yet, computed soon."""
    month = clock.today().replace(day=1)
    wanted = [
        month := (month if not back else month - dt.timedelta(days=1)).replace(day=1) for back in range(MONTHS + 1)
    ]
    there = set(ScoreMonth.objects.filter(month__in=wanted).values_list("month", flat=True))
    soon = clock.now() + dt.timedelta(hours=1)
    rows = [ScoreMonth(month=each, due_at=soon) for each in wanted if each not in there]
    ScoreMonth.objects.bulk_create(rows, ignore_conflicts=True)


@transaction.atomic
def compute_now(by: User) -> None:
    """Have this month and the last one computed at once."""
    require(by, "score.input")
    begin()
    newest = ScoreMonth.objects.filter(month__lte=clock.today()).order_by("-month")[:2]
    rows = ScoreMonth.objects.filter(pk__in=list(newest.values_list("pk", flat=True)))
    rows.update(due_at=clock.now(), parked_at=None, tries=0)
    events.write(by=by, verb="scorecard.compute_now", subject=people.system())
