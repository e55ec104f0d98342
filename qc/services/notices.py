"""Telling people: a notice in the inbox at once, and one mail in the morning with the notices of the day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from qc import clock, queue
from qc.models import Digest, Notice, User
from qc.services import work
from qc.services.scope import plant_of, require_visible

MORNING = dt.time(6, tzinfo=dt.UTC)
TICK = dt.timedelta(microseconds=1)
LONGEST_TEXT, LONGEST_PATH = 300, 300


@transaction.atomic
def tell(
    *,
    to: Iterable[User],
    key: str,
    text: str,
    path: str = "",
    subject: models.Model | None = None,
    urgent: bool = False,
) -> list[Notice]:
    """Tell people something, once per person and key; returns the new notices.

    The notice waits for the person's digest of the next morning (06:00 UTC); `urgent` sends that digest at once.
    Inactive people are not told. Nothing is refused: a notice must never stop the verb that writes it.
    """
    people = {person.pk: person for person in to if person.is_active}
    waiting = sorted(people.keys() - _told(key, people))  # in this order always, so that two verbs never interlock
    digests = {pk: _digest_of(people[pk], urgent=urgent) for pk in waiting}
    # Looked up again behind the locks: from here on nobody else can tell these people the same thing.
    new = sorted(digests.keys() - _told(key, digests))
    label, row = (subject._meta.label_lower, subject.pk) if subject else ("", 0)
    plant_id = plant_of(subject) if subject else None
    notices = [
        Notice(
            to_id=pk,
            key=key,
            text=text[:LONGEST_TEXT],
            path=path[:LONGEST_PATH],
            at=_after(digests[pk].sent_at),
            digest=digests[pk],
            subject_label=label,
            subject_pk=row,
            plant_id=plant_id,
        )
        for pk in new
    ]
    return Notice.objects.bulk_create(notices)


def _told(key: str, people: Collection[int]) -> set[int]:
    return set(Notice.objects.filter(key=key, to__in=people).values_list("to_id", flat=True))


def _after(sent_at: dt.datetime | None) -> dt.datetime:
    """Now, but always later than the last mail: by this the next mail knows what is new."""
    now = clock.now()
    return max(now, sent_at + TICK) if sent_at else now


def _digest_of(person: User, *, urgent: bool) -> Digest:
    """The locked digest that carries the next notice, due at once or in the morning."""
    now = clock.now()
    morning = dt.datetime.combine(now.date(), MORNING)
    if morning <= now:
        morning += dt.timedelta(days=1)
    Digest.objects.get_or_create(to=person, on=morning.date())
    digest = Digest.objects.select_for_update().get(to=person, on=morning.date())
    due_at = now if urgent else morning
    # A leased digest is being mailed this moment: its due date has to move, or the worker would take it for done.
    if digest.due_at is None or due_at < digest.due_at or digest.lease_until:
        digest.due_at = due_at
        digest.save(update_fields=["due_at"])
    if urgent:
        queue.digest_is_due(digest.pk)
    return digest


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
    if notices and (reader := _reader(locked.to)):
        _mail(locked, notices, reader)
    if notices:
        # Only the mail's own outcome is stored here: due_at may have moved while it was sent.
        Digest.objects.filter(pk=digest.pk).update(sent_at=notices[-1].at)


def _reader(person: User) -> User | None:
    """Who gets the mail: the person, or the backup at the same company when mail comes back. None: no address."""
    seen = {person.pk}
    reader = person
    while reader.bounced_at and (backup := reader.backup) and backup.is_active and backup.pk not in seen:
        if backup.supplier_id != person.supplier_id:
            break
        reader = backup
        seen.add(reader.pk)
    if not reader.email:
        reader = person
    return reader if reader.email and reader.is_active else None


def _mail(digest: Digest, notices: list[Notice], reader: User) -> None:
    with translation.override(reader.language):
        context = {
            "notices": notices,
            "person": digest.to,
            "is_backup": reader.pk != digest.to.pk,
            "site": settings.SITE_URL.rstrip("/"),
            "language": reader.language,
        }
        title = notices[0].text if len(notices) == 1 else _("%(count)d things to know") % {"count": len(notices)}
        mail = EmailMultiAlternatives(
            subject=f"Lineside: {' '.join(title.split())}"[:150],
            body=render_to_string("email/digest.txt", context),
            to=[reader.email],
        )
        mail.attach_alternative(render_to_string("email/digest.html", context), "text/html")
    mail.send()


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
