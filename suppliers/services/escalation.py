"""Reminders: a ladder of people and words, climbed one rung at a time, each rung once. No due date means no clock."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock
from qc.models import Severity, User
from qc.services import notices, work
from qc.services.wording import later
from suppliers import asked, due, ladder, queue
from suppliers.ladder import Clock, Rung, instant
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services.clocks import WAITS, Calendars, suppliers_of, waits_for_another, with_answers
from suppliers.services.directory import Directory

logger = logging.getLogger(__name__)

__all__ = [
    "LADDER",
    "Clock",
    "Rung",
    "clock_of",
    "instant",
    "look_again",
    "messages",
    "remind",
    "remind_due",
    "schedule",
    "sweep",
]

LADDER = ladder.ANSWER
BATCH = 500  # stages in one transaction
Said = notices.Said


def clock_of(stage: Stage) -> Clock | None:
    """The clock that runs for a stage, or None: not open, over, or without a date."""
    found = _as_it_is(stage)
    return Calendars().of_stage(found) if found else None


def _as_it_is(stage: Stage) -> Stage | None:
    """The stage with its answers as stored, and with what the caller changed but did not save yet."""
    stored = with_answers(Stage.objects.filter(pk=stage.pk)).first()
    if stored is not None:
        stored.status, stored.answer_due_at = stage.status, stage.answer_due_at
        stored.request.status, stored.request.issued_at = stage.request.status, stage.request.issued_at
    return stored


def schedule(stage: Stage) -> None:
    """Set when the stage has to be looked at next (the caller saves it, with `due_at`); fresh tries."""
    running = clock_of(stage)
    stage.due_at = ladder.next_after(running, clock.now()) if running else None
    stage.parked_at, stage.tries, stage.error = None, 0, ""


def look_again(request: CorrectiveActionRequest) -> None:
    """An answer came, or is not needed any more: a rung that the stages behind it reached in silence is told now."""
    calendars, now = Calendars(), clock.now()
    for stage in with_answers(Stage.objects.filter(request=request, status__in=WAITS)):
        running = calendars.of_stage(stage)
        if running and ladder.reached(running, now):
            Stage.objects.filter(pk=stage.pk).update(due_at=now)


def remind(stage_pk: int) -> bool:
    """Climb to the highest rung that has been reached, telling its people once; False when nothing was due.

    After an outage the rungs in between are left out: nobody gets three reminders at once.
    """
    return work.run(Stage.objects.all(), stage_pk, _climb)


@transaction.atomic
def _climb(stage: Stage) -> dt.datetime | None:
    rows = list(with_answers(Stage.objects.filter(pk=stage.pk)))
    return _climb_all(rows)[stage.pk]


def remind_due() -> int:
    """Climb for everything that is due; returns how many stages. Safe to run twice at once, and to be killed."""
    done = 0
    while keys := list(Stage.objects.due().order_by("due_at").values_list("pk", flat=True)[:BATCH]):
        try:
            climbed = _climb_batch(keys)
        except Exception:
            logger.exception("A batch of reminders failed; each is tried alone.")
            for key in keys:
                queue.reminder_is_due(key)
            break
        done += climbed
        if climbed < len(keys):
            break  # somebody else holds the rest
    return done


@transaction.atomic
def _climb_batch(keys: Sequence[int]) -> int:
    """Notices and next dates are stored together or not at all. The requests are locked first, as every verb does."""
    asked_for = Stage.objects.filter(pk__in=keys).values("request")
    free = CorrectiveActionRequest.objects.select_for_update(skip_locked=True).filter(pk__in=asked_for)
    held = Stage.objects.due().filter(pk__in=keys, request__in=list(free.order_by("pk").values_list("pk", flat=True)))
    stages = list(with_answers(held).order_by("pk").select_for_update(of=("self",)))
    dates = _climb_all(stages)
    for stage in stages:
        stage.due_at, stage.tries, stage.error = dates[stage.pk], 0, ""
    Stage.objects.bulk_update(stages, ["due_at", "tries", "error"], batch_size=200)
    return len(stages)


def _climb_all(stages: Sequence[Stage]) -> dict[int, dt.datetime | None]:
    """Tell whom the reached rungs name; returns when each stage is due next."""
    now = clock.now()
    calendars, directory = Calendars(), Directory(suppliers_of(stages))
    clocks = {stage.pk: calendars.of_stage(stage) for stage in stages}
    said: list[Said] = []
    for stage in stages:
        running = clocks[stage.pk]
        rung = ladder.reached(running, now) if running else None
        if running and rung:
            said += messages(stage, rung, running, now, directory)
    notices.tell_all(said)
    return {pk: ladder.next_after(running, now) if running else None for pk, running in clocks.items()}


def messages(stage: Stage, rung: Rung, running: Clock, now: dt.datetime, directory: Directory) -> list[Said]:
    """What a rung says to whom; nothing while an earlier answer is missing."""
    if waits_for_another(stage):
        return []
    request = stage.request
    key = f"stage:{stage.pk}:{running.anchor:%Y%m%dT%H%M}:{rung.name}"
    is_late = stage.status != Stage.Status.SUBMITTED
    found: list[Said] = []
    outside = directory.everyone(rung.outside, request) if is_late else []
    if rung.outside and is_late:
        if unreachable := _unreachable(request, directory):
            found.append(unreachable)
        path = reverse("portal:request-detail", args=[request.pk])
        text = later(lambda: _to_them(stage, running, now))
        found.append(Said(outside, key, text, path, request, _is_urgent(stage, rung)))
    if inside := directory.everyone(rung.inside, request):
        words = later(lambda: _to_us(stage, rung, running, now, is_late=is_late))
        found.append(Said(inside, key, words, _our_path(stage, rung), request, _is_urgent(stage, rung)))
    return found


def _is_urgent(stage: Stage, rung: Rung) -> bool:
    """A critical containment does not wait for the morning's mail."""
    return rung.is_urgent or (stage.code == Stage.Code.CONTAINMENT and stage.request.severity == Severity.CRITICAL)


