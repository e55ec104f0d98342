from __future__ import annotations

import datetime as dt

import pytest

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Event, Nonconformance, User
from suppliers import scores
from suppliers.models import CorrectiveActionRequest, CostClaim, Scorecard, ScoreMonth
from suppliers.services import ranking, scorecards
from tests import factories as make
from tests.outside_factories import ScorecardFactory
from tests.suppliers import flow

NOVEMBER = dt.date(2026, 11, 1)


def test_a_month_is_the_sum_of_what_was_received_and_rejected(
    noon: dt.datetime, manager: User, acme: User, rival: User
) -> None:
    line = make.ProductionLineFactory()
    part = make.PartFactory(supplier=acme.supplier)
    for day, units in ((dt.date(2026, 11, 2), 1000), (dt.date(2026, 11, 30), 240), (dt.date(2026, 10, 31), 5000)):
        make.SupplierLotFactory(plant=line.plant, part=part, received_on=day, units=units)
    make.DefectFactory(line=line, supplier=acme.supplier, quantity=2)
    make.DefectFactory(line=line, supplier=acme.supplier, quantity=1)
    make.DefectFactory(line=line, supplier=acme.supplier, quantity=50, status="void", void_reason="x")
    make.DefectFactory(line=line, supplier=rival.supplier, quantity=7)
    card = scorecards.compute(manager, supplier=acme.supplier, month=dt.date(2026, 11, 20))
    assert (card.month, card.units_received, card.units_rejected) == (NOVEMBER, 1240, 3)
    assert round(scorecards.totals([card]).ppm or 0) == 2419


def test_the_year_to_date_comes_from_sums_and_nothing_received_is_no_data(acme: User) -> None:
    def card(received: int, rejected: int) -> object:
        return make.suppliers.Scorecard(supplier=acme.supplier, units_received=received, units_rejected=rejected)

    months = [card(100, 10), card(9900, 0)]
    assert scorecards.totals(months).ppm == pytest.approx(1000)  # type: ignore[arg-type]
    assert scorecards.totals([card(0, 0)]).ppm is None  # type: ignore[list-item]
    assert scorecards.totals([]).on_time_percent is None


def test_answers_count_when_their_date_has_come_and_a_missing_one_is_late(
    request_: CorrectiveActionRequest, manager: User, acme: User
) -> None:
    flow.answer(acme, request_, "containment")  # due 22 November: in time; acknowledged by it
    with clock.frozen_at(make.NOON + dt.timedelta(days=8)):
        card = scorecards.compute(manager, supplier=acme.supplier, month=NOVEMBER)
    assert (card.answers_due, card.answers_on_time) == (2, 2)
    with clock.frozen_at(make.NOON + dt.timedelta(days=40)):
        card = scorecards.compute(manager, supplier=acme.supplier, month=dt.date(2026, 12, 1))
    # Root cause (4 December), plan (11), prevention (15) and closure (21) are missing.
    assert (card.answers_due, card.answers_on_time) == (4, 0)


def test_a_request_about_the_same_part_and_defect_is_a_repeat(
    noon: dt.datetime, case: Nonconformance, engineer: User, manager: User, acme: User
) -> None:
    flow.issued(engineer, case, acme.supplier)
    assert scorecards.compute(manager, supplier=acme.supplier, month=NOVEMBER).repeat_requests == 0
    with clock.frozen_at(make.NOON + dt.timedelta(days=1)):
        flow.issued(engineer, case, acme.supplier)
        assert scorecards.compute(manager, supplier=acme.supplier, month=NOVEMBER).repeat_requests == 1


def test_computing_twice_keeps_one_card_and_outsiders_compute_none(
    noon: dt.datetime, manager: User, acme: User, inspector: User
) -> None:
    first = scorecards.compute(manager, supplier=acme.supplier, month=NOVEMBER)
    assert scorecards.compute(manager, supplier=acme.supplier, month=NOVEMBER).pk == first.pk
    for person in (acme, inspector):
        with pytest.raises(NotAllowed):
            scorecards.compute(person, supplier=acme.supplier, month=NOVEMBER)
    with pytest.raises(Refused, match="not begun"):
        scorecards.compute(manager, supplier=acme.supplier, month=dt.date(2026, 12, 1))


# Score, rules, what people give, the nightly run.


