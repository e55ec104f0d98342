from __future__ import annotations

import datetime as dt
import email
import smtplib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command

from qc import clock
from qc.models import Digest, Event, Notice, User
from qc.services import bounces, notices, work
from tests import factories as make

pytestmark = pytest.mark.usefixtures("noon")


class Server(BaseEmailBackend):
    """A mail server that says what the test wants, per address."""

    says: ClassVar[dict[str, Exception]] = {}
    took: ClassVar[list[EmailMessage]] = []

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            if message.to[0] in self.says:
                raise self.says[message.to[0]]
            self.took.append(message)
        return len(email_messages)


@pytest.fixture
def server(settings: Any) -> type[Server]:
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    Server.says, Server.took = {}, []
    return Server


@pytest.fixture
def backup(acme: User) -> User:
    person = make.UserFactory(username="backup", role="supplier", supplier=acme.supplier)
    acme.backup = person
    acme.save()
    return person


def refused(person: User, code: int, said: str) -> smtplib.SMTPRecipientsRefused:
    return smtplib.SMTPRecipientsRefused({person.email: (code, said.encode())})


def told(person: User, key: str = "a") -> Digest:
    notices.tell(to=[person], key=key, text=f"Text {key}.", urgent=True)
    return Digest.objects.get(to=person)


def to(server: type[Server]) -> list[str]:
    return [message.to[0] for message in server.took]


def test_an_address_that_the_server_refuses_for_good_is_marked_and_the_backup_gets_the_mail(
    server: type[Server], acme: User, backup: User
) -> None:
    server.says = {acme.email: refused(acme, 550, "5.1.1 no such user")}
    digest = told(acme)
    assert notices.send_digest(digest.pk)
    acme.refresh_from_db()
    assert acme.bounced_at == make.NOON
    assert to(server) == [backup.email]
    event = Event.objects.get(verb="contact.mark_bounced")
    assert (event.by.username, event.data["how"], event.reason) == ("system", "refused", "550 5.1.1 no such user")
    assert not notices.send_digest(digest.pk)


@pytest.mark.parametrize(("code", "said"), [(450, "4.2.0 greylisted"), (554, "5.7.1 relay access denied")])
def test_what_may_pass_marks_nobody_and_is_tried_again(
    server: type[Server], acme: User, backup: User, code: int, said: str
) -> None:
    server.says = {acme.email: refused(acme, code, said)}
    digest = told(acme)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        notices.send_digest(digest.pk)
    acme.refresh_from_db()
    digest.refresh_from_db()
    assert (acme.bounced_at, digest.parked_at, digest.due_at) == (None, None, make.NOON + dt.timedelta(minutes=1))
    server.says = {}
    with clock.frozen_at(make.NOON + dt.timedelta(minutes=2)):
        assert notices.send_digest(digest.pk)
    assert to(server) == [acme.email]


def test_without_anybody_at_the_supplier_the_mail_is_not_tried_for_ever(server: type[Server], acme: User) -> None:
    server.says = {acme.email: refused(acme, 550, "gone")}
    assert notices.send_digest(told(acme).pk)
    assert to(server) == []
    assert Digest.objects.get().due_at is None


def test_the_suppliers_administrator_stands_in_when_there_is_no_backup(server: type[Server], acme: User) -> None:
    admin = make.UserFactory(username="boss", role="supplier", supplier=acme.supplier, is_supplier_admin=True)
    server.says = {acme.email: refused(acme, 550, "gone")}
    assert notices.send_digest(told(acme).pk)
    assert to(server) == [admin.email]


def test_one_of_ours_whose_own_address_is_refused_twice_ends_the_sending(server: type[Server], engineer: User) -> None:
    server.says = {engineer.email: refused(engineer, 550, "gone")}
    assert notices.send_digest(told(engineer).pk)
    assert to(server) == []


@pytest.mark.parametrize(
    "error", [TimeoutError("slow"), smtplib.SMTPServerDisconnected("gone"), ConnectionResetError()]
)
def test_a_mail_whose_fate_is_unknown_is_not_sent_again_by_itself(
    server: type[Server], acme: User, error: Exception
) -> None:
    server.says = {acme.email: error}
    digest = told(acme)
    assert notices.send_digest(digest.pk)
    digest.refresh_from_db()
    assert digest.is_parked
    assert "may have arrived" in digest.error
    server.says = {}
    with clock.frozen_at(make.NOON + dt.timedelta(days=3)):
        assert not notices.send_digest(digest.pk)
        assert to(server) == []
        assert work.retry(Digest.objects.all(), digest.pk)
        assert notices.send_digest(digest.pk)
    assert to(server) == [acme.email]


def test_a_worker_that_died_while_sending_leaves_a_mail_that_is_shown_and_not_repeated(
    server: type[Server], acme: User
) -> None:
    digest = told(acme)
    assert Digest.objects.all().claim(digest.pk, minutes=1.5)
    Digest.objects.filter(pk=digest.pk).update(error=notices.UNKNOWN)  # as committed before the mail is handed over
    with clock.frozen_at(make.NOON + dt.timedelta(minutes=5)):
        assert notices.send_digest(digest.pk)
    digest.refresh_from_db()
    assert digest.is_parked
    assert to(server) == []


