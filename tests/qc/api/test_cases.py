"""Cases by the API: list, detail, open."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from qc.models import Nonconformance
from tests import factories as make
from tests import record_factories as records

URL = "/api/v1/cases/"


def post(client: Any, at: Any, **values: Any) -> Any:
    body = {
        "plant": at.code,
        "title": "Scratched covers",
        "description": "Covers of SMT-1 are scratched near the edge since Monday.",
        "severity": "major",
    }
    return client.post(URL, json.dumps(body | values), content_type="application/json")


def test_an_engineer_opens_a_case_from_defects_and_a_finding(api, engineer, plant, line, scratch):
    defect = make.DefectFactory(line=line, defect_type=scratch)
    finding = make.FindingFactory(plant=plant, defect_type=scratch)
    client = api(engineer)
    made = post(client, plant, defects=[defect.number], finding=finding.pk, line="SMT-1")
    assert made.status_code == 201, made.json()
    assert (made.json()["finding"], made.json()["line"], made.json()["opened_by"]) == (finding.pk, "SMT-1", "engineer")
    assert list(Nonconformance.objects.get().defects.all()) == [defect]
    page = client.get(URL).json()
    assert [row["number"] for row in page["results"]] == [made.json()["number"]]
    assert client.get(f"{URL}{made.json()['id']}/").json()["actions"] == []


def test_the_same_key_gives_the_first_answer(api, engineer, plant):
    key = str(uuid.uuid4())
    first, again = (post(api(engineer), plant, client_uuid=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"]
    assert Nonconformance.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""), ("title", "x" * 201), ("description", None), ("severity", "bad"), ("plant", "NONE"),
        ("defects", ["D-1999-000001"]), ("defects", "D-1"), ("finding", 2**70), ("finding", "x"),
        ("supplier_lots", [5]), ("status", "closed"), ("owner", "manager"), ("number", "NCR-1"), ("part", True),
    ],
)  # fmt: skip
def test_a_bad_value_is_a_400_that_names_the_field(api, engineer, plant, field, value):
    answer = post(api(engineer), plant, **{field: value})
    assert answer.status_code == 400
    assert field in answer.json()["errors"]
    assert not Nonconformance.objects.exists()


def test_rows_of_another_plant_cannot_be_named_or_read(api, engineer, plant, line):
    foreign = make.NonconformanceFactory()
    defect = make.DefectFactory()
    client = api(engineer)
    assert client.get(f"{URL}{foreign.pk}/").status_code == 404
    assert client.get(URL).json()["count"] == 0
    assert "defects" in post(client, plant, defects=[defect.number]).json()["errors"]
    assert "plant" in post(client, foreign.plant).json()["errors"]


def test_an_auditor_a_machine_and_a_supplier_open_nothing(api, auditor, integration, acme, plant):
    assert post(api(auditor), plant).status_code == 403
    assert post(api(integration), plant).status_code == 403
    assert post(api(acme), plant).status_code == 404
    assert api(acme).get(URL).status_code == 404


def test_a_case_shows_its_dispositions_holds_and_costs(api, engineer, plant):
    case = make.NonconformanceFactory(plant=plant, contain_due_at=make.NOON)
    records.DispositionFactory(nonconformance=case)
    hold = records.LotHoldFactory(nonconformance=case)
    records.CaseCostFactory(nonconformance=case, is_recoverable=True)
    shown = api(engineer).get(f"{URL}{case.pk}/").json()
    assert (shown["dispositions"][0]["decision"], shown["holds"][0]["supplier_lot"]) == ("rework", hold.lot_code)
    assert (shown["costs"][0]["amount_minor"], shown["costs"][0]["currency"]) == (1000, "EUR")
    assert shown["contain_due_at"] == "2026-11-20T11:00:00Z"
    for verb in ("sign", "dispose", "hold"):
        assert api(engineer).post(f"{URL}{case.pk}/{verb}/").status_code == 404, "nobody signs by a token"
