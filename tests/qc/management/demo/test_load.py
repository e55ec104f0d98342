"""The whole demonstration in a database, loaded once for this module."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import transaction

from qc import clock
from qc.analysis.database import from_database
from qc.management.demo import check, deliveries, load, people, plants, steps
from qc.management.demo.dataset import dataset
from qc.management.demo.steps import Step
from qc.management.demo.story import tell
from qc.management.demo.world import SITES, STANDS_AT
from qc.models import (
    AnalysisTarget,
    CorrectiveAction,
    Defect,
    Digest,
    Disposition,
    EffectivenessCheck,
    Event,
    Finding,
    LotUse,
    Nonconformance,
    Plant,
    ProductionCount,
    ProductionRun,
    Signature,
    Supplier,
    SupplierLot,
    User,
)
from qc.models import Counter as Numbers
from qc.services import board, events
from reports.models import Schedule
from suppliers.models import CorrectiveActionRequest, Stage, Submission

ROLES = set(User.Role.values)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home of its own: the clock of the test run stays where it is."""
    before = settings.HOME, settings.CLOCK_OFFSET
    settings.HOME = tmp_path_factory.mktemp("demo")
    yield settings.HOME
    settings.HOME, settings.CLOCK_OFFSET = before


@pytest.fixture(scope="module")
def loaded(home: Path, django_db_setup: None, django_db_blocker: Any) -> Iterator[SimpleNamespace]:
    """Everything loaded once, in a transaction that is rolled back."""
    with django_db_blocker.unblock():
        outer = transaction.atomic()
        outer._from_testcase = True  # type: ignore[attr-defined]  # what Django's own test cases say of theirs
        with outer:
            said: list[str] = []
            load.accounts()
            first = load.everything(said.append)
            yield SimpleNamespace(said=said, steps=first, home=home)
            transaction.set_rollback(True)


@pytest.fixture
def nothing(home: Path, db: None) -> None:
    """An empty database with the demonstration's accounts."""
    load.accounts()


def test_every_record_count_and_lot_of_the_story_is_there(loaded: SimpleNamespace) -> None:
    told = tell()
    assert Defect.objects.count() == len(told.records)
    assert ProductionCount.objects.count() == len(told.cells)
    assert (SupplierLot.objects.count(), LotUse.objects.count()) == (len(told.lots), len(told.uses))
    assert Numbers.objects.get(series="D").value == len(told.records)


def test_stored_records_say_what_the_story_says(loaded: SimpleNamespace) -> None:
    wanted = Counter((one.serial, one.code, one.day, one.shift, one.line) for one in tell().records)
    fields = ("serial", "defect_type__code", "production_on", "shift__code", "line__code")
    assert Counter(Defect.objects.values_list(*fields)) == wanted


def test_a_lot_that_nobody_wrote_down_is_inferred_from_lot_use(loaded: SimpleNamespace) -> None:
    inferred = Defect.objects.filter(lot_is_inferred=True)
    assert inferred.count() == sum(bool(one.part) and not one.supplier_lot for one in tell().records)
    assert not inferred.filter(supplier_lot__isnull=True).exists()


def test_progress_is_told_and_its_file_is_gone_at_the_end(loaded: SimpleNamespace) -> None:
    assert 15 < len(loaded.said) < 30 and loaded.said[0].startswith(f"0 of {loaded.steps}")
    assert not (loaded.home / "demo_progress.json").exists()


def test_loading_again_changes_nothing(loaded: SimpleNamespace) -> None:
    before = Event.objects.count()
    said: list[str] = []
    assert load.is_loaded()
    load.accounts()
    assert load.everything(said.append) == 0
    assert Event.objects.count() == before and not said


def test_every_state_of_a_case_is_present(loaded: SimpleNamespace) -> None:
    assert set(Nonconformance.objects.values_list("status", flat=True)) == set(Nonconformance.Status.values)
    assert Nonconformance.objects.count() == 30


def test_every_state_of_a_request_and_of_a_stage_is_present(loaded: SimpleNamespace) -> None:
    states = set(CorrectiveActionRequest.objects.values_list("status", flat=True))
    assert states == set(CorrectiveActionRequest.Status.values)
    assert set(Stage.objects.values_list("status", flat=True)) == set(Stage.Status.values)


