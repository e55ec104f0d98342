"""Steps on a timeline: each is done once, at its own time, in one transaction with the count of steps done."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from qc import clock
from qc.models import AnalysisTarget, Counter, Digest, EffectivenessCheck, PlantTarget
from suppliers.models import Stage

SERIES, YEAR = "demo-step", 2026  # the row that counts steps; the numbers of records have series of their own
Tell = Callable[[int, int, str], None]


class SomeoneElse(Exception):
    """Another process loads at the same time."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened at an instant.

    `work`: background work that has transactions of its own. `live`: what it makes due stays due, for the workers.
    """

    at: dt.datetime
    text: str
    do: Callable[[], object]
    work: bool = False
    live: bool = False


def done() -> int:
    """How many steps are done."""
    value = Counter.objects.filter(series=SERIES, year=YEAR).values_list("value", flat=True).first()
    return value or 0


def play(steps: Sequence[Step], *, tell: Tell) -> int:
    """Do the steps that are left, in the order of time; returns how many were left.

    Killed in the middle, it goes on where it was: a step and its count are one transaction. Background work claims
    its row, so that doing it again changes nothing.
    """
    Counter.objects.get_or_create(series=SERIES, year=YEAR)
    ordered = sorted(steps, key=lambda step: step.at)
    first = done()
    for number, step in enumerate(ordered[first:], start=first):
        tell(number, len(ordered), step.text)
        with clock.frozen_at(step.at):
            if step.work:
                step.do()
            with transaction.atomic():
                if not Counter.objects.filter(series=SERIES, year=YEAR, value=number).update(value=number + 1):
                    raise SomeoneElse
                if not step.work:
                    step.do()
                if not step.live:
                    hold_back()
    return len(ordered) - first


def hold_back() -> None:
    """What was due in the story's past is not due now: the workers that run meanwhile leave it alone."""
    for model in (AnalysisTarget, PlantTarget, Digest, EffectivenessCheck, Stage):
        model._default_manager.filter(due_at__isnull=False).update(due_at=None)