def _our_path(stage: Stage, rung: Rung) -> str:
    if rung.proposes_controlled_shipping:
        return reverse("suppliers:shipping-create", args=[stage.request_id])
    return reverse("suppliers:stage-detail", args=[stage.pk])


def _words_of(stage: Stage, running: Clock, now: dt.datetime) -> dict[str, object]:
    request = stage.request
    return {
        "number": request.number,
        "title": request.title,
        "supplier": request.supplier,
        "stage": asked.TITLES[stage.code],
        "when": due.in_words(running.anchor, now=now, zone=running.zone),
    }


def _to_them(stage: Stage, running: Clock, now: dt.datetime) -> str:
    return _("%(number)s: %(stage)s, %(when)s. %(title)s") % _words_of(stage, running, now)


def _to_us(stage: Stage, rung: Rung, running: Clock, now: dt.datetime, *, is_late: bool) -> str:
    late = _("%(supplier)s has not answered %(number)s (%(stage)s, %(when)s). %(words)s")
    waiting = _("%(supplier)s waits for your review: %(number)s (%(stage)s). %(words)s")
    said = _words_of(stage, running, now) | {"words": rung.words}
    return ((late if is_late else waiting) % said).strip()


def _unreachable(request: CorrectiveActionRequest, directory: Directory) -> Said | None:
    """Says once to our people that the contact, or everybody, cannot be reached, and who is told instead."""
    contact, instead = directory.contact(request), directory.recipients(request)
    if (contact is None and instead) or (contact is not None and contact.is_active and contact.bounced_at is None):
        return None
    key, since = (contact.pk, "left") if contact else (0, "none")
    if contact and contact.is_active:
        since = f"{contact.bounced_at:%Y%m%d%H%M}"
    return Said(
        to=directory.everyone(("holder", "engineer", "buyer"), request),
        key=f"request:{request.pk}:unreachable:{key}:{since}:{'backup' if instead else 'nobody'}",
        text=later(lambda: _about_contact(request, contact, instead)),
        path=reverse("suppliers:request-detail", args=[request.pk]),
        subject=request,
    )


def _about_contact(request: CorrectiveActionRequest, contact: User | None, instead: Sequence[User]) -> str:
    names = ", ".join(str(person) for person in instead)
    said = {"contact": contact, "supplier": request.supplier, "number": request.number, "instead": names}
    if contact is None or not instead:
        return _("Nobody at %(supplier)s can be reached about %(number)s. Call them and add a contact.") % said
    if not contact.is_active:
        return _("%(contact)s has left %(supplier)s; %(instead)s is told instead (%(number)s).") % said
    return _("%(contact)s at %(supplier)s cannot be reached; %(instead)s is told instead (%(number)s).") % said


def report_unreachable() -> None:
    """Say of every open request whose contact cannot be reached so, once, to our people."""
    there = User.objects.filter(supplier=OuterRef("supplier"), is_active=True, bounced_at=None)
    lost = Q(contact__is_active=False) | Q(contact__bounced_at__isnull=False) | ~Exists(there)
    rows = CorrectiveActionRequest.objects.open().filter(lost).select_related("supplier", "nonconformance", "plant")
    requests = list(rows)
    directory = Directory({row.supplier_id for row in requests})
    notices.tell_all([said for row in requests if (said := _unreachable(row, directory))])


def sweep() -> None:
    """Hand what is due to a worker, and say who cannot be reached."""
    report_unreachable()
    if Stage.objects.due().exists():
        queue.reminders_are_due()
