"""Reminders: a ladder of people and words, climbed one rung at a time, each rung once. No due date means no clock."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qc import clock
from qc.models import User
from qc.services import notices, work
from suppliers import asked, due, overview
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import access

Audience = Callable[[CorrectiveActionRequest], list[User]]
MORNING = dt.time(6)


@dataclass(frozen=True)
class Rung:
    """Days from the due date (negative: before), whom to tell at the supplier and at home, and what."""

    name: str
    days: int
    outside: tuple[Audience, ...]
    inside: tuple[Audience, ...]
    words: str | Promise


# Our people get the rung's words; the supplier's get what is due and since when.
LADDER = (
    Rung("before", -3, (access.recipients,), (), ""),
    Rung("due", 0, (access.recipients,), (), ""),
    Rung("late-1", 1, (access.recipients, access.superiors), (), ""),
    Rung(
        "late-3",
        3,
        (access.recipients, access.superiors),
        (access.holders, access.engineers),
        gettext_lazy("Call the supplier."),
    ),
    Rung(
        "late-7",
        7,
        (access.recipients, access.superiors),
        (access.holders, access.engineers, access.managers),
        gettext_lazy("Talk to the supplier's management, together with purchasing."),
    ),
    Rung(
        "late-14",
        14,
        (access.recipients, access.superiors),
        (access.holders, access.engineers, access.managers),
        gettext_lazy("Consider controlled shipping: a full check at the supplier's cost."),
    ),
)
# An answer that we do not review: days from when it was sent.
REVIEW_LADDER = (
    Rung("review-3", 3, (), (access.holders,), gettext_lazy("Review it, so that the supplier can go on.")),
    Rung("review-7", 7, (), (access.holders, access.managers), gettext_lazy("The supplier has waited for a week.")),
)


@dataclass(frozen=True)
class Clock:
    """The clock that runs for a stage: which ladder, from when, and when it started."""

    ladder: tuple[Rung, ...]
    anchor: dt.datetime
    since: dt.datetime
    zone: ZoneInfo


def instant(rung: Rung, clock_: Clock) -> dt.datetime | None:
    """When a rung is climbed; None when that was before the clock started.

    "On the day" is its morning, or the due time itself when the answer was asked for on that very day.
    """
    if rung.days:
        at = clock_.anchor + dt.timedelta(days=rung.days)
        return at if at > clock_.since else None
    morning = dt.datetime.combine(clock_.anchor.astimezone(clock_.zone).date(), MORNING, clock_.zone)
    return morning.astimezone(dt.UTC) if morning > clock_.since else clock_.anchor


def clock_of(stage: Stage) -> Clock | None:
    """The clock that runs for a stage, or None: not open, over, or without a date."""
    request = stage.request
    if request.status != CorrectiveActionRequest.Status.OPEN or request.issued_at is None:
        return None
    last = stage.submissions.order_by("-version").first()
    if stage.status == Stage.Status.SUBMITTED and last is not None:
        return Clock(REVIEW_LADDER, last.submitted_at, last.submitted_at, request.plant.zone)
    if stage.status not in (Stage.Status.PENDING, Stage.Status.RETURNED) or stage.answer_due_at is None:
        return None
    since = last.decided_at if last is not None and last.decided_at else request.issued_at
    return Clock(LADDER, stage.answer_due_at, since, request.plant.zone)


def schedule(stage: Stage) -> None:
    """Set when the stage has to be looked at next (the caller saves it, with `due_at`); fresh tries."""
    stage.due_at = _next(stage, after=clock.now())
    stage.parked_at, stage.tries, stage.error = None, 0, ""


def _next(stage: Stage, *, after: dt.datetime) -> dt.datetime | None:
    running = clock_of(stage)
    if running is None:
        return None
    instants = (instant(rung, running) for rung in running.ladder)
    return min((at for at in instants if at is not None and at > after), default=None)


def remind(stage_pk: int) -> bool:
    """Climb to the highest rung that has been reached, telling its people once; False when nothing was due.

    After an outage the rungs in between are left out: nobody gets three reminders at once.
    """
    return work.run(Stage.objects.all(), stage_pk, _climb)


@transaction.atomic
def _climb(stage: Stage) -> dt.datetime | None:
    rows = Stage.objects.select_related(
        "request__plant",
        "request__supplier",
        "request__contact",
        "request__issued_by",
        "request__nonconformance__owner",
    )
    stage = rows.get(pk=stage.pk)
    now = clock.now()
    running = clock_of(stage)
    if running is None:
        return None
    reached = [rung for rung in running.ladder if (at := instant(rung, running)) is not None and at <= now]
    if reached and not _waits_for_another(stage):
        _tell(stage, reached[-1], running, now)
    return _next(stage, after=now)


def _waits_for_another(stage: Stage) -> bool:
    """Whether an earlier answer is missing: then that one is reminded of, not this one."""
    return bool(overview.blockers(stage, list(stage.request.stages.all())))


def _tell(stage: Stage, rung: Rung, running: Clock, now: dt.datetime) -> None:
    request = stage.request
    key = f"stage:{stage.pk}:{running.anchor:%Y%m%dT%H%M}:{rung.name}"
    said = {
        "number": request.number,
        "title": request.title,
        "supplier": request.supplier,
        "stage": asked.TITLES[stage.code],
        "when": due.in_words(running.anchor, now=now, zone=running.zone),
        "words": rung.words,
    }
    if rung.outside:
        _report_bounced(request)
        text = _("%(number)s: %(stage)s, %(when)s. %(title)s") % said
        path = reverse("portal:request-detail", args=[request.pk])
        notices.tell(to=_everyone(rung.outside, request), key=key, text=text, path=path, subject=request)
    if rung.inside:
        late = _("%(supplier)s has not answered %(number)s (%(stage)s, %(when)s). %(words)s")
        waiting = _("%(supplier)s waits for your review: %(number)s (%(stage)s). %(words)s")
        text = (late if rung.outside else waiting) % said
        path = reverse("suppliers:stage-detail", args=[stage.pk])
        notices.tell(to=_everyone(rung.inside, request), key=key, text=text, path=path, subject=request)


def _everyone(audiences: tuple[Audience, ...], request: CorrectiveActionRequest) -> list[User]:
    return list({person.pk: person for audience in audiences for person in audience(request)}.values())


def _report_bounced(request: CorrectiveActionRequest) -> None:
    """Say once to our people that the contact cannot be reached, and who is told instead."""
    contact = request.contact
    if contact is None or access.reachable(contact) == contact:
        return
    instead = ", ".join(str(person) for person in access.recipients(request))
    said = {"contact": contact, "supplier": request.supplier, "number": request.number, "instead": instead}
    text = _("%(contact)s at %(supplier)s cannot be reached; %(instead)s is told instead (%(number)s).") % said
    if not instead:
        text = _("Nobody at %(supplier)s can be reached about %(number)s. Call them and add a contact.") % said
    notices.tell(
        to=_everyone((access.holders, access.engineers), request),
        key=f"request:{request.pk}:unreachable:{contact.pk}:{'backup' if instead else 'nobody'}",
        text=text,
        path=reverse("suppliers:request-detail", args=[request.pk]),
        subject=request,
    )
