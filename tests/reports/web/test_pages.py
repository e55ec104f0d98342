from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from qc.models import Plant, User
from reports.models import Delivery, Recipient, Report, Schedule
from reports.services import schedules
from reports.stored import dump
from reports.summaries import weekly
from tests import factories as make
from tests.reports.conftest import WEEK
from tests.reports.test_schedules import weekly_for


def stored(by: User, schedule: Schedule, number: int = 0) -> Report:
    """A report without its PDF, as many as a test needs."""
    slot = dt.datetime(2026, 11, 23, 6, tzinfo=dt.UTC) - dt.timedelta(weeks=number)
    report = Report.objects.create(
        schedule=schedule,
        plant=schedule.plant,
        slot_at=slot,
        period_from=WEEK[0],
        period_until=WEEK[1],
        title=f"Weekly {number}",
        data=dump(weekly(by, schedule.plant, *WEEK)),
    )
    for recipient in schedule.recipients.all():
        Delivery.objects.create(report=report, recipient=recipient, error="Not sent: because.")
    return report


FILES = ("report-detail", "report-pdf", "report-xlsx", "report-csv")


def test_the_lists_say_what_to_do_when_they_are_empty(client: Client, manager: User) -> None:
    client.force_login(manager)
    for name in ("report-list", "schedule-list"):
        page = client.get(reverse(f"reports:{name}")).content.decode()
        assert reverse("reports:schedule-create") in page and "yet" in page


def test_a_report_page_shows_the_numbers_the_charts_and_who_got_it(client: Client, week: Plant, manager: User) -> None:
    report = stored(manager, weekly_for(manager, week, manager))
    client.force_login(manager)
    page = client.get(reverse("reports:report-detail", args=[report.pk])).content.decode()
    for needed in ("2,419 ppm (500 to 7,050)", 'data-chart="rate"', 'data-chart="pareto"', "Figure 2.", "because."):
        assert needed in page
    assert "style=" not in page


def test_another_plants_report_is_a_404(client: Client, week: Plant, manager: User, engineer: User) -> None:
    other = make.PlantFactory()
    report = stored(manager, weekly_for(manager, other, manager))
    client.force_login(engineer)
    for name in FILES:
        assert client.get(reverse(f"reports:{name}", args=[report.pk])).status_code == 404
    assert report.title not in client.get(reverse("reports:report-list")).content.decode()
    for name in ("schedule-edit", "schedule-preview"):
        assert client.get(reverse(f"reports:{name}", args=[report.schedule_id])).status_code == 404
    assert client.post(reverse("reports:schedule-send", args=[report.schedule_id])).status_code == 404
    assert client.post(reverse("reports:delivery-retry", args=[report.deliveries.get().pk])).status_code == 404


def test_a_supplier_finds_no_reports(client: Client, week: Plant, manager: User, acme: User) -> None:
    report = stored(manager, weekly_for(manager, week, manager))
    client.force_login(acme)
    for name in FILES:
        assert client.get(reverse(f"reports:{name}", args=[report.pk])).status_code == 404
    for name in ("report-list", "schedule-list", "schedule-create"):
        assert client.get(reverse(f"reports:{name}")).status_code == 404


def test_an_auditor_reads_schedules_and_changes_none(client: Client, week: Plant, manager: User, auditor: User) -> None:
    schedule = weekly_for(manager, week, manager)
    client.force_login(auditor)
    page = client.get(reverse("reports:schedule-list")).content.decode()
    assert schedule.name in page and "Send now" not in page
    assert client.post(reverse("reports:schedule-send", args=[schedule.pk])).status_code == 403
    assert client.get(reverse("reports:schedule-create")).status_code == 403


def test_a_schedule_is_made_in_the_form(client: Client, plant: Plant, plant_manager: User, noon: dt.datetime) -> None:
    client.force_login(plant_manager)
    body = {
        "plant": plant.pk,
        "name": "Monday mail",
        "weekday": "0",
        "local_time": "07:00",
        "recipients": [plant_manager.pk],
    }
    answer = client.post(reverse("reports:schedule-create"), body, follow=True)
    assert "Monday mail" in answer.content.decode() and "23 Nov 2026, 07:00" in answer.content.decode()


