"""Later dates, controlled shipping and cost claims by the API: each side sees and does its own."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from qc.models import CaseCost, Nonconformance, User
from suppliers.models import ControlledShipping, CorrectiveActionRequest, CostClaim, Extension, SortResult
from suppliers.services import claims, requests, shipping
from tests.suppliers import flow

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/"
SORTED = {"sorted_on": "2026-11-20", "lot": "L-1", "quantity_checked": 40, "quantity_bad": 0}
KINDS = ("extensions", "shippings", "claims")


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def post(person: User, path: str, body: Any = None) -> Any:
    return as_(person).post(ROOT + path, body or {}, content_type="application/json")


@pytest.fixture
def cost(case: Nonconformance, engineer: User) -> CaseCost:
    values = {"element": "labour", "quantity": 1, "rate": 1, "currency": "EUR", "is_recoverable": True}
    return CaseCost.objects.create(
        nonconformance=case, kind="sort", amount_minor=9900, recorded_by=engineer, note="INTERNAL-NOTE", **values
    )


@pytest.fixture
def draft(request_: CorrectiveActionRequest, cost: CaseCost, engineer: User) -> CostClaim:
    return claims.draft(engineer, request=request_, costs=[cost.pk])


@pytest.fixture
def sorted_(request_: CorrectiveActionRequest, engineer: User) -> ControlledShipping:
    return shipping.start(engineer, request=request_, level="cs1", reason="Stop", clean_needed=2, part_number="P-1")


def test_more_time_is_asked_for_and_granted(request_: CorrectiveActionRequest, acme: User, engineer: User) -> None:
    path = f"requests/{request_.pk}/stages/containment/more-time/"
    late = post(acme, path, {"wanted_on": "2026-11-01", "reason": "Gauge"})
    assert late.status_code == 400 and "has passed" in str(late.json()["errors"]["wanted_on"])
    assert post(acme, path, {"wanted_on": "2026-11-27", "reason": "Gauge is away"}).status_code == 200
    due = flow.stage(request_, "containment").answer_due_at
    row = as_(engineer).get(ROOT + "extensions/").json()["results"][0]
    assert (row["status"], row["stage"], row["request"]) == ("open", "containment", request_.number)
    assert post(acme, f"extensions/{row['id']}/grant/").status_code == 403
    assert flow.stage(request_, "containment").answer_due_at == due
    assert post(engineer, f"extensions/{row['id']}/grant/", {"granted_on": "2026-11-26"}).json()["status"] == "granted"
    assert flow.stage(request_, "containment").answer_due_at > due
    again = post(engineer, f"extensions/{row['id']}/refuse/", {"reason": "No"})
    assert (again.status_code, again["Content-Type"]) == (400, "application/problem+json")
    assert as_(acme).get(f"{ROOT}extensions/{row['id']}/").json()["granted_on"] == "2026-11-26"


def test_sorting_is_started_noted_struck_and_ended(
    request_: CorrectiveActionRequest, acme: User, engineer: User
) -> None:
    body = {"request": request_.number, "level": "cs1", "reason": "Stop", "clean_needed": 1, "part_number": "P-1"}
    assert post(acme, "shippings/", body).status_code == 403
    wrong = post(engineer, "shippings/", body | {"level": "cs2"})
    assert wrong.status_code == 400 and "sorter" in wrong.json()["errors"]
    started = post(engineer, "shippings/", body)
    assert started.status_code == 201 and started.json()["is_exit_met"] is False
    path = f"shippings/{started.json()['id']}/"
    bad = post(acme, path + "record/", SORTED | {"quantity_bad": 41})
    assert bad.status_code == 400 and "quantity_bad" in bad.json()["errors"]
    seen = post(acme, path + "record/", SORTED).json()
    assert (seen["is_exit_met"], seen["clean_now"]) == (True, 1)
    result = seen["results"][0]["id"]
    struck = post(acme, f"{path}results/{result}/strike/").json()
    assert struck["results"][0]["struck_at"] and struck["clean_now"] == 0
    assert post(acme, path + "end/", {"reason": "Done"}).status_code == 403
    assert post(engineer, path + "end/", {"reason": "Done"}).json()["end_reason"] == "Done"


def test_a_claim_is_drafted_sent_disputed_settled_and_credited(
    request_: CorrectiveActionRequest, cost: CaseCost, acme: User, engineer: User
) -> None:
    made = post(engineer, "claims/", {"request": request_.number, "costs": [cost.pk], "amount": "90.00"})
    assert made.status_code == 201 and (made.json()["amount"], made.json()["costs"]) == ("90.00", [cost.pk])
    path, version = f"claims/{made.json()['id']}/", made.json()["version"]
    assert post(engineer, path + "send/", {"version": version + 1}).status_code == 409
    sent = post(engineer, path + "send/", {"version": version}).json()
    objection = {"version": sent["version"], "reason": "Too much", "offer": "50.00"}
    disputed = post(acme, path + "dispute/", objection).json()
    assert [move["amount"] for move in disputed["moves"]] == ["90.00", "50.00"]
    settling = {"version": disputed["version"], "amount": "60", "reason": "Called"}
    assert post(acme, path + "settle/", settling).status_code == 403
    agreed = post(engineer, path + "settle/", settling).json()
    assert (agreed["status"], agreed["agreed"]) == ("agreed", "60.00")
    credit = {"version": agreed["version"], "credit_note": "CN-1", "credited_on": "2026-11-20"}
    assert post(engineer, path + "credit/", credit).json()["status"] == "credited"


def test_a_supplier_reads_a_claim_from_the_day_on_which_it_was_claimed_and_nothing_of_ours(
    draft: CostClaim, acme: User, engineer: User, case: Nonconformance
) -> None:
    client, path = as_(acme), f"{ROOT}claims/{draft.pk}/"
    assert client.get(path).status_code == 404 and client.get(ROOT + "claims/").json()["results"] == []
    assert post(acme, f"claims/{draft.pk}/agree/", {"version": draft.version}).status_code == 404
    claims.send(engineer, claim=draft, version=draft.version)
    page = client.get(path)
    assert page.json()["amount"] == "99.00" and page.json()["lines"] == [{"what": "sort", "amount": "99.00"}]
    assert not {"costs", "created_by"} & page.json().keys()
    assert case.number not in page.content.decode() and "INTERNAL" not in page.content.decode()


def test_another_supplier_sees_and_does_nothing(
    request_: CorrectiveActionRequest,
    draft: CostClaim,
    sorted_: ControlledShipping,
    acme: User,
    rival: User,
    engineer: User,
) -> None:
    claims.send(engineer, claim=draft, version=draft.version)
    stage = flow.stage(request_, "containment")
    post(acme, f"requests/{request_.pk}/stages/{stage.code}/more-time/", {"wanted_on": "2026-11-27", "reason": "x"})
    asked = Extension.objects.get()
    for kind, pk in zip(KINDS, (asked.pk, sorted_.pk, draft.pk), strict=True):
        assert as_(acme).get(f"{ROOT}{kind}/").json()["count"] == 1
        assert as_(rival).get(f"{ROOT}{kind}/").json()["count"] == 0
        assert as_(rival).get(f"{ROOT}{kind}/{pk}/").status_code == 404
    assert post(rival, f"shippings/{sorted_.pk}/record/", SORTED).status_code == 404
    assert post(rival, f"claims/{draft.pk}/agree/", {"version": draft.version}).status_code == 404
    assert post(rival, f"requests/{request_.pk}/stages/plan/more-time/", {"wanted_on": "2027-01-27", "reason": "x"})
    assert not SortResult.objects.exists() and Extension.objects.count() == 1


def test_a_supplier_is_told_that_it_is_right_by_us_alone(
    request_: CorrectiveActionRequest, acme: User, engineer: User
) -> None:
    requests.dispute(acme, request=request_, reason="Your gauge is wrong")
    body = {"reason": "Our gauge was wrong", "responsibility": "ours"}
    assert post(acme, f"requests/{request_.pk}/concede/", body).status_code == 403
    assert post(engineer, f"requests/{request_.pk}/concede/", body | {"responsibility": "x"}).status_code == 400
    assert post(engineer, f"requests/{request_.pk}/concede/", body).json()["status"] == "cancelled"


def test_the_lists_ask_the_database_as_often_for_three_as_for_one(
    request_: CorrectiveActionRequest, engineer: User, django_assert_num_queries: Any
) -> None:
    client = as_(engineer)
    for number in range(3):
        row = shipping.start(
            engineer, request=request_, level="cs1", reason="Stop", clean_needed=2, part_number=f"P-{number}"
        )
        for lot in ("A", "B"):
            shipping.record(engineer, shipping=row, **SORTED | {"lot": lot, "sorted_on": row.started_on})  # type: ignore[arg-type]
        if number == 0:
            client.get(ROOT + "shippings/")
            with django_assert_num_queries(10, exact=False) as found:
                client.get(ROOT + "shippings/")
    with django_assert_num_queries(len(found.captured_queries)):
        assert client.get(ROOT + "shippings/").json()["count"] == 3
