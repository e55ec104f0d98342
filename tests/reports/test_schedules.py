from __future__ import annotations

import datetime as dt
import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.core.mail.backends.locmem import EmailBackend

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Event, Plant, User
from qc.services import work
from reports import tasks
from reports.models import Delivery, Recipient, Report, Schedule
from reports.services import schedules
from tests import factories as make

transactional = pytest.mark.django_db(transaction=True)


def weekly_for(by: User, plant: Plant, *users: User, **values: Any) -> Schedule:
    """A schedule that is due at the moment the clock shows."""
    given = {"name": "Weekly", "weekday": 0, "local_time": dt.time(7), "recipients": users} | values
    schedule = schedules.create(by, plant=plant, **given)
    Schedule.objects.filter(pk=schedule.pk).update(due_at=clock.now())
    return Schedule.objects.get(pk=schedule.pk)


def test_a_schedule_is_due_at_its_next_slot_in_the_plants_clock(plant: Plant, manager: User, noon: dt.datetime) -> None:
    schedule = schedules.create(
        manager, plant=plant, name="Weekly", weekday=0, local_time=dt.time(7), recipients=[manager]
    )
    assert schedule.due_at == dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC)
    assert Event.objects.get().verb == "schedule.create"


def test_a_plant_manager_may_schedule_but_an_inspector_may_not(
    plant: Plant, plant_manager: User, inspector: User
) -> None:
    values = {"plant": plant, "weekday": 0, "local_time": dt.time(7), "recipients": [plant_manager]}
    assert schedules.create(plant_manager, name="Mine", **values)
    with pytest.raises(NotAllowed):
        schedules.create(inspector, name="Other", **values)


def test_a_recipient_who_may_not_read_the_plant_is_refused_beside_the_field(plant: Plant, manager: User) -> None:
    stranger = make.UserFactory(role="engineer", first_name="Eve")
    with pytest.raises(Refused) as refusal:
        weekly_for(manager, plant, stranger)
    assert refusal.value.fields["recipients"] == f"Eve may not read {plant}."


def test_a_supplier_cannot_be_a_recipient(plant: Plant, manager: User, acme: User) -> None:
    with pytest.raises(Refused):
        weekly_for(manager, plant, acme)


def test_two_schedules_of_a_plant_need_two_names(plant: Plant, manager: User) -> None:
    weekly_for(manager, plant, manager)
    with pytest.raises(Refused) as refusal:
        weekly_for(manager, plant, manager)
    assert "name" in refusal.value.fields


def test_a_schedule_of_another_plant_is_not_among_yours(plant: Plant, manager: User, engineer: User) -> None:
    other = weekly_for(manager, make.PlantFactory(), manager)
    with pytest.raises(Refused):
        schedules.send_now(engineer, schedule=other)
    with pytest.raises(Refused):
        schedules.update(engineer, schedule=other, name="x", weekday=0, local_time=dt.time(7), recipients=[engineer])


def test_a_paused_schedule_has_no_next_slot_and_comes_back_with_one(
    plant: Plant, manager: User, noon: dt.datetime
) -> None:
    schedule = weekly_for(manager, plant, manager)
    values = {"schedule": schedule, "name": "Weekly", "weekday": 0, "local_time": dt.time(7), "recipients": [manager]}
    assert schedules.update(manager, **values, is_active=False).due_at is None
    assert schedules.update(manager, **values, is_active=True).due_at is not None


def test_who_is_taken_off_gets_no_further_report_and_stays_on_record(
    plant: Plant, manager: User, engineer: User
) -> None:
    schedule = weekly_for(manager, plant, manager, engineer)
    schedules.update(manager, schedule=schedule, name="Weekly", weekday=0, local_time=dt.time(7), recipients=[engineer])
    assert Recipient.objects.get(user=manager).unsubscribed_at is not None
    assert Recipient.objects.get(user=engineer).unsubscribed_at is None


@transactional
def test_a_due_slot_makes_one_report_with_its_pdf_and_a_mail_for_each(
    week: Plant, manager: User, plant_manager: User
) -> None:
    schedule = weekly_for(manager, week, manager, plant_manager)
    assert schedules.produce(schedule.pk)
    report = Report.objects.get()
    assert report.slot_at == clock.now()
    assert (report.period_from, report.period_until) == (dt.date(2026, 11, 16), dt.date(2026, 11, 22))
    assert report.pdf.read(5) == b"%PDF-"
    schedule.refresh_from_db()
    assert schedule.due_at == clock.now() + dt.timedelta(days=7)
    for delivery in Delivery.objects.all():
        assert schedules.deliver(delivery.pk)
    assert sorted(message.to[0] for message in mail.outbox) == [
        "manager <manager@example.com>",
        "plant_manager <plant_manager@example.com>",
    ]
    assert Event.objects.filter(verb="report.send").count() == 2


@transactional
def test_two_sweeps_send_once(week: Plant, manager: User, work_at_once: None) -> None:
    weekly_for(manager, week, manager)
    tasks.sweep()
    tasks.sweep()
    assert (Report.objects.count(), len(mail.outbox)) == (1, 1)


@transactional
def test_a_second_worker_finds_nothing_to_do(week: Plant, manager: User) -> None:
    schedule = weekly_for(manager, week, manager)
    assert Schedule.objects.all().claim(schedule.pk)
    assert not schedules.produce(schedule.pk)
    assert not Report.objects.exists()


