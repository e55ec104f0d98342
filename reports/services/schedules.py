"""The verbs of scheduled reports: who gets what when; making a slot's report; sending it, once to each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from email.utils import formataddr
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import Plant, User
from qc.permissions import require
from qc.render import mail
from qc.services import events, people, work
from reports import queue, slots, summaries
from reports.layouts import letter, pdf, weekly
from reports.models import Delivery, Recipient, Report, Schedule
from reports.stored import dump, load

# Stands in a delivery's error field while the mail server has the letter: found there later, it may have gone out.
HANDING_OVER = "handing over to the mail server"


def readers(viewer: User, plant: Plant | None = None) -> QuerySet[User]:
    """Our own people who may read reports (of a plant), as one of our own sees them; nobody for outside users."""
    rows = User.objects.filter(is_active=True, supplier=None).exclude(
        role__in=(User.Role.SYSTEM, User.Role.INTEGRATION)
    )
    if viewer.is_outside:
        return rows.none()
    if plant is not None:
        rows = rows.filter(Q(role__in=User.EVERY_PLANT) | Q(plants=plant)).distinct()
    return rows.order_by("first_name", "last_name", "username")


@transaction.atomic
def create(
    by: User, *, plant: Plant, name: str, weekday: int, local_time: dt.time, recipients: Sequence[User]
) -> Schedule:
    """A weekly summary of a plant, due from its next slot on.

    Refused when the plant is not the person's, the name is taken at the plant, or a recipient may not read the plant.
    """
    require(by, "schedule.edit")
    _check(by, plant, name, recipients)
    schedule = Schedule(plant=plant, name=name.strip(), weekday=weekday, local_time=local_time, created_by=by)
    schedule.due_at = slots.following(weekday, local_time, plant.zone, after=clock.now())
    schedule.save()
    _set_recipients(schedule, recipients)
    events.write(by=by, verb="schedule.create", subject=schedule, data=_values(schedule))
    return schedule


@transaction.atomic
def update(
    by: User,
    *,
    schedule: Schedule,
    name: str,
    weekday: int,
    local_time: dt.time,
    recipients: Sequence[User],
    is_active: bool = True,
) -> Schedule:
    """Other values for a schedule; its next slot is taken anew. Who is no longer named gets no further report.

    Refused as `create`. A paused schedule (not active) has no next slot.
    """
    require(by, "schedule.edit")
    current = _locked(by, schedule)
    _check(by, current.plant, name, recipients, but=current)
    before = _values(current)
    moved = (current.weekday, current.local_time, current.is_active) != (weekday, local_time, is_active)
    current.name, current.weekday, current.local_time, current.is_active = name.strip(), weekday, local_time, is_active
    if moved:
        following = slots.following(weekday, local_time, current.plant.zone, after=clock.now())
        current.due_at = following if is_active else None
    current.save(update_fields=["name", "weekday", "local_time", "is_active", "due_at"])
    _set_recipients(current, recipients)
    changed = events.changes(before, _values(current))
    events.write(by=by, verb="schedule.update", subject=current, data=changed)
    return current


@transaction.atomic
def send_now(by: User, *, schedule: Schedule) -> Schedule:
    """Have the report of the seven days before today made and sent at once; the regular slots stay as they are.

    Pressed again within the minute it is the same report. Also frees a schedule whose last report failed.
    Refused for a paused schedule and for one that nobody receives.
    """
    require(by, "schedule.edit")
    current = _locked(by, schedule)
    if not current.is_active:
        raise Refused(_("This schedule is paused. Switch it on first."))
    if not current.recipients.filter(unsubscribed_at__isnull=True).exists():
        raise Refused(_("Nobody receives this report yet. Add a recipient first."))
    minute = clock.now().replace(second=0, microsecond=0)
    if not current.reports.filter(slot_at=minute).exists():
        fresh = {"tries": 0, "parked_at": None, "error": ""}
        Schedule.objects.filter(pk=current.pk).update(due_at=minute, **fresh)
        events.write(by=by, verb="schedule.send_now", subject=current)
        queue.schedule_is_due(current.pk)
    current.refresh_from_db()
    return current


@transaction.atomic
def send_again(by: User, *, delivery: Delivery) -> Delivery:
    """Try a delivery again that was not sent. Refused when it was sent, or is just being sent."""
    require(by, "schedule.edit")
    mine = Delivery.objects.visible_to(by).filter(pk=delivery.pk, sent_at__isnull=True, due_at__isnull=True)
    mine |= Delivery.objects.visible_to(by).filter(pk=delivery.pk, sent_at__isnull=True, parked_at__isnull=False)
    fresh = {"due_at": clock.now(), "parked_at": None, "lease_until": None, "tries": 0}
    if not mine.update(**fresh):
        raise Refused(_("There is nothing to send again: it was sent, or is on its way."))
    events.write(by=by, verb="report.send_again", subject=delivery.report, data={"to": delivery.recipient.user_id})
    queue.delivery_is_due(delivery.pk)
    delivery.refresh_from_db()
    return delivery


def produce(schedule_pk: int) -> bool:
    """Make the report of a schedule's due slot, if it is due and nobody else does; True when something was done.

    After a long silence one report is made, for the latest slot that has passed. Killed halfway it is made again;
    (schedule, slot) is unique, so there is one report whatever happens.
    """
    return work.run(Schedule.objects.all(), schedule_pk, _produce)


def deliver(delivery_pk: int) -> bool:
    """Mail a report to its recipient, once; True when something was done.

    A recipient without rights to the plant (now, not when the schedule was written) or without an address gets
    nothing, and the delivery says why. If a worker died while the mail server had the letter, nobody knows whether
    it went out: the delivery is parked for a person to decide, instead of being sent twice.
    """
    return work.run(Delivery.objects.all(), delivery_pk, _deliver)


def summary_of(report: Report) -> summaries.WeeklySummary:
    """The numbers of a report as they stood when it was made."""
    return load(summaries.WeeklySummary, report.data)


def _produce(schedule: Schedule) -> dt.datetime | None:
    if not schedule.is_active or schedule.due_at is None:
        return None
    plant, now = schedule.plant, clock.now()
    slot = slots.latest(schedule.weekday, schedule.local_time, plant.zone, due=schedule.due_at, now=now)
    following = slots.following(schedule.weekday, schedule.local_time, plant.zone, after=now)
    if schedule.reports.filter(slot_at=slot).exists():
        return following
    system = people.system()
    first, last = slots.period(slot, plant.zone)
    summary = summaries.weekly(system, plant, first, last)
    document = weekly.document(summary)
    report = Report(
        schedule=schedule,
        plant=plant,
        slot_at=slot,
        period_from=first,
        period_until=last,
        title=document.title[:200],
        data=dump(summary),
        produced_at=summary.made_at,
    )
    try:
        _keep(system, report, pdf.pdf(document, at=summary.made_at))
    except Exception:
        report.pdf.delete(save=False)  # no file without its row
        raise
    return following


@transaction.atomic
def _keep(by: User, report: Report, content: bytes) -> None:
    report.pdf.save(f"{report.uuid.hex}.pdf", ContentFile(content), save=True)
    recipients = report.schedule.recipients.filter(unsubscribed_at__isnull=True)
    rows = [Delivery(report=report, recipient=recipient, due_at=report.produced_at) for recipient in recipients]
    for delivery in Delivery.objects.bulk_create(rows):
        queue.delivery_is_due(delivery.pk)
    data = {"slot_at": report.slot_at, "recipients": len(rows)}
    events.write(by=by, verb="report.produce", subject=report, data=data)


def _deliver(delivery: Delivery) -> None:
    if delivery.sent_at is not None:
        return
    why = _why_not(delivery)
    if why:
        _settle(delivery, error=why, parked=False)
        return
    if delivery.error == HANDING_OVER:
        unsure = _(
            "The worker stopped while the mail server had this mail: it may have gone out. Try again only if not."
        )
        _settle(delivery, error=unsure, parked=True)
        return
    written = _letter(delivery)
    mine = Delivery.objects.filter(pk=delivery.pk, lease_until=delivery.lease_until, sent_at__isnull=True)
    if not mine.update(error=HANDING_OVER):
        return  # we were so slow that another worker has it now
    mail.send(written)
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(sent_at=clock.now())
        data = {"to": delivery.recipient.user_id}
        events.write(by=people.system(), verb="report.send", subject=delivery.report, data=data)


def _letter(delivery: Delivery) -> mail.Letter:
    report, user = delivery.report, delivery.recipient.user
    with report.pdf.open("rb") as file:
        content = file.read()
    return letter.letter(
        weekly.document(summary_of(report)),
        to=formataddr((str(user), user.email)),
        key=f"report-{report.uuid.hex}-{user.pk}",
        link=settings.SITE_URL + reverse("reports:report-detail", args=[report.pk]),
        pdf=content,
    )


def _why_not(delivery: Delivery) -> str:
    """Why this person gets nothing; empty when nothing speaks against it. Rights are read now."""
    user, report = delivery.recipient.user, delivery.report
    if delivery.recipient.unsubscribed_at is not None:
        return _("Not sent: %(who)s does not want this report any more.") % {"who": user}
    if not Report.objects.visible_to(user).filter(pk=report.pk).exists():
        return _("Not sent: %(who)s may not read %(plant)s.") % {"who": user, "plant": report.plant}
    return "" if user.email else _("Not sent: %(who)s has no e-mail address.") % {"who": user}


def _settle(delivery: Delivery, *, error: str, parked: bool) -> None:
    """Close a delivery that is not sent, with its reason. Without our lease `work.run` leaves it as it is."""
    parked_at = clock.now() if parked else None
    Delivery.objects.filter(pk=delivery.pk).update(due_at=None, lease_until=None, error=error, parked_at=parked_at)


def _locked(by: User, schedule: Schedule) -> Schedule:
    current = Schedule.objects.visible_to(by).select_for_update().filter(pk=schedule.pk).first()
    if current is None:
        raise Refused(_("This schedule is not among yours."))
    return current


def _check(by: User, plant: Plant, name: str, recipients: Sequence[User], but: Schedule | None = None) -> None:
    plants = Plant.objects.all()
    if not plants.visible_to(by).filter(pk=plant.pk).exists():
        raise Refused(_("This plant is not among yours."), fields={"plant": _("Choose one of your plants.")})
    if not name.strip():
        raise Refused(_("A name is missing."), fields={"name": _("Give the schedule a name.")})
    taken = Schedule.objects.filter(plant=plant, name=name.strip())
    if (taken.exclude(pk=but.pk) if but else taken).exists():
        raise Refused(_("The name is taken."), fields={"name": _("This plant has a schedule of that name.")})
    strangers = [str(user) for user in recipients if not plants.visible_to(user).filter(pk=plant.pk).exists()]
    if strangers:
        text = _("%(who)s may not read %(plant)s.") % {"who": ", ".join(strangers), "plant": plant}
        raise Refused(text, fields={"recipients": text})


def _set_recipients(schedule: Schedule, users: Sequence[User]) -> None:
    """Who was taken off stays as unsubscribed, because past deliveries name them."""
    wanted = {user.pk for user in users}
    schedule.recipients.exclude(user__in=wanted).filter(unsubscribed_at__isnull=True).update(
        unsubscribed_at=clock.now()
    )
    schedule.recipients.filter(user__in=wanted).update(unsubscribed_at=None)
    known = set(schedule.recipients.values_list("user_id", flat=True))
    Recipient.objects.bulk_create(Recipient(schedule=schedule, user_id=pk) for pk in sorted(wanted - known))


def _values(schedule: Schedule) -> dict[str, Any]:
    names = ("name", "kind", "plant_id", "weekday", "local_time", "is_active")
    receiving = schedule.recipients.filter(unsubscribed_at__isnull=True)
    recipients = sorted(receiving.values_list("user_id", flat=True))
    return {name: getattr(schedule, name) for name in names} | {"recipients": recipients}
