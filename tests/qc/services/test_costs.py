from __future__ import annotations

from decimal import Decimal

import pytest

from qc.errors import NotAllowed, Refused
from qc.models import CaseCost, Nonconformance, Plant, User
from qc.services import case_links, cases, costs
from tests import factories as make

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def case(plant: Plant) -> Nonconformance:
    row: Nonconformance = make.NonconformanceFactory(plant=plant)
    return row


def add(by: User, case: Nonconformance, **values: object) -> CaseCost:
    given = {"kind": "scrap", "element": "material", "quantity": 40, "rate": "1.255"} | values
    return costs.add(by, case=case, **given)  # type: ignore[arg-type]


def test_a_cost_is_a_quantity_times_a_rate_in_the_plants_currency(case: Nonconformance, engineer: User) -> None:
    row = add(engineer, case, quantity="3", rate="0.335")
    assert (row.amount_minor, row.currency) == (101, "EUR"), "1.005 is rounded up to the cent"
    assert cases.timeline(case)[0].data["amount"] == "1.01 EUR"


@pytest.mark.parametrize(("currency", "minor", "text"), [("JPY", 5020, "5,020 JPY"), ("KWD", 5020000, "5,020.000 KWD")])
def test_minor_units_are_those_of_the_currency(manager: User, currency: str, minor: int, text: str) -> None:
    row = add(manager, make.NonconformanceFactory(plant__currency=currency), quantity=4000)
    assert row.amount_minor == minor and costs.money(row.amount_minor, currency) == text


def test_sums_tell_internal_external_and_recoverable_apart_and_forget_what_was_taken_back(
    case: Nonconformance, engineer: User, purchasing: User
) -> None:
    add(engineer, case, quantity=10, rate=5, is_recoverable=True)
    add(purchasing, case, kind="premium_freight", element="freight", quantity=1, rate="1200")
    wrong = add(engineer, case, quantity=1, rate=99, is_recoverable=True)
    with pytest.raises(Refused) as refusal:
        costs.remove(engineer, cost=wrong, reason="")
    assert list(refusal.value.fields) == ["reason"]
    costs.remove(engineer, cost=wrong, reason="Counted twice.")
    with pytest.raises(Refused, match="already"):
        costs.remove(engineer, cost=wrong, reason="Counted twice.")
    (total,) = costs.totals(case.costs.all())
    assert (total.internal, total.external, total.recoverable, total.total) == (5000, 120000, 5000, 125000)
    assert list(CaseCost.objects.recoverable().values_list("amount_minor", flat=True)) == [5000]


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", "1_0", "٣", "", "abc", "1.00001", "1e11"])
def test_a_rate_is_a_plain_amount_above_zero(case: Nonconformance, engineer: User, rate: str) -> None:
    with pytest.raises(Refused) as refusal:
        add(engineer, case, rate=rate)
    assert list(refusal.value.fields) == ["rate"] and not CaseCost.objects.exists()


def test_costs_come_after_the_closing_but_not_on_a_cancelled_case(plant: Plant, manager: User, inspector: User) -> None:
    closed = make.NonconformanceFactory(plant=plant, status="closed", closed_at=make.NOON, closed_by=manager)
    assert add(manager, closed).amount_minor == Decimal(5020)
    with pytest.raises(Refused, match="cancelled"):
        add(manager, make.NonconformanceFactory(plant=plant, status="cancelled", close_reason="x"))
    with pytest.raises(NotAllowed):
        add(inspector, closed)


def test_cases_are_linked_once_and_never_to_themselves_or_to_the_unseen(
    case: Nonconformance, plant: Plant, engineer: User
) -> None:
    other = make.NonconformanceFactory(plant=plant)
    row = case_links.link(engineer, case=case, number=f" {other.number.lower()} ", kind="caused_by")
    assert (row.case, row.other) == (case, other)
    with pytest.raises(Refused, match="linked already"):
        case_links.link(engineer, case=other, number=case.number, kind="related")
    unseen = make.NonconformanceFactory()
    for number, said in ((case.number, "itself"), (unseen.number, "no case"), ("", "no case")):
        with pytest.raises(Refused, match=said):
            case_links.link(engineer, case=case, number=number, kind="related")
    assert [cases.timeline(each)[0].verb for each in (case, other)] == ["case.link", "case.link"]
    case_links.unlink(engineer, row=row)
    assert not case.links.exists() and cases.timeline(other)[0].verb == "case.unlink"