@pytest.mark.parametrize(
    ("figures", "value", "band", "missing"),
    [
        ({}, None, "", 5),
        ({"units_received": 10_000, "units_rejected": 0}, 100.0, "A", 3),
        ({"units_received": 10_000, "units_rejected": 6}, pytest.approx(40 / 55 * 50 + 15 / 55 * 100), "C", 3),
        ({"units_received": 10_000, "units_rejected": 500, "answers_due": 2}, 20.0, "D", 2),
        ({"answers_due": 4, "answers_on_time": 3}, 75.0, "B", 4),
        ({"requests_issued": 2, "repeat_requests": 1}, 50.0, "C", 4),
        ({"units_received": 5, "units_rejected": 9}, pytest.approx(15 / 55 * 100), "D", 3),
        ({"deliveries": 0, "deliveries_on_time": 0}, None, "", 5),
    ],
)
def test_a_part_without_data_weighs_nothing_and_no_data_is_no_score(
    figures: dict[str, int], value: float | None, band: str, missing: int
) -> None:
    said = scores.score(scores.Totals(**figures), scores.Rules())
    assert (said.value, said.band, len(said.missing)) == (value, band, missing)
    assert value is None or sum(part.share or 0 for part in said.parts) == pytest.approx(100)


def test_the_interval_is_exact_also_where_more_was_rejected_than_received() -> None:
    low, high = scores.Totals(units_received=1240, units_rejected=3).ppm_interval or (0, 0)
    assert (round(low), round(high)) == (499, 7054)
    low, high = scores.Totals(units_received=2, units_rejected=10).ppm_interval or (0, 0)
    assert (round(low / 1e6, 3), round(high / 1e6, 3)) == (2.398, 9.195)
    assert scores.Totals().ppm_interval is None


RULES = {
    "ppm_weight": 100, "answers_weight": 0, "repeats_weight": 0, "delivery_weight": 0, "documents_weight": 0,
    "ppm_full": 0, "ppm_none": 10_000, "a_from": 90, "b_from": 60, "c_from": 30,
}  # fmt: skip


def received(acme: User, units: int, rejected: int) -> None:
    line = make.ProductionLineFactory()
    part = make.PartFactory(supplier=acme.supplier)
    make.SupplierLotFactory(plant=line.plant, part=part, received_on=NOVEMBER, units=units)
    make.DefectFactory(line=line, supplier=acme.supplier, quantity=rejected)


def test_a_month_keeps_the_rules_that_it_was_made_with(noon: dt.datetime, manager: User, acme: User) -> None:
    received(acme, 1000, 5)
    card = scorecards.compute(manager, supplier=acme.supplier, month=NOVEMBER)
    assert (round(card.score or 0, 1), card.band) == (round(15 / 55 * 100, 1), "D")
    scorecards.set_rules(manager, **RULES)
    card.refresh_from_db()
    assert card.band == "D"
    card = scorecards.give(manager, supplier=acme.supplier, month=NOVEMBER, deliveries=4, deliveries_on_time=4)
    assert scorecards.rules_of(card).weights["ppm"] == 40
    card = scorecards.compute(manager, supplier=acme.supplier, month=NOVEMBER)
    assert (card.score, card.band) == (50.0, "C")
    assert scorecards.rules_of(card).weights["ppm"] == 100
    event = Event.objects.get(verb="score.set_rules")
    assert event.data["weights"][0]["ppm"] == 40


