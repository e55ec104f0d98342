from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from qc.models import Nonconformance, User
from suppliers.models import CorrectiveActionRequest
from suppliers.services import requests
from tests import factories as make
from tests.suppliers import flow

Request = CorrectiveActionRequest
ROOT = "/api/v1/requests/"


def as_(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def post(person: User, path: str, body: Any = None, **headers: str) -> Any:
    return as_(person).post(ROOT + path, body or {}, content_type="application/json", headers=headers)


def test_a_supplier_reads_its_own_requests_with_its_own_fields(
    request_: Request, rival_request: Request, acme: User, case: Nonconformance
) -> None:
    client = as_(acme)
    listed = client.get(ROOT).json()["results"]
    assert [row["number"] for row in listed] == [request_.number]
    shown = client.get(f"{ROOT}{request_.pk}/").json()
    assert "case" not in shown and "supplier" not in shown and "client_uuid" not in shown
    assert case.number not in str(shown)
    assert client.get(f"{ROOT}{rival_request.pk}/").status_code == 404
    assert client.get(ROOT, {"number": rival_request.number}).json()["results"] == []


def test_our_people_read_the_whole_request(request_: Request, auditor: User, case: Nonconformance) -> None:
    shown = as_(auditor).get(f"{ROOT}{request_.pk}/").json()
    assert shown["case"] == case.number
    assert [stage["code"] for stage in shown["stages"]][:2] == ["acknowledge", "containment"]


def test_a_draft_is_created_once_per_key_and_seen_by_us_only(
    noon: Any, case: Nonconformance, engineer: User, acme: User
) -> None:
    assert acme.supplier is not None
    body = {"case": case.number, "supplier": acme.supplier.code, "title": "Pins", "problem": "Stand off"}
    key = str(uuid.uuid4())
    first = post(engineer, "", body, **{"Idempotency-Key": key})
    assert first.status_code == 201
    assert post(engineer, "", body, **{"Idempotency-Key": key}).status_code == 200
    assert post(engineer, "", body | {"title": "x"}, **{"Idempotency-Key": key}).status_code == 409
    assert as_(acme).get(ROOT).json()["results"] == []
    assert post(engineer, f"{first.json()['id']}/issue/").json()["status"] == "open"
    assert len(as_(acme).get(ROOT).json()["results"]) == 1


def test_a_supplier_cannot_draft_and_machines_do_not_come_in(case: Nonconformance, acme: User) -> None:
    assert acme.supplier is not None
    body = {"case": case.number, "supplier": acme.supplier.code, "title": "Pins", "problem": "Stand off"}
    assert post(acme, "", body).status_code in (400, 403)
    machine = make.UserFactory(role="integration")
    assert as_(machine).get(ROOT).status_code == 404
    assert not Request.objects.exists()


def test_the_answers_go_back_and_forth(request_: Request, acme: User, engineer: User) -> None:
    pk = request_.pk
    assert post(acme, f"{pk}/acknowledge/").status_code == 200
    again = post(acme, f"{pk}/acknowledge/")
    assert (again.status_code, "already" in again.json()["detail"]) == (400, True)
    part = {"measure": "half"}
    assert post(acme, f"{pk}/stages/containment/draft/", {"answers": part}).json()["stages"][1]["draft"] == part
    missing = post(acme, f"{pk}/stages/containment/submit/", {"answers": part})
    assert missing.status_code == 400 and "method" in missing.json()["errors"]
    sent = post(acme, f"{pk}/stages/containment/submit/", {"answers": flow.ANSWERS["containment"]})
    assert sent.json()["stages"][1]["status"] == "submitted"
    assert post(engineer, f"{pk}/stages/containment/accept/", {"version": 2}).status_code == 409
    back = post(engineer, f"{pk}/stages/containment/return/", {"version": 1, "reason": "Which stock?"})
    assert back.json()["stages"][1]["status"] == "returned"
    post(acme, f"{pk}/stages/containment/submit/", {"answers": flow.ANSWERS["containment"]})
    assert post(engineer, f"{pk}/stages/containment/accept/", {"version": 2}).status_code == 200
    assert post(engineer, f"{pk}/stages/plan/waive/", {"reason": "No need"}).status_code == 200
    assert post(engineer, f"{pk}/message/", {"text": "Thank you"}).json()["messages"][0]["text"] == "Thank you"


@pytest.mark.parametrize(
    "path",
    [
        "acknowledge/",
        "dispute/",
        "message/",
        "stages/containment/draft/",
        "stages/containment/submit/",
        "stages/containment/accept/",
        "cancel/",
        "close/",
        "issue/",
    ],
)
def test_nothing_can_be_done_to_another_suppliers_request(rival_request: Request, acme: User, path: str) -> None:
    body = {"answers": flow.ANSWERS["containment"], "text": "x", "reason": "x"}
    answer = post(acme, f"{rival_request.pk}/{path}", body)
    assert answer.status_code == 404
    assert "CANARY" not in answer.content.decode()
    assert flow.stage(rival_request, "containment").status == "pending"


@pytest.mark.parametrize("path", ["stages/containment/accept/", "close/", "uphold/", "issue/"])
def test_a_supplier_decides_nothing_by_the_api(request_: Request, acme: User, path: str) -> None:
    flow.answer(acme, request_, "containment")
    body = {"reason": "x"} if path in ("close/", "uphold/") else {}
    assert post(acme, f"{request_.pk}/{path}", body).status_code == 403
    assert flow.stage(request_, "containment").status == "submitted"


@pytest.mark.parametrize("pk", ["0", "-1", "x", "9223372036854775808", "%00"])
def test_keys_that_no_request_can_have_are_a_404(acme: User, manager: User, pk: str) -> None:
    for person in (acme, manager):
        assert as_(person).get(f"{ROOT}{pk}/").status_code == 404


@pytest.mark.parametrize("answers", [None, [], "x", {"measure": {"deep": 1}}, {"places": [["x"]]}])
def test_answers_of_a_wrong_shape_are_refused(request_: Request, acme: User, answers: Any) -> None:
    assert post(acme, f"{request_.pk}/stages/containment/submit/", {"answers": answers}).status_code == 400


def test_a_draft_file_is_not_in_our_answer(request_: Request, acme: User, engineer: User) -> None:
    requests.save_draft(acme, stage=flow.stage(request_, "containment"), answers={}, files=[flow.photo()])
    assert as_(engineer).get(f"{ROOT}{request_.pk}/").json()["files"] == []
    assert [file["name"] for file in as_(acme).get(f"{ROOT}{request_.pk}/").json()["files"]] == ["photo.png"]


def test_a_list_asks_the_database_as_often_for_three_as_for_one(
    request_: Request, case: Nonconformance, acme: User, engineer: User, django_assert_num_queries: Any
) -> None:
    for person in (acme, engineer):
        client = as_(person)
        client.get(ROOT)
        with django_assert_num_queries(10, exact=False) as found:
            client.get(ROOT)
        for _again in range(2):
            flow.issued(engineer, case, acme.supplier)
        with django_assert_num_queries(len(found.captured_queries)):
            client.get(ROOT)


def test_why_we_closed_a_request_is_ours_and_why_we_took_it_back_is_theirs(
    request_: Request, case: Nonconformance, acme: User, manager: User, engineer: User
) -> None:
    requests.close(manager, request=request_, reason="CANARY-REASON they go bankrupt")
    client = as_(acme)
    page = client.get(f"{ROOT}{request_.pk}/")
    assert "CANARY-REASON" not in page.content.decode()
    assert page.json()["close_reason"] == ""
    assert "CANARY-REASON" not in client.get(ROOT).content.decode()
    assert "CANARY-REASON" in as_(manager).get(f"{ROOT}{request_.pk}/").json()["close_reason"]
    other = flow.issued(engineer, case, acme.supplier)
    requests.cancel(manager, request=other, reason="Our gauge was wrong")
    assert client.get(f"{ROOT}{other.pk}/").json()["close_reason"] == "Our gauge was wrong"


def test_a_supplier_reads_our_names_and_not_our_logins(
    noon: Any, case: Nonconformance, acme: User, engineer: User
) -> None:
    User.objects.filter(pk=engineer.pk).update(username="canary-login", first_name="Eva", last_name="Lind")
    engineer.refresh_from_db()
    row = flow.issued(engineer, case, acme.supplier)
    requests.send_message(engineer, request=row, text="See the photo.")
    shown = as_(acme).get(f"{ROOT}{row.pk}/")
    assert (shown.json()["asked_by"], shown.json()["messages"][0]["by"]) == ("Eva Lind", "Eva Lind")
    listed = as_(acme).get(ROOT)
    assert listed.json()["results"][0]["asked_by"] == "Eva Lind"
    assert "canary-login" not in shown.content.decode() + listed.content.decode()
