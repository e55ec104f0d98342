"""The end of the load: the plants are judged, people have decided, schedules run, and due work is due again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial

from qc import clock
from qc.management.demo import people
from qc.management.demo.steps import Step
from qc.management.demo.tales import case_of
from qc.management.demo.world import SITES, STANDS_AT
from qc.models import Digest, EffectivenessCheck, Finding, Nonconformance, Plant, Product, ProductionLine
from qc.services import analyses, exposure, findings
from reports.models import Schedule
from reports.services import schedules
from suppliers.models import CorrectiveActionRequest, ScoreMonth, Stage
from suppliers.services import escalation, scorecards

REVIEWS = ("10-16",)  # days on which the plants were judged before
MONDAY, EARLY = 0, dt.time(7)
# Tale -> the defect type and scope that its finding has to touch.
TOLD_BY = {
    "stencil": ("KDE", "SOLD-INSUF"),
    "night solder": ("KDE", "SOLD-BRID"),
    "connectors": ("KDE", "CONN-COPL"),
    "cavity": ("KDE", "MLD-SHORT"),
    "castings again": ("APW", "CAST-POR"),
    "spindle": ("APW", "DIM-BORE"),
    "power dip": ("APW", "COAT-ADH"),
}


def steps() -> list[Step]:
    """Reviews along the way and everything that closes the load."""
    earlier = [
        Step(dt.datetime.fromisoformat(f"2026-{day}T20:00+00:00"), f"{site.code} judged", partial(_judge, site.code))
        for day in REVIEWS
        for site in SITES
    ]
    last: list[tuple[str, Callable[[], object]]] = [
        ("what runs now", _runs),
        *((f"{site.code} judged", partial(_judge, site.code)) for site in SITES),
        ("findings and cases", _link),
        ("decisions", _decide),
        ("due work", _wake),
        *((f"{site.code} weekly summary", partial(_schedule, site.code)) for site in SITES),
    ]
    start = STANDS_AT - dt.timedelta(minutes=len(last))
    closing = [
        Step(start + dt.timedelta(minutes=number), text, do, live=number >= len(last) - 3)
        for number, (text, do) in enumerate(last)
    ]
    return earlier + closing


def _judge(code: str) -> None:
    analyses.analyse_plant(Plant.objects.get(code=code))


def _runs() -> None:
    """Each line makes what it makes most."""
    for site in SITES:
        for line in site.lines:
            product = max(line.mix, key=lambda code: line.mix[code])
            exposure.start_run(
                people.of("mes"),
                line=ProductionLine.objects.select_related("plant").get(plant__code=site.code, code=line.code),
                product=Product.objects.get(code=product),
            )


def _link() -> None:
    """The cases that were opened before the engine spoke get the finding that says the same."""
    for tale, (plant, code) in TOLD_BY.items():
        said = Finding.objects.current().filter(plant__code=plant, defect_type__code=code)
        finding = said.exclude(where={}).filter(verdict__in=["systemic", "one_off"]).order_by("p_value").first()
        if finding:
            Nonconformance.objects.filter(pk=case_of(tale).pk, finding__isnull=True).update(finding=finding)


def _decide() -> None:
    """Engineers have looked at some of the findings."""
    for plant, code, by in (("KDE", "SOLD-INSUF", "engineer.kde"), ("APW", "CAST-POR", "engineer.apw")):
        finding = _first(plant, code, "systemic")
        if finding:
            findings.confirm(people.of(by), finding=finding, reason="Seen on the line; the case says why.")
    monday = _first("APW", "DIM-FACE", "insufficient") or _first("APW", "DIM-FACE", "systemic")
    if monday:
        findings.watch(people.of("engineer.apw"), finding=monday, watched=True)


def _first(plant: str, code: str, verdict: str) -> Finding | None:
    rows = Finding.objects.current().filter(plant__code=plant, defect_type__code=code, verdict=verdict)
    return rows.order_by("p_value").first()


def _wake() -> None:
    """From here on workers do what is due: reminders, checks, tomorrow's mails."""
    waiting = Stage.objects.filter(request__status=CorrectiveActionRequest.Status.OPEN)
    for stage in waiting.select_related("request__plant"):
        escalation.schedule(stage)
        stage.save(update_fields=["due_at", "parked_at", "tries", "error"])
    checks = EffectivenessCheck.objects.filter(result="not_yet", implemented_on__isnull=False)
    checks.filter(nonconformance__status="verifying").update(due_at=clock.now())
    scorecards.begin()
    ScoreMonth.objects.update(due_at=clock.now())
    for digest in Digest.objects.filter(on__gt=clock.today()):
        digest.due_at = dt.datetime.combine(digest.on, dt.time(6), dt.UTC)
        digest.save(update_fields=["due_at"])


def _schedule(code: str) -> None:
    """Monday's summary, and one of this week at once."""
    plant = Plant.objects.get(code=code)
    by = people.of("manager")
    readers = [by, people.of(f"plantmanager.{code.lower()}"), people.of(f"engineer.{code.lower()}")]
    schedules.create(
        by, plant=plant, name="Weekly quality summary", weekday=MONDAY, local_time=EARLY, recipients=readers
    )
    schedules.send_now(by, schedule=Schedule.objects.get(plant=plant, name="Weekly quality summary"))
