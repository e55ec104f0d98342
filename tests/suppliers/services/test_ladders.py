from __future__ import annotations

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test.utils import CaptureQueriesContext

from qc import clock
from qc.errors import NotAllowed, Refused, Stale
from qc.models import Event, Nonconformance, Notice, Plant, User
from suppliers import ladder
from suppliers.ladder import Clock, Rung
from suppliers.models import CorrectiveActionRequest, LadderRung, Round, Stage
from suppliers.services import escalation, forecast, ladders, rounds
from tests import factories as make
from tests.suppliers import flow

Request = CorrectiveActionRequest
DUE = dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)  # containment of a major request issued on Friday noon
DAY = dt.timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
pytestmark = pytest.mark.usefixtures("noon")


def change(by: User, rungs: list[Rung], *, name: str = "answer", plant: Plant | None = None) -> None:
    mark = ladders.mark_of(ladders.climbed_at(plant, name))
    ladders.change(by, plant=plant, name=name, rungs=rungs, mark=mark)


def about_containment() -> QuerySet[Notice]:
    return Notice.objects.filter(key__startswith=f"stage:{Stage.objects.get(code='containment').pk}:")


def told(person: User) -> list[str]:
    rows = about_containment().filter(to=person).order_by("at", "pk")
    return [key.rsplit(":", 1)[1] for key in rows.values_list("key", flat=True)]


def climb_days(days: range) -> None:
    for day in days:
        with clock.frozen_at(DUE + day * DAY):
            escalation.remind_due()


def test_an_edited_ladder_is_climbed_from_then_on(request_: Request, acme: User, manager: User) -> None:
    change(manager, [Rung("", 2, ("contact",), "")])
    climb_days(range(10))
    assert len(told(acme)) == 1
    assert about_containment().get(to=acme).at == DUE + 2 * DAY


def test_a_rung_that_is_moved_does_not_tell_the_same_people_again(request_: Request, acme: User, manager: User) -> None:
    climb_days(range(4))
    assert told(acme) == ["due", "late-1", "late-3"]
    with clock.frozen_at(DUE + 3 * DAY + dt.timedelta(hours=1)):
        moved = [replace(rung, amount=4) if rung.name == "late-3" else rung for rung in ladder.ANSWER]
        change(manager, moved)
    climb_days(range(3, 7))
    assert told(acme) == ["due", "late-1", "late-3"]
    climb_days(range(7, 8))
    assert told(acme)[-1] == "late-7"


def test_reset_climbs_the_built_in_ladder_and_repeats_nothing(request_: Request, acme: User, manager: User) -> None:
    climb_days(range(2))
    with clock.frozen_at(DUE + DAY):
        change(manager, [Rung("", 30, ("contact",), "")])
        ladders.reset(manager, plant=None, name="answer", mark=ladders.mark_of(ladders.climbed_at(None, "answer")))
    assert not LadderRung.objects.exists()
    climb_days(range(1, 9))
    assert told(acme) == ["due", "late-1", "late-3", "late-7"]
    verbs = Event.objects.filter(verb__startswith="ladder.").order_by("sequence").values_list("verb", flat=True)
    assert list(verbs) == ["ladder.change", "ladder.reset"]


def test_a_plant_may_have_a_ladder_of_its_own(request_: Request, acme: User, manager: User, plant: Plant) -> None:
    other = make.PlantFactory()
    change(manager, [Rung("", 20, ("contact",), "")], plant=other)
    climb_days(range(2))
    assert told(acme) == ["due", "late-1"]
    with clock.frozen_at(DUE + DAY):
        change(manager, [Rung("mine", 5, ("contact",), "")], plant=plant)
    climb_days(range(2, 8))
    assert told(acme) == ["due", "late-1", "mine"]


def test_a_rung_may_be_for_critical_ones_only(request_: Request, acme: User, manager: User) -> None:
    change(manager, [Rung("", 1, ("contact",), severities="critical"), Rung("all", 2, ("contact",))])
    climb_days(range(4))
    assert told(acme) == ["all"]


