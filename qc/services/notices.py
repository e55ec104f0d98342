"""Telling people: a notice in the inbox at once, and one mail in the morning with the notices of the day."""

from __future__ import annotations

import datetime as dt
import smtplib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from qc import clock, queue
from qc.models import Digest, Notice, User
from qc.services import bounces, doorways, people, work
from qc.services.scope import plant_of, require_visible

MORNING = dt.time(6, tzinfo=dt.UTC)
TICK = dt.timedelta(microseconds=1)
LONGEST_TEXT, LONGEST_PATH = 300, 300
# Stored with a digest from the moment its mail is handed over until the server has answered.
UNKNOWN = "stopped while the mail was being sent; it may have arrived. Trying again sends it once more."


@dataclass(frozen=True)
class Said:
    """Something that people are told, once per person and key. `path` is the page that shows it."""

    to: Sequence[User]
    key: str
    text: str | Promise
    path: str = ""
    subject: models.Model | None = None
    urgent: bool = False


def tell(
    *,
    to: Iterable[User],
    key: str,
    text: str | Promise,
    path: str = "",
    subject: models.Model | None = None,
    urgent: bool = False,
) -> list[Notice]:
    """Tell people something, once per person and key; returns the new notices.

    The notice waits for the person's digest of the next morning (06:00 UTC); `urgent` sends that digest at once.
    A lazy text (`wording.later`) is put into each person's own language. Inactive people are not told. Nothing is
    refused: a notice must never stop the verb that writes it.
    """
    return tell_all([Said(list(to), key, text, path, subject, urgent)])


@transaction.atomic
def tell_all(said: Iterable[Said]) -> list[Notice]:
    """Tell many people many things at the cost of one; the rules are those of `tell`."""
    wanted = {(person.pk, each.key): (person, each) for each in said for person in each.to if person.is_active}
    waiting = wanted.keys() - _told(wanted)
    urgent = {pk for pk, key in waiting if wanted[pk, key][1].urgent}
    digests = _digests({pk: wanted[pk, key][0] for pk, key in waiting}, urgent) if waiting else {}
    # Looked up again behind the locks: from here on nobody else can tell these people the same thing.
    new = waiting - _told(waiting) if waiting else set()
    words: dict[tuple[str, str, str], str] = {}  # once per language, not once per person
    made = []
    for (pk, key), (person, each) in wanted.items():
        if (pk, key) in new:
            here = (key, each.path, person.language)
            if here not in words:
                words[here] = in_words_of(person, each.text)
            made.append(_notice(person, each, digests[pk], words[here]))
    return Notice.objects.bulk_create(made, batch_size=1000)


def _notice(person: User, said: Said, digest: Digest, text: str) -> Notice:
    subject = said.subject
    return Notice(
        to_id=person.pk,
        key=said.key,
        text=text,
        path=said.path[:LONGEST_PATH],
        at=_after(digest.sent_at),
        digest=digest,
        subject_label=subject._meta.label_lower if subject else "",
        subject_pk=subject.pk if subject else 0,
        plant_id=plant_of(subject) if subject else None,
    )


def in_words_of(person: User, text: str | Promise) -> str:
    """The text in the person's own language."""
    with translation.override(person.language):
        return str(text)[:LONGEST_TEXT]


def _told(pairs: Iterable[tuple[int, str]]) -> set[tuple[int, str]]:
    """Which of these people have heard which of these things."""
    people, keys = {pk for pk, _key in pairs}, {key for _pk, key in pairs}
    return set(Notice.objects.filter(key__in=keys, to__in=people).values_list("to_id", "key"))


def _after(sent_at: dt.datetime | None) -> dt.datetime:
    """Now, but always later than the last mail: by this the next mail knows what is new."""
    now = clock.now()
    return max(now, sent_at + TICK) if sent_at else now


def morning_after(now: dt.datetime) -> dt.datetime:
    """When the mail with what is told at an instant goes out."""
    morning = dt.datetime.combine(now.date(), MORNING)
    return morning if morning > now else morning + dt.timedelta(days=1)


def _digests(people: Mapping[int, User], urgent: Collection[int]) -> dict[int, Digest]:
    """The locked digests that carry these people's next notices, due at once or in the morning."""
    now = clock.now()
    morning = morning_after(now)
    digests = _locked(people, morning.date())
    moved = []
    for pk, digest in digests.items():
        due_at = now if pk in urgent else morning
        # A leased digest is being mailed this moment: its due date has to move, or the worker would take it for done.
        if digest.due_at is None or due_at < digest.due_at or digest.lease_until:
            digest.due_at = due_at
            moved.append(digest)
    Digest.objects.bulk_update(moved, ["due_at"], batch_size=500)
    for pk in sorted(urgent & digests.keys()):
        queue.digest_is_due(digests[pk].pk)
    return digests


