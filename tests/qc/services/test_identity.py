"""The same row from run to run; a person's word stands; what the engine says against it is said once."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from qc import clock
from qc.analysis import verdicts
from qc.models import AnalysisRun, Event, Finding, Notice, User
from qc.services import findings, identity
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]

AT = {"line": "L1"}
SAID = verdicts.Finding(
    defect_type="BURR", verdict="systemic", kind="escalating", where=AT, origin="line", since="2026-09-01", until=None,
    since_interval=["2026-08-30", "2026-09-03"], incidents=60, expected=20.0, rate_ratio=3.0,
    rate_ratio_ci=[2.3, 3.9], p_value=1e-9, q_value=1e-8, aliases=[], ruled_out=[], needs="",
    explanation="Systemic: x.",
    rivals=[{"where": AT, "role": "scope", "elsewhere": None, "without": None}],
)  # fmt: skip
WHOLE: dict[str, str] = {}


class World:
    """A plant with one type, judged by what a test makes the engine say."""

    def __init__(self) -> None:
        self.plant = make.PlantFactory(time_zone="UTC")
        self.kind = make.DefectTypeFactory(code="BURR", name="Burr")
        self.by: User = make.UserFactory(role="engineer", plants=[self.plant])

    def run(self, *said: verdicts.Finding) -> list[Finding]:
        run: AnalysisRun = make.AnalysisRunFactory(plant=self.plant, defect_type=self.kind)
        identity.keep(run, [self.kind], said)
        return list(Finding.objects.current().filter(plant=self.plant).order_by("pk"))

    def verbs(self) -> list[str]:
        return list(Event.objects.order_by("sequence").values_list("verb", flat=True))


@pytest.fixture
def world() -> World:
    return World()


def but(**changes: Any) -> verdicts.Finding:
    return dataclasses.replace(SAID, **changes)


def test_the_numbers_are_stored_with_the_interval_of_since_and_the_rivals(world: World) -> None:
    (row,) = world.run(SAID)
    assert row.since_interval == ["2026-08-30", "2026-09-03"]
    assert row.rivals[0]["role"] == "scope"


@pytest.mark.parametrize(
    "changes",
    [
        {"where": {"line": "L1", "shift": "night"}},  # narrows
        {"kind": "drift"},
        {"where": {"machine": "M1"}, "aliases": [AT]},  # another name for the same units
        {"incidents": 80},
    ],
)
def test_a_finding_goes_on_in_its_row(world: World, changes: dict[str, Any]) -> None:
    (first,) = world.run(SAID)
    (second,) = world.run(but(**changes))
    assert second.pk == first.pk
    assert second.first_seen_at == first.first_seen_at


def test_a_finding_that_widens_goes_on_in_its_row(world: World) -> None:
    (first,) = world.run(but(where={"line": "L1", "shift": "night"}))
    (second,) = world.run(SAID)
    assert second.pk == first.pk and second.where == AT


def test_another_place_is_another_finding_and_the_old_one_stays_for_the_record(world: World) -> None:
    (first,) = world.run(SAID)
    (second,) = world.run(but(where={"line": "L2"}))
    first.refresh_from_db()
    assert second.pk != first.pk
    assert first.replaced_at is not None


def test_a_decision_goes_on_with_the_same_problem_under_another_kind_or_name(world: World) -> None:
    (row,) = world.run(SAID)
    findings.confirm(world.by, finding=row)
    for changes in ({"kind": "drift"}, {"where": {"machine": "M1"}, "aliases": [AT]}):
        (again,) = world.run(but(**changes))
        assert (again.pk, again.decision, again.objection) == (row.pk, "confirmed", "")


def test_a_decision_on_one_burst_is_not_handed_to_the_next(world: World) -> None:
    burst = but(verdict="one_off", kind="burst", since="2026-09-01", until="2026-09-01")
    (row,) = world.run(burst)
    findings.dismiss(world.by, finding=row, reason="a dropped box")
    later = dataclasses.replace(burst, since="2026-11-02", until="2026-11-02")
    (fresh,) = world.run(later)
    row.refresh_from_db()
    assert fresh.pk != row.pk and fresh.decision == "none"
    assert (row.decision, row.decision_reason) == ("dismissed", "a dropped box")


def test_against_a_confirmed_word_the_engine_speaks_once_on_the_page_in_the_trail_and_to_people(world: World) -> None:
    (row,) = world.run(SAID)
    findings.confirm(world.by, finding=row)
    Notice.objects.all().delete()
    world.run()
    world.run()
    row.refresh_from_db()
    assert (row.decision, row.standing, row.verdict) == ("confirmed", "systemic", "background")
    assert "Background" in row.objection and row.objected_at is not None
    assert world.verbs().count("finding.object") == 1
    assert [notice.to for notice in Notice.objects.all()] == [world.by]
    (row,) = world.run(SAID)
    assert row.objection == "" and row.objected_at is None
    assert world.verbs().count("finding.agree") == 1


@pytest.mark.parametrize("decide", ["dismiss", "override"])
def test_what_people_set_aside_stays_quiet_while_it_goes_on_as_it_was(world: World, decide: str) -> None:
    (row,) = world.run(SAID)
    set_aside(world, row, decide)
    Notice.objects.all().delete()
    for changes in ({"incidents": 90, "expected": 30.0}, {"rate_ratio": 3.4, "rate_ratio_ci": [2.6, 4.3]}):
        (row,) = world.run(but(**changes))
        assert row.objection == ""
    world.run()
    row.refresh_from_db()
    assert row.objection == ""
    (row,) = world.run(SAID)
    assert row.objection == "" and not Notice.objects.exists()


@pytest.mark.parametrize("decide", ["dismiss", "override"])
def test_what_people_set_aside_speaks_up_when_it_is_surely_worse(world: World, decide: str) -> None:
    changes = {"rate_ratio": 5.0, "rate_ratio_ci": [4.0, 6.2]}
    (row,) = world.run(SAID)
    set_aside(world, row, decide)
    Notice.objects.all().delete()
    (row,) = world.run(but(**changes))
    assert "surely more than 4.0" in row.objection
    assert row.decision != "none" and Notice.objects.count() == 1
    findings.dismiss(world.by, finding=row, reason="still known")
    (row,) = world.run(but(**changes))
    assert row.objection == ""


def test_what_was_set_aside_in_one_shift_speaks_up_when_the_whole_line_has_it(world: World) -> None:
    (row,) = world.run(but(where={"line": "L1", "shift": "night"}))
    findings.dismiss(world.by, finding=row, reason="known")
    (again,) = world.run(SAID)
    assert again.pk == row.pk and "spread" in again.objection


def test_a_dismissed_one_off_that_turns_systemic_is_a_new_question(world: World) -> None:
    (row,) = world.run(but(verdict="one_off", kind="isolated", where=WHOLE))
    findings.dismiss(world.by, finding=row, reason="one only")
    told = {each.pk: each for each in world.run(but(kind="chronic", where=WHOLE))}
    fresh = [each for each in told.values() if each.verdict == "systemic"]
    assert fresh and all(each.decision == "none" or each.objection for each in fresh)


def test_taking_a_decision_back_takes_the_objection_with_it(world: World) -> None:
    (row,) = world.run(SAID)
    findings.confirm(world.by, finding=row)
    world.run()
    row.refresh_from_db()
    findings.reconsider(world.by, finding=row, reason="look again")
    row.refresh_from_db()
    assert (row.objection, row.objected_at, row.basis) == ("", None, {})


def test_the_version_rises_when_the_engine_objects_so_that_an_open_page_is_out_of_date(world: World) -> None:
    (row,) = world.run(SAID)
    findings.confirm(world.by, finding=row)
    row.refresh_from_db()
    before = row.version
    world.run()
    row.refresh_from_db()
    assert row.version > before


def set_aside(world: World, row: Finding, decide: str) -> None:
    if decide == "dismiss":
        findings.dismiss(world.by, finding=row, reason="known")
    else:
        findings.override(world.by, finding=row, verdict="one_off", reason="a trial")


def close_case(world: World, row: Finding, on: dt.date) -> Any:
    closed_at = dt.datetime.combine(on, dt.time(12), dt.UTC)
    return make.NonconformanceFactory(
        plant=world.plant, finding=row, defect_type=world.kind, status="closed", closed_at=closed_at, closed_by=world.by
    )


def test_a_closed_cause_that_begins_again_is_a_new_finding_with_its_own_clock(world: World) -> None:
    with clock.frozen_at(make.NOON - dt.timedelta(days=100)):
        (old,) = world.run(SAID)
    findings.confirm(world.by, finding=old)
    case = close_case(world, old, dt.date(2026, 10, 1))
    Notice.objects.all().delete()
    (fresh,) = world.run(but(since="2026-11-02"))
    old.refresh_from_db()
    assert fresh.pk != old.pk
    assert (fresh.recurrence_of, fresh.closed_case, fresh.decision) == (old, case, "none")
    assert fresh.first_seen_at > old.first_seen_at and str(fresh.since) == "2026-11-02"
    assert (str(old.since), old.decision) == ("2026-09-01", "confirmed") and old.replaced_at is not None
    assert case.number in Notice.objects.first().text
    assert "finding.recur" in world.verbs()


def test_a_recurrence_is_told_once_and_goes_on_in_its_row(world: World) -> None:
    with clock.frozen_at(make.NOON - dt.timedelta(days=100)):
        (old,) = world.run(SAID)
    close_case(world, old, dt.date(2026, 10, 1))
    (fresh,) = world.run(but(since="2026-11-02"))
    told = Notice.objects.count()
    (again,) = world.run(but(since="2026-11-03", incidents=70))
    assert again.pk == fresh.pk and Notice.objects.count() == told


def test_a_closed_cause_that_stays_away_is_the_old_story(world: World) -> None:
    with clock.frozen_at(make.NOON - dt.timedelta(days=100)):
        (old,) = world.run(SAID)
    close_case(world, old, dt.date(2026, 10, 1))
    (row,) = world.run(but(kind="episode", until="2026-09-20"))
    assert row.pk == old.pk and row.closed_case is None


def test_a_spell_that_reaches_beyond_the_closing_counts_its_records_since(world: World) -> None:
    line = make.ProductionLineFactory(plant=world.plant, code="L1")
    with clock.frozen_at(make.NOON - dt.timedelta(days=100)):
        (old,) = world.run(SAID)
    close_case(world, old, dt.date(2026, 10, 1))
    still = but(kind="intermittent", since="2026-09-01", until="2026-11-18", expected=10.0)
    make.DefectFactory(line=line, defect_type=world.kind, production_on=dt.date(2026, 11, 18))
    (row,) = world.run(still)
    assert row.pk == old.pk
    for day in range(2, 18):
        make.DefectFactory(line=line, defect_type=world.kind, production_on=dt.date(2026, 11, day))
    (row,) = world.run(still)
    assert row.recurrence_of == old


def test_a_closed_case_of_another_place_or_type_has_nothing_to_do_with_it(world: World) -> None:
    with clock.frozen_at(make.NOON - dt.timedelta(days=100)):
        (old,) = world.run(but(where={"line": "L2"}))
    close_case(world, old, dt.date(2026, 10, 1))
    rows = world.run(but(since="2026-11-02"))
    assert all(row.closed_case is None for row in rows)


def test_a_closed_case_that_was_opened_without_a_finding_is_known_by_its_place(world: World) -> None:
    line = make.ProductionLineFactory(plant=world.plant, code="L1")
    about = {"plant": world.plant, "defect_type": world.kind, "status": "closed", "closed_by": world.by}
    closed_at = make.NOON - dt.timedelta(days=40)
    make.NonconformanceFactory(**about, closed_at=closed_at)
    case = make.NonconformanceFactory(**about, closed_at=closed_at - dt.timedelta(days=9), line=line)
    (row,) = world.run(but(since="2026-11-02"))
    assert (row.closed_case, row.recurrence_of) == (case, None)
    assert case.number in Notice.objects.first().text
