"""What the engine reads has changed: the rows say so, the queue only makes it quick."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import connection
from django.db.models import F

from qc import clock, queue
from qc.models import AnalysisRun, AnalysisTarget, Plant, PlantTarget

# Written out, since every record does it: one statement, in a fraction of the time that the ORM takes for two.
DUE = """UPDATE qc_analysistarget SET input_version = input_version + 1, due_at = %s, tries = 0, parked_at = NULL,
    error = '' WHERE plant_id = %s AND defect_type_id = %s RETURNING id"""
PAUSE = dt.timedelta(seconds=10)  # between two full runs for new counts
REST = 20  # at least so many times as long as the last one took


def input_changed(pairs: Iterable[tuple[int, int]]) -> None:
    """Mark (plant, defect type) pairs as due for analysis: the row says so, the queue only makes it quick."""
    for plant_id, defect_type_id in sorted(pairs):
        key = _due(plant_id, defect_type_id)
        if key is None:
            AnalysisTarget.objects.get_or_create(plant_id=plant_id, defect_type_id=defect_type_id)
            key = _due(plant_id, defect_type_id)
        assert key is not None  # noqa: S101  (the row is there now; this tells the type checker)
        queue.analysis_is_due(key)


def _due(plant_id: int, defect_type_id: int) -> int | None:
    with connection.cursor() as cursor:
        now = connection.ops.adapt_datetimefield_value(clock.now())
        cursor.execute(DUE, [now, plant_id, defect_type_id])
        row = cursor.fetchone()
    return int(row[0]) if row else None


def plant_changed(plant: Plant) -> None:
    """New denominators, which all types share: the plant's full run is due, and every type has newer input.

    Counts of a big plant come in all day, so the next full run waits until it takes a small part of the time only.
    """
    targets = AnalysisTarget.objects.filter(plant=plant).order_by("plant_id", "defect_type_id")
    keys = list(targets.select_for_update().values_list("pk", flat=True))  # in the order in which recorders lock
    AnalysisTarget.objects.filter(pk__in=keys).update(input_version=F("input_version") + 1)
    target, _ = PlantTarget.objects.get_or_create(plant=plant)
    due_at = _next_full_run(plant, is_running=target.lease_until is not None)
    due = {"due_at": due_at, "tries": 0, "parked_at": None, "error": ""}
    PlantTarget.objects.filter(pk=target.pk).update(input_version=F("input_version") + 1, **due)
    if due_at <= clock.now():
        queue.plant_is_due(target.pk)


def _next_full_run(plant: Plant, *, is_running: bool) -> dt.datetime:
    last = AnalysisRun.objects.filter(plant=plant, defect_type=None).order_by("-pk").first()
    if last is None:
        return clock.now()
    pause = max(PAUSE, REST * (last.finished_at - last.started_at))
    return clock.now() + pause if is_running else max(clock.now(), last.finished_at + pause)


def records_rewritten(plant_id: int) -> None:
    """Records of a plant were changed in bulk without raising their versions: every process reads all of them again.

    Call it in the transaction of the change.
    """
    PlantTarget.objects.get_or_create(plant_id=plant_id)
    PlantTarget.objects.filter(plant_id=plant_id).update(rewrites=F("rewrites") + 1)
