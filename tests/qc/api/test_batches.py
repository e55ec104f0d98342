"""Many records in one call: each has its own result, and what is sent twice counts once."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from typing import Any

import pytest

from qc import clock
from qc.models import ApiCall, Defect, Event, ProductionCount
from qc.services import calls, tokens
from tests import factories as make

URL = "/api/v1/defects/batch/"
WHEN = "2026-11-20T06:30:00+01:00"


def post(client: Any, body: Any, url: str = URL) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json")


def row(**values: Any) -> dict[str, Any]:
    return {"line": "SMT-1", "defect_type": "SCRATCH", "occurred_at": WHEN, "client_uuid": str(uuid.uuid4())} | values


@pytest.fixture
def machine(api, manager, integration):
    """A client that comes in with a token of an integration."""
    token, secret = tokens.create(manager, user=integration, name="camera", days=30)
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Token {secret}")
    client.token = token
    return client


def test_good_records_are_taken_and_each_bad_one_says_why(machine, line, scratch):
    rows = [
        row(),
        row(quantity="NaN"),
        row(line="NO-SUCH"),
        row(nosuch=1),
        "text",
        row(occurred_at="2999-01-01T00:00Z"),
    ]
    answer = post(machine, {"defects": rows}).json()
    assert (answer["created"], answer["known"], answer["refused"]) == (1, 0, 5)
    assert [one["index"] for one in answer["results"]] == [0, 1, 2, 3, 4, 5]
    assert answer["results"][0]["number"] == Defect.objects.get().number
    assert [list(one["errors"])[0] for one in answer["results"][1:]] == [
        "quantity", "line", "nosuch", "non_field_errors", "occurred_at",
    ]  # fmt: skip
    assert "NO-SUCH" in answer["results"][2]["errors"]["line"][0]


def test_a_batch_sent_twice_is_recorded_once(machine, line, scratch):
    rows = [row(), row(external_id="cam-7")]
    first, again = post(machine, {"defects": rows}).json(), post(machine, {"defects": rows}).json()
    assert (first["created"], again["created"], again["known"]) == (2, 0, 2)
    assert [one["number"] for one in first["results"]] == [one["number"] for one in again["results"]]
    assert Defect.objects.count() == 2


def test_the_senders_own_id_alone_makes_a_record_known(machine, line, scratch):
    with_id = {"external_id": "cam-7", "client_uuid": None}
    rows = [{key: value for key, value in row(**with_id).items() if value} for _ in range(2)]
    answer = post(machine, {"defects": rows}).json()
    assert [one["status"] for one in answer["results"]] == ["created", "known"]
    other = post(machine, {"defects": [rows[0] | {"quantity": 3}]}).json()
    assert other["results"][0]["status"] == "conflict" and "external_id" in other["results"][0]["errors"]
    assert Defect.objects.count() == 1


def test_the_same_key_within_a_batch_with_other_values_is_a_conflict_of_that_record_only(machine, line, scratch):
    key = str(uuid.uuid4())
    answer = post(machine, {"defects": [row(client_uuid=key), row(client_uuid=key, quantity=2), row()]}).json()
    assert [one["status"] for one in answer["results"]] == ["created", "conflict", "created"]


def test_a_batch_leaves_one_event_for_its_records(machine, line, scratch):
    post(machine, {"defects": [row() for _ in range(5)]})
    event = Event.objects.get(verb="defect.record_many")
    assert event.data["count"] == 5


@pytest.mark.parametrize(
    "body",
    [[], {}, {"defects": []}, {"defects": {}}, {"defects": [1] * 1001}, {"rows": [1]}, None, {"defects": [1], "x": 1}],
)
def test_a_body_that_is_no_batch_is_refused_whole(machine, line, scratch, body):
    answer = post(machine, body)
    assert answer.status_code == 400 and "defects" in str(answer.json()["errors"])
    assert not Defect.objects.exists()


def test_lines_of_other_plants_do_not_exist_for_an_integration(machine, scratch):
    make.ProductionLineFactory(code="SMT-9")
    answer = post(machine, {"defects": [row(line="SMT-9")]}).json()
    assert answer["results"][0]["errors"]["line"] == ["There is no production line SMT-9."]


def test_codes_are_looked_up_once_however_many_records_name_them(machine, line, scratch, django_assert_max_num_queries):
    post(machine, {"defects": [row()]})  # the content types and the like
    with django_assert_max_num_queries(45):
        answer = post(machine, {"defects": [row() for _ in range(200)]})
    assert answer.json()["created"] == 200


def test_counts_come_in_batches_all_or_none(machine, line):
    url = "/api/v1/counts/batch/"
    good = {"line": "SMT-1", "production_on": "2026-11-20", "units": 480}
    bad = good | {"production_on": "2026-02-30"}
    refused = post(machine, {"counts": [good, bad]}, url)
    assert refused.status_code == 400 and "production_on" in refused.json()["errors"]["counts[1]"]
    assert not ProductionCount.objects.exists()
    written = post(machine, {"counts": [good, good | {"production_on": "2026-11-19", "units": 470}]}, url)
    assert written.json() == {"written": 2}


def test_each_call_of_a_token_is_kept_with_its_errors(machine, line, scratch):
    post(machine, {"defects": [row(), row(quantity=-1)]})
    post(machine, {"no": 1})
    last, first = ApiCall.objects.filter(token=machine.token)
    assert (first.status, first.records, first.refused) == (200, 2, 1)
    assert first.errors[0]["index"] == 1 and "quantity" in first.errors[0]["errors"]
    assert last.status == 400 and last.failed


def test_a_token_is_told_what_is_left_and_refused_beyond_it(machine, line, scratch, monkeypatch):
    monkeypatch.setattr(calls, "LIMIT", 2)
    with clock.frozen_at(make.NOON):
        first, second, third = (post(machine, {"defects": [row()]}) for _ in range(3))
    assert [answer["RateLimit-Remaining"] for answer in (first, second)] == ["1", "0"]
    assert third.status_code == 429 and int(third["Retry-After"]) > 0
    assert third["Content-Type"].startswith("application/problem+json")
    assert Defect.objects.count() == 2
    with clock.frozen_at(make.NOON + dt.timedelta(minutes=2)):
        assert post(machine, {"defects": [row()]}).status_code == 200


def test_people_who_are_logged_in_by_a_page_are_not_counted(api, inspector, line, scratch):
    answer = post(api(inspector), {"defects": [row()]})
    assert answer.status_code == 200 and "RateLimit-Limit" not in answer
    assert not ApiCall.objects.exists()
