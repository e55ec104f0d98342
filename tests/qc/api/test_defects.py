"""Defects by the API: the same verbs as on the pages, and every bad body named."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from qc.models import Defect, Event
from qc.services import catalogue, duplicates
from tests import factories as make

URL = "/api/v1/defects/"
WHEN = "2026-11-20T06:30:00+01:00"


def post(client: Any, url: str = URL, body: Any = None, **headers: str) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json", headers=headers)


def body(**values: Any) -> dict[str, Any]:
    return {"line": "SMT-1", "defect_type": "SCRATCH", "occurred_at": WHEN} | values


def test_an_inspector_records_a_defect_by_codes(api, inspector, line, scratch):
    answer = post(api(inspector), body=body(quantity="2.5", note="near the edge"))
    assert answer.status_code == 201, answer.json()
    row = answer.json()
    assert (row["line"], row["defect_type"], row["quantity"], row["note"]) == (
        "SMT-1", "SCRATCH", "2.500", "near the edge",
    )  # fmt: skip
    assert Defect.objects.get().recorded_by == inspector
    assert Event.objects.filter(verb="defect.record", by=inspector).count() == 1


def test_a_row_may_be_named_by_its_key(api, inspector, line, scratch):
    answer = post(api(inspector), body=body(line=line.pk, defect_type=scratch.pk))
    assert answer.status_code == 201
    assert answer.json()["line"] == "SMT-1"


@pytest.mark.parametrize("header", [True, False])
def test_the_same_key_and_body_give_the_first_answer_and_another_body_a_conflict(api, inspector, line, scratch, header):
    key = str(uuid.uuid4())
    client = api(inspector)

    def send(**values: Any) -> Any:
        return post(client, body=body(**values), **{"Idempotency-Key": key}) if header else post(
            client, body=body(client_uuid=key, **values)
        )  # fmt: skip

    first, again, other = send(), send(), send(quantity=7)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert first.json() == again.json()
    assert Defect.objects.count() == 1


def test_any_visible_text_may_be_the_key_and_two_people_do_not_share_it(api, inspector, engineer, line, scratch):
    for person in (inspector, inspector, engineer):
        post(api(person), body=body(), **{"Idempotency-Key": "order-77/3"})
    assert Defect.objects.count() == 2
    refused = post(api(inspector), body=body(client_uuid=str(uuid.uuid4())), **{"Idempotency-Key": "order-77/3"})
    assert refused.status_code == 400


BAD = [
    ("quantity", "NaN"), ("quantity", "Infinity"), ("quantity", "1_000"), ("quantity", "٣"), ("quantity", -1),
    ("quantity", "-1"), ("quantity", "1e3"), ("quantity", 0.0001), ("quantity", 10**12), ("quantity", True),
    ("quantity", [1]), ("quantity", ""),
    ("occurred_at", "2026-02-30T06:00:00Z"), ("occurred_at", "2026-11-20T06:00:00"), ("occurred_at", "٢٠٢٦-11-20"),
    ("occurred_at", "0001-01-01T00:00:00+14:00"), ("occurred_at", "9999-12-31T23:59:59-14:00"), ("occurred_at", 5),
    ("occurred_at", "2999-01-01T00:00:00Z"),
    ("line", "NO-SUCH"), ("line", 2**63), ("line", 10**300), ("line", -1), ("line", 0), ("line", True),
    ("line", {"id": 1}), ("line", "SMT-1\u0000"), ("line", ""),
    ("defect_type", None), ("severity", "awful"), ("detected_at", "moon"), ("note", "a\u0000b"), ("note", ["x"]),
    ("serial", "x" * 81), ("client_uuid", "no"), ("nosuchfield", 1), ("number", "D-2026-000001"),
    ("recorded_by", 1), ("status", "void"), ("supplier", "NO-SUCH"), ("supplier_lot", "NO-SUCH"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD, ids=[f"{name}-{ascii(value)[:24]}" for name, value in BAD])
def test_a_bad_value_is_a_400_that_names_the_field(api, inspector, line, scratch, field, value):
    answer = post(api(inspector), body=body(**{field: value}))
    assert answer.status_code == 400
    assert answer["content-type"] == "application/problem+json"
    assert field in answer.json()["errors"]
    assert not Defect.objects.exists()


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"{", b"[]", b"1", b"null", b'"x"', b'{"quantity": NaN}', b'{"quantity": 1e400}', b"\xff\xfe{",
        b"[" * 100_000, b'{"note": "\\ud800"}', b'{"\\ud800": 1}', b'{"line": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda raw: repr(raw[:20]),
)  # fmt: skip
def test_a_body_that_is_no_object_is_a_400(api, inspector, line, raw):
    answer = api(inspector).post(URL, raw, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_body_that_is_too_large_is_a_413_and_another_type_a_415(api, inspector, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client = api(inspector)
    assert client.post(URL, b" " * 2000, content_type="application/json").status_code == 413
    assert client.post(URL, "<a/>", content_type="text/xml").status_code == 415
    assert client.post(URL, {"line": "SMT-1"}, format=None, content_type="multipart/form-data; boundary=x").status_code
    assert client.options(URL).status_code == 405


@pytest.mark.parametrize("key", ["0", "-1", str(2**63), "9" * 5000, "%00", "abc", "١", "1.0", "1e3"])
def test_a_key_that_no_row_can_have_is_a_404(api, inspector, line, key):
    assert api(inspector).get(f"{URL}{key}/").status_code == 404


def test_a_foreign_plants_rows_do_not_exist_for_an_inspector(api, inspector, line, scratch):
    foreign = make.DefectFactory()
    client = api(inspector)
    assert client.get(f"{URL}{foreign.pk}/").status_code == 404
    assert client.get(URL).json()["count"] == 0
    for step in ("correct", "void", "duplicate"):
        assert post(client, f"{URL}{foreign.pk}/{step}/", {"reason": "x", "version": 1}).status_code == 404
    for name, value in {"line": foreign.line.pk, "plant": foreign.plant.code}.items():
        assert post(client, body=body(**{name: value})).status_code == 400
    foreign.refresh_from_db()
    assert foreign.version == 1


def test_a_key_used_in_a_foreign_plant_is_a_conflict_that_says_nothing_of_it(api, inspector, line, scratch):
    foreign = make.DefectFactory()
    answer = post(api(inspector), body=body(client_uuid=str(foreign.client_uuid)))
    assert answer.status_code == 409
    assert foreign.number not in answer.content.decode()


def test_a_correction_needs_the_current_version(api, engineer, line, scratch):
    defect = make.DefectFactory(line=line, defect_type=scratch)
    url = f"{URL}{defect.pk}/correct/"
    client = api(engineer)
    good = post(client, url, {"version": 1, "reason": "recounted", "quantity": 3})
    assert (good.status_code, good.json()["quantity"], good.json()["version"]) == (200, "3.000", 2)
    assert post(client, url, {"version": 1, "reason": "late", "quantity": 4}).status_code == 409
    assert "version" in post(client, url, {"reason": "x"}).json()["errors"]


def test_a_void_needs_a_reason_and_happens_once(api, engineer, line):
    defect = make.DefectFactory(line=line)
    client, url = api(engineer), f"{URL}{defect.pk}/void/"
    assert "reason" in post(client, url, {}).json()["errors"]
    assert post(client, url, {"reason": "test entry"}).json()["status"] == "void"
    assert post(client, url, {"reason": "again"}).status_code == 400


def test_a_double_entry_is_joined_to_its_original(api, engineer, line):
    first, second = make.DefectFactory(line=line), make.DefectFactory(line=line)
    answer = post(api(engineer), f"{URL}{second.pk}/duplicate/", {"original": first.number})
    assert (answer.status_code, answer.json()["duplicate_of"]) == (200, first.number)


def test_an_external_id_is_taken_once_per_sender(api, integration, line, scratch):
    client = api(integration)
    assert post(client, body=body(external_id="ERP-1")).status_code == 201
    assert post(client, body=body(external_id="ERP-1")).status_code in (400, 409)
    assert Defect.objects.count() == 1


def test_a_list_is_filtered_paged_and_never_larger_than_the_maximum(api, inspector, line, scratch):
    make.DefectFactory.create_batch(3, line=line, defect_type=scratch)
    make.DefectFactory(line=line)
    client = api(inspector)
    page = client.get(URL, {"defect_type": "SCRATCH", "page_size": 2}).json()
    assert (page["count"], len(page["results"])) == (3, 2)
    assert client.get(page["next"]).json()["next"] is None
    assert client.get(URL, {"page_size": 10**9}).status_code == 200
    assert client.get(URL, {"page": 2**63}).status_code == 404
    assert "since" in client.get(URL, {"since": "2026-02-30"}).json()["errors"]
    assert client.get(URL, {"serial": "\x00"}).status_code == 400
    assert client.get(URL, {"number": "x" * 10_000}).json()["count"] == 0


def test_nobody_without_a_login_and_no_supplier_comes_in(api, acme):
    assert api().get(URL).status_code == 401
    assert api().post(URL, {}).status_code == 401
    assert api(acme).get(URL).status_code == 404
    assert post(api(acme), body=body()).status_code == 404


def test_an_auditor_reads_and_writes_nothing(api, auditor, line, scratch):
    client = api(auditor)
    assert client.get(URL).status_code == 200
    assert post(client, body=body()).status_code == 403


def test_an_integration_records_and_reads_nothing(api, integration, line, scratch):
    client = api(integration)
    made = post(client, body=body())
    assert made.status_code == 201
    assert client.get(URL).status_code == 403
    assert client.get(f"{URL}{made.json()['id']}/").status_code == 403
    assert post(client, f"{URL}{made.json()['id']}/void/", {"reason": "mine"}).status_code == 403
    assert client.get("/api/v1/findings/").status_code == 403


FACTS = {
    "serial": "SN-1", "further_serials": ["SN-2", "SN-3"], "product_revision": "C", "work_order": "WO-1",
    "operation": "20", "purchase_order": "PO-9/10", "receipt": "GR-5", "requirement": "DRW-100",
    "requirement_revision": "B", "characteristic": "bore 35H7", "actual_value": "35.031000", "unit": "mm",
    "detected_at": "customer", "disposition": "hold", "material_at": "Cage 2", "hold_tag": "H-8",
    "customer": "Brook Motors", "customer_ref": "CR-12", "quantity": "3.000",
}  # fmt: skip


def test_every_fact_of_a_defect_is_written_and_read(api, inspector, line, scratch):
    answer = post(api(inspector), body=body(**FACTS))
    assert answer.status_code == 201, answer.json()
    assert {name: answer.json()[name] for name in FACTS} == FACTS
    assert answer.json()["counts_as"] == "SCRATCH" and answer.json()["looks_like"] is None


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"actual_value": "1_000"}, "actual_value"),
        ({"actual_value": "NaN"}, "actual_value"),
        ({"actual_value": "1e5"}, "actual_value"),
        ({"unit": "mm"}, "actual_value"),
        ({"further_serials": "SN-2"}, "further_serials"),
        ({"further_serials": ["x"] * 201}, "further_serials"),
        ({"disposition": "use_as_is"}, "disposition"),
        ({"customer": "Brook Motors"}, "detected_at"),
    ],
)
def test_a_fact_that_makes_no_sense_is_named(api, inspector, line, scratch, sent, field):
    answer = post(api(inspector), body=body(**sent))
    assert answer.status_code == 400 and field in json.dumps(answer.json()), answer.json()
    assert not Defect.objects.exists()


def test_a_retired_code_is_refused_and_names_the_one_to_use(api, integration, engineer, line, scratch):
    catalogue.merge(engineer, source=scratch, into=make.DefectTypeFactory(code="DENT"), reason="Same")
    answer = post(api(integration), body=body())
    assert answer.status_code == 400 and "Use DENT." in json.dumps(answer.json())


def test_a_merged_code_that_a_machine_goes_on_sending_counts_as_the_other(api, integration, engineer, line, scratch):
    catalogue.merge(engineer, source=scratch, into=make.DefectTypeFactory(code="DENT"), reason="Same", retire=False)
    row = post(api(integration), body=body()).json()
    assert (row["defect_type"], row["counts_as"]) == ("SCRATCH", "DENT")


def test_a_machines_double_is_joined_where_its_policy_says_so(api, integration, manager, line, scratch):
    duplicates.set_policy(manager, integration=integration, action="join", minutes=10, version=1)
    first, again = (post(api(integration), body=body(serial="SN-1", note=note)).json() for note in ("one", "two"))
    assert (again["status"], again["duplicate_of"]) == ("duplicate", first["number"])
