"""From records in the database to findings that keep their identity and never overwrite a person."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc import clock
from qc.analysis.database import from_database
from qc.errors import Stale
from qc.models import AnalysisRun, AnalysisTarget, DefectType, Event, Finding, LotUse, Notice, User
from qc.services import analyses, defects, exposure, findings
from tests import factories as make

pytestmark = pytest.mark.django_db
START = dt.datetime(2026, 5, 25, 8, 0, tzinfo=dt.UTC)
DAYS = 170


@pytest.fixture
def plant() -> Any:
    return make.PlantFactory(time_zone="UTC")


@pytest.fixture
def by(plant: Any) -> User:
    return make.UserFactory(role="engineer", plants=[plant])


@pytest.fixture(autouse=True)
def november() -> Any:
    with clock.frozen_at(make.NOON):
        yield


def steady_line(by: User, line: Any, kind: DefectType, *, every: int = 6, units: int = 500) -> None:
    """One defect every few days and the same units every day."""
    rows = [
        {"defect_type": kind, "line": line, "occurred_at": START + dt.timedelta(days=d)} for d in range(0, DAYS, every)
    ]
    defects.record_many(by, rows=rows)
    days = [(START + dt.timedelta(days=d)).date() for d in range(DAYS)]
    exposure.set_counts(by, rows=[{"line": line, "production_on": day, "units": units} for day in days])


def bad_spell(by: User, line: Any, kind: DefectType, *, last_days: int = 40) -> list[Any]:
    """Three defects a day on the line for the last weeks."""
    instants = [
        START + dt.timedelta(days=DAYS - back, hours=hour) for back in range(last_days, 0, -1) for hour in (1, 4, 7)
    ]
    rows = [{"defect_type": kind, "line": line, "occurred_at": instant} for instant in instants]
    return defects.record_many(by, rows=rows)


@pytest.fixture
def kind(plant: Any, by: User) -> DefectType:
    """A defect type that is steady on three lines and has gone wrong on the first."""
    lines = [make.ProductionLineFactory(plant=plant, code=f"LINE-{n}") for n in (1, 2, 3)]
    kind: DefectType = make.DefectTypeFactory(code="BURR", severity="minor")
    for line in lines:
        steady_line(by, line, kind)
    bad_spell(by, lines[0], kind)
    return kind


def judge(plant: Any) -> list[Finding]:
    analyses.analyse_plant(plant)
    return list(Finding.objects.current().filter(plant=plant))


def test_a_line_that_went_wrong_is_found_with_its_scope_and_date(plant: Any, kind: DefectType) -> None:
    found = next(row for row in judge(plant) if row.verdict == "systemic")
    assert found.where == {"line": "LINE-1"}
    assert found.line is not None and found.line.code == "LINE-1"
    assert found.origin == "line"
    assert found.since is not None
    assert abs((found.since - (START + dt.timedelta(days=DAYS - 40)).date()).days) <= 7
    assert "line" in found.explanation.lower() and str(found.incidents) in found.explanation


def test_a_due_target_is_judged_once_and_then_not_due(plant: Any, kind: DefectType) -> None:
    target = AnalysisTarget.objects.get(defect_type=kind)
    assert analyses.analyse_target(target.pk) is True
    target.refresh_from_db()
    assert (target.due_at, target.judged_version) == (None, target.input_version)
    assert analyses.analyse_target(target.pk) is False
    assert AnalysisRun.objects.count() == 1


def test_a_second_run_on_the_same_records_changes_no_finding(plant: Any, kind: DefectType) -> None:
    before = {(row.pk, row.verdict, row.explanation, row.changed_at) for row in judge(plant)}
    events_before = Event.objects.count()
    assert {(row.pk, row.verdict, row.explanation, row.changed_at) for row in judge(plant)} == before
    assert Event.objects.count() == events_before
    digests = set(AnalysisRun.objects.values_list("data_digest", flat=True))
    assert len(digests) == 1


def test_more_of_the_same_keeps_the_row_and_raises_its_numbers(plant: Any, by: User, kind: DefectType) -> None:
    first = next(row for row in judge(plant) if row.verdict == "systemic")
    for hour in range(5):
        instant = START + dt.timedelta(days=DAYS - 1, hours=hour)
        defects.record(by, defect_type=kind, occurred_at=instant, line=first.line)
    again = next(row for row in judge(plant) if row.verdict == "systemic")
    assert again.pk == first.pk
    assert again.incidents > first.incidents


def test_a_person_is_never_overwritten_and_the_engine_says_when_it_disagrees(
    plant: Any, by: User, kind: DefectType
) -> None:
    found = next(row for row in judge(plant) if row.verdict == "systemic")
    findings.confirm(by, finding=found)
    spell = kind.defects.filter(line=found.line, occurred_at__gte=START + dt.timedelta(days=DAYS - 40))
    for record in spell:
        defects.void(by, defect=record, reason="the gauge was wrong")
    judge(plant)
    found.refresh_from_db()
    assert (found.decision, found.standing, found.replaced_at) == ("confirmed", "systemic", None)
    assert found.verdict == "background" and found.disagrees


def test_an_undecided_finding_that_is_gone_is_replaced_not_removed(plant: Any, by: User, kind: DefectType) -> None:
    found = next(row for row in judge(plant) if row.verdict == "systemic")
    spell = kind.defects.filter(line=found.line, occurred_at__gte=START + dt.timedelta(days=DAYS - 40))
    for record in spell:
        defects.void(by, defect=record, reason="the gauge was wrong")
    assert all(row.verdict != "systemic" for row in judge(plant))
    found.refresh_from_db()
    assert found.replaced_at is not None


def test_new_systemic_findings_reach_the_quality_people_once(plant: Any, by: User, kind: DefectType) -> None:
    make.UserFactory(role="engineer", plants=[make.PlantFactory()])
    judge(plant)
    judge(plant)
    assert list(Notice.objects.values_list("to", flat=True)) == [by.pk]


def test_the_database_gives_the_engine_what_the_records_say(plant: Any, by: User) -> None:
    line = make.ProductionLineFactory(plant=plant)
    lot = make.SupplierLotFactory(plant=plant)
    LotUse.objects.create(supplier_lot=lot, line=line, first_on=START.date())
    kind = make.DefectTypeFactory()
    kept = defects.record(by, defect_type=kind, occurred_at=START, line=line, part=lot.part, inspector="I-09")
    gone = defects.record(by, defect_type=kind, occurred_at=START, line=line)
    defects.void(by, defect=gone, reason="not one")
    exposure.set_count(by, line=line, production_on=START.date(), units=10)
    data = from_database(plant, until=make.NOON)
    assert len(data) == 1
    assert data.dimensions["supplier_lot"].labels == (kept.supplier_lot.code,)
    assert data.dimensions["operator"].labels == ("I-09",)
    assert data.production is not None and data.production.units.tolist() == [10.0]
    assert data.lots is not None and data.lots.line.labels == (line.code,)


def test_an_empty_plant_is_judged_without_a_run(plant: Any) -> None:
    assert analyses.analyse_plant(plant) is None


def test_two_bursts_beside_a_bad_line_are_stored_without_stopping_the_plant(plant: Any, by: User) -> None:
    lines = [make.ProductionLineFactory(plant=plant, code=f"LINE-{n}") for n in (1, 2, 3, 4)]
    kind = make.DefectTypeFactory(code="SCRATCH", severity="minor")
    for line in lines:
        steady_line(by, line, kind, every=4)
    bad = [START + dt.timedelta(days=d, hours=h) for d in range(1, DAYS, 2) for h in (1, 5)]
    bursts = [START + dt.timedelta(days=d, hours=1, minutes=m) for d in (30, 31, 120, 121) for m in range(30)]
    rows = [{"defect_type": kind, "line": lines[0], "occurred_at": instant} for instant in [*bad, *bursts]]
    defects.record_many(by, rows=rows)
    found = judge(plant)
    assert any(row.verdict == "systemic" for row in found)
    assert len({(row.where_key, row.kind) for row in found}) == len(found)


def test_an_older_run_that_ends_last_changes_nothing(
    plant: Any, by: User, kind: DefectType, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = analyses.verdicts.judge

    def slow(*args: Any) -> Any:
        monkeypatch.setattr(analyses.verdicts, "judge", real)
        defects.record(by, defect_type=kind, occurred_at=START + dt.timedelta(days=DAYS - 1), **spot)
        analyses.analyse_plant(plant)
        return real(*args)

    spot = {"line": plant.lines.first()}
    monkeypatch.setattr(analyses.verdicts, "judge", slow)
    assert analyses.analyse_plant(plant) is None
    assert AnalysisRun.objects.count() == 1


def test_a_dismissal_is_not_handed_to_another_problem_at_the_same_place(plant: Any, by: User, kind: DefectType) -> None:
    found = next(row for row in judge(plant) if row.verdict == "systemic")
    Finding.objects.filter(pk=found.pk).update(kind="burst", verdict="one_off")
    found.refresh_from_db()
    findings.dismiss(by, finding=found, reason="a dropped box")
    fresh = [row for row in judge(plant) if row.verdict == "systemic"]
    assert [row.decision for row in fresh] == ["none"]
    assert fresh[0].pk != found.pk


def test_a_decision_on_a_page_that_is_out_of_date_is_refused(plant: Any, by: User, kind: DefectType) -> None:
    found = next(row for row in judge(plant) if row.verdict == "systemic")
    spell = kind.defects.filter(line=found.line, occurred_at__gte=START + dt.timedelta(days=DAYS - 40))
    for record in spell:
        defects.void(by, defect=record, reason="the gauge was wrong")
    judge(plant)
    with pytest.raises(Stale):
        findings.confirm(by, finding=found, version=found.version)


def test_a_record_of_a_clock_that_is_a_little_ahead_is_judged_at_once(plant: Any, by: User) -> None:
    line = make.ProductionLineFactory(plant=plant)
    defects.record(by, defect_type=make.DefectTypeFactory(), occurred_at=make.NOON + dt.timedelta(minutes=5), line=line)
    assert [row.incidents for row in judge(plant)] == [1]
