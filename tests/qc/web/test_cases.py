"""A case by hand: opened from a finding, moved by its steps, refused where something is missing."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from qc.models import Cause, CorrectiveAction, Finding, Nonconformance, Plant, User
from tests import factories as make
from tests.qc.web.conftest import Login

pytestmark = pytest.mark.usefixtures("noon")


@pytest.fixture
def finding(plant: Plant) -> Finding:
    return make.FindingFactory(plant=plant, line=make.ProductionLineFactory(plant=plant))


def opening(plant: Plant, **more: Any) -> dict[str, Any]:
    return {
        "plant": plant.pk,
        "title": "Pins stand off",
        "description": "Since Monday at line 7.",
        "severity": "major",
        "client_uuid": str(uuid.uuid4()),
        **more,
    }


def test_a_case_opened_from_a_finding_takes_over_what_it_knows(
    finding: Finding, manager: User, client_of: Login
) -> None:
    client = client_of(manager)
    page = client.get(f"/cases/new/?finding={finding.pk}")
    assert page.context["form"]["line"].value() == finding.line_id
    client.post(f"/cases/new/?finding={finding.pk}", opening(finding.plant))
    case = Nonconformance.objects.get()
    assert (case.finding, case.verdict, case.line) == (finding, "systemic", finding.line)
    assert case.number == "NCR-2026-00001"


def test_a_critical_case_needs_a_containment_said_beside_the_field(
    plant: Plant, manager: User, client_of: Login
) -> None:
    answer = client_of(manager).post("/cases/new/", opening(plant, severity="critical"))
    assert answer.status_code == 422 and "containment" in answer.context["form"].errors
    assert "Since Monday at line 7." in answer.content.decode()


def test_sending_the_opening_twice_opens_one_case(plant: Plant, manager: User, client_of: Login) -> None:
    client, sent = client_of(manager), opening(plant)
    assert client.post("/cases/new/", sent).headers["Location"] == client.post("/cases/new/", sent).headers["Location"]
    assert Nonconformance.objects.count() == 1


@pytest.mark.parametrize("role", ["plant_manager", "purchasing", "auditor"])
def test_those_who_only_read_open_no_case(
    role: str, plant: Plant, request: pytest.FixtureRequest, client_of: Login
) -> None:
    assert client_of(request.getfixturevalue(role)).post("/cases/new/", opening(plant)).status_code == 403
    assert not Nonconformance.objects.exists()


def test_the_page_says_what_is_next_and_what_blocks_it(plant: Plant, manager: User, client_of: Login) -> None:
    case = make.NonconformanceFactory(plant=plant, status="investigating")
    page = client_of(manager).get(f"/cases/{case.pk}/").content.decode()
    assert "A verified cause for why it happened (occurrence) is missing." in page
    assert f"/cases/{case.pk}/add-cause/" in page and f"/cases/{case.pk}/plan-actions/" not in page


def test_a_refused_step_comes_back_open_with_what_was_typed(plant: Plant, manager: User, client_of: Login) -> None:
    case = make.NonconformanceFactory(plant=plant, status="investigating")
    sent = {"leg": "occurrence", "statement": "Operator error", "evidence": "Seen on camera"}
    answer = client_of(manager).post(f"/cases/{case.pk}/add-cause/", sent)
    page = answer.content.decode()
    assert answer.status_code == 422 and not Cause.objects.exists()
    assert 'id="add_cause" open' in page and "add_cause_statement_error" in page and "Seen on camera" in page


def test_a_step_that_is_not_yours_is_a_403_and_changes_nothing(
    plant: Plant, plant_manager: User, client_of: Login
) -> None:
    case = make.NonconformanceFactory(plant=plant)
    answer = client_of(plant_manager).post(f"/cases/{case.pk}/contain/", {"description": "Held"})
    case.refresh_from_db()
    assert answer.status_code == 403 and case.status == "open"


def test_steps_are_taken_by_post_only(plant: Plant, manager: User, client_of: Login) -> None:
    case = make.NonconformanceFactory(plant=plant)
    for verb in ("contain", "close", "waive", "cancel", "edit", "comment", "attach"):
        assert client_of(manager).get(f"/cases/{case.pk}/{verb}/").status_code == 405


def test_a_case_goes_its_whole_way_by_hand(plant: Plant, manager: User, engineer: User, client_of: Login) -> None:
    kind = make.DefectTypeFactory()
    case = make.NonconformanceFactory(plant=plant, owner=engineer, defect_type=kind, verdict="systemic")
    by_engineer, by_manager = client_of(engineer), client_of(manager)

    def step(client: Any, path: str, **sent: Any) -> None:
        answer = client.post(path, sent)
        assert answer.status_code == 302, answer.content.decode()

    step(by_engineer, f"/cases/{case.pk}/contain/", description="Stock is blocked", quantity_held="12")
    step(by_engineer, f"/cases/{case.pk}/investigate/")
    for leg in ("occurrence", "escape"):
        step(by_engineer, f"/cases/{case.pk}/add-cause/", leg=leg, statement=f"The {leg} cause")
    for cause in Cause.objects.all():
        step(by_engineer, f"/causes/{cause.pk}/verify/", verification="Turned on and off", evidence="0 of 300")
    step(by_engineer, f"/cases/{case.pk}/plan-actions/")
    step(by_engineer, f"/cases/{case.pk}/actions/", title="New fixture", kind="corrective", owner=engineer.pk)
    action = CorrectiveAction.objects.get()
    step(by_engineer, f"/actions/{action.pk}/plan-effectiveness/", window_days="30", target_ratio="1")
    step(by_engineer, f"/actions/{action.pk}/carry-out/", implemented_on="2026-11-20", evidence="Photo")
    step(by_manager, f"/actions/{action.pk}/verify/")
    step(by_engineer, f"/cases/{case.pk}/start-verifying/")
    case.refresh_from_db()
    assert case.status == "verifying"
    refused = by_engineer.post(f"/cases/{case.pk}/waive/", {"reason": "Enough"})
    assert refused.status_code == 403
    step(by_manager, f"/cases/{case.pk}/waive/", reason="The product runs out.")
    case.refresh_from_db()
    assert (case.status, case.close_reason, case.closed_by) == ("closed", "The product runs out.", manager)


def test_a_stale_change_of_the_head_keeps_what_was_typed(plant: Plant, manager: User, client_of: Login) -> None:
    case = make.NonconformanceFactory(plant=plant)
    client = client_of(manager)
    sent = {
        "version": case.version,
        "title": "First",
        "description": "What is wrong",
        "severity": "major",
        "owner": case.owner_id,
    }
    assert client.post(f"/cases/{case.pk}/edit/", sent).status_code == 302
    answer = client.post(f"/cases/{case.pk}/edit/", {**sent, "title": "Second"})
    case.refresh_from_db()
    assert answer.status_code == 422 and case.title == "First"
    assert "Second" in answer.content.decode() and "meanwhile" in answer.content.decode()


def test_a_case_of_another_plant_is_not_there(engineer: User, client_of: Login) -> None:
    foreign = make.NonconformanceFactory()
    client = client_of(engineer)
    assert client.get(f"/cases/{foreign.pk}/").status_code == 404
    for verb in ("contain", "close", "cancel", "comment", "attach", "actions", "edit"):
        assert client.post(f"/cases/{foreign.pk}/{verb}/", {"description": "x", "reason": "x"}).status_code == 404


def test_a_note_stands_in_the_timeline_and_is_shown_as_text(plant: Plant, manager: User, client_of: Login) -> None:
    case = make.NonconformanceFactory(plant=plant)
    client = client_of(manager)
    client.post(f"/cases/{case.pk}/comment/", {"text": "<img src=x onerror=alert(1)> look here"})
    page = client.get(f"/cases/{case.pk}/").content.decode()
    assert "&lt;img src=x onerror=alert(1)&gt; look here" in page and "<img src=x" not in page


def test_the_list_shows_open_cases_and_the_overdue_first(plant: Plant, manager: User, client_of: Login) -> None:
    late = make.NonconformanceFactory(plant=plant, due_on=make.NOON.date().replace(day=1))
    soon = make.NonconformanceFactory(plant=plant)
    make.NonconformanceFactory(plant=plant, status="cancelled", close_reason="x")
    client = client_of(manager)
    assert list(client.get("/cases/").context["page"]) == [late, soon]
    assert len(list(client.get("/cases/?status=all").context["page"])) == 3
    assert list(client.get(f"/cases/?q={soon.number}").context["page"]) == [soon]


def test_the_address_of_a_step_opened_by_hand_says_that_nothing_was_changed(
    plant: Plant, manager: User, client_of: Login
) -> None:
    case = make.NonconformanceFactory(plant=plant)
    page = client_of(manager).get(f"/cases/{case.pk}/close/", headers={"Accept": "text/html"})
    assert page.status_code == 405 and page["Allow"] == "POST"
    assert "Nothing was changed" in page.content.decode()
