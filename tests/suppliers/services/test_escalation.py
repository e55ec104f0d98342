from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Digest, Notice, User
from qc.services import notices
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import access, escalation, requests
from tests import factories as make
from tests.suppliers import flow

Request = CorrectiveActionRequest
DUE = dt.datetime(2026, 11, 22, 11, tzinfo=dt.UTC)  # containment of a major request issued on Friday noon
DAY = dt.timedelta(days=1)


def reminders(person: User) -> list[str]:
    rows = Notice.objects.filter(to=person, key__startswith="stage:").order_by("pk")
    return [key.rsplit(":", 1)[1] for key in rows.values_list("key", flat=True)]


def remind_at(stage: Stage, at: dt.datetime) -> bool:
    with clock.frozen_at(at):
        return escalation.remind(stage.pk)


@pytest.fixture
def containment(request_: Request) -> Stage:
    return flow.stage(request_, "containment")


@pytest.fixture
def boss(acme: User) -> User:
    return make.UserFactory(role="supplier", supplier=acme.supplier, is_supplier_admin=True, username="boss")


def test_the_ladder_is_climbed_rung_by_rung_and_each_rung_once(
    boss: User, request_: Request, containment: Stage, acme: User, engineer: User, manager: User, purchasing: User
) -> None:
    Request.objects.filter(pk=request_.pk).update(contact=acme)
    for hours in range(0, 24 * 20, 6):
        remind_at(containment, make.NOON + dt.timedelta(hours=hours))
        remind_at(containment, make.NOON + dt.timedelta(hours=hours))
    assert reminders(acme) == ["due", "late-1", "late-3", "late-7", "late-14"]
    assert reminders(boss) == ["late-1", "late-3", "late-7", "late-14"]
    assert reminders(engineer) == reminders(purchasing) == ["late-3", "late-7", "late-14"]
    assert reminders(manager) == ["late-3", "late-7", "late-14"]  # owner of the case
    assert flow.stage(request_, "containment").due_at is None


def test_a_long_term_is_reminded_of_three_days_before(request_: Request, acme: User) -> None:
    flow.answer(acme, request_, "containment")
    stage = flow.stage(request_, "root_cause")
    assert stage.answer_due_at is not None
    assert stage.due_at == stage.answer_due_at - 3 * DAY
    assert remind_at(stage, stage.due_at)
    assert reminders(acme) == ["before"]


def test_after_an_outage_only_the_highest_rung_is_climbed(containment: Stage, acme: User) -> None:
    assert remind_at(containment, DUE + 8 * DAY)
    assert reminders(acme) == ["late-7"]
    assert flow.stage(containment.request, "containment").due_at == DUE + 14 * DAY


def test_nothing_is_due_before_its_time_or_twice(containment: Stage, acme: User) -> None:
    assert not remind_at(containment, make.NOON)
    assert remind_at(containment, DUE)
    assert not remind_at(containment, DUE)


def test_a_kill_after_the_notices_repeats_none_of_them(containment: Stage, acme: User) -> None:
    at = DUE + DAY
    remind_at(containment, at)
    Stage.objects.filter(pk=containment.pk).update(due_at=at, lease_until=None)
    remind_at(containment, at)
    assert reminders(acme) == ["late-1"]


def test_no_due_date_means_no_clock(request_: Request, acme: User) -> None:
    flow.answer(acme, request_, "containment")
    stage = flow.stage(request_, "root_cause")
    Stage.objects.filter(pk=stage.pk).update(answer_due_at=None, due_at=make.NOON)
    assert remind_at(stage, make.NOON + 300 * DAY)
    assert reminders(acme) == []
    assert flow.stage(request_, "root_cause").due_at is None


def test_an_answered_or_disputed_or_ended_stage_is_not_reminded_of(
    request_: Request, containment: Stage, acme: User, manager: User
) -> None:
    requests.dispute(acme, request=request_, reason="Not ours")
    Stage.objects.filter(pk=containment.pk).update(due_at=make.NOON)
    remind_at(containment, DUE + 2 * DAY)
    requests.cancel(manager, request=request_, reason="Right")
    Stage.objects.filter(pk=containment.pk).update(due_at=make.NOON)
    remind_at(containment, DUE + 2 * DAY)
    assert reminders(acme) == []


def test_of_two_late_stages_only_the_first_is_reminded_of(request_: Request, acme: User) -> None:
    stage = flow.stage(request_, "root_cause")
    remind_at(stage, make.NOON + 60 * DAY)
    assert reminders(acme) == []


