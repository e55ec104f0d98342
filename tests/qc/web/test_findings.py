"""What people say to a finding, and what its page shows."""

from __future__ import annotations

import pytest

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
    for text in ("Thirty against ten expected.", "line L-7", "4.3", "Two more weeks.", "Volume: the line", "B shift"):
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
