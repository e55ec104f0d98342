"""Later dates, objections, controlled shipping and cost claims, through their verbs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc import clock
from qc.errors import NotAllowed, Refused, Stale
from qc.models import CaseCost, Nonconformance, Notice, User
from suppliers import due, sorting
from suppliers.models import ClaimMove, CorrectiveActionRequest, CostClaim, Extension, Submission
from suppliers.services import claims, extensions, requests, scorecards, shipping
from tests import factories as make
from tests.suppliers import flow

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 11, 20)  # `noon` stands on it; containment of a major request is due on 22 November


def day(number: int) -> dt.date:
    return TODAY + dt.timedelta(days=number)


def told(person: User) -> list[str]:
    return list(Notice.objects.filter(to=person).order_by("pk").values_list("text", flat=True))


@pytest.fixture
def asked(request_: CorrectiveActionRequest, acme: User) -> Extension:
    stage = flow.stage(request_, "containment")
    return extensions.ask(acme, stage=stage, reason="The gauge is at calibration.", wanted_on=day(7))


def test_the_clock_moves_only_when_more_time_is_granted(asked: Extension, engineer: User, acme: User) -> None:
    before = flow.stage(asked.stage.request, "containment")
    assert before.answer_due_at == asked.due_before_at
    extensions.grant(engineer, extension=asked, granted_on=day(5), answer="Five days.")
    after = flow.stage(asked.stage.request, "containment")
    assert after.answer_due_at == due.end_of_day(day(5), after.request.plant.zone)
    assert after.due_at != before.due_at  # the ladder starts from the new date
    assert "Five days." in told(acme)[-1]


def test_more_time_that_is_refused_leaves_the_date_and_says_why(asked: Extension, engineer: User, acme: User) -> None:
    extensions.refuse(engineer, extension=asked, reason="The line stands.")
    assert flow.stage(asked.stage.request, "containment").answer_due_at == asked.due_before_at
    assert "The line stands." in told(acme)[-1]
    again = extensions.ask(acme, stage=asked.stage, reason="Please.", wanted_on=day(3))
    assert again.pk != asked.pk and Extension.objects.count() == 2  # the history stays


def test_our_people_are_told_that_more_time_is_asked_for(asked: Extension, engineer: User) -> None:
    assert "asks for more time" in told(engineer)[-1]


@pytest.mark.parametrize(
    ("wanted", "says"), [(-1, "has passed"), (0, "no later than"), (1, "no later than"), (400, "within a year")]
)
def test_a_date_that_is_no_later_is_refused_beside_the_field(
    request_: CorrectiveActionRequest, acme: User, wanted: int, says: str
) -> None:
    with pytest.raises(Refused) as refusal:
        extensions.ask(acme, stage=flow.stage(request_, "containment"), reason="Busy", wanted_on=day(wanted))
    assert says in refusal.value.fields["wanted_on"]
    assert not Extension.objects.exists()


def test_one_question_about_a_stage_is_open_at_a_time(asked: Extension, acme: User, engineer: User) -> None:
    with pytest.raises(Refused, match="already"):
        extensions.ask(acme, stage=asked.stage, reason="Again", wanted_on=day(9))
    extensions.grant(engineer, extension=asked)
    with pytest.raises(Refused, match="decided already"):
        extensions.refuse(engineer, extension=asked, reason="Changed my mind")
    with pytest.raises(Refused, match="decided already"):
        extensions.grant(engineer, extension=asked)


def test_nobody_decides_on_what_is_not_theirs(asked: Extension, rival: User, acme: User) -> None:
    for person in (rival, acme):
        with pytest.raises(NotAllowed):
            extensions.grant(person, extension=asked)
    with pytest.raises(NotAllowed):
        extensions.ask(rival, stage=asked.stage, reason="x", wanted_on=day(9))


def test_a_granted_date_is_the_one_that_counts_for_the_scorecard(
    asked: Extension, engineer: User, acme: User, manager: User
) -> None:
    request = asked.stage.request
    with clock.frozen_at(make.NOON + dt.timedelta(days=4)):  # late by the first date, while we had not decided
        flow.answer(acme, request, "containment")
        extensions.grant(engineer, extension=asked)
    first = Submission.objects.get(stage=asked.stage)
    assert first.answer_due_at is not None and first.submitted_at < first.answer_due_at
    with clock.frozen_at(make.NOON + dt.timedelta(days=9)):
        card = scorecards.compute(manager, supplier=request.supplier, month=TODAY.replace(day=1))
    assert card.answers_on_time == 1


@pytest.mark.parametrize("ends", ["accept", "waive", "cancel"])
def test_what_was_asked_needs_no_decision_once_the_stage_is_over(
    asked: Extension, engineer: User, manager: User, acme: User, ends: str
) -> None:
    request = asked.stage.request
    if ends == "accept":
        flow.settle(acme, engineer, request, "containment")
    elif ends == "waive":
        requests.waive_stage(engineer, stage=asked.stage, reason="Not needed")
    else:
        requests.cancel(manager, request=request, reason="Mistake")
    asked.refresh_from_db()
    assert asked.status == "moot"


def test_an_answer_waiting_for_review_or_a_disputed_request_gets_no_more_time(
    request_: CorrectiveActionRequest, acme: User
) -> None:
    flow.answer(acme, request_, "containment")
    with pytest.raises(Refused, match="Nothing waits"):
        extensions.ask(acme, stage=flow.stage(request_, "containment"), reason="x", wanted_on=day(9))
    requests.dispute(acme, request=request_, reason="Not ours")
    with pytest.raises(Refused, match="Nothing waits"):
        extensions.ask(acme, stage=flow.stage(request_, "root_cause"), reason="x", wanted_on=day(60))


@pytest.fixture
def sorted_(request_: CorrectiveActionRequest, engineer: User) -> Any:
    CorrectiveActionRequest.objects.filter(pk=request_.pk).update(part_number="7-40-118")
    given = {"level": "cs1", "reason": "Bad parts came twice.", "clean_needed": 2, "started_on": day(-9)}
    return shipping.start(engineer, request=request_, **given)


def note(by: User, row: Any, number: int, bad: int = 0, lot: str = "L-1", checked: int = 100) -> Any:
    on = day(number)
    return shipping.record(by, shipping=row, sorted_on=on, lot=lot, quantity_checked=checked, quantity_bad=bad)


def test_the_exit_is_reached_by_clean_shipments_in_a_row(sorted_: Any, engineer: User, acme: User) -> None:
    for number, bad in ((-5, 0), (-4, 3), (-3, 0)):
        note(acme, sorted_, number, bad)
    found = sorting.progress(sorted_, sorted_.results.all())
    assert (found.checked, found.bad, found.clean, found.is_met) == (300, 3, 1, False)
    note(engineer, sorted_, -2, lot="L-2")
    found = sorting.progress(sorted_, sorted_.results.all())
    assert found.is_met and "2 of 2" in found.sentence and "3 of 400" in found.sentence


def test_a_row_that_comes_late_counts_in_the_order_of_its_day(sorted_: Any, acme: User) -> None:
    note(acme, sorted_, -2)
    note(acme, sorted_, -4, 5)
    assert sorting.progress(sorted_, sorted_.results.all()).clean == 1


def test_days_count_once_and_only_when_everything_on_them_was_clean(sorted_: Any, acme: User) -> None:
    sorted_.criterion = "days"
    for number, lot, bad in ((-5, "A", 0), (-5, "B", 1), (-4, "A", 0), (-4, "B", 0), (-3, "A", 0)):
        note(acme, sorted_, number, bad, lot)
    assert sorting.progress(sorted_, sorted_.results.all()).clean == 2


def test_nothing_sorted_is_no_progress(sorted_: Any) -> None:
    found = sorting.progress(sorted_, [])
    assert not found.is_met and "Nothing was sorted yet" in found.sentence


@pytest.mark.parametrize(
    ("number", "checked", "bad", "lot", "field"),
    [
        (1, 10, 0, "L", "sorted_on"),
        (-10, 10, 0, "L", "sorted_on"),
        (-1, 10, 11, "L", "quantity_bad"),
        (-1, 10, -1, "L", "quantity_bad"),
        (-1, 0, 0, "L", "quantity_checked"),
        (-1, 10, 0, " ", "lot"),
    ],
)
def test_a_result_that_does_not_add_up_is_refused_beside_the_field(
    sorted_: Any, acme: User, number: int, checked: int, bad: int, lot: str, field: str
) -> None:
    with pytest.raises(Refused) as refusal:
        note(acme, sorted_, number, bad, lot, checked)
    assert field in refusal.value.fields and not sorted_.results.exists()


def test_the_same_row_twice_at_once_is_one_and_a_mistake_is_struck(sorted_: Any, acme: User, engineer: User) -> None:
    first = note(acme, sorted_, -1, 4)
    assert note(acme, sorted_, -1, 4).pk == first.pk
    shipping.strike(acme, result=first)
    assert sorting.progress(sorted_, sorted_.results.all()).checked == 0
    with pytest.raises(Refused, match="struck already"):
        shipping.strike(engineer, result=first)


def test_a_supplier_strikes_its_own_rows_only_and_notes_none_where_others_sort(
    sorted_: Any, acme: User, rival: User, engineer: User
) -> None:
    ours = note(engineer, sorted_, -1)
    for person in (acme, rival):
        with pytest.raises(NotAllowed):
            shipping.strike(person, result=ours)
    with pytest.raises(NotAllowed):
        note(rival, sorted_, -1)
    type(sorted_).objects.filter(pk=sorted_.pk).update(level="cs2")
    with pytest.raises(Refused, match="third party"):
        note(acme, sorted_, -1)


def test_a_part_is_under_controlled_shipping_once_until_it_ends(sorted_: Any, engineer: User, acme: User) -> None:
    again = {"level": "cs1", "reason": "x", "clean_needed": 2}
    with pytest.raises(Refused) as refusal:
        shipping.start(engineer, request=sorted_.request, part_number="7-40-118", **again)
    assert "part_number" in refusal.value.fields
    shipping.end(engineer, shipping=sorted_, reason="Two clean shipments.")
    assert "Two clean shipments." in told(acme)[-1]
    with pytest.raises(Refused, match="has ended"):
        note(acme, sorted_, -1)
    shipping.start(engineer, request=sorted_.request, part_number="7-40-118", **again)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"level": "cs3"}, "level"),
        ({"level": "cs2"}, "sorter"),
        ({"clean_needed": 0}, "clean_needed"),
        ({"criterion": "weeks"}, "criterion"),
        ({"part_number": "x" * 121}, "part_number"),
        ({"started_on": dt.date(1999, 1, 1)}, "started_on"),
        ({"reason": " "}, "reason"),
    ],
)
def test_controlled_shipping_without_sense_is_refused_beside_the_field(
    request_: CorrectiveActionRequest, engineer: User, given: dict[str, Any], field: str
) -> None:
    values = {"level": "cs1", "reason": "Twice", "clean_needed": 3, "part_number": "P-1"} | given
    with pytest.raises(Refused) as refusal:
        shipping.start(engineer, request=request_, **values)
    assert field in refusal.value.fields and not request_.shippings.exists()


@pytest.fixture
def costs(case: Nonconformance, engineer: User) -> list[CaseCost]:
    def one(kind: str, amount: int, **more: Any) -> CaseCost:
        values = {"element": "labour", "quantity": 1, "rate": 1, "currency": "EUR", "is_recoverable": True}
        values |= {"recorded_by": engineer, "note": "INTERNAL-NOTE: weak case"} | more
        return CaseCost.objects.create(nonconformance=case, kind=kind, amount_minor=amount, **values)

    return [one("sort", 120_000), one("scrap", 30_050), one("rework", 99_999, is_recoverable=False)]


@pytest.fixture
def claim(request_: CorrectiveActionRequest, costs: list[CaseCost], engineer: User) -> CostClaim:
    row = claims.draft(engineer, request=request_, costs=[costs[0].pk, costs[1].pk], note="See the sort sheets.")
    return claims.send(engineer, claim=row, version=row.version)


def test_a_claim_is_the_sum_of_the_costs_that_were_chosen(claim: CostClaim, acme: User) -> None:
    assert (claim.amount_minor, claim.currency, claim.status) == (150_050, "EUR", "claimed")
    assert "1,500.50 EUR" in told(acme)[-1]
    assert "INTERNAL" not in str(claim.basis)


def test_a_claim_goes_from_dispute_to_agreement_to_credit_with_its_history(
    claim: CostClaim, engineer: User, acme: User
) -> None:
    row = claims.dispute(acme, claim=claim, version=claim.version, reason="Half was yours.", offer="700")
    row = claims.claim_again(engineer, claim=row, version=row.version, amount="1,000.00", reason="Your sheets say so.")
    row = claims.dispute(acme, claim=row, version=row.version, reason="800 is fair.", offer="800")
    row = claims.settle(engineer, claim=row, version=row.version, amount="850", reason="On the phone.")
    row = claims.credit(engineer, claim=row, version=row.version, credit_note="CN-7", credited_on=TODAY)
    assert (row.status, row.agreed_minor, row.credited_on) == ("credited", 85_000, TODAY)
    moves = ClaimMove.objects.filter(claim=row).values_list("status", "amount_minor")
    assert list(moves) == [
        ("claimed", 150_050),
        ("disputed", 70_000),
        ("claimed", 100_000),
        ("disputed", 80_000),
        ("agreed", 85_000),
        ("credited", 85_000),
    ]


def test_a_supplier_agrees_to_the_amount_that_it_has_read(claim: CostClaim, engineer: User, acme: User) -> None:
    read = claim.version
    row = claims.dispute(acme, claim=claim, version=read, reason="No")
    claims.claim_again(engineer, claim=row, version=row.version, amount="1500.50", reason="Yes")
    with pytest.raises(Stale):
        claims.agree(acme, claim=claim, version=read)
    claim.refresh_from_db()
    assert claims.agree(acme, claim=claim, version=claim.version).agreed_minor == 150_050


@pytest.mark.parametrize("verb", ["send", "agree", "settle", "credit", "claim_again"])
def test_a_step_that_is_not_next_is_refused_and_changes_nothing(
    claim: CostClaim, engineer: User, acme: User, verb: str
) -> None:
    row = claims.withdraw(engineer, claim=claim, version=claim.version, reason="Mistake")
    more: dict[str, Any] = {
        "settle": {"amount": "1", "reason": "x"},
        "claim_again": {"amount": "1", "reason": "x"},
        "credit": {"credit_note": "x", "credited_on": TODAY},
    }.get(verb, {})
    by = acme if verb == "agree" else engineer
    with pytest.raises(Refused, match="withdrawn"):
        getattr(claims, verb)(by, claim=row, version=row.version, **more)
    row.refresh_from_db()
    assert row.status == "withdrawn" and row.moves.count() == 2


def test_a_cost_is_claimed_once_and_only_when_it_is_recoverable(
    claim: CostClaim, costs: list[CaseCost], engineer: User
) -> None:
    request = claim.request
    assert list(claims.claimable(engineer, request)) == []
    with pytest.raises(Refused, match="a claim already"):
        claims.draft(engineer, request=request, costs=[costs[0].pk])
    claims.withdraw(engineer, claim=claim, version=claim.version, reason="Mistake")
    assert [cost.pk for cost in claims.claimable(engineer, request)] == [costs[0].pk, costs[1].pk]
    with pytest.raises(Refused) as refusal:
        claims.draft(engineer, request=request, costs=[costs[2].pk])
    assert "costs" in refusal.value.fields


@pytest.mark.parametrize("amount", ["2000", "-1", "0", "ten", "1.234", "99999999999999999"])
def test_an_amount_that_is_none_or_above_the_costs_is_refused(
    request_: CorrectiveActionRequest, costs: list[CaseCost], engineer: User, amount: str
) -> None:
    with pytest.raises(Refused) as refusal:
        claims.draft(engineer, request=request_, costs=[costs[1].pk], amount=amount)
    assert "amount" in refusal.value.fields and not CostClaim.objects.exists()


def test_a_draft_is_ours_and_a_claim_is_seen_by_its_supplier_only(
    request_: CorrectiveActionRequest, costs: list[CaseCost], engineer: User, acme: User, rival: User
) -> None:
    row = claims.draft(engineer, request=request_, costs=[costs[0].pk])
    assert not CostClaim.objects.visible_to(acme).exists()
    with pytest.raises(NotAllowed):
        claims.agree(acme, claim=row, version=row.version)
    row = claims.send(engineer, claim=row, version=row.version)
    assert CostClaim.objects.visible_to(acme).exists()
    assert not CostClaim.objects.visible_to(rival).exists()
    with pytest.raises(NotAllowed):
        claims.agree(rival, claim=row, version=row.version)
    with pytest.raises(NotAllowed):
        claims.credit(acme, claim=row, version=row.version, credit_note="x", credited_on=TODAY)


def test_an_objection_that_is_right_ends_the_request_and_all_that_hangs_on_it(
    sorted_: Any, claim: CostClaim, engineer: User, acme: User
) -> None:
    request = claim.request
    requests.dispute(acme, request=request, reason="Your line bends the pins.")
    with pytest.raises(Refused) as refusal:
        requests.concede(engineer, request=request, reason="True", responsibility="supplier")
    assert "responsibility" in refusal.value.fields
    row = requests.concede(engineer, request=request, reason="Our press was set wrong.", responsibility="ours")
    assert (row.status, row.responsibility, row.close_reason) == ("cancelled", "ours", "Our press was set wrong.")
    claim.refresh_from_db()
    sorted_.refresh_from_db()
    row.action.refresh_from_db()
    assert (claim.status, row.action.status) == ("withdrawn", "cancelled") and sorted_.ended_at
    assert "you were right" in told(acme)[-1]
    with pytest.raises(Refused, match="not disputed"):
        requests.concede(engineer, request=row, reason="Again")


def test_only_a_disputed_request_is_conceded_and_keeping_it_says_with_whom_the_cause_is(
    request_: CorrectiveActionRequest, engineer: User, acme: User
) -> None:
    with pytest.raises(Refused, match="not disputed"):
        requests.concede(engineer, request=request_, reason="x")
    requests.dispute(acme, request=request_, reason="Not ours")
    with pytest.raises(NotAllowed):
        requests.concede(acme, request=request_, reason="x")
    assert requests.uphold(engineer, request=request_, reason="Lot L-1 shows it").responsibility == "supplier"
