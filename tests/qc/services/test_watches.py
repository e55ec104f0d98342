from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from qc import clock
from qc.models import EffectivenessCheck, Event, Finding, Nonconformance, Notice, Plant, User
from qc.services import actions, cases, identity
from tests import factories as make
from tests.qc.services import walk
from tests.qc.services.test_identity import SAID

pytestmark = pytest.mark.usefixtures("noon")


def at(days: int) -> dt.datetime:
    return make.NOON + dt.timedelta(days=days)


@pytest.fixture
def closed(engineer: User, manager: User, plant: Plant) -> EffectivenessCheck:
    """A case with twelve incidents in forty days before the fix, effective and closed."""
    case = walk.opened(engineer, walk.finding_with_defects(plant, days=range(48, 60)))
    action = walk.to_verifying(engineer, case, implemented_on=(make.NOON - dt.timedelta(days=20)).date())
    actions.verify(manager, action=action)
    check = walk.computed(action, make.NOON)
    case.refresh_from_db()
    cases.close(manager, case=case)
    check.refresh_from_db()
    return check


def happened(check: EffectivenessCheck, *days: int) -> None:
    line = check.nonconformance.line
    for day in days:
        make.DefectFactory(line=line, defect_type=check.defect_type, occurred_at=at(day))


def test_an_effective_fix_is_watched_after_the_case_is_closed(closed: EffectivenessCheck) -> None:
    assert (closed.result, closed.due_at) == ("effective", at(1))
    happened(closed, 3)
    seen = walk.computed(closed.action, at(30))
    assert (seen.came_back_on, seen.due_at) == (None, at(31))
    assert seen.numbers["since"]["incidents"] == 1
    assert seen.result == "effective"


def test_when_it_comes_back_reopening_is_proposed_with_the_day_and_the_number(
    closed: EffectivenessCheck, engineer: User, manager: User
) -> None:
    happened(closed, 60, 61, 62, 63, 64)
    seen = walk.computed(closed.action, at(66))
    assert (seen.came_back_on, seen.due_at) == (at(60).date(), None)
    assert seen.numbers["since"]["back"] == 5
    event = Event.objects.about(seen.nonconformance).get(verb="case.propose_reopening")
    assert (event.by.role, event.data["came_back_on"]) == ("system", at(60).date().isoformat())
    for person in (engineer, manager):
        assert (
            "5 incidents since 2027-01-19. Open it again?" in Notice.objects.get(to=person, key__contains="back").text
        )


def test_the_machine_proposes_and_a_person_opens_it_again(closed: EffectivenessCheck, manager: User) -> None:
    happened(closed, 60, 61, 62, 63, 64)
    seen = walk.computed(closed.action, at(66))
    assert Nonconformance.objects.get(pk=seen.nonconformance_id).status == "closed"
    with clock.frozen_at(at(67)):
        new = cases.reopen(manager, case=seen.nonconformance, reason="Five in a week.")
    assert new.reopened_from == seen.nonconformance


def test_a_case_that_was_opened_again_is_not_watched_any_more(closed: EffectivenessCheck, manager: User) -> None:
    cases.reopen(manager, case=closed.nonconformance, reason="I saw one.")
    happened(closed, 60, 61, 62, 63, 64)
    seen = walk.computed(closed.action, at(66))
    assert (seen.came_back_on, seen.due_at) == (None, None)


def test_the_watch_ends_after_a_year(closed: EffectivenessCheck) -> None:
    assert walk.computed(closed.action, at(400)).due_at is None


def test_a_fix_that_was_recorded_late_and_holds_no_more_is_seen_at_once(engineer: User, plant: Plant) -> None:
    case = walk.opened(engineer, walk.finding_with_defects(plant, days=range(48, 60)))
    action, check = walk.planned(engineer, case)
    happened(check, -6, -5, -4, -3, -2)
    on = (make.NOON - dt.timedelta(days=20)).date()
    actions.carry_out(engineer, action=action, implemented_on=on, evidence="Photo.")
    seen = walk.computed(action, make.NOON)
    assert (seen.result, seen.came_back_on) == ("effective", at(-6).date())
    assert "coming back" in Notice.objects.get(to=engineer, key__contains="back").text


def analysed(check: EffectivenessCheck, since: dt.datetime, on: int, **changes: Any) -> None:
    """The analysis finds that the closed case's cause is back."""
    said = dataclasses.replace(
        SAID, defect_type=check.defect_type.code, where=check.where, since=since.date().isoformat(), **changes
    )
    with clock.frozen_at(at(on)):
        run = make.AnalysisRunFactory(plant=check.nonconformance.plant, defect_type=check.defect_type)
        identity.keep(run, [check.defect_type], [said])


def told(person: User) -> list[str]:
    return list(Notice.objects.filter(to=person, key__contains="back").order_by("pk").values_list("text", flat=True))


@pytest.mark.parametrize("first", ["the watch", "the analysis"])
def test_one_return_is_told_once_whether_the_watch_or_the_analysis_sees_it_first(
    closed: EffectivenessCheck, engineer: User, manager: User, first: str
) -> None:
    another = make.UserFactory(role="engineer", plants=[closed.nonconformance.plant])
    happened(closed, 60, 61, 62, 63, 64)
    if first == "the watch":
        walk.computed(closed.action, at(66))
    analysed(closed, at(60), 66)
    if first == "the analysis":
        walk.computed(closed.action, at(67))
    assert [len(told(person)) for person in (engineer, manager, another)] == [1, 1, 1]
    assert Finding.objects.get(closed_case=closed.nonconformance).replaced_at is None
    assert EffectivenessCheck.objects.get().came_back_on == at(60).date()


def test_a_return_that_begins_after_people_were_told_of_the_last_is_told_again(
    closed: EffectivenessCheck, engineer: User
) -> None:
    analysed(closed, at(60), 66)
    with clock.frozen_at(at(80)):  # the records do not show it any more
        identity.keep(make.AnalysisRunFactory(plant=closed.nonconformance.plant), [closed.defect_type], [])
    analysed(closed, at(61), 90)
    assert len(told(engineer)) == 1
    with clock.frozen_at(at(100)):
        identity.keep(make.AnalysisRunFactory(plant=closed.nonconformance.plant), [closed.defect_type], [])
    analysed(closed, at(150), 160)
    assert len(told(engineer)) == 2
