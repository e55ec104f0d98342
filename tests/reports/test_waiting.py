"""What waits for whom, sorted by urgency, and counted as it is listed."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from qc.models import Plant, User
from reports import ageing, waiting
from suppliers.models import Stage
from tests import factories as make
from tests import record_factories as records

pytestmark = pytest.mark.usefixtures("noon")
TODAY = make.NOON.date()


def titles(user: User) -> list[str]:
    found = [each.title for each in waiting.waiting_for(user)]
    assert waiting.count(user) == len(found)
    return found


def day(days: int) -> dt.date:
    return TODAY + dt.timedelta(days=days)


def test_the_longest_late_comes_first_and_no_date_is_never_late(plant: Plant, manager: User) -> None:
    case = make.NonconformanceFactory(plant=plant, title="Mine", owner=manager, due_on=None)
    for title, due in (("soon", day(1)), ("old", day(-9)), ("never", None), ("new", day(-1))):
        make.CorrectiveActionFactory(nonconformance=case, title=title, owner=manager, due_on=due)
    assert titles(manager) == ["old", "new", "soon", f"{case.number} Mine", "never"]
    assert [each.days_late for each in waiting.waiting_for(manager)] == [9, 1, 0, 0, 0]


def test_of_two_equally_late_the_more_severe_comes_first(plant: Plant, manager: User) -> None:
    for title, severity in (("b", "minor"), ("a", "critical")):
        make.NonconformanceFactory(plant=plant, title=title, owner=manager, severity=severity, due_on=day(-2))
    assert [title[-1] for title in titles(manager)] == ["a", "b"]


def test_what_a_person_carried_out_waits_for_somebody_else(plant: Plant, manager: User, engineer: User) -> None:
    done = {"status": "done", "implemented_on": TODAY, "evidence": "Photo"}
    theirs = make.NonconformanceFactory(plant=plant, owner=engineer)
    make.CorrectiveActionFactory(nonconformance=theirs, title="New guide", done_by=engineer, **done)
    assert "New guide" in titles(manager) and "New guide" not in titles(engineer)
    make.CorrectiveActionFactory(nonconformance=theirs, title="New lamp", done_by=manager, **done)
    assert "New lamp" in titles(engineer) and "New lamp" not in titles(manager)


def test_an_answer_waits_for_who_holds_the_request(plant: Plant, manager: User, engineer: User) -> None:
    case = make.NonconformanceFactory(plant=plant, owner=engineer)
    request = make.RequestFactory(plant=plant, nonconformance=case, issued_by=engineer, title="Pores")
    Stage.objects.create(request=request, position=1, code="containment", status="submitted")
    late = make.NOON - dt.timedelta(days=4)
    Stage.objects.create(request=request, position=2, code="root_cause", answer_due_at=late)
    found = [each for each in waiting.waiting_for(engineer) if "Pores" in each.title]
    assert [each.is_late for each in found] == [True, False]
    assert found[0].days_late == 4 and found[1].url.startswith("/requests/")
    assert not [title for title in titles(manager) if "Pores" in title]
    assert [each.days_late for each in waiting.late_elsewhere(manager)] == [4]


def test_work_of_people_who_are_gone_falls_to_those_who_remain(plant: Plant, manager: User, engineer: User) -> None:
    gone = make.UserFactory(role="engineer", is_active=False)
    case = make.NonconformanceFactory(plant=plant, title="Left behind", owner=gone)
    request = make.RequestFactory(plant=plant, nonconformance=case, issued_by=gone)
    Stage.objects.create(request=request, position=1, code="containment", status="submitted")
    assert len(titles(manager)) == 2 and len(titles(engineer)) == 1


def test_a_systemic_finding_waits_until_somebody_decides(plant: Plant, engineer: User, inspector: User) -> None:
    finding = make.FindingFactory(plant=plant)
    assert len(titles(engineer)) == 1 and titles(inspector) == []
    type(finding).objects.update(decision="confirmed", decided_by=engineer, decided_at=make.NOON)
    assert titles(engineer) == []


def test_nobody_is_shown_what_belongs_to_another_plant(engineer: User) -> None:
    make.FindingFactory()
    make.NonconformanceFactory(due_on=day(-3))
    assert titles(engineer) == [] and waiting.late_elsewhere(engineer) == []


def test_the_count_is_one_statement(plant: Plant, manager: User) -> None:
    make.NonconformanceFactory(plant=plant, owner=manager)
    with CaptureQueriesContext(connection) as statements:
        assert waiting.count(manager) == 1
    assert len(statements) == 1


def test_ages_are_counted_once_and_their_numbers_open_the_same_cases(plant: Plant, manager: User, client) -> None:
    for days in (0, 7, 8, 30, 31, 90, 91, 400):
        make.NonconformanceFactory(plant=plant, opened_at=make.NOON - dt.timedelta(days=days))
    make.NonconformanceFactory(opened_at=make.NOON)
    (row,) = ageing.cases(manager, plant)
    assert row.counts == (2, 2, 2, 2) and row.total == 8
    client.force_login(manager)
    assert "age=older" in client.get("/work/ageing/", {"plant": plant.pk}).content.decode()
    for name, *_rest in ageing.AGES:
        page = client.get("/cases/", {"status": "open", "age": name, "plant": plant.pk}).context["page"]
        assert len(page.object_list) == 2, name


def test_open_requests_are_aged_by_supplier(plant: Plant, manager: User, client) -> None:
    request = make.RequestFactory(plant=plant, issued_at=make.NOON - dt.timedelta(days=40))
    make.RequestFactory(plant=plant, supplier=request.supplier, status="draft", issued_at=None, issued_by=None)
    (row,) = ageing.requests(manager, None)
    assert row.counts == (0, 0, 1, 0) and row.label == str(request.supplier)
    client.force_login(manager)
    query = {"state": "running", "supplier": row.key, "age": "90"}
    assert [each.pk for each in client.get("/requests/", query).context["page"]] == [request.pk]
    assert not client.get("/requests/", query | {"age": "7"}).context["page"].object_list


def test_the_page_says_what_waits_and_the_navigation_how_much(plant: Plant, manager: User, client) -> None:
    make.NonconformanceFactory(plant=plant, title="Scratches", owner=manager, due_on=day(-2))
    client.force_login(manager)
    page = client.get("/work/").content.decode()
    assert "Scratches" in page and "2 days late" in page
    assert '<span class="nav-count">1</span>' in page


def test_the_number_in_the_navigation_follows_what_the_person_does(plant: Plant, manager: User, client) -> None:
    case = make.NonconformanceFactory(plant=plant, owner=manager)
    client.force_login(manager)
    assert '<span class="nav-count">1</span>' in client.get("/cases/").content.decode()
    client.post(f"/cases/{case.pk}/cancel/", {"version": case.version, "reason": "Opened twice"})
    assert '<span class="nav-count">' not in client.get("/cases/").content.decode()


def test_an_empty_day_says_so(inspector: User, client) -> None:
    client.force_login(inspector)
    assert "Nothing waits for you" in client.get("/work/").content.decode()


def test_what_came_with_material_and_rules_waits_for_the_right_people(plant: Plant, engineer: User) -> None:
    late = make.NOON - dt.timedelta(hours=2)
    make.NonconformanceFactory(plant=plant, title="Loose", owner=engineer, severity="critical", contain_due_at=late)
    finding = make.FindingFactory(plant=plant, decision="confirmed", decided_by=engineer, decided_at=make.NOON)
    proposal = records.CaseProposalFactory(finding=finding, outcome="propose")
    found = waiting.waiting_for(engineer)
    assert [each.is_late for each in found] == [True, False]
    assert "record the containment" in found[0].why and "proposed" in found[1].why
    type(proposal).objects.update(declined_by=engineer, declined_at=make.NOON, decline_reason="Known")
    assert len(titles(engineer)) == 1


def test_a_question_for_more_time_waits_for_who_holds_the_request(plant: Plant, manager: User, engineer: User) -> None:
    request = make.RequestFactory(plant=plant, nonconformance__plant=plant, issued_by=engineer, title="Pores")
    stage = Stage.objects.create(request=request, position=1, code="root_cause", answer_due_at=make.NOON)
    stage.extensions.create(reason="Tool away", wanted_on=day(9), asked_by=request.issued_by)
    (found,) = waiting.waiting_for(engineer)
    assert "until 29 Nov 2026" in found.why and titles(manager) == []


def test_a_decision_waits_for_the_members_of_the_board_who_have_not_signed(plant: Plant, engineer: User) -> None:
    User.objects.filter(pk=engineer.pk).update(is_mrb_member=True, mrb_function="engineering")
    engineer.refresh_from_db()
    case = make.NonconformanceFactory(plant=plant, status="in_review", suspect_quantity=12)
    records.DispositionFactory(nonconformance=case, decision="use_as_is", quantity=12)
    (found,) = waiting.waiting_for(engineer)
    assert "use as is of 12 waits for your signature" in found.why and waiting.count(engineer) == 1
    assert found.url == f"/cases/{case.pk}/material/"
