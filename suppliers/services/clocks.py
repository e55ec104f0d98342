"""Which clock runs for what: the ladders as people set them, the plants' calendars, and what is due."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from qc.models import Holiday, Plant
from suppliers.ladder import DEFAULTS, Clock, Rung
from suppliers.models import CorrectiveActionRequest, LadderRung, Stage, Submission

WAITS = (Stage.Status.PENDING, Stage.Status.RETURNED)


class Calendars:
    """The ladders and holidays of every plant, in two statements."""

    @cached_property
    def _rungs(self) -> dict[tuple[int | None, str], tuple[Rung, ...]]:
        found: dict[tuple[int | None, str], list[Rung]] = defaultdict(list)
        for row in LadderRung.objects.all():
            found[row.plant_id, row.ladder].append(as_rung(row))
        return {key: tuple(rungs) for key, rungs in found.items()}

    @cached_property
    def _days_off(self) -> dict[int, set[dt.date]]:
        found: dict[int, set[dt.date]] = defaultdict(set)
        for plant, day in Holiday.objects.values_list("plant_id", "on"):
            found[plant].add(day)
        return found

    def ladder(self, plant_pk: int, name: str) -> tuple[Rung, ...]:
        """The plant's own ladder, else the one for all plants, else the built-in one."""
        return self._rungs.get((plant_pk, name)) or self._rungs.get((None, name)) or DEFAULTS[name]

    def clock(self, plant: Plant, name: str, severity: str, anchor: dt.datetime, since: dt.datetime) -> Clock:
        """A clock in the plant's calendar, with the rungs that are there for the severity."""
        rungs = tuple(rung for rung in self.ladder(plant.pk, name) if rung.is_for(severity))
        return Clock(rungs, anchor, since, plant.zone, self._days_off.get(plant.pk, frozenset()))

    def of_stage(self, stage: Stage) -> Clock | None:
        """The clock that runs for a stage of `with_answers`; None: not open, over, or without a date."""
        request = stage.request
        if request.status != CorrectiveActionRequest.Status.OPEN or request.issued_at is None:
            return None
        sent_at, decided_at = getattr(stage, "sent_at"), getattr(stage, "decided_at")  # noqa: B009  (annotations)
        if stage.status == Stage.Status.SUBMITTED and sent_at is not None:
            return self.clock(request.plant, "review", request.severity, sent_at, sent_at)
        if stage.status not in WAITS or stage.answer_due_at is None:
            return None
        since = decided_at or request.issued_at
        return self.clock(request.plant, "answer", request.severity, stage.answer_due_at, since)


def as_rung(row: LadderRung) -> Rung:
    """A rung as the ladder climbs it."""
    return Rung(
        name=row.name,
        amount=row.amount,
        audiences=tuple(row.audiences),
        words=row.words,
        unit=row.unit,
        severities=row.severities,
        proposes_controlled_shipping=row.proposes_controlled_shipping,
        is_urgent=row.is_urgent,
    )


def with_answers(rows: QuerySet[Stage]) -> QuerySet[Stage]:
    """Stages with all that their clock needs, in one statement."""
    last = Submission.objects.filter(stage=OuterRef("pk")).order_by("-version")
    earlier = Stage.objects.filter(request=OuterRef("request"), position__lt=OuterRef("position"), status__in=WAITS)
    related = ("request__plant", "request__supplier", "request__nonconformance")
    return rows.select_related(*related).annotate(
        sent_at=Subquery(last.values("submitted_at")[:1]),
        decided_at=Subquery(last.values("decided_at")[:1]),
        has_earlier=Exists(earlier.exclude(code=Stage.Code.ACKNOWLEDGE)),
    )


def running() -> QuerySet[Stage]:
    """The stages for which a clock may run."""
    open_ = CorrectiveActionRequest.Status.OPEN
    return with_answers(Stage.objects.filter(request__status=open_, status__in=[*WAITS, Stage.Status.SUBMITTED]))


def waits_for_another(stage: Stage) -> bool:
    """Whether an earlier answer is missing: then that one is reminded of, not this one."""
    if stage.code in (Stage.Code.ACKNOWLEDGE, Stage.Code.CONTAINMENT):
        return False
    return bool(getattr(stage, "has_earlier"))  # noqa: B009  (an annotation)


def suppliers_of(stages: Iterable[Stage]) -> set[int]:
    """The keys of the suppliers that are asked."""
    return {stage.request.supplier_id for stage in stages}