def _locked(people: Mapping[int, User], on: dt.date) -> dict[int, Digest]:
    """A digest per person, locked in one order always so that two verbs never interlock.

    One that stopped and waits for a person takes nothing more: the next day's carries on in its place.
    """
    rows = Digest.objects.select_for_update().filter(to__in=people, on=on).order_by("to_id")
    found = {row.to_id: row for row in rows}
    if missing := people.keys() - found.keys():
        Digest.objects.bulk_create([Digest(to_id=pk, on=on) for pk in sorted(missing)], ignore_conflicts=True)
        found = {row.to_id: row for row in rows.all()}
    stopped = {pk: people[pk] for pk, row in found.items() if row.is_parked}
    return found | (_locked(stopped, on + dt.timedelta(days=1)) if stopped else {})


def send_digest(digest_pk: int) -> bool:
    """Mail a person's new notices as one message; False when there was nothing to do.

    Safe to run twice: one worker claims the row, and what was mailed is not mailed again.
    """
    return work.run(Digest.objects.all(), digest_pk, _send)


def _send(digest: Digest) -> None:
    with transaction.atomic():
        locked = Digest.objects.select_for_update(of=("self",)).select_related("to__backup").get(pk=digest.pk)
        fresh = locked.notices.order_by("at", "pk")
        if locked.sent_at:
            fresh = fresh.filter(at__gt=locked.sent_at)
        notices = list(fresh)
    if notices and locked.error == UNKNOWN:
        raise work.Park(UNKNOWN)  # a worker ended in the middle: nothing is sent twice unless somebody says so
    tried: set[int] = set()
    while notices and (reader := _reader(locked.to)) and reader.pk not in tried:
        tried.add(reader.pk)
        if _mail(locked, notices, reader):
            break
    if notices:
        # Only the mail's own outcome is stored here: due_at may have moved while it was sent.
        Digest.objects.filter(pk=digest.pk).update(sent_at=notices[-1].at, error="")


def _reader(person: User) -> User | None:
    """Who gets the mail: the person, or the backup at the same company when mail comes back or the person left.

    Then an administrator of the same supplier. Without anybody else the own address is tried again, unless the
    person cannot log in any more or the mail came back. None: nobody has an address.
    """
    seen = {person.pk}
    reader: User | None = person
    while reader and not _is_reachable(reader):
        reader = reader.backup
        if reader is None or reader.pk in seen or reader.supplier_id != person.supplier_id:
            reader = None
            break
        seen.add(reader.pk)
    if reader is None and person.supplier_id is not None:
        admins = User.objects.filter(supplier=person.supplier_id, is_supplier_admin=True, bounced_at=None)
        reader = admins.filter(is_active=True).exclude(email="").order_by("pk").first()
    if reader is None and person.email and person.is_active and not person.is_outside:
        reader = person
    return reader


def _is_reachable(person: User) -> bool:
    return bool(person.is_active and person.bounced_at is None and person.email)


def _mail(digest: Digest, notices: list[Notice], reader: User) -> bool:
    """Send the mail. False when the server will never take mail for this address: then somebody else gets it."""
    with translation.override(reader.language):
        paths = doorways.paths(reader, notices)
        context = {
            "notices": [{"text": notice.text, "path": paths[notice.pk]} for notice in notices],
            "has_links": any(paths[notice.pk] != notice.path for notice in notices),
            "person": digest.to,
            "is_outside": reader.is_outside,
            "is_backup": reader.pk != digest.to.pk,
            "site": settings.SITE_URL.rstrip("/"),
            "language": reader.language,
        }
        title = notices[0].text if len(notices) == 1 else _("%(count)d things to know") % {"count": len(notices)}
        mail = EmailMultiAlternatives(
            subject=f"Lineside: {' '.join(title.split())}"[:150],
            body=render_to_string("email/digest.txt", context),
            to=[reader.email],
            headers={"Message-ID": bounces.message_id(digest, reader, notices[0].pk)},
        )
        mail.attach_alternative(render_to_string("email/digest.html", context), "text/html")
    return _deliver(digest, mail, reader)


def _deliver(digest: Digest, mail: EmailMultiAlternatives, reader: User) -> bool:
    """Hand the mail over at most once: what cannot be known afterwards is on disk before it begins."""
    connection = get_connection()
    connection.open()  # a server that does not answer has taken nothing
    try:
        Digest.objects.filter(pk=digest.pk).update(error=UNKNOWN)
        connection.send_messages([mail])
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        Digest.objects.filter(pk=digest.pk).update(error="")  # the server said no: nothing was sent
        reason = bounces.permanent(error)
        if not reason:
            raise
        bounces.mark(people.system(), person=reader, how="refused", reason=reason)
        reader.bounced_at = clock.now()
        return False
    except (OSError, smtplib.SMTPException) as error:
        raise work.Park(UNKNOWN) from error
    finally:
        connection.close()
    return True


@transaction.atomic
def mark_read(by: User, *, notice: Notice) -> Notice:
    """Mark one's own notice as read. NotAllowed for somebody else's."""
    require_visible(by, notice)
    if notice.read_at is None:
        notice.read_at = clock.now()
        notice.save(update_fields=["read_at"])
    return notice


@transaction.atomic
def mark_all_read(by: User) -> int:
    """Mark all of one's own notices as read; returns how many there were."""
    return Notice.objects.visible_to(by).unread().update(read_at=clock.now())
