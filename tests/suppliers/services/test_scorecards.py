from __future__ import annotations

import datetime as dt

import pytest

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Nonconformance, User
from suppliers.models import CorrectiveActionRequest
from suppliers.services import scorecards
from tests import factories as make
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
