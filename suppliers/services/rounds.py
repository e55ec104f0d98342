"""Our own due dates: cases, actions and containments, looked at every hour in each plant. Each rung is told once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.db import models, transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.models import CorrectiveAction, Nonconformance, Plant, User
from qc.services import notices, work
from qc.services.wording import later
from suppliers import due, ladder
from suppliers.ladder import Clock, Rung
from suppliers.models import Round
from suppliers.services.clocks import Calendars
from suppliers.services.directory import Directory

HOUR = dt.timedelta(hours=1)
Case, Action = Nonconformance, CorrectiveAction


@dataclass(frozen=True)
class Own:
    """Something of ours that is due: its clock, whom to ask, and how to say it."""

    key: str
    running: Clock
    owner: int | None
    plant: Plant
    path: str
    subject: models.Model
    sentence: Callable[[dt.datetime], str]

    def said(self, rung: Rung, now: dt.datetime, directory: Directory) -> notices.Said:
        """What a rung tells to whom."""
        key = f"{self.key}:{self.running.anchor:%Y%m%dT%H%M}:{rung.name}"
        text = later(lambda: f"{self.sentence(now)} {rung.words}".strip())
        return notices.Said(self._people(rung, directory), key, text, self.path, self.subject, rung.is_urgent)

    def _people(self, rung: Rung, directory: Directory) -> list[User]:
        found = {
            "owner": directory.inside(self.owner),
            "plant_manager": directory.plant_managers(self.plant),
            "manager": directory.managers(),
        }
        return list({person.pk: person for name in rung.inside for person in found.get(name, [])}.values())


def running(plant: Plant, calendars: Calendars) -> Iterator[Own]:
    """The clocks that run for a plant's own cases and actions. No due date means no clock."""
    for case in Case.objects.filter(plant=plant).open().filter(due_on__isnull=False):
        assert case.due_on is not None  # noqa: S101  (for the type checker)
        running_ = _clock(calendars, plant, "case", case.severity, case.due_on, case.opened_at)
        yield Own(f"case:{case.pk}", running_, case.owner_id, plant, _path(case), case, _case_words(case, running_))
    waiting = [Action.Status.OPEN, Action.Status.IN_PROGRESS, Action.Status.REJECTED]
    actions = Action.objects.filter(nonconformance__plant=plant, status__in=waiting, due_on__isnull=False)
    # What a supplier does about a request has the request's own clock.
    for action in actions.filter(request__isnull=True).select_related("nonconformance"):
        case = action.nonconformance
        assert action.due_on is not None  # noqa: S101  (for the type checker)
        running_ = _clock(calendars, plant, "action", case.severity, action.due_on, action.created_at)
        owner = action.owner_id or case.owner_id
        words = _action_words(action, running_)
        yield Own(f"action:{action.pk}", running_, owner, plant, _path(case), action, words)
    for case in Case.objects.filter(plant=plant, status=Case.Status.OPEN, contain_due_at__isnull=False):
        assert case.contain_due_at is not None  # noqa: S101  (for the type checker)
        running_ = calendars.clock(plant, "containment", case.severity, case.contain_due_at, case.opened_at)
        words = _contain_words(case, running_)
        yield Own(f"contain:{case.pk}", running_, case.owner_id, plant, _path(case), case, words)


def _clock(calendars: Calendars, plant: Plant, name: str, severity: str, day: dt.date, since: dt.datetime) -> Clock:
    return calendars.clock(plant, name, severity, due.end_of_day(day, plant.zone), since)


def _path(case: Nonconformance) -> str:
    return f"/cases/{case.pk}/"


def _when(running_: Clock, now: dt.datetime) -> str:
    return due.in_words(running_.anchor, now=now, zone=running_.zone)


def _case_words(case: Nonconformance, running_: Clock) -> Callable[[dt.datetime], str]:
    return lambda now: (
        _("%(number)s is due: %(when)s. %(title)s.")
        % {"number": case.number, "when": _when(running_, now), "title": case.title}
    )


def _action_words(action: CorrectiveAction, running_: Clock) -> Callable[[dt.datetime], str]:
    number = action.nonconformance.number
    return lambda now: (
        _("An action of %(number)s is due: %(when)s. %(title)s.")
        % {"number": number, "when": _when(running_, now), "title": action.title}
    )


def _contain_words(case: Nonconformance, running_: Clock) -> Callable[[dt.datetime], str]:
    return lambda now: (
        _("Contain %(number)s: %(when)s. %(title)s.")
        % {"number": case.number, "when": _when(running_, now), "title": case.title}
    )


def go(round_pk: int) -> bool:
    """Look at a plant's own due dates; False when that is not due."""
    return work.run(Round.objects.all(), round_pk, _go)


@transaction.atomic
def _go(row: Round) -> dt.datetime:
    now = clock.now()
    said, upcoming = _due(row.plant, now)
    notices.tell_all(said)
    next_hour = now.replace(minute=0, second=0, microsecond=0) + HOUR
    return min([next_hour, *upcoming])


def _due(plant: Plant, now: dt.datetime) -> tuple[list[notices.Said], Sequence[dt.datetime]]:
    """What is to be told now, and when containments come up next."""
    directory = Directory()
    said: list[notices.Said] = []
    upcoming: list[dt.datetime] = []
    for own in running(plant, Calendars()):
        rung = ladder.reached(own.running, now)
        if rung:
            said.append(own.said(rung, now, directory))
        if (at := ladder.next_after(own.running, now)) is not None:
            upcoming.append(at)
    return said, upcoming


@transaction.atomic
def begin() -> None:
    """A round for every plant that has none yet, an hour from now."""
    new = Plant.objects.filter(is_active=True).exclude(pk__in=Round.objects.values("plant"))
    rows = [Round(plant=plant, due_at=clock.now() + HOUR) for plant in new]
    Round.objects.bulk_create(rows, ignore_conflicts=True)
