"""What people say to a finding, and what its page shows."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qc.models import Finding, Plant, User
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def finding(plant: Plant) -> Finding:
    return make.FindingFactory(
        plant=plant,
        where={"line": "L-7"},
        rate_ratio=5.1,
        ratio_low=4.3,
        ratio_high=6.0,
        explanation="Systemic: thirty against ten expected.",
        needs="Two more weeks.",
        ruled_out=["Volume: the line made as much as before."],
        aliases=[{"shift": "B"}],
    )


def test_the_page_says_what_is_so_and_what_would_change_it(finding: Finding, manager: User, client_of: Login) -> None:
    page = client_of(manager).get(f"/findings/{finding.pk}/").content.decode()
    for text in (
        "Thirty against ten expected.",
        "line L-7",
        "4.3",
        "Two more weeks.",
        "Volume",
        "The line made as much",
        "B shift",
    ):
        assert text in page, text
    assert finding.run.data_digest in page


@pytest.mark.parametrize("role", ["plant_manager", "inspector", "purchasing", "auditor"])
def test_who_may_not_decide_is_not_offered_to(
    role: str, finding: Finding, request: pytest.FixtureRequest, client_of: Login
) -> None:
    client = client_of(request.getfixturevalue(role))
    assert "/decide/" not in client.get(f"/findings/{finding.pk}/").content.decode()
    answer = client.post(f"/findings/{finding.pk}/decide/", {"decision": "confirm"})
    finding.refresh_from_db()
    assert answer.status_code == 403 and finding.decision == "none"


def test_a_manager_confirms(finding: Finding, manager: User, client_of: Login) -> None:
    sent = {"decision": "confirm", "version": finding.version}
    assert client_of(manager).post(f"/findings/{finding.pk}/decide/", sent).status_code == 302
    finding.refresh_from_db()
    assert (finding.decision, finding.decided_by) == ("confirmed", manager)


@pytest.mark.parametrize("decision", ["dismiss", "override"])
def test_without_a_reason_the_form_comes_back_open(
    decision: str, finding: Finding, manager: User, client_of: Login
) -> None:
    sent = {"decision": decision, "version": finding.version, "verdict": "one_off", "reason": " "}
    answer = client_of(manager).post(f"/findings/{finding.pk}/decide/", sent)
    finding.refresh_from_db()
    assert answer.status_code == 422 and finding.decision == "none"
    assert f'id="{decision}" open' in answer.content.decode()
    assert f'id="{decision}_reason_error"' in answer.content.decode()


def test_another_verdict_stands_beside_the_engines(finding: Finding, manager: User, client_of: Login) -> None:
    client = client_of(manager)
    sent = {"decision": "override", "version": finding.version, "verdict": "one_off", "reason": "A trial run."}
    client.post(f"/findings/{finding.pk}/decide/", sent)
    page = client.get(f"/findings/{finding.pk}/").content.decode()
    assert "A trial run." in page and "The analysis now says: Systemic" in page
    client.post(f"/findings/{finding.pk}/decide/", {"decision": "reconsider", "reason": "It came again."})
    finding.refresh_from_db()
    assert finding.decision == "none"


def test_who_decides_on_an_old_version_is_told(finding: Finding, manager: User, client_of: Login) -> None:
    sent = {"decision": "confirm", "version": finding.version + 1}
    answer = client_of(manager).post(f"/findings/{finding.pk}/decide/", sent)
    assert answer.status_code == 422 and "meanwhile" in answer.content.decode()


def test_nonsense_in_place_of_a_decision_changes_nothing(finding: Finding, manager: User, client_of: Login) -> None:
    for sent in ({}, {"decision": "explode"}, {"decision": "override", "reason": "x", "verdict": "great"}):
        assert client_of(manager).post(f"/findings/{finding.pk}/decide/", sent).status_code == 422
    finding.refresh_from_db()
    assert finding.decision == "none"


def test_a_finding_is_watched_and_let_go(finding: Finding, manager: User, client_of: Login) -> None:
    client = client_of(manager)
    client.post(f"/findings/{finding.pk}/watch/", {"watched": "1"})
    finding.refresh_from_db()
    assert finding.is_watched
    client.post(f"/findings/{finding.pk}/watch/", {"watched": "0"})
    finding.refresh_from_db()
    assert not finding.is_watched


def test_tabs_count_and_the_undecided_come_first(plant: Plant, manager: User, client_of: Login) -> None:
    decided = make.FindingFactory(plant=plant, decision="confirmed", human_verdict="systemic", decided_by=manager)
    waiting = make.FindingFactory(plant=plant, changed_at=make.NOON.replace(year=2025))
    overruled = make.FindingFactory(
        plant=plant, decision="overridden", human_verdict="one_off", decision_reason="x", decided_by=manager
    )
    answer = client_of(manager).get("/findings/")
    assert list(answer.context["page"]) == [waiting, decided]
    assert {name: count for name, _label, count, _now in answer.context["tabs"]}["one_off"] == 1
    assert list(client_of(manager).get("/findings/?verdict=one_off").context["page"]) == [overruled]


def rival(**sides: object) -> dict[str, object]:
    return {"where": {"supplier": "S-9"}, "role": "rival", "elsewhere": None, "without": None} | sides


def side(ratio: float, low: float, high: float, expected: float = 20.0) -> dict[str, object]:
    return {"found": round(ratio * expected), "expected": expected, "ratio": ratio, "low": low, "high": high}


def test_the_page_shows_what_else_could_be_blamed_and_what_its_numbers_say(
    finding: Finding, manager: User, client_of: Login
) -> None:
    finding.rivals = [rival(elsewhere=side(1.1, 0.8, 1.4), without=side(5.2, 4.1, 6.4)), rival()]
    finding.rivals.append(rival(where={"machine": "M7"}, role="uncounted"))
    finding.since, finding.since_interval = make.NOON.date(), ["2026-11-12", "2026-11-19"]
    finding.save()
    page = client_of(manager).get(f"/findings/{finding.pk}/").content.decode()
    for text in (
        "Supplier S-9",
        "0.80 to 1.4",
        "5.2",
        "not it: without it still too many",
        "only a trial",
        "no units are counted for the comparison",
        "12 Nov 2026",
    ):
        assert text in page, text


def test_a_cause_that_came_back_names_the_closed_case_and_keeps_both_clocks(
    finding: Finding, manager: User, client_of: Login
) -> None:
    closed = make.NonconformanceFactory(
        plant=finding.plant, finding=finding, status="closed", closed_at=make.NOON, closed_by=manager
    )
    finding.since, finding.replaced_at = make.NOON.date(), make.NOON
    finding.save()
    fresh = make.FindingFactory(
        plant=finding.plant, defect_type=finding.defect_type, recurrence_of=finding, closed_case=closed
    )
    page = client_of(manager).get(f"/findings/{fresh.pk}/").content.decode()
    for text in ("It came back.", closed.number, "keeps its own clock, since 20 Nov 2026", "Reopen as a new case"):
        assert text in page, text
    old = client_of(manager).get(f"/findings/{finding.pk}/").content.decode()
    assert f"/findings/{fresh.pk}/" in old and "has come back" in old


def test_similar_findings_say_what_cured_them(finding: Finding, manager: User, client_of: Login) -> None:
    other = make.FindingFactory(plant=finding.plant, defect_type=finding.defect_type, replaced_at=make.NOON)
    closed = make.NonconformanceFactory(
        plant=finding.plant, finding=other, status="closed", closed_at=make.NOON, closed_by=manager
    )
    done = {"status": "verified", "done_by": closed.owner, "implemented_on": make.NOON, "evidence": "Photo."}
    make.CorrectiveActionFactory(nonconformance=closed, title="New stencil", verified_by=manager, **done)
    page = client_of(manager).get(f"/findings/{finding.pk}/").content.decode()
    assert closed.number in page and "New stencil" in page


def test_an_objection_stands_beside_the_decision(finding: Finding, manager: User, client_of: Login) -> None:
    finding.decision, finding.decided_by, finding.decided_at = "dismissed", manager, make.NOON
    finding.decision_reason, finding.objection = "known", "It has spread since this was decided."
    finding.basis = {"verdict": "systemic", "incidents": 30, "rate_ratio": 3.0}
    finding.save()
    page = client_of(manager).get(f"/findings/{finding.pk}/").content.decode()
    assert "It has spread" in page and "The analysis then: 30 found" in page


@pytest.mark.parametrize("chart", ["rate", "count", "cumulative", "nonsense"])
def test_every_kind_of_chart_is_an_address(chart: str, finding: Finding, manager: User, client_of: Login) -> None:
    line = make.ProductionLineFactory(plant=finding.plant, code="L-7")
    for days in range(60):
        make.DefectFactory(
            line=line, defect_type=finding.defect_type, production_on=make.NOON.date() - dt.timedelta(days=days)
        )
    page = client_of(manager).get(f"/findings/{finding.pk}/?chart={chart}").content.decode()
    assert 'data-chart="finding-rate"' in page and "?chart=cumulative" in page


def test_the_auditors_numbers_name_the_run_and_its_background(
    finding: Finding, auditor: User, client_of: Login
) -> None:
    full = make.AnalysisRunFactory(
        plant=finding.plant,
        defect_type=None,
        background={"spreads": {"of": {"line": 0.031}}},
        background_version="ab12",
    )
    finding.run.full_run, finding.run.background_version = full, "ab12"
    finding.run.save()
    page = client_of(auditor).get(f"/findings/{finding.pk}/").content.decode()
    for text in ("ab12", f"of run {full.pk}", "0.031", f"manage.py repeat {finding.run.pk}"):
        assert text in page, text


def test_the_page_asks_the_database_as_often_for_many_records_as_for_few(
    finding: Finding, manager: User, client_of: Login
) -> None:
    client = client_of(manager)
    line = make.ProductionLineFactory(plant=finding.plant, code="L-7")
    counts = []
    for more in (2, 12):
        for number in range(more):
            make.DefectFactory(line=line, defect_type=finding.defect_type)
            other = make.FindingFactory(plant=finding.plant, defect_type=finding.defect_type)
            case = make.NonconformanceFactory(
                plant=finding.plant, finding=other, status="closed", closed_at=make.NOON, closed_by=manager
            )
            make.CorrectiveActionFactory(nonconformance=case, title=f"Fix {number}")
        client.get(f"/findings/{finding.pk}/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/findings/{finding.pk}/")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 32