def test_seven_requests_were_closed_as_effective_beside_the_one_that_came_back(loaded: SimpleNamespace) -> None:
    closed = CorrectiveActionRequest.objects.filter(status="closed")
    effective = closed.filter(action__effectiveness_checks__result=EffectivenessCheck.Result.EFFECTIVE)
    assert effective.count() == 8
    castings = CorrectiveActionRequest.objects.get(number="SCAR-2026-00007")
    assert (castings.supplier.code, castings.status) == ("S-201", "closed")
    assert castings.closed_at is not None and castings.closed_at.date() == dt.date(2026, 8, 28)
    assert castings.nonconformance.recurrences.get().requests.get().status == "open"


def test_a_request_was_returned_twice_for_operator_error(loaded: SimpleNamespace) -> None:
    returned = Submission.objects.filter(
        stage__code="root_cause", decision="returned", stage__request__supplier__code="S-107"
    )
    assert returned.count() == 2
    assert all("operator error" in one.answers["occurrence_cause"].casefold() for one in returned)


def test_the_silent_request_is_late_and_the_backup_is_told(loaded: SimpleNamespace) -> None:
    right, text = check.no_answer_stored()
    assert right, text
    request = CorrectiveActionRequest.objects.get(number="SCAR-2026-00014")
    assert request.contact is not None and request.contact.bounced_at is not None
    assert people.of("lindqvarn.backup").notices.filter(key__contains="late-7").exists()


def test_use_as_is_carries_two_signatures_of_review_board_members(loaded: SimpleNamespace) -> None:
    burrs = Disposition.objects.get(decision="use_as_is", quantity=240)
    signatures = Signature.objects.about(burrs)
    assert len({one.by_id for one in signatures}) == 2 and all(one.by.is_mrb_member for one in signatures)
    assert {one.capacity for one in signatures} == {"engineering", "quality"}
    assert board.decided([burrs])[0].is_signed


def test_the_low_torque_was_contained_within_forty_minutes(loaded: SimpleNamespace) -> None:
    case = Nonconformance.objects.get(defect_type__code="TORQ-LOW")
    zone = case.plant.zone
    assert case.severity == "critical"
    assert case.containments.earliest("done_at").done_at.astimezone(zone).time() == dt.time(9, 52)
    assert "09:12" in case.description


def test_the_audit_trail_is_unbroken_and_runs_forward_in_time(loaded: SimpleNamespace) -> None:
    assert list(events.broken_links()) == []
    times = list(Event.objects.order_by("sequence").values_list("at", flat=True))
    assert times == sorted(times) and times[0] < dt.datetime(2026, 5, 25, tzinfo=dt.UTC)


def test_there_is_a_user_for_every_role_and_the_fasteners_see_both_plants(loaded: SimpleNamespace) -> None:
    assert set(User.objects.values_list("role", flat=True)) == ROLES
    mine = CorrectiveActionRequest.objects.visible_to(people.of("briskpass"))
    assert set(mine.values_list("plant__code", flat=True)) == {"KDE", "APW"}
    ours = CorrectiveActionRequest.objects.visible_to(people.of("inspector.kde"))
    assert set(ours.values_list("plant__code", flat=True)) == {"KDE"}


def test_the_plants_are_judged_and_only_what_lies_ahead_is_due(loaded: SimpleNamespace) -> None:
    assert set(Finding.objects.current().systemic().values_list("plant__code", flat=True)) == {"KDE", "APW"}
    assert not AnalysisTarget.objects.filter(due_at__isnull=False).exists()
    end = dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)
    assert not Stage.objects.filter(due_at__lt=end).exists() and not Digest.objects.filter(due_at__lt=end).exists()
    assert Stage.objects.filter(due_at__gte=end).exists()
    assert Schedule.objects.count() == 2 and ProductionRun.objects.count() == 11


def test_the_database_holds_the_data_that_the_story_gives_to_the_engine(loaded: SimpleNamespace) -> None:
    for site in SITES:
        stored = from_database(Plant.objects.get(code=site.code), until=STANDS_AT)
        told = dataset(tell(), site)
        assert (stored.minute == told.minute).all() and (stored.day == told.day).all()
        assert stored.duplicates == told.duplicates
        assert stored.defect_type.labels == told.defect_type.labels
        assert stored.dimensions.keys() == told.dimensions.keys()


