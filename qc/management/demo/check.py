"""Does the engine find what was planted? One answer for each truth, from the database or from the story itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import DatabaseError

from qc.analysis.data import Dataset
from qc.analysis.database import from_database
from qc.analysis.settings import Settings
from qc.analysis.verdicts import judge
from qc.management.demo import load
from qc.management.demo.dataset import dataset
from qc.management.demo.story import tell
from qc.management.demo.truths import RULES, Found, Judged
from qc.management.demo.world import APW, KDE, STANDS_AT, Site
from qc.models import Plant
from suppliers import due
from suppliers.models import CorrectiveActionRequest, Stage
from suppliers.services import access, escalation

SILENT_REQUEST = "SCAR-2026-00014"
ISSUED_AT = dt.datetime(2026, 11, 9, 14, 58, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said about a truth, and whether it is right."""

    truth: str
    is_right: bool
    text: str


def answers() -> list[Answer]:
    """The sixteen answers, in order."""
    loaded = _is_loaded()
    plants = [Judged(data, judge(data, Settings())) for data in (_data(site, loaded) for site in (KDE, APW))]
    found = {truth: rule(plants[0], plants[1]) for truth, rule in RULES.items()}
    found["T12"] = no_answer_stored() if loaded else no_answer_by_clock()
    return [Answer(truth, *found[truth]) for truth in sorted(found, key=lambda name: int(name[1:]))]


def _is_loaded() -> bool:
    try:
        return load.is_loaded()
    except DatabaseError:
        return False  # no tables yet: the story itself is judged


def _data(site: Site, loaded: bool) -> Dataset:
    if loaded:
        return from_database(Plant.objects.get(code=site.code), until=STANDS_AT)
    return dataset(tell(), site)


def no_answer_by_clock() -> Found:
    """T12 without a database: what the calendar and the ladder say of the silent request."""
    answer_due = due.answer_due_at(ISSUED_AT, "major", Stage.Code.CONTAINMENT, ZoneInfo(APW.time_zone))
    if answer_due is None:
        return False, "no due date"
    clock = escalation.Clock(escalation.LADDER, answer_due, ISSUED_AT, ZoneInfo(APW.time_zone))
    climbed = [rung.name for rung in escalation.LADDER if _reached(rung, clock)]
    late = (STANDS_AT.date() - answer_due.date()).days
    rung = climbed[-1] if climbed else "none"
    return (late, rung) == (9, "late-7"), f"D3 was due {answer_due:%Y-%m-%d}, {late} days late; last rung {rung}"


def _reached(rung: escalation.Rung, clock: escalation.Clock) -> bool:
    instant = escalation.instant(rung, clock)
    return instant is not None and instant <= STANDS_AT


def no_answer_stored() -> Found:
    """T12: the same from the stored request, and who is told instead of the contact whose mail comes back."""
    request = CorrectiveActionRequest.objects.select_related("contact", "supplier", "plant").get(number=SILENT_REQUEST)
    stage = request.stages.select_related("request__plant").get(code=Stage.Code.CONTAINMENT)
    clock = escalation.clock_of(stage)
    if clock is None or stage.answer_due_at is None or request.contact is None:
        return False, f"{request.number}: no clock runs"
    climbed = [rung.name for rung in clock.ladder if _reached(rung, clock)]
    late = (STANDS_AT.date() - stage.answer_due_at.date()).days
    told = access.recipients(request)
    names = ", ".join(person.username for person in told)
    instead = [person.username for person in told] == ["lindqvarn.backup"]
    rung = climbed[-1] if climbed else "none"
    text = f"{request.number}: D3 {late} days late, last rung {rung}, told {names} (contact bounces)"
    return late == 9 and rung == "late-7" and instead, text
