"""What would be sent in the next days if nobody did anything. Reads only: nothing is written and nothing is sent."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from qc import clock
from qc.models import Notice, Plant, User
from qc.services import notices
from suppliers import ladder
from suppliers.services import clocks, escalation, rounds
from suppliers.services.clocks import Calendars, suppliers_of
from suppliers.services.directory import Directory

LONGEST = 60  # days


@dataclass(frozen=True)
class Foreseen:
    """A message to one person: when it is written, and when its mail goes out."""

    at: dt.datetime
    mailed_at: dt.datetime
    to: User
    key: str
    text: str
    is_urgent: bool
    is_waiting: bool = False


def foresee(viewer: User, *, days: int) -> list[Foreseen]:
    """The messages of the next days about what the viewer may read, in the order of their mails.

    Those that wait in a mail already come too. As if every stage, case and action stayed as it is.
    """
    now = clock.now()
    until = now + dt.timedelta(days=max(0, min(days, LONGEST)))
    plants = list(Plant.objects.visible_to(viewer))
    said = [*_about_requests(plants, now, until), *_about_own(plants, now, until)]
    told = _told({each.key for _at, each in said})
    found = [*_waiting(plants, until)]
    for at, each in sorted(said, key=lambda pair: pair[0]):
        for person in each.to:
            if person.is_active and (person.pk, each.key) not in told:
                told.add((person.pk, each.key))
                mailed_at = at if each.urgent else notices.morning_after(at)
                text = notices.in_words_of(person, each.text)
                found.append(Foreseen(at, mailed_at, person, each.key, text, each.urgent))
    return sorted(found, key=lambda each: (each.mailed_at, str(each.to), each.at))


def _about_requests(
    plants: list[Plant], now: dt.datetime, until: dt.datetime
) -> Iterator[tuple[dt.datetime, notices.Said]]:
    stages = list(clocks.running().filter(request__plant__in=plants))
    calendars, directory = Calendars(), Directory(suppliers_of(stages))
    for stage in stages:
        running = calendars.of_stage(stage)
        if running is None:
            continue
        # What is due this moment, and not climbed yet, is climbed now.
        if stage.due_at is not None and stage.due_at <= now and (rung := ladder.reached(running, now)):
            yield from ((now, each) for each in escalation.messages(stage, rung, running, now, directory))
        for at, rung in ladder.instants(running):
            if now < at <= until:
                yield from ((at, each) for each in escalation.messages(stage, rung, running, at, directory))


def _about_own(plants: list[Plant], now: dt.datetime, until: dt.datetime) -> Iterator[tuple[dt.datetime, notices.Said]]:
    calendars, directory = Calendars(), Directory()
    for plant in plants:
        for own in rounds.running(plant, calendars):
            if rung := ladder.reached(own.running, now):
                yield now, own.said(rung, now, directory)
            for at, rung in ladder.instants(own.running):
                if now < at <= until:
                    yield at, own.said(rung, at, directory)


def _told(keys: set[str]) -> set[tuple[int, str]]:
    every, found = sorted(keys), set()
    for first in range(0, len(every), 1000):
        rows = Notice.objects.filter(key__in=every[first : first + 1000])
        found |= set(rows.values_list("to_id", "key"))
    return found


def _waiting(plants: list[Plant], until: dt.datetime) -> Iterator[Foreseen]:
    """Notices about these plants that are written and wait for their mail."""
    rows = Notice.objects.filter(plant__in=plants, digest__due_at__lte=until, digest__parked_at__isnull=True)
    for row in rows.select_related("to", "digest"):
        digest = row.digest
        if digest is not None and digest.due_at is not None and (digest.sent_at is None or row.at > digest.sent_at):
            yield Foreseen(row.at, digest.due_at, row.to, row.key, row.text, is_urgent=False, is_waiting=True)
