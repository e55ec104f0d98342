"""Which run is due when, what a run keeps for the auditor, and runs at the same time."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from qc import clock
from qc.analysis.learnt import Background
from qc.models import AnalysisRun, AnalysisTarget, Defect, DefectType, Finding, Plant, PlantTarget, User
from qc.services import analyses, audits, defects, exposure, findings, inputs
from tests import factories as make

START = dt.datetime(2026, 8, 1, 8, 0, tzinfo=dt.UTC)
DAYS = 100


@pytest.fixture(autouse=True)
def stands() -> Any:
    with clock.frozen_at(make.NOON):
        yield


class World:
    """Two lines and three types, steady but for one on one line."""

    def __init__(self) -> None:
        self.plant: Plant = make.PlantFactory(time_zone="UTC")
        self.by: User = make.UserFactory(role="manager")
        self.lines = [make.ProductionLineFactory(plant=self.plant) for _ in range(2)]
        self.kinds: list[DefectType] = [make.DefectTypeFactory(severity="minor") for _ in range(3)]
        rows = [
            self.row(number, line, day) for number in range(3) for line in self.lines for day in range(number, DAYS, 4)
        ]
        rows += [self.row(0, self.lines[0], day, hour) for day in range(60, DAYS) for hour in (1, 3)]
        defects.record_many(self.by, rows=rows)
        days = [(START + dt.timedelta(days=day)).date() for day in range(DAYS)]
        counts = [{"line": line, "production_on": day, "units": 400} for line in self.lines for day in days]
        exposure.set_counts(self.by, rows=counts)

    def row(self, number: int, line: Any, day: int, hour: int = 0) -> dict[str, Any]:
        at = START + dt.timedelta(days=day, hours=hour)
        return {"defect_type": self.kinds[number], "line": line, "occurred_at": at}

    def record(self, number: int = 0) -> Defect:
        return defects.record(self.by, **self.row(number, self.lines[0], DAYS - 1, 5))

    def work(self, number: int = 0) -> bool:
        return analyses.analyse_target(AnalysisTarget.objects.get(defect_type=self.kinds[number]).pk)

    def last(self) -> AnalysisRun:
        return AnalysisRun.objects.filter(plant=self.plant).latest("pk")


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.fixture
def judged(world: World) -> World:
    """A world whose first full run is done."""
    assert analyses.analyse_plant(world.plant) is not None
    return world


def test_the_first_run_is_a_full_one_and_keeps_what_it_learnt(world: World) -> None:
    assert world.work()
    run = world.last()
    assert (run.defect_type, run.occasion, run.full_run) == (None, "first", None)
    learnt = Background.from_dict(run.background or {})
    assert learnt.version == run.background_version
    assert set(learnt.p_values) == {kind.code for kind in world.kinds}
    assert not AnalysisTarget.objects.filter(due_at__isnull=False).exists()


def test_a_logged_defect_is_judged_alone_with_the_stored_background(judged: World) -> None:
    full = judged.last()
    others = {row.pk: row.run_id for row in Finding.objects.exclude(defect_type=judged.kinds[0])}
    before = Finding.objects.get(defect_type=judged.kinds[0], verdict="systemic")
    judged.record()
    assert judged.work()
    run = judged.last()
    assert (run.defect_type, run.full_run, run.background) == (judged.kinds[0], full, None)
    assert run.background_version == full.background_version and run.occasion == "records"
    assert Finding.objects.get(pk=before.pk).incidents == before.incidents + 1
    assert {row.pk: row.run_id for row in Finding.objects.exclude(defect_type=judged.kinds[0])} == others


def test_a_run_of_one_type_says_what_the_full_run_said_of_it(judged: World) -> None:
    full = judged.last()
    said = {row.pk: (row.explanation, row.q_value, row.rivals) for row in Finding.objects.current()}
    for kind in judged.kinds:
        assert analyses.analyse_type(judged.plant, kind, full) is not None
    assert {row.pk: (row.explanation, row.q_value, row.rivals) for row in Finding.objects.current()} == said


CHANGES: dict[str, Callable[[World], object]] = {
    "recorded": lambda w: w.record(),
    "corrected": lambda w: defects.correct(w.by, defect=w.kinds[0].defects.first(), version=1, line=w.lines[1]),
    "voided": lambda w: defects.void(w.by, defect=w.kinds[0].defects.first(), reason="no"),
    "joined": lambda w: defects.mark_duplicate(
        w.by, defect=w.kinds[0].defects.last(), original=w.kinds[0].defects.first()
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_record_makes_its_type_due_and_is_judged_once(change: str, judged: World) -> None:
    CHANGES[change](judged)
    assert list(AnalysisTarget.objects.due().values_list("defect_type", flat=True)) == [judged.kinds[0].pk]
    runs = AnalysisRun.objects.count()
    assert judged.work() and not judged.work()
    assert AnalysisRun.objects.count() == runs + 1


def test_new_counts_make_the_plants_full_run_due_and_leave_no_type_behind(judged: World) -> None:
    exposure.set_count(judged.by, line=judged.lines[0], production_on=make.NOON.date(), units=900)
    assert not AnalysisTarget.objects.due().exists()
    target = PlantTarget.objects.get(plant=judged.plant)
    with clock.frozen_at(make.NOON + inputs.PAUSE):
        assert analyses.analyse_whole(target.pk)
        assert judged.last().occasion == "counts"
        assert not analyses.analyse_whole(target.pk)
    assert all(each.judged_version == each.input_version for each in AnalysisTarget.objects.all())


def test_further_counts_wait_for_a_part_of_the_time_that_the_last_full_run_took(judged: World) -> None:
    AnalysisRun.objects.update(started_at=make.NOON - dt.timedelta(seconds=30), finished_at=make.NOON)
    exposure.set_count(judged.by, line=judged.lines[0], production_on=make.NOON.date(), units=900)
    due_at = PlantTarget.objects.get(plant=judged.plant).due_at
    assert due_at == make.NOON + dt.timedelta(seconds=600)


def test_the_full_run_comes_back_every_night_on_the_plants_clocks(judged: World) -> None:
    target = PlantTarget.objects.get(plant=judged.plant)
    assert target.due_at is not None and target.due_at.date() == make.NOON.date() + dt.timedelta(days=1)
    assert target.due_at.hour == 2 and not analyses.analyse_whole(target.pk)
    with clock.frozen_at(target.due_at):
        assert analyses.analyse_whole(target.pk)
    assert judged.last().occasion == "night"


def test_many_types_at_once_are_one_full_run(judged: World) -> None:
    more = [make.DefectTypeFactory() for _ in range(analyses.MANY)]
    for kind in more:
        defects.record(judged.by, defect_type=kind, line=judged.lines[0], occurred_at=START)
    target = AnalysisTarget.objects.get(defect_type=more[0])
    assert analyses.analyse_target(target.pk)
    assert judged.last().defect_type is None
    assert not AnalysisTarget.objects.due().exists()


def test_a_plant_that_has_grown_learns_again(judged: World) -> None:
    rows = [judged.row(1, judged.lines[1], day % DAYS, 2) for day in range(analyses.AT_LEAST + 1)]
    defects.record_many(judged.by, rows=rows)
    assert judged.work(1)
    assert judged.last().defect_type == judged.kinds[1]
    target = PlantTarget.objects.due().get()
    assert analyses.analyse_whole(target.pk)
    assert judged.last().occasion == "grown"


def test_another_method_or_other_settings_of_the_family_need_a_full_run(judged: World) -> None:
    AnalysisRun.objects.update(method_version="1")
    judged.record()
    assert judged.work()
    assert (judged.last().defect_type, judged.last().occasion) == (None, "method")


def test_what_is_tolerated_concerns_one_type_and_learns_nothing_again(judged: World) -> None:
    DefectType.objects.filter(pk=judged.kinds[1].pk).update(tolerable=2)
    judged.record(1)
    assert judged.work(1)
    run = judged.last()
    assert run.defect_type == judged.kinds[1]
    assert run.parameters["tolerable"] == {judged.kinds[1].code: 2.0}
    assert Finding.objects.current().filter(defect_type=judged.kinds[1], verdict="systemic", kind="chronic").exists()


def test_a_type_that_a_faster_run_judged_keeps_its_word_and_is_judged_again(
    judged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = analyses.verdicts.judge

    def slow(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(analyses.verdicts, "judge", real)
        judged.record()
        assert judged.work()
        return real(*args, **more)

    monkeypatch.setattr(analyses.verdicts, "judge", slow)
    run = analyses.analyse_plant(judged.plant)
    assert run is not None
    newest = AnalysisRun.objects.get(defect_type=judged.kinds[0])
    assert set(Finding.objects.current().filter(defect_type=judged.kinds[0]).values_list("run", flat=True)) == {
        newest.pk
    }
    assert AnalysisTarget.objects.due().get().defect_type == judged.kinds[0]
    assert judged.work()
    assert judged.last().full_run == run


def test_a_run_of_one_type_whose_background_is_overtaken_keeps_nothing_and_stays_due(
    judged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = analyses.verdicts.judge

    def slow(*args: Any, **more: Any) -> Any:
        monkeypatch.setattr(analyses.verdicts, "judge", real)
        AnalysisRun.objects.get(pk=judged.last().pk)
        make.AnalysisRunFactory(plant=judged.plant, defect_type=None)
        return real(*args, **more)

    judged.record()
    monkeypatch.setattr(analyses.verdicts, "judge", slow)
    assert judged.work()
    assert not AnalysisRun.objects.filter(defect_type=judged.kinds[0]).exists()
    assert AnalysisTarget.objects.due().get().defect_type == judged.kinds[0]


def test_an_auditor_repeats_a_full_run_and_a_run_of_one_type(judged: World) -> None:
    full = judged.last()
    with clock.frozen_at(make.NOON + dt.timedelta(minutes=1)):
        judged.record()
        assert judged.work()
        single = judged.last()
    with clock.frozen_at(make.NOON + dt.timedelta(minutes=2)):
        changed = judged.kinds[0].defects.first()
        defects.correct(judged.by, defect=changed, version=1, line=judged.lines[1], inspector="Ana")
        defects.void(judged.by, defect=judged.kinds[0].defects.last(), reason="no")
        judged.record(2)
        for run in (full, single):
            again = audits.repeat(run)
            assert again.is_equal is True, again.text
            assert (again.data_digest, again.findings_digest) == (run.data_digest, run.findings_digest)


def test_a_run_whose_data_are_gone_says_so(judged: World) -> None:
    run = judged.last()
    exposure.set_count(judged.by, line=judged.lines[0], production_on=START.date(), units=1)
    again = audits.repeat(run)
    assert again.is_equal is None and "not the run's" in again.text


def test_a_run_whose_findings_were_tampered_with_is_found_out(judged: World) -> None:
    run = judged.last()
    run.findings_digest = "0" * 64
    assert audits.repeat(run).is_equal is False


def test_a_run_of_another_method_is_not_compared(judged: World) -> None:
    run = judged.last()
    run.method_version = "1"
    again = audits.repeat(run)
    assert again.is_equal is None and "method 1" in again.text


# At the same time, on a real database.


def at_once(*works: Callable[[], object]) -> None:
    """Run each in a thread of its own with its own connection; raises what one of them raised."""
    ready, errors = threading.Barrier(len(works)), []

    def go(work: Callable[[], object]) -> None:
        try:
            with clock.frozen_at(make.NOON):
                ready.wait(20)
                work()
        except BaseException as error:  # noqa: BLE001  (raised again below)
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    if errors:
        raise errors[0]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_workers_a_full_run_and_people_at_once_leave_one_row_of_each_finding() -> None:
    world = World()
    full = analyses.analyse_plant(world.plant)
    assert full is not None
    found = Finding.objects.current().get(defect_type=world.kinds[0], verdict="systemic")
    world.record()
    at_once(
        lambda: world.work(),
        lambda: world.work(),
        lambda: analyses.analyse_plant(world.plant),
        lambda: analyses.analyse_type(world.plant, world.kinds[0], full),
        lambda: findings.confirm(world.by, finding=found),
        lambda: world.record(),
    )
    while (target := AnalysisTarget.objects.due().first()) is not None:
        assert analyses.analyse_target(target.pk)
    found.refresh_from_db()
    assert (found.decision, found.replaced_at) == ("confirmed", None)
    rows = list(Finding.objects.current().values_list("defect_type", "where_key", "kind"))
    assert len(rows) == len(set(rows))
    assert found.incidents == world.kinds[0].defects.filter(line=world.lines[0], production_on__gte=found.since).count()
    for each in AnalysisTarget.objects.all():
        assert each.judged_version == each.input_version
