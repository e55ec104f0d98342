"""Mail that comes back: the mark on a person, the name that every mail carries, and reports about failed deliveries."""

from __future__ import annotations

import datetime as dt
import re
import smtplib
from dataclasses import dataclass
from email.message import Message
from email.utils import parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from qc import clock, queue
from qc.errors import Refused
from qc.models import Digest, Event, User
from qc.services import events, people

NAME = re.compile(r"<d(\d{1,18})\.(\d{1,18})\.(\d{1,18})\.([0-9a-f]{24})@[^<>\s]{1,255}>")
MARKED, CLEARED = "contact.mark_bounced", "contact.clear_bounced"
LONGEST_REASON = 500
TICK = dt.timedelta(microseconds=1)
POLICY = re.compile(r"\b5\.7\.\d")  # refused for what we are or say, not because nobody is there


def message_id(digest: Digest, reader: User, first: int) -> str:
    """The name of a digest's mail, the same at every try. Only who got the mail can know it: it carries a seal."""
    body = f"{digest.pk}.{reader.pk}.{first}"
    host = urlsplit(settings.SITE_URL).hostname or "localhost"
    return f"<d{body}.{_seal(body)}@{host}>"


def _seal(body: str) -> str:
    return salted_hmac("lineside.mail", body, algorithm="sha256").hexdigest()[:24]


def permanent(error: smtplib.SMTPException) -> str:
    """What the server said when it will never take mail for the one recipient; empty for whatever may pass."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        for code, said in error.recipients.values():
            text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
            if code >= 500 and not POLICY.search(text):
                return f"{code} {text}"
    return ""


@transaction.atomic
def mark(by: User, *, person: User, how: str, reason: str, name: str = "") -> bool:
    """Note that mail to a person comes back; the backup gets it from now on. False when it is noted already.

    `how` is "refused" (by the server, while sending), "report" or "person"; `name` that of the mail.
    """
    row = User.objects.select_for_update().get(pk=person.pk)
    if row.bounced_at is not None:
        return False
    row.bounced_at = clock.now()
    row.save(update_fields=["bounced_at"])
    data = {"bounced_at": row.bounced_at, "how": how, **({"mail": name} if name else {})}
    events.write(by=by, verb=MARKED, subject=row, data=data, reason=reason.replace("\x00", "")[:LONGEST_REASON])
    return True


@transaction.atomic
def clear(by: User, *, person: User) -> User:
    """Take the mark back: the address is right again. Refused when there is none."""
    row = User.objects.select_for_update().get(pk=person.pk)
    if row.bounced_at is None:
        raise Refused(_("Mail to this person does not come back."))
    before, row.bounced_at = row.bounced_at, None
    row.save(update_fields=["bounced_at"])
    events.write(by=by, verb=CLEARED, subject=row, data={"bounced_at": [before, None]})
    return row


@dataclass(frozen=True)
class Said:
    """What came of one report: the person that was marked, or why nobody was."""

    marked: User | None
    text: str


def take(report: Message) -> Said:
    """Read a delivery report (RFC 3464): mark the person whose mail came back for good and send it to the backup.

    Only reports about our own mails count, to the address that the person still has; whatever else comes is harmless.
    """
    name = _name_in(report)
    if name is None:
        return Said(None, "not about a mail of ours")
    digest = Digest.objects.filter(pk=name[0]).first()
    person = User.objects.filter(pk=name[1]).first()
    failed = _failures(report)
    if digest is None or person is None or person.email.lower() not in failed:
        return Said(None, "not about an address that we write to for good")
    if Event.objects.filter(subject_label="qc.user", subject_pk=person.pk, verb=MARKED, data__mail=name[3]).exists():
        return Said(None, "read before")
    with transaction.atomic():
        marked = mark(people.system(), person=person, how="report", reason=failed[person.email.lower()], name=name[3])
        if marked:
            _send_again(digest, name[2])
    return Said(person if marked else None, "marked" if marked else "marked already")


def _send_again(digest: Digest, first: int) -> None:
    """What came back goes out once more, now to whoever stands in."""
    lost = digest.notices.filter(pk=first).first()
    if lost is None:
        return
    again = Digest.objects.filter(pk=digest.pk, parked_at__isnull=True, sent_at__gte=lost.at)
    if again.update(sent_at=lost.at - TICK, due_at=clock.now()):
        queue.digest_is_due(digest.pk)


def _name_in(report: Message) -> tuple[int, int, int, str] | None:
    """Our own name of the mail that a report is about, with its seal checked."""
    texts = [str(value) for header in ("In-Reply-To", "References") for value in report.get_all(header, [])]
    for part in report.walk():
        if part is not report:
            texts += [str(value) for value in part.get_all("Message-ID", [])]
        if part.get_content_type() == "text/rfc822-headers" and isinstance(payload := part.get_payload(), str):
            texts.append(payload)
    for found in (match for text in texts for match in NAME.finditer(text[:10_000])):
        digest, reader, first, seal = found.groups()
        if constant_time_compare(seal, _seal(f"{digest}.{reader}.{first}")):
            return int(digest), int(reader), int(first), found.group()
    return None


def _failures(report: Message) -> dict[str, str]:
    """Addresses that a report gives up for good, each with what was said."""
    found: dict[str, str] = {}
    for part in report.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            if not isinstance(block, Message):
                continue
            status, said = str(block.get("Status", "")).strip(), str(block.get("Diagnostic-Code", "")).strip()
            failed = str(block.get("Action", "")).strip().lower() == "failed"
            if not (failed and status.startswith("5") and not POLICY.search(f"{status} {said}")):
                continue
            for header in ("Original-Recipient", "Final-Recipient"):
                address = parseaddr(str(block.get(header, "")).partition(";")[2].strip())[1].lower()
                if address:
                    found[address] = f"{status} {said}".strip()
    return found
