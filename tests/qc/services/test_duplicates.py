"""Double entries: who sees them, what becomes of them, and that the engine agrees."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from qc import clock
from qc.analysis.data import DOUBLE_TAP_MINUTES
from qc.analysis.database import from_database
from qc.errors import NotAllowed, Refused, Stale
from qc.models import AnalysisTarget, Defect, DefectType, Event, User
from qc.services import catalogue, defects, duplicates
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
MINUTE = dt.timedelta(minutes=1)
START = make.NOON - dt.timedelta(hours=30)


@pytest.fixture
def line(plant: Any) -> Any:
    return make.ProductionLineFactory(plant=plant)


@pytest.fixture
def kind(db: None) -> DefectType:
    return make.DefectTypeFactory(code="SCR")


@pytest.fixture
def camera(plant: Any) -> User:
    return make.UserFactory(username="camera", role="integration", plants=[plant])


def log(by: User, line: Any, kind: DefectType, after: float = 0, **more: Any) -> Defect:
    return defects.record(by, line=line, defect_type=kind, occurred_at=START + after * MINUTE, **more)


def seen(line: Any, kind: DefectType, after: float = 0, **more: Any) -> duplicates.Sighting:
    moment = START + after * MINUTE
    return duplicates.Sighting(defect_type=kind, plant=line.plant, occurred_at=moment, line=line, **more)


def incidents(plant: Any) -> int:
    return len(from_database(plant, until=clock.now()))


def test_a_double_tap_is_told_with_why(inspector: User, line: Any, kind: DefectType) -> None:
    first = log(inspector, line, kind, serial="SN-1", inspector="I-03")
    (like,) = duplicates.likely(inspector, seen(line, kind, 4, serials=("sn-1",)))
    assert (like.defect, like.is_double_tap) == (first, True)
    assert like.why == "same serial and code 4 minutes before, by I-03"


@pytest.mark.parametrize(
    ("after", "more", "expected"),
    [
        (10, {"serials": ("SN-1",)}, True),
        (11, {"serials": ("SN-1",)}, False),
        (-3, {"serials": ("SN-9", "SN-1")}, True),
        (23 * 60, {"serials": ("SN-1",)}, False),
        (25 * 60, {"serials": ("SN-1",)}, None),
        (1, {"serials": ("SN-2",)}, None),
        (1, {"serials": ("SN-2",), "lot": "L-1"}, None),
        (1, {"lot": "l-1"}, False),
        (11, {"lot": "L-1"}, None),
        (1, {}, None),
    ],
)
def test_what_looks_like_a_double_entry(
    inspector: User, line: Any, kind: DefectType, after: float, more: Any, expected: bool | None
) -> None:
    log(inspector, line, kind, serial="SN-1", lot="L-1")
    found = duplicates.likely(inspector, seen(line, kind, after, **more))
    assert [one.is_double_tap for one in found] == ([] if expected is None else [expected])


def test_another_line_code_or_plant_is_another_defect(
    inspector: User, manager: User, line: Any, kind: DefectType
) -> None:
    log(inspector, line, kind, serial="SN-1", lot="L-1")
    elsewhere = make.ProductionLineFactory(plant=line.plant)
    assert not duplicates.likely(inspector, seen(elsewhere, kind, 60, serials=("SN-1",)))
    assert not duplicates.likely(inspector, seen(elsewhere, kind, 1, lot="L-1"))
    assert not duplicates.likely(inspector, seen(line, make.DefectTypeFactory(), 1, serials=("SN-1",)))
    foreign = make.ProductionLineFactory()
    assert not duplicates.likely(manager, seen(foreign, kind, 1, serials=("SN-1",)))


def test_a_record_of_another_plant_is_never_shown(line: Any, kind: DefectType, manager: User) -> None:
    log(manager, line, kind, serial="SN-1")
    stranger = make.UserFactory(role="inspector", plants=[make.PlantFactory()])
    assert not duplicates.likely(stranger, seen(line, kind, 1, serials=("SN-1",)))


def test_a_code_merged_into_another_is_the_same_code(inspector: User, engineer: User, line: Any, kind: Any) -> None:
    old = make.DefectTypeFactory()
    catalogue.merge(engineer, source=old, into=kind, reason="Same", retire=False)
    old.refresh_from_db()
    log(inspector, line, kind, serial="SN-1")
    assert duplicates.likely(inspector, seen(line, old, 1, serials=("SN-1",)))


def test_the_engine_counts_a_double_tap_once_until_a_person_says_two(
    inspector: User, line: Any, kind: DefectType
) -> None:
    log(inspector, line, kind, serial="SN-1")
    again = log(inspector, line, kind, DOUBLE_TAP_MINUTES, serial="SN-1")
    assert incidents(line.plant) == 1
    apart = defects.tell_apart(inspector, defect=again)
    assert incidents(line.plant) == 2 and apart.is_distinct
    assert AnalysisTarget.objects.get().input_version == 3


def test_joining_counts_once_everywhere_and_can_be_taken_back(inspector: User, line: Any, kind: DefectType) -> None:
    first, again = log(inspector, line, kind, serial="SN-1"), log(inspector, line, kind, 300, serial="SN-1")
    assert incidents(line.plant) == 2
    joined = defects.mark_duplicate(inspector, defect=again, original=first)
    assert (joined.status, joined.duplicate_of, incidents(line.plant)) == ("duplicate", first, 1)
    assert Defect.objects.counted().count() == 1 and Defect.objects.count() == 2
    back = defects.unjoin(inspector, defect=joined)
    assert (back.status, back.duplicate_of, back.version) == ("logged", None, 3)
    assert incidents(line.plant) == 2
    with pytest.raises(Refused):
        defects.unjoin(inspector, defect=back)


def test_a_double_tap_that_was_joined_by_mistake_counts_twice_again(
    inspector: User, line: Any, kind: DefectType
) -> None:
    first, again = log(inspector, line, kind, serial="SN-1"), log(inspector, line, kind, 2, serial="SN-1")
    defects.unjoin(inspector, defect=defects.mark_duplicate(inspector, defect=again, original=first))
    assert incidents(line.plant) == 2


def test_saved_anyway_counts_twice_at_once(inspector: User, line: Any, kind: DefectType) -> None:
    log(inspector, line, kind, serial="SN-1")
    assert log(inspector, line, kind, 2, serial="SN-1", is_distinct=True).version == 1
    assert incidents(line.plant) == 2


def test_a_void_is_taken_back_by_quality_people_only(
    inspector: User, engineer: User, line: Any, kind: DefectType
) -> None:
    defect = defects.void(inspector, defect=log(inspector, line, kind), reason="Wrong unit")
    with pytest.raises(NotAllowed):
        defects.restore(inspector, defect=defect, reason="It was right")
    with pytest.raises(Refused):
        defects.restore(engineer, defect=defect, reason=" ")
    back = defects.restore(engineer, defect=defect, reason="It was right")
    assert (back.status, back.void_reason, back.version) == ("logged", "", 3)
    with pytest.raises(Refused):
        defects.restore(engineer, defect=back, reason="Once more")


def test_a_joined_record_that_was_voided_comes_back_joined(engineer: User, line: Any, kind: DefectType) -> None:
    first, again = log(engineer, line, kind, serial="SN-1"), log(engineer, line, kind, 2, serial="SN-1")
    joined = defects.mark_duplicate(engineer, defect=again, original=first)
    back = defects.restore(engineer, defect=defects.void(engineer, defect=joined, reason="x"), reason="y")
    assert (back.status, back.duplicate_of) == ("duplicate", first)
    voided = defects.void(engineer, defect=back, reason="x")
    defects.void(engineer, defect=first, reason="the first one too")
    assert defects.restore(engineer, defect=voided, reason="y").status == "logged"


# Policies of machines.


def policy(manager: User, camera: User, action: str, minutes: int = 10) -> None:
    known = getattr(camera, "duplicate_policy", None)
    version = known.version if known else 1
    duplicates.set_policy(manager, integration=camera, action=action, minutes=minutes, version=version)


def test_without_a_policy_a_machines_records_are_kept(camera: User, line: Any, kind: DefectType) -> None:
    log(camera, line, kind, serial="SN-1")
    again = log(camera, line, kind, 1, serial="SN-1")
    assert (again.status, again.looks_like) == ("logged", None)


def test_a_policy_joins_within_its_minutes_and_no_later(
    manager: User, camera: User, line: Any, kind: DefectType
) -> None:
    policy(manager, camera, "join", 30)
    first = log(camera, line, kind, serial="SN-1")
    second, third = log(camera, line, kind, 20, serial="sn-1"), log(camera, line, kind, 45, serial="SN-1")
    fourth, other = log(camera, line, kind, 80, serial="SN-1"), log(camera, line, kind, 20, serial="SN-2")
    assert [row.duplicate_of for row in (first, second, third, fourth, other)] == [None, first, first, None, None]
    assert incidents(line.plant) == 3
    assert Event.objects.filter(subject_pk=second.pk, verb="defect.record").get().data["status"] == "duplicate"


def test_a_policy_looks_within_the_batch_too(manager: User, camera: User, line: Any, kind: DefectType) -> None:
    policy(manager, camera, "join")
    common = {"line": line, "defect_type": kind}
    rows = [
        {**common, "serial": serial, "occurred_at": START + after * MINUTE}
        for serial, after in (("SN-1", 5), ("SN-1", 0), ("SN-2", 0), ("", 0), ("", 1))
    ]
    made = defects.record_many(camera, rows=rows)
    stored = {row.pk: row for row in Defect.objects.all()}
    assert [stored[row.pk].duplicate_of_id for row in made] == [made[1].pk, None, None, None, None]
    assert Event.objects.get(verb="defect.record_many").data["doubles"] == {made[0].number: made[1].number}


def test_a_marked_record_waits_for_a_person(
    manager: User, inspector: User, camera: User, line: Any, kind: DefectType
) -> None:
    policy(manager, camera, "mark")
    first = log(camera, line, kind, serial="SN-1")
    again, third = log(camera, line, kind, 1, serial="SN-1"), log(camera, line, kind, 2, serial="SN-1")
    assert again.looks_like == first and again.status == "logged"
    assert set(Defect.objects.visible_to(inspector).doubtful()) == {again, third}
    defects.mark_duplicate(inspector, defect=again, original=first)
    defects.tell_apart(inspector, defect=third)
    assert not Defect.objects.doubtful().exists()


def test_a_policy_is_for_its_machine_only(
    manager: User, inspector: User, camera: User, line: Any, kind: DefectType
) -> None:
    policy(manager, camera, "join")
    log(camera, line, kind, serial="SN-1")
    assert log(inspector, line, kind, 1, serial="SN-1").status == "logged"
    with pytest.raises(Refused):
        policy(manager, inspector, "join")


def test_the_same_call_again_gives_the_same_joined_record(
    manager: User, camera: User, line: Any, kind: DefectType
) -> None:
    policy(manager, camera, "join")
    log(camera, line, kind, serial="SN-1")
    key = uuid.uuid4()
    first, second = (log(camera, line, kind, 1, serial="SN-1", client_uuid=key) for _ in range(2))
    assert first == second and second.status == "duplicate" and Defect.objects.count() == 2


def test_a_policy_is_set_by_managers_and_on_what_was_read(manager: User, engineer: User, camera: User) -> None:
    with pytest.raises(NotAllowed):
        policy(engineer, camera, "join")
    policy(manager, camera, "join")
    with pytest.raises(Stale):
        duplicates.set_policy(manager, integration=camera, action="keep", minutes=10, version=1)
    for minutes in (0, 1441):
        with pytest.raises(Refused):
            duplicates.set_policy(manager, integration=camera, action="keep", minutes=minutes, version=2)
    assert Event.objects.get(verb="duplicates.policy").data["action"] == ["keep", "join"]