@transactional
def test_a_kill_between_making_and_sending_loses_and_doubles_nothing(
    week: Plant, manager: User, monday: dt.datetime
) -> None:
    schedule = weekly_for(manager, week, manager)
    schedules.produce(schedule.pk)
    # The worker dies before it clears the schedule's row: its lease runs out, and the slot is tried again.
    Schedule.objects.update(due_at=monday, lease_until=monday, tries=1)
    assert mail.outbox == []
    with clock.frozen_at(monday + dt.timedelta(minutes=3)):
        schedules.produce(schedule.pk)
        schedules.deliver(Delivery.objects.get().pk)
        schedules.deliver(Delivery.objects.get().pk)
    assert (Report.objects.count(), len(mail.outbox)) == (1, 1)


@transactional
def test_a_kill_while_the_mail_server_has_the_letter_asks_a_person_instead_of_sending_twice(
    week: Plant, manager: User, monday: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedules.produce(weekly_for(manager, week, manager).pk)
    pk = Delivery.objects.get().pk

    class Killed(BaseException):
        pass

    def sent_and_killed(self: EmailBackend, messages: Any) -> int:
        mail.outbox.extend(messages)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", sent_and_killed)
        with pytest.raises(Killed):
            schedules.deliver(pk)
    with clock.frozen_at(monday + dt.timedelta(minutes=10)):
        schedules.deliver(pk)
    delivery = Delivery.objects.get()
    assert len(mail.outbox) == 1
    assert delivery.is_parked and "may have gone out" in delivery.error
    schedules.send_again(manager, delivery=delivery)
    schedules.deliver(pk)
    assert len(mail.outbox) == 2


@transactional
def test_a_mail_server_that_refuses_is_tried_three_times_and_then_seen(
    week: Plant, manager: User, monday: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedules.produce(weekly_for(manager, week, manager).pk)
    pk = Delivery.objects.get().pk

    def refuse(self: EmailBackend, messages: Any) -> int:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    for minutes in (0, 10, 20, 30):
        with clock.frozen_at(monday + dt.timedelta(minutes=minutes)):
            try:
                schedules.deliver(pk)
            except smtplib.SMTPServerDisconnected:
                continue
    delivery = Delivery.objects.get()
    assert (delivery.is_parked, delivery.tries) == (True, 3)
    assert "gone" in delivery.error


@transactional
def test_a_recipient_without_rights_gets_nothing_and_the_delivery_says_why(
    week: Plant, manager: User, plant_manager: User
) -> None:
    schedules.produce(weekly_for(manager, week, plant_manager).pk)
    plant_manager.plants.clear()
    delivery = Delivery.objects.get()
    schedules.deliver(delivery.pk)
    delivery.refresh_from_db()
    assert mail.outbox == []
    assert delivery.error == f"Not sent: plant_manager may not read {week}."
    assert (delivery.sent_at, delivery.due_at, delivery.is_parked) == (None, None, False)


@transactional
def test_a_recipient_without_an_address_gets_nothing_and_the_delivery_says_why(week: Plant, manager: User) -> None:
    User.objects.update(email="")
    schedules.produce(weekly_for(manager, week, manager).pk)
    schedules.deliver(Delivery.objects.get().pk)
    assert "no e-mail address" in Delivery.objects.get().error


@transactional
def test_after_three_weeks_of_silence_one_report_comes(week: Plant, manager: User, monday: dt.datetime) -> None:
    schedule = weekly_for(manager, week, manager)
    with clock.frozen_at(monday + dt.timedelta(days=23)):
        assert schedules.produce(schedule.pk)
        assert not schedules.produce(schedule.pk)
    assert [report.slot_at for report in Report.objects.all()] == [monday + dt.timedelta(days=21)]
    schedule.refresh_from_db()
    assert schedule.due_at == monday + dt.timedelta(days=28)


@transactional
def test_send_now_makes_one_report_and_leaves_the_regular_slot(week: Plant, manager: User, monday: dt.datetime) -> None:
    schedule = weekly_for(manager, week, manager)
    with clock.frozen_at(monday + dt.timedelta(days=1, seconds=20)):
        schedules.send_now(manager, schedule=schedule)
        schedules.produce(schedule.pk)
        schedules.send_now(manager, schedule=schedule)
        schedules.produce(schedule.pk)
    assert Report.objects.get().period_until == dt.date(2026, 11, 23)
    schedule.refresh_from_db()
    assert schedule.due_at == monday + dt.timedelta(days=7)


def test_send_now_without_recipients_is_refused(plant: Plant, manager: User) -> None:
    schedule = weekly_for(manager, plant)
    with pytest.raises(Refused, match="Nobody"):
        schedules.send_now(manager, schedule=schedule)


@transactional
def test_a_failure_while_storing_leaves_no_file(week: Plant, manager: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise OSError("disk full")

    schedule = weekly_for(manager, week, manager)
    stored = files()
    monkeypatch.setattr("reports.services.schedules.events.write", fail)
    with pytest.raises(OSError, match="disk full"):
        schedules.produce(schedule.pk)
    assert not Report.objects.exists()
    assert files() == stored


def files() -> set[str]:
    try:
        return set(default_storage.listdir("reports")[1])
    except FileNotFoundError:
        return set()


@transactional
def test_a_failed_report_is_parked_after_three_tries_and_freed_by_hand(
    week: Plant, manager: User, monday: dt.datetime
) -> None:
    schedule = weekly_for(manager, week, manager)
    Schedule.objects.update(tries=3)
    assert not schedules.produce(schedule.pk)
    schedule.refresh_from_db()
    assert schedule.is_parked
    schedules.send_now(manager, schedule=schedule)
    assert schedules.produce(schedule.pk)
    assert work.retry(Schedule.objects.all(), schedule.pk) is False