@pytest.mark.parametrize(
    ("rungs", "why"),
    [
        ([], "at least one rung"),
        ([Rung("", 1, ())], "at least one person"),
        ([Rung("", 1, ("somebody",))], "at least one person"),
        ([Rung("", 1, ("contact",)), Rung("", 1, ("manager",))], "already"),
        ([Rung("", 999, ("contact",))], "too far"),
        ([Rung("", 1, ("contact",), unit="weeks")], "too far"),
        ([Rung("", 1, ("contact",), "x" * 161)], "160"),
        ([Rung("a", 1, ("contact",)), Rung("a", 2, ("contact",))], "same name"),
    ],
)
def test_a_ladder_that_makes_no_sense_is_refused(manager: User, rungs: list[Rung], why: str) -> None:
    with pytest.raises(Refused, match=why):
        change(manager, rungs)
    assert not LadderRung.objects.exists()


def test_only_managers_change_a_ladder_and_not_over_somebody_elses_change(manager: User, engineer: User) -> None:
    with pytest.raises(NotAllowed):
        change(engineer, [Rung("", 1, ("contact",))])
    mark = ladders.mark_of(ladders.climbed_at(None, "answer"))
    change(manager, [Rung("", 1, ("contact",))])
    with pytest.raises(Stale):
        ladders.change(manager, plant=None, name="answer", rungs=[Rung("", 2, ("contact",))], mark=mark)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [(1, dt.date(2026, 12, 28)), (3, dt.date(2026, 12, 30)), (-1, dt.date(2026, 12, 23)), (4, dt.date(2026, 12, 31))],
)
def test_business_days_skip_weekends_and_holidays_of_the_plant(amount: int, expected: dt.date) -> None:
    christmas = {dt.date(2026, 12, 25)}
    anchor = dt.datetime(2026, 12, 24, 15, tzinfo=BERLIN)
    running = Clock((), anchor, anchor - 30 * DAY, BERLIN, christmas)
    at = ladder.instant(Rung("x", amount, ("contact",), unit="business_days"), running)
    assert at is not None
    assert at.astimezone(BERLIN) == dt.datetime.combine(expected, dt.time(15), BERLIN)


def test_calendar_days_do_not_skip_anything() -> None:
    anchor = dt.datetime(2026, 12, 24, 15, tzinfo=dt.UTC)
    assert ladder.instant(Rung("x", 1, ("contact",)), Clock((), anchor, anchor, BERLIN)) == anchor + DAY


def test_a_critical_containment_does_not_wait_for_the_morning(request_: Request, acme: User) -> None:
    Request.objects.filter(pk=request_.pk).update(severity="critical")
    climb_days(range(1))
    notice = about_containment().select_related("digest").get(to=acme)
    assert notice.digest is not None
    assert notice.digest.due_at == DUE


def test_the_rung_of_fourteen_days_leads_to_controlled_shipping(request_: Request, engineer: User) -> None:
    climb_days(range(15))
    last = about_containment().get(to=engineer, key__endswith="late-14")
    assert "controlled shipping" in last.text
    assert last.path == f"/requests/{request_.pk}/controlled-shipping/"


def test_more_late_requests_cost_no_more_statements(case: Nonconformance, engineer: User, acme: User) -> None:
    def statements(count: int) -> int:
        for _each in range(count):
            flow.issued(engineer, case, acme.supplier)
        late = Stage.objects.filter(code="containment")
        Stage.objects.update(due_at=None)
        late.update(due_at=DUE + DAY)
        with clock.frozen_at(DUE + DAY), CaptureQueriesContext(connection) as caught:
            assert escalation.remind_due() == late.count()
        return len(caught)

    few = statements(1)
    assert statements(12) <= few


# Our own due dates.


def own(person: User) -> list[str]:
    rows = Notice.objects.filter(to=person).order_by("pk").values_list("key", flat=True)
    return [f"{key.split(':')[0]}:{key.rsplit(':', 1)[1]}" for key in rows]