def test_a_stopped_mail_does_not_hold_up_what_is_urgent_after_it(server: type[Server], acme: User) -> None:
    server.says = {acme.email: TimeoutError("slow")}
    first = told(acme)
    notices.send_digest(first.pk)
    server.says = {}
    notices.tell(to=[acme], key="b", text="Line stopped.", urgent=True)
    second = Digest.objects.exclude(pk=first.pk).get()
    assert second.due_at == make.NOON
    assert notices.send_digest(second.pk)
    assert ["Line stopped." in message.body for message in server.took] == [True]


def test_every_try_carries_the_same_name(server: type[Server], acme: User) -> None:
    server.says = {acme.email: TimeoutError("slow")}
    digest = told(acme)
    notices.send_digest(digest.pk)
    server.says = {}
    work.retry(Digest.objects.all(), digest.pk)
    notices.send_digest(digest.pk)
    notice = Notice.objects.get(to=acme)
    assert server.took[0].extra_headers["Message-ID"] == bounces.message_id(digest, acme, notice.pk)


def test_who_left_is_not_written_to_but_the_backup_is(server: type[Server], acme: User, backup: User) -> None:
    digest = told(acme)
    acme.is_active = False
    acme.save()
    notices.send_digest(digest.pk)
    assert to(server) == [backup.email]


# Reports about failed deliveries.

REPORT = """\
From: MAILER-DAEMON@mx.example
To: lineside@localhost
Subject: Undelivered Mail
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

Sorry.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; {address}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 {status} no such user

--b
Content-Type: text/rfc822-headers

Message-ID: {name}
Subject: Lineside

--b--
"""


def report(**values: str) -> str:
    return REPORT.format(**{"action": "failed", "status": "5.1.1"} | values)


@pytest.fixture
def sent(acme: User, backup: User) -> str:
    """The name of a mail to Acme's contact that was sent."""
    digest = told(acme)
    notices.send_digest(digest.pk)
    assert mail.outbox.pop().to == [acme.email]
    return bounces.message_id(digest, acme, Notice.objects.get(to=acme).pk)


def take(text: str) -> bounces.Said:
    return bounces.take(email.message_from_string(text))


def test_a_report_marks_the_person_and_the_backup_gets_what_came_back(acme: User, backup: User, sent: str) -> None:
    said = take(report(address=acme.email.upper(), name=sent))
    assert said.marked == acme
    acme.refresh_from_db()
    assert acme.bounced_at == make.NOON
    digest = Digest.objects.get(to=acme)
    assert notices.send_digest(digest.pk)
    assert [message.to for message in mail.outbox] == [[backup.email]]
    assert "Text a." in mail.outbox[0].body


def test_the_same_report_read_again_after_the_mark_was_taken_back_changes_nothing(acme: User, sent: str) -> None:
    text = report(address=acme.email, name=sent)
    take(text)
    bounces.clear(acme, person=acme)
    assert take(text).marked is None
    acme.refresh_from_db()
    assert acme.bounced_at is None


@pytest.mark.parametrize(
    "change",
    [
        {"action": "delayed"},
        {"status": "4.4.1"},
        {"status": "5.7.1"},
        {"address": "somebody@else.example"},
        {"name": "<d1.1.1.aaaaaaaaaaaaaaaaaaaaaaaa@localhost>"},
        {"name": "<foreign@mail.example>"},
        {"name": "<d99999999999999999999999.1.1.aaaaaaaaaaaaaaaaaaaaaaaa@x>"},
    ],
)
def test_a_foreign_forged_or_passing_report_is_harmless(acme: User, sent: str, change: dict[str, str]) -> None:
    assert take(report(**{"address": acme.email, "name": sent} | change)).marked is None
    acme.refresh_from_db()
    assert acme.bounced_at is None


def test_a_seal_of_one_persons_mail_does_not_mark_another(acme: User, rival: User, sent: str) -> None:
    forged = sent.replace(f".{acme.pk}.", f".{rival.pk}.")
    assert take(report(address=rival.email, name=forged)).marked is None


def test_the_command_reads_each_file_once_and_survives_rubbish(
    acme: User, sent: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1.a").write_text(report(address=acme.email, name=sent))
    (tmp_path / "new" / "2.b").write_bytes(b"\xff\x00" * 500)
    (tmp_path / "new" / "3.c").write_bytes(b"")
    deep = "Content-Type: multipart/report; boundary=b\n\n" + "--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 200
    (tmp_path / "new" / "4.d").write_text(deep)
    call_command("bounces", str(tmp_path))
    assert "4 read, 1 marked." in capsys.readouterr().out
    assert not list((tmp_path / "new").iterdir())
    assert sorted(path.name for path in (tmp_path / "cur").iterdir()) == ["1.a:2,S", "2.b:2,S", "3.c:2,S", "4.d:2,S"]
    call_command("bounces", str(tmp_path))
    assert "0 read" in capsys.readouterr().out


def test_a_folder_that_is_no_maildir_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no Maildir"):
        call_command("bounces", str(tmp_path))
