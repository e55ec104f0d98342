"""What is open and late: cases, actions, and the answers that suppliers owe us."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.db.models import F

from qc.models import CorrectiveAction, Nonconformance, Plant, User
from suppliers.models import CorrectiveActionRequest, Stage

ROWS = 20
SOON = dt.timedelta(days=7)


@dataclass(frozen=True)
class Duty:
    """Something that somebody owes until a day."""

    pk: int
    number: str
    what: str
    who: str
    due_on: dt.date
    days_late: int
    is_late: bool


@dataclass(frozen=True)
class Duties:
    """How many are open and late; the rows are the late ones and those due within a week, the latest first."""

    open: int
    overdue: int
    rows: tuple[Duty, ...]
    more: int


def cases(viewer: User, plant: Plant, today: dt.date) -> Duties:
    """Cases of the plant that are not closed."""
    rows = Nonconformance.objects.visible_to(viewer).filter(plant=plant).open()
    due = rows.filter(due_on__lte=today + SOON).select_related("owner").order_by("due_on", "pk")
    found = [_duty(today, row.due_on, row.pk, row.number, row.title, str(row.owner)) for row in due]
    return _duties(rows.count(), found)


def actions(viewer: User, plant: Plant, today: dt.date) -> Duties:
    """Actions of the plant's cases that are not verified; what a supplier owes is among the answers as well."""
    rows = CorrectiveAction.objects.visible_to(viewer).filter(nonconformance__plant=plant).open()
    due = rows.filter(due_on__lte=today + SOON).select_related("owner", "supplier", "nonconformance")
    found = [
        _duty(today, row.due_on, row.nonconformance_id, row.nonconformance.number, row.title, _holder(row))
        for row in due.order_by("due_on", "pk")
    ]
    return _duties(rows.count(), found)


def answers(viewer: User, plant: Plant, now: dt.datetime) -> Duties:
    """Requests to suppliers that are open, and of each the first step whose answer is due."""
    requests = CorrectiveActionRequest.objects.visible_to(viewer).filter(plant=plant).open()
    stages = Stage.objects.visible_to(viewer).filter(request__plant=plant).overdue(at=now + SOON)
    today = now.astimezone(plant.zone).date()
    found, seen = [], set()
    for stage in stages.select_related("request__supplier").order_by(F("answer_due_at").asc(), "position"):
        request = stage.request
        if request.pk not in seen and stage.answer_due_at is not None:
            seen.add(request.pk)
            due_on = stage.answer_due_at.astimezone(plant.zone).date()
            duty = _duty(today, due_on, request.pk, request.number, str(stage), str(request.supplier))
            found.append(replace(duty, is_late=stage.answer_due_at < now))
    return _duties(requests.count(), found)


def _holder(action: CorrectiveAction) -> str:
    return str(action.owner or action.supplier)


def _duty(today: dt.date, due_on: dt.date | None, pk: int, number: str, what: str, who: str) -> Duty:
    if due_on is None:
        raise ValueError(f"{number} has no due date")
    return Duty(pk, number, what, who, due_on, max(0, (today - due_on).days), due_on < today)


def _duties(count: int, found: Iterable[Duty]) -> Duties:
    rows = tuple(found)
    return Duties(count, sum(1 for row in rows if row.is_late), rows[:ROWS], max(0, len(rows) - ROWS))