def test_the_form_says_beside_the_field_what_is_wrong(client: Client, plant: Plant, manager: User) -> None:
    stranger = make.UserFactory(role="inspector", first_name="Eve")
    client.force_login(manager)
    body = {"plant": plant.pk, "name": "x", "weekday": "9", "local_time": "25:00", "recipients": [stranger.pk]}
    answer = client.post(reverse("reports:schedule-create"), body)
    assert answer.status_code == 422
    body |= {"weekday": "0", "local_time": "07:00"}
    assert f"Eve may not read {plant}." in client.post(reverse("reports:schedule-create"), body).content.decode()
    assert not Schedule.objects.exists()


def test_the_form_offers_only_own_plants_and_own_people(client: Client, engineer: User, acme: User) -> None:
    make.PlantFactory(name="Far away")
    client.force_login(engineer)
    page = client.get(reverse("reports:schedule-create")).content.decode()
    assert "Far away" not in page and "acme" not in page


def test_editing_takes_a_recipient_off(client: Client, plant: Plant, manager: User, engineer: User) -> None:
    schedule = weekly_for(manager, plant, manager, engineer)
    client.force_login(manager)
    body = {"name": "Weekly", "weekday": "4", "local_time": "06:30", "recipients": [engineer.pk], "is_active": "on"}
    assert client.post(reverse("reports:schedule-edit", args=[schedule.pk]), body).status_code == 302
    assert [r.user for r in Recipient.objects.filter(unsubscribed_at=None)] == [engineer]


def test_a_preview_stores_and_sends_nothing(client: Client, week: Plant, manager: User) -> None:
    schedule = weekly_for(manager, week, manager)
    client.force_login(manager)
    page = client.get(reverse("reports:schedule-preview", args=[schedule.pk])).content.decode()
    assert "1 new systemic finding, 1 answer overdue" in page
    assert not Report.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_send_now_from_the_page_makes_and_mails_the_report(
    client: Client, week: Plant, manager: User, work_at_once: None, mailoutbox: list[object]
) -> None:
    schedule = weekly_for(manager, week, manager)
    client.force_login(manager)
    client.post(reverse("reports:schedule-send", args=[schedule.pk]))
    assert len(mailoutbox) == 1
    answer = client.get(reverse("reports:report-pdf", args=[Report.objects.get().pk]))
    assert answer["Content-Disposition"].startswith('attachment; filename="weekly-')
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")


def test_what_was_not_sent_can_be_tried_again(client: Client, week: Plant, manager: User) -> None:
    delivery = stored(manager, weekly_for(manager, week, manager)).deliveries.get()
    client.force_login(manager)
    assert "Try again" in client.get(reverse("reports:schedule-list")).content.decode()
    client.post(reverse("reports:delivery-retry", args=[delivery.pk]))
    delivery.refresh_from_db()
    assert delivery.due_at is not None


@pytest.mark.parametrize("name", ["report-list", "schedule-list"])
def test_a_list_needs_no_more_queries_for_more_rows(client: Client, week: Plant, manager: User, name: str) -> None:
    schedule = weekly_for(manager, week, manager)
    stored(manager, schedule)
    make.PlantFactory()  # with a second plant there is a filter
    client.force_login(manager)

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse(f"reports:{name}")).status_code == 200
        return len(seen)

    queries()
    before = queries()
    for number in range(1, 6):
        stored(manager, weekly_for(manager, make.PlantFactory(), manager, make.UserFactory()), number)
    assert queries() == before


def test_an_old_report_shows_what_was_known_then(client: Client, week: Plant, manager: User) -> None:
    report = stored(manager, weekly_for(manager, week, manager))
    before = schedules.summary_of(report)
    week.name = "Renamed"
    week.save()
    make.FindingFactory(plant=week, first_seen_at=dt.datetime(2026, 11, 19, tzinfo=dt.UTC))
    assert schedules.summary_of(Report.objects.get()) == before
