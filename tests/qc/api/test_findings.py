"""Findings by the API: read by those of the plant, decided by quality people."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qc.models import Finding
from tests import factories as make

URL = "/api/v1/findings/"


@pytest.fixture
def finding(plant, line, scratch) -> Finding:
    return make.FindingFactory(plant=plant, line=line, defect_type=scratch)


def post(client: Any, finding: Finding, step: str, **body: Any) -> Any:
    return client.post(f"{URL}{finding.pk}/{step}/", json.dumps(body), content_type="application/json")


def test_an_inspector_reads_and_an_engineer_decides(api, inspector, engineer, finding):
    assert api(inspector).get(URL).json()["results"][0]["standing"] == "systemic"
    assert post(api(inspector), finding, "confirm").status_code == 403
    client = api(engineer)
    assert post(client, finding, "confirm").json()["decision"] == "confirmed"
    overridden = post(client, finding, "override", verdict="one_off", reason="a dropped tray").json()
    assert (overridden["standing"], overridden["decided_by"]) == ("one_off", "engineer")
    assert post(client, finding, "reconsider", reason="seen again").json()["decision"] == "none"
    assert post(client, finding, "dismiss", reason="known").json()["decision"] == "dismissed"
    assert post(client, finding, "watch", watched=True).json()["is_watched"] is True


@pytest.mark.parametrize(
    ("step", "body", "field"),
    [
        ("dismiss", {}, "reason"), ("override", {"reason": "x", "verdict": "bad luck"}, "verdict"),
        ("override", {"verdict": "one_off"}, "reason"), ("watch", {}, "watched"), ("confirm", {"extra": 1}, "extra"),
        ("confirm", {"version": 2**70}, "version"), ("dismiss", {"reason": " "}, "reason"),
    ],
)  # fmt: skip
def test_a_bad_decision_names_the_field(api, engineer, finding, step, body, field):
    answer = post(api(engineer), finding, step, **body)
    assert answer.status_code == 400
    assert field in answer.json()["errors"]


def test_a_decision_on_an_old_version_is_a_conflict(api, engineer, finding):
    assert post(api(engineer), finding, "confirm", version=1).status_code == 200
    assert post(api(engineer), finding, "dismiss", reason="x", version=1).status_code == 409


def test_a_foreign_finding_does_not_exist(api, engineer, acme, finding):
    foreign = make.FindingFactory()
    assert api(engineer).get(f"{URL}{foreign.pk}/").status_code == 404
    assert post(api(engineer), foreign, "confirm").status_code == 404
    assert api(acme).get(f"{URL}{finding.pk}/").status_code == 404
    assert post(api(acme), finding, "confirm").status_code == 404


def test_infinite_numbers_are_shown_as_null(api, engineer, finding):
    Finding.objects.filter(pk=finding.pk).update(ratio_high=float("inf"), rate_ratio=3.5)
    row = api(engineer).get(f"{URL}{finding.pk}/").json()
    assert (row["ratio_high"], row["rate_ratio"]) == (None, 3.5)


def test_what_is_replaced_can_be_left_out(api, engineer, finding, noon):
    make.FindingFactory(plant=finding.plant, replaced_at=noon)
    client = api(engineer)
    assert client.get(URL).json()["count"] == 2
    assert client.get(URL, {"current": "true"}).json()["count"] == 1


def test_a_finding_carries_its_rivals_its_run_and_what_came_back(api, plant, manager) -> None:
    old = make.FindingFactory(plant=plant, replaced_at=make.NOON)
    case = make.NonconformanceFactory(plant=plant, finding=old, status="closed", closed_at=make.NOON, closed_by=manager)
    row = make.FindingFactory(
        plant=plant,
        recurrence_of=old,
        closed_case=case,
        since_interval=["2026-11-01", "2026-11-04"],
        rivals=[{"where": {"line": "L1"}, "role": "scope", "elsewhere": None, "without": None}],
    )
    body = api(manager).get(f"{URL}{row.pk}/").json()
    assert (body["recurrence_of"], body["closed_case"]) == (old.pk, case.number)
    assert body["since_interval"] == ["2026-11-01", "2026-11-04"] and body["rivals"][0]["role"] == "scope"
    assert body["run"]["data_digest"] == row.run.data_digest and body["run"]["occasion"] == "records"