@pytest.mark.parametrize(
    ("change", "field"),
    [({"ppm_weight": 99}, "ppm_weight"), ({"ppm_none": 0}, "ppm_none"), ({"b_from": 95}, "a_from")],
)
def test_rules_that_do_not_fit_together_are_refused(
    noon: dt.datetime, manager: User, engineer: User, change: dict[str, int], field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        scorecards.set_rules(manager, **RULES | change)
    assert field in refusal.value.fields
    with pytest.raises(NotAllowed):
        scorecards.set_rules(engineer, **RULES)


@pytest.mark.parametrize(
    "values",
    [
        {"deliveries": 3},
        {"deliveries": 3, "deliveries_on_time": 4},
        {"documents_complete": 1},
        {"documents": -1, "documents_complete": -1},
    ],
)
def test_half_of_a_pair_or_more_than_there_were_is_refused(
    noon: dt.datetime, purchasing: User, acme: User, values: dict[str, int]
) -> None:
    with pytest.raises(Refused):
        scorecards.give(purchasing, supplier=acme.supplier, month=NOVEMBER, **values)
    assert not Scorecard.objects.exists()


def test_what_is_not_given_stays_unknown_and_can_be_taken_back(
    noon: dt.datetime, purchasing: User, acme: User, inspector: User
) -> None:
    with pytest.raises(NotAllowed):
        scorecards.give(inspector, supplier=acme.supplier, month=NOVEMBER, deliveries=1, deliveries_on_time=1)
    card = scorecards.give(purchasing, supplier=acme.supplier, month=NOVEMBER, deliveries=8, deliveries_on_time=6)
    assert (card.score, card.documents) == (75.0, None)
    card = scorecards.give(purchasing, supplier=acme.supplier, month=NOVEMBER)
    assert (card.score, card.deliveries) == (None, None)


def test_costs_are_what_was_agreed_in_the_month(
    request_: CorrectiveActionRequest, manager: User, acme: User, engineer: User
) -> None:
    more = {"request": request_, "currency": "EUR", "created_by": engineer, "claimed_at": make.NOON}
    for status, agreed, at in (("agreed", 1500, make.NOON), ("credited", 500, make.NOON), ("withdrawn", 70, make.NOON)):
        CostClaim.objects.create(amount_minor=9900, agreed_minor=agreed, agreed_at=at, status=status, **more)
    long_ago = make.NOON - dt.timedelta(days=60)
    CostClaim.objects.create(amount_minor=1, agreed_minor=77, agreed_at=long_ago, status="credited", **more)
    card = scorecards.compute(manager, supplier=acme.supplier, month=NOVEMBER)
    assert card.costs == {"EUR": 2000}
    assert scorecards.totals([card, card]).costs == {"EUR": 4000}


def test_each_night_every_supplier_is_computed_and_a_settled_month_rests(
    noon: dt.datetime, acme: User, rival: User
) -> None:
    received(acme, 1000, 0)
    with clock.frozen_at(make.NOON - dt.timedelta(hours=2)):
        scorecards.begin()
        scorecards.begin()
    assert ScoreMonth.objects.count() == 13
    for pk in ScoreMonth.objects.values_list("pk", flat=True):
        assert scorecards.compute_month(pk)
    assert [(card.supplier, card.band) for card in Scorecard.objects.all()] == [(acme.supplier, "A")]
    waiting = ScoreMonth.objects.filter(due_at__isnull=False)
    assert list(waiting.values_list("month", "due_at")) == [(NOVEMBER, dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC))]
    assert Event.objects.filter(verb="scorecard.compute_month").count() == 1


def test_the_ranking_puts_the_best_first_and_who_has_no_score_last(
    noon: dt.datetime, manager: User, acme: User, rival: User, inspector: User
) -> None:
    none = make.SupplierFactory(name="Nothing")
    for supplier, bad in ((acme.supplier, 5), (rival.supplier, 0)):
        ScorecardFactory(supplier=supplier, units_received=10_000, units_rejected=bad, score=90, band="A")
        ScorecardFactory(supplier=supplier, month=dt.date(2026, 10, 1), units_received=10_000, score=80, band="B")
        ScorecardFactory(supplier=supplier, month=dt.date(2025, 12, 1), units_received=9, units_rejected=9)
    ScorecardFactory(supplier=none)
    found = ranking.ranking(manager, NOVEMBER)
    assert [(each.rank, each.supplier.name) for each in found] == [(1, "Rival"), (2, "Acme"), (None, "Nothing")]
    assert found[1].year.ppm == pytest.approx(250)  # from sums, and of this year only
    assert len(found[0].months) == 12
    assert [row[2] for row in ranking.sheet(found, NOVEMBER).rows] == ["Rival", "Acme", "Nothing"]
    assert [each.supplier for each in ranking.ranking(acme, NOVEMBER)] == [acme.supplier]


def test_the_rows_behind_a_number_sum_up_to_it(
    request_: CorrectiveActionRequest, manager: User, acme: User, rival_request: CorrectiveActionRequest
) -> None:
    received(acme, 1240, 3)
    flow.answer(acme, request_, "containment")
    with clock.frozen_at(make.NOON + dt.timedelta(days=8)):
        card = scorecards.compute(manager, supplier=acme.supplier, month=NOVEMBER)
        found = {part: ranking.behind(manager, card, part).rows for part in ranking.PARTS}
    assert sum(int(str(cells[4])) for cells, _path in found["received"]) == card.units_received == 1240
    assert sum(int(str(cells[4]).split(".")[0]) for cells, _path in found["rejected"]) == card.units_rejected == 3
    assert len(found["answers"]) == card.answers_due == 2
    assert [cells[0] for cells, _path in found["requests"]] == [request_.number]
    assert "CANARY" not in str(found)