def test_an_answer_that_we_do_not_review_reminds_us(request_: Request, acme: User, engineer: User) -> None:
    stage = flow.answer(acme, request_, "containment")
    Notice.objects.all().delete()
    remind_at(stage, make.NOON + 3 * DAY)
    assert reminders(engineer) == ["review-3"]
    assert reminders(acme) == []


def test_a_bounced_contact_falls_back_to_the_backup_and_we_are_told_once(
    request_: Request, containment: Stage, acme: User, engineer: User
) -> None:
    backup = make.UserFactory(role="supplier", supplier=acme.supplier, username="backup")
    acme.backup = backup
    acme.save()
    Request.objects.filter(pk=request_.pk).update(contact=acme)
    access.mark_bounced(engineer, contact=acme, reason="Left in August")
    for days in range(5):
        remind_at(containment, DUE + days * DAY)
    assert reminders(acme) == []
    assert reminders(backup) == ["due", "late-1", "late-3"]
    told = Notice.objects.filter(to=engineer, text__contains="cannot be reached")
    assert [notice.text for notice in told] == [
        "acme at Acme cannot be reached; backup is told instead (SCAR-2026-00001)."
    ]


def test_when_nobody_can_be_reached_we_hear_of_it(
    request_: Request, containment: Stage, acme: User, engineer: User
) -> None:
    Request.objects.filter(pk=request_.pk).update(contact=acme)
    access.mark_bounced(engineer, contact=acme, reason="")
    remind_at(containment, DUE)
    assert Notice.objects.filter(to=engineer, text__startswith="Nobody at Acme can be reached").count() == 1


def test_backups_in_a_circle_or_of_another_company_end_the_search(acme: User, rival: User) -> None:
    acme.bounced_at = clock.now()
    acme.backup = rival
    acme.save()
    assert access.reachable(acme) is None
    acme.backup = acme
    acme.save()
    assert access.reachable(acme) is None


def test_a_contact_is_marked_once_and_only_by_quality_people(acme: User, manager: User, inspector: User) -> None:
    with pytest.raises(NotAllowed):
        access.mark_bounced(inspector, contact=acme, reason="x")
    access.mark_bounced(manager, contact=acme, reason="x")
    with pytest.raises(Refused, match="already"):
        access.mark_bounced(manager, contact=acme, reason="x")
    with pytest.raises(Refused, match="not a contact"):
        access.mark_bounced(manager, contact=inspector, reason="x")


def test_a_contact_who_went_to_another_supplier_hears_nothing_more(
    request_: Request, acme: User, rival: User, engineer: User
) -> None:
    colleague = make.UserFactory(role="supplier", supplier=acme.supplier, username="colleague")
    Request.objects.filter(pk=request_.pk).update(contact=acme)
    User.objects.filter(pk=acme.pk).update(supplier=rival.supplier)
    row = Request.objects.get(pk=request_.pk)
    assert access.recipients(row) == [colleague]
    message = requests.send_message(engineer, request=row, text="CANARY-MESSAGE")
    assert [notice.to for notice in Notice.objects.filter(key=f"message:{message.pk}")] == [colleague]


def test_mail_that_comes_back_does_not_go_to_a_backup_of_another_company(
    noon: dt.datetime, acme: User, rival: User
) -> None:
    acme.bounced_at, acme.backup = noon, rival
    acme.save()
    notices.tell(to=[acme], key="canary", text="CANARY-TEXT", urgent=True)
    assert notices.send_digest(Digest.objects.get(to=acme).pk)
    assert mail.outbox == []  # nobody at Acme can be reached; our people hear of it
    assert Notice.objects.filter(to=acme, key="canary").exists()


def test_what_was_late_behind_another_answer_is_reminded_of_once_that_one_has_come(
    request_: Request, acme: User, engineer: User
) -> None:
    stage = flow.stage(request_, "root_cause")
    for days in range(0, 61, 3):
        remind_at(stage, make.NOON + days * DAY)
    assert reminders(acme) == []
    with clock.frozen_at(make.NOON + 60 * DAY):
        flow.answer(acme, request_, "containment")
        assert escalation.remind(stage.pk)
    assert reminders(acme) == ["late-14"]
    assert reminders(engineer) == ["submitted", "late-14"]


def test_when_nobody_is_left_at_the_supplier_we_hear_of_it_without_a_named_contact(
    request_: Request, acme: User, engineer: User
) -> None:
    Request.objects.filter(pk=request_.pk).update(contact=None)
    User.objects.filter(supplier=acme.supplier).update(is_active=False)
    for _sweep in range(2):
        escalation.report_unreachable()
    assert Notice.objects.filter(to=engineer, text__startswith="Nobody at Acme can be reached").count() == 1
