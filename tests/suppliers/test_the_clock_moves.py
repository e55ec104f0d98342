"""The demonstration's tales of silence and of recurrence, played by the sweep alone while the clock moves."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from qc import clock
from qc.models import CorrectiveAction, EffectivenessCheck, Nonconformance, Notice, User
from qc.tasks import sweep as sweep_core
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import access
from suppliers.tasks import sweep as sweep_suppliers
from tests import factories as make

DAY = dt.timedelta(days=1)
HALF = dt.timedelta(hours=6)


def play(days: int, *, start: dt.datetime = make.NOON) -> None:
    """What beat does, four times a day and each time twice."""
    for step in range(days * 4):
        with clock.frozen_at(start + step * HALF):
            for _beat in range(2):
                sweep_suppliers.delay()
                sweep_core.delay()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("noon", "work_at_once")
def test_a_silent_supplier_is_escalated_and_the_backup_told_each_message_once(
    request_: CorrectiveActionRequest, acme: User, engineer: User, manager: User, purchasing: User
) -> None:
    backup = make.UserFactory(username="backup", role="supplier", supplier=acme.supplier)
    acme.backup = backup
    acme.save()
    CorrectiveActionRequest.objects.filter(pk=request_.pk).update(contact=acme)
    access.mark_bounced(engineer, contact=acme, reason="No such user.")
    mail.outbox.clear()
    Notice.objects.all().delete()
    containment = Stage.objects.get(request=request_, code="containment")
    play(20)
    rungs = Notice.objects.filter(key__startswith=f"stage:{containment.pk}:").order_by("at", "pk")
    said = [key.rsplit(":", 1)[1] for key in rungs.filter(to=backup).values_list("key", flat=True)]
    assert said == ["due", "late-1", "late-3", "late-7", "late-14"]
    assert not rungs.filter(to=acme).exists()
    assert [key.rsplit(":", 1)[1] for key in rungs.filter(to=purchasing).values_list("key", flat=True)] == said[2:]
    assert Notice.objects.filter(to=engineer, text__contains="backup is told instead").count() == 1
    lines = [
        (message.to[0], line.strip()[2:])
        for message in mail.outbox
        for line in str(message.body).splitlines()
        if line.strip().startswith("- ")
    ]
    assert len(lines) == Notice.objects.exclude(digest__due_at__gt=make.NOON + 20 * DAY).count()
    assert [line for line, times in Counter(lines).items() if times > 1] == []
    per_day = Counter((message.to[0], message.extra_headers["Message-ID"].split(".")[0]) for message in mail.outbox)
    assert set(per_day.values()) == {1}  # one mail per person and day
    assert acme.email not in {message.to[0] for message in mail.outbox}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("noon", "work_at_once")
def test_what_comes_back_after_a_closed_request_proposes_to_open_the_case_again(
    request_: CorrectiveActionRequest, engineer: User, manager: User
) -> None:
    case = request_.nonconformance
    case.status, case.closed_at, case.closed_by = "closed", make.NOON - 60 * DAY, engineer
    case.save()
    request_.status = "closed"
    request_.save()
    CorrectiveAction.objects.filter(pk=request_.action_id).update(implemented_on=make.NOON.date() - 150 * DAY)
    line = make.ProductionLineFactory(plant=case.plant)
    check = _effective(case, request_, line, engineer)
    for day in range(1, 15):
        for _each in range(3):
            when = make.NOON + day * DAY
            make.DefectFactory(line=line, defect_type=case.defect_type, occurred_at=when, production_on=when.date())
    play(16)
    check.refresh_from_db()
    assert check.came_back_on is not None
    assert Notice.objects.filter(to=manager, text__contains="Open it again?").count() == 1
    assert sum("Open it again?" in str(message.body) for message in mail.outbox if message.to == [manager.email]) == 1
    assert Nonconformance.objects.get(pk=case.pk).status == "closed"  # a person decides


def _effective(case: Nonconformance, request_: CorrectiveActionRequest, line: Any, by: User) -> EffectivenessCheck:
    """A check that said effective a month ago: 30 incidents in 90 days before, none in 90 days after."""
    today = make.NOON.date()

    def side(first: dt.date, last: dt.date, incidents: int) -> dict[str, Any]:
        days = (last - first).days + 1
        return {"from": first.isoformat(), "until": last.isoformat(), "incidents": incidents, "exposure": float(days)}

    return EffectivenessCheck.objects.create(
        nonconformance=case,
        action=request_.action,
        defect_type=case.defect_type,
        where={"line": line.code},
        before_from=today - 240 * DAY,
        implemented_on=today - 150 * DAY,
        result="effective",
        numbers={
            "unit": "days",
            "before": side(today - 240 * DAY, today - 151 * DAY, 30),
            "after": side(today - 150 * DAY, today - 1 * DAY, 0),
        },
        planned_by=by,
        decided_by=by,
        due_at=make.NOON,
    )


@pytest.fixture
def demo_home(tmp_path: Path, settings: Any) -> Path:
    settings.HOME, settings.CLOCK_OFFSET = tmp_path, dt.timedelta(days=-2)
    (tmp_path / "clock_offset").write_text("-172800", encoding="ascii")
    return tmp_path


def test_the_demos_clock_goes_forward_only_and_every_process_follows(demo_home: Path, settings: Any) -> None:
    stands_at = clock.now()
    to = (stands_at + 5 * DAY).replace(microsecond=0)
    call_command("demo", clock=to.isoformat())
    assert abs(clock.now() - to) < dt.timedelta(minutes=1)
    with pytest.raises(CommandError, match="only goes forward"):
        call_command("demo", clock=stands_at.isoformat())
    with pytest.raises(CommandError, match="is no instant"):
        call_command("demo", clock="tomorrow")
    clock.now()
    fresh = demo_home / "clock_offset.new"  # another process moves it
    fresh.write_text("864000", encoding="ascii")
    fresh.replace(demo_home / "clock_offset")
    assert clock.now() > to + 4 * DAY


def test_a_real_plants_clock_is_not_moved(tmp_path: Path, settings: Any) -> None:
    settings.HOME = tmp_path
    with pytest.raises(CommandError, match="Only the clock of a demonstration"):
        call_command("demo", clock="2030-01-01T00:00")


def test_pages_say_that_the_clock_is_moved(demo_home: Path, manager: User, client: Client, settings: Any) -> None:
    client.force_login(manager)
    assert "The clock of this demonstration is moved" in client.get("/inbox/").content.decode()
    settings.CLOCK_OFFSET = dt.timedelta(0)
    assert "The clock of this demonstration is moved" not in client.get("/inbox/").content.decode()