def test_the_check_reads_the_database_when_it_is_loaded(loaded: SimpleNamespace) -> None:
    answers = {one.truth: one for one in check.answers()}
    assert "SCAR-2026-00014" in answers["T12"].text
    assert sum(one.is_right for one in answers.values()) >= 12


def test_actions_that_were_carried_out_were_verified_by_somebody_else(loaded: SimpleNamespace) -> None:
    verified = CorrectiveAction.objects.filter(status="verified")
    assert verified.count() >= 10 and all(one.done_by_id != one.verified_by_id for one in verified)


def test_accounts_come_with_everything_that_a_login_needs(nothing: None, home: Path) -> None:
    assert set(Plant.objects.values_list("code", flat=True)) == {"KDE", "APW"}
    assert Supplier.objects.count() == 9
    assert set(User.objects.values_list("role", flat=True)) == ROLES
    manager = people.of("manager")
    line = next(row for row in (home / "logins.txt").read_text().splitlines() if row.startswith("manager\t"))
    assert manager.check_password(line.split("\t")[2])
    assert not people.of("vision").has_usable_password()
    assert abs(clock.now() - dt.datetime(2026, 11, 20, 16, tzinfo=dt.UTC)) < dt.timedelta(minutes=30)


def test_accounts_twice_change_nothing(nothing: None, home: Path) -> None:
    before = User.objects.count(), Event.objects.count(), (home / "clock_offset").read_text()
    load.accounts()
    assert (User.objects.count(), Event.objects.count(), (home / "clock_offset").read_text()) == before


def test_a_home_with_other_plants_is_refused(home: Path, db: None) -> None:
    Plant.objects.create(code="OURS", name="Our plant")
    with pytest.raises(CommandError, match="plants of its own"):
        call_command("demo", accounts=True)
    assert not User.objects.exists()


def test_a_load_that_was_stopped_goes_on_where_it_was(nothing: None, home: Path) -> None:
    all_steps = sorted(deliveries.steps(tell()), key=lambda step: step.at)[:6]

    def stop(done: int, total: int, text: str) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        steps.play(all_steps, tell=stop)
    assert steps.done() == 2 and Defect.objects.count() == 0 and ProductionCount.objects.exists()
    assert steps.play(all_steps, tell=lambda *told: None) == 4
    assert Defect.objects.count() == sum(one.day < dt.date(2026, 6, 8) for one in tell().records)
    assert steps.play(all_steps, tell=lambda *told: None) == 0


def test_a_step_that_fails_leaves_nothing_and_is_not_counted(nothing: None) -> None:
    def fail() -> None:
        Supplier.objects.create(code="S-999", name="Half")
        raise ValueError("in the middle")

    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    with pytest.raises(ValueError, match="in the middle"):
        steps.play([Step(at, "fails", fail)], tell=lambda *told: None)
    assert steps.done() == 0 and not Supplier.objects.filter(code="S-999").exists()


def test_two_loaders_do_not_do_the_same_step(nothing: None) -> None:
    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    own = [Step(at, "mine", lambda: None)]

    def other(done: int, total: int, text: str) -> None:
        Numbers.objects.filter(series=steps.SERIES).update(value=1)

    with pytest.raises(steps.SomeoneElse):
        steps.play(own, tell=other)


def test_progress_can_be_read_while_it_loads(nothing: None, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home / "demo_progress.json"
    seen: list[dict[str, Any]] = []
    at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    own = [Step(at, f"step {n}", lambda: seen.append(json.loads(path.read_text()))) for n in range(3)]
    monkeypatch.setattr(load, "timeline", lambda: own)
    out = StringIO()
    call_command("demo", load=True, stdout=out)
    assert seen == [{"done": n, "total": 3, "step": f"step {n}"} for n in range(3)]
    assert not path.exists() and "3 steps loaded." in out.getvalue()


def test_the_catalogue_is_complete(nothing: None) -> None:
    plants.create()
    rows = plants.Rows()
    assert (len(rows.types), len(rows.products), len(rows.parts)) == (32, 8, 9)
    assert len(rows.lines) == 11 and set(rows.machines) == {"CNC-05", "CNC-06", "CNC-07", "CNC-11", "CNC-12"}