def go_on(plant: Plant, first: dt.datetime, days: int, step: dt.timedelta = DAY) -> None:
    for index in range(int(days * DAY / step)):
        with clock.frozen_at(first + index * step):
            rounds.begin()
            for pk in Round.objects.due().values_list("pk", flat=True):
                rounds.go(pk)


def test_a_case_that_is_due_reminds_its_owner_then_those_above(
    plant: Plant, engineer: User, manager: User, plant_manager: User
) -> None:
    make.NonconformanceFactory(plant=plant, owner=engineer, opened_by=engineer, due_on=make.NOON.date() + 5 * DAY)
    go_on(plant, make.NOON, 20)
    assert own(engineer) == ["case:before", "case:due", "case:late-1", "case:late-3", "case:late-7"]
    assert own(plant_manager) == ["case:late-3", "case:late-7"]
    assert own(manager) == ["case:late-7"]


def test_an_action_reminds_its_owner_and_a_suppliers_action_has_the_requests_clock(
    plant: Plant, engineer: User, inspector: User, request_: Request
) -> None:
    case = make.NonconformanceFactory(plant=plant, owner=engineer, opened_by=engineer)
    day = make.NOON.date() + 2 * DAY
    make.CorrectiveActionFactory(nonconformance=case, owner=inspector, created_by=engineer, due_on=day)
    request_.action.due_on = day
    request_.action.save()
    go_on(plant, make.NOON, 5)
    assert own(inspector) == ["action:due", "action:late-1"]
    assert not Notice.objects.filter(key__startswith=f"action:{request_.action_id}:").exists()


def test_a_containment_clock_is_told_at_once_and_stops_with_the_containment(
    plant: Plant, engineer: User, manager: User
) -> None:
    case = make.NonconformanceFactory(
        plant=plant, owner=engineer, opened_by=engineer, severity="critical", opened_at=make.NOON
    )
    type(case).objects.filter(pk=case.pk).update(contain_due_at=make.NOON + dt.timedelta(hours=8))
    go_on(plant, make.NOON, 1, step=dt.timedelta(hours=1))
    assert own(engineer) == ["contain:before-4h", "contain:due", "contain:late-4h"]
    assert own(manager) == ["contain:late-4h"]
    assert Notice.objects.get(to=manager).digest.due_at == make.NOON + dt.timedelta(hours=12)  # type: ignore[union-attr]
    type(case).objects.filter(pk=case.pk).update(status="contained")
    go_on(plant, make.NOON + DAY, 3)
    assert len(own(engineer)) == 3


# What would be sent.


def test_the_forecast_says_what_then_is_sent_and_writes_nothing(
    request_: Request, acme: User, manager: User, engineer: User
) -> None:
    before = Notice.objects.count(), Event.objects.count(), list(Stage.objects.values_list("pk", "due_at"))
    foreseen = forecast.foresee(manager, days=20)
    assert before == (Notice.objects.count(), Event.objects.count(), list(Stage.objects.values_list("pk", "due_at")))
    expected = {(each.to.pk, each.key) for each in foreseen if each.key.startswith("stage:") and not each.is_waiting}
    with_key = Notice.objects.filter(key__startswith="stage:")
    had = set(with_key.values_list("to_id", "key"))
    for hours in range(0, 20 * 24, 6):
        with clock.frozen_at(make.NOON + dt.timedelta(hours=hours)):
            escalation.remind_due()
    assert set(with_key.values_list("to_id", "key")) - had == expected
    assert expected


def test_the_forecast_shows_a_person_only_what_that_person_may_read(request_: Request, engineer: User) -> None:
    stranger = make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    assert forecast.foresee(stranger, days=30) == []
    assert forecast.foresee(engineer, days=30)


def test_a_change_just_before_a_worker_comes_does_not_swallow_what_was_due(
    request_: Request, acme: User, manager: User
) -> None:
    climb_days(range(8))
    with clock.frozen_at(DUE + 14 * DAY + dt.timedelta(minutes=5)):
        change(manager, [*ladder.ANSWER, Rung("", 30, ("contact",))])
        escalation.remind_due()
    assert told(acme) == ["due", "late-1", "late-3", "late-7", "late-14"]
