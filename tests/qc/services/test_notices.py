from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core import mail

from qc import clock
from qc.errors import NotAllowed
from qc.models import Digest, Notice, User
from qc.services import notices
from tests import factories as make

pytestmark = pytest.mark.usefixtures("noon")
MORNING = dt.datetime(2026, 11, 21, 6, tzinfo=dt.UTC)


def tell(*to: User, key: str = "case:1", text: str = "NCR-2026-00001 is yours.", **values: Any) -> list[Notice]:
    return notices.tell(to=to, key=key, text=text, **values)


def sent(digest: Digest, at: dt.datetime = MORNING) -> bool:
    with clock.frozen_at(at):
        return notices.send_digest(digest.pk)


def test_a_person_is_told_the_same_thing_once(engineer: User, manager: User) -> None:
    assert len(tell(engineer, manager, engineer)) == 2
    assert [notice.to for notice in tell(engineer, manager, key="case:2")] == [engineer, manager]
    assert tell(engineer) == []
    with clock.frozen_at(make.NOON + dt.timedelta(days=9)):
        assert tell(engineer) == []
    assert Notice.objects.filter(to=engineer).count() == 2


def test_notices_of_a_day_wait_for_one_mail_in_the_morning(engineer: User) -> None:
    tell(engineer, path="/cases/1/")
    with clock.frozen_at(make.NOON + dt.timedelta(hours=10)):
        tell(engineer, key="case:2", text="Do <this> & that.")
    digest = Digest.objects.get()
    assert (digest.to, digest.on, digest.due_at) == (engineer, MORNING.date(), MORNING)
    assert not sent(digest, MORNING - dt.timedelta(seconds=1))
    assert sent(digest)
    message = mail.outbox[0]
    html = message.alternatives[0][0]  # type: ignore[attr-defined]
    assert message.to == ["engineer@example.com"]
    assert message.subject == "Lineside: 2 things to know"
    assert "NCR-2026-00001 is yours." in message.body and "/cases/1/" in message.body
    assert "Do <this> & that." in message.body
    assert "Do &lt;this&gt; &amp; that." in html and "<this>" not in html
    assert len(mail.outbox) == 1


def test_a_digest_is_sent_once(engineer: User) -> None:
    tell(engineer)
    digest = Digest.objects.get()
    assert sent(digest)
    assert not sent(digest)
    Digest.objects.update(due_at=MORNING)  # another worker that came too late
    sent(digest, MORNING + dt.timedelta(minutes=1))
    assert len(mail.outbox) == 1


def test_before_six_the_mail_is_of_the_same_day(engineer: User) -> None:
    with clock.frozen_at(MORNING - dt.timedelta(hours=1)):
        tell(engineer)
    assert Digest.objects.get().due_at == MORNING


def test_at_six_sharp_the_next_mail_is_tomorrows(engineer: User) -> None:
    with clock.frozen_at(MORNING):
        tell(engineer)
    assert Digest.objects.get().due_at == MORNING + dt.timedelta(days=1)


def test_urgent_sends_at_once_and_the_morning_brings_only_what_is_new(engineer: User) -> None:
    tell(engineer, text="First.")
    tell(engineer, key="case:2", text="Line stopped.", urgent=True)
    digest = Digest.objects.get()
    assert digest.due_at == make.NOON
    assert sent(digest, make.NOON)
    tell(engineer, key="case:3", text="Third.")
    digest.refresh_from_db()
    assert digest.due_at == MORNING
    assert sent(digest)
    assert ["First." in mail.outbox[0].body, "Third." in mail.outbox[0].body] == [True, False]
    assert ["First." in mail.outbox[1].body, "Third." in mail.outbox[1].body] == [False, True]


def test_a_quiet_notice_does_not_delay_an_urgent_one(engineer: User) -> None:
    tell(engineer, urgent=True)
    tell(engineer, key="case:2")
    assert Digest.objects.get().due_at == make.NOON


def test_urgent_wakes_the_worker(engineer: User, work_at_once: None, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        tell(engineer, urgent=True)
    assert len(mail.outbox) == 1


def test_mail_that_comes_back_goes_to_the_backup(engineer: User, manager: User) -> None:
    engineer.bounced_at, engineer.backup = make.NOON, manager
    engineer.save()
    tell(engineer)
    sent(Digest.objects.get())
    assert mail.outbox[0].to == ["manager@example.com"]
    assert "messages to engineer come back" in mail.outbox[0].body


def test_without_a_backup_the_own_address_is_tried_again(engineer: User) -> None:
    engineer.bounced_at = make.NOON
    engineer.save()
    tell(engineer)
    sent(Digest.objects.get())
    assert mail.outbox[0].to == ["engineer@example.com"]


def test_two_who_back_each_other_up_do_not_go_in_circles(engineer: User, manager: User) -> None:
    for one, other in ((engineer, manager), (manager, engineer)):
        one.bounced_at, one.backup = make.NOON, other
        one.save()
    tell(engineer)
    assert sent(Digest.objects.get())
    assert len(mail.outbox) == 1


def test_who_has_no_address_or_is_gone_gets_no_mail(engineer: User, manager: User) -> None:
    engineer.email = ""
    engineer.save()
    tell(engineer)
    assert sent(Digest.objects.get())
    manager.is_active = False
    manager.save()
    assert tell(manager) == []
    assert mail.outbox == []
    assert Notice.objects.filter(to=engineer).unread().count() == 1


def test_a_mail_that_fails_is_tried_again_and_says_why(engineer: User, settings: Any) -> None:
    settings.EMAIL_BACKEND = "nowhere.Backend"
    tell(engineer)
    digest = Digest.objects.get()
    with pytest.raises(ImportError):
        sent(digest)
    digest.refresh_from_db()
    assert digest.sent_at is None
    assert "nowhere" in digest.error
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert sent(digest, MORNING + dt.timedelta(hours=1))
    assert len(mail.outbox) == 1


def test_a_mail_speaks_the_readers_language(engineer: User) -> None:
    engineer.language = "de"
    engineer.save()
    tell(engineer)
    sent(Digest.objects.get())
    assert '<html lang="de">' in mail.outbox[0].alternatives[0][0]  # type: ignore[attr-defined]


def test_a_line_break_in_a_title_does_not_reach_the_mail_header(engineer: User) -> None:
    tell(engineer, text="Case\r\nBcc: all@example.com")
    sent(Digest.objects.get())
    assert mail.outbox[0].subject == "Lineside: Case Bcc: all@example.com"


def test_a_notice_is_read_only_by_its_person(engineer: User, manager: User) -> None:
    [notice] = tell(engineer)
    with pytest.raises(NotAllowed):
        notices.mark_read(manager, notice=notice)
    assert notices.mark_read(engineer, notice=notice).read_at == make.NOON
    tell(engineer, manager, key="case:2")
    assert notices.mark_all_read(engineer) == 1
    assert Notice.objects.visible_to(manager).unread().count() == 1


def test_a_notice_knows_its_record_and_plant(engineer: User) -> None:
    action = make.CorrectiveActionFactory()
    [notice] = tell(engineer, subject=action)
    assert (notice.subject_label, notice.subject_pk) == ("qc.correctiveaction", action.pk)
    assert notice.plant == action.nonconformance.plant


def test_long_texts_are_cut_rather_than_refused(engineer: User) -> None:
    [notice] = tell(engineer, text="x" * 999, path="/" + "y" * 999)
    assert (len(notice.text), len(notice.path)) == (300, 300)
