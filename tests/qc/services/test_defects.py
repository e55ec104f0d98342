"""Recording, correcting and voiding defects."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest

from qc.errors import Conflict, NotAllowed, Refused, Stale
from qc.models import AnalysisTarget, Defect, Event, LotUse, User
from qc.services import defects, events
from tests import factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def line() -> Any:
    return make.ProductionLineFactory()


@pytest.fixture
def by(line: Any) -> User:
    return make.UserFactory(role="inspector", plants=[line.plant])


def values(line: Any, **more: Any) -> dict[str, Any]:
    return {"defect_type": make.DefectTypeFactory(), "occurred_at": make.NOON, "line": line, **more}


def test_a_defect_gets_a_number_and_its_place_and_makes_its_type_due(by: User, line: Any) -> None:
    station = make.StationFactory(line=line)
    defect = defects.record(by, **values(None, station=station))
    assert defect.number.startswith("D-") and defect.number.endswith("-000001")
    assert (defect.line, defect.plant, defect.version) == (line, line.plant, 1)
    target = AnalysisTarget.objects.get(plant=line.plant, defect_type=defect.defect_type)
    assert target.input_version == 1 and target.due_at is not None
    assert Event.objects.get().subject_text == defect.number


def test_numbers_follow_each_other_without_a_gap_after_a_refusal(by: User, line: Any) -> None:
    defects.record(by, **values(line))
    with pytest.raises(Refused):
        defects.record_many(by, rows=[values(line), values(line, quantity="NaN")])
    assert defects.record(by, **values(line)).number.endswith("-000002")
    assert Defect.objects.count() == 2


@pytest.mark.parametrize("quantity", ["NaN", "Infinity", "1e400", "1_000x", "-1", "", None, "0.0001", "10000000000"])
def test_a_quantity_that_is_none_is_refused_beside_its_field(by: User, line: Any, quantity: object) -> None:
    with pytest.raises(Refused) as refusal:
        defects.record(by, **values(line, quantity=quantity))
    assert "quantity" in refusal.value.fields
    assert not Defect.objects.exists() and not Event.objects.exists()


def test_a_defect_without_a_place_or_from_the_future_is_refused(by: User, line: Any) -> None:
    with pytest.raises(Refused) as nowhere:
        defects.record(by, **values(None))
    assert "line" in nowhere.value.fields
    with pytest.raises(Refused) as early:
        defects.record(by, **values(line, occurred_at=dt.datetime(2999, 1, 1, tzinfo=dt.UTC)))
    assert "occurred_at" in early.value.fields
    with pytest.raises(Refused) as late:
        defects.record(by, **values(line, occurred_at=dt.datetime(1, 1, 1, tzinfo=dt.UTC)))
    assert "occurred_at" in late.value.fields


def test_an_external_id_is_recorded_once_by_its_sender(by: User, line: Any) -> None:
    defects.record(by, **values(line, external_id="CAM-7-001"))
    with pytest.raises(Refused) as known:
        defects.record(by, **values(line, external_id="CAM-7-001"))
    assert "external_id" in known.value.fields
    with pytest.raises(Refused):
        defects.record_many(by, rows=[values(line, external_id="CAM-7-002"), values(line, external_id="CAM-7-002")])
    assert Defect.objects.count() == 1


def test_a_station_of_another_line_is_refused(by: User, line: Any) -> None:
    with pytest.raises(Refused) as refusal:
        defects.record(by, **values(line, station=make.StationFactory()))
    assert "line" in refusal.value.fields


def test_the_same_key_gives_the_first_answer_and_other_values_a_conflict(by: User, line: Any) -> None:
    row = values(line, client_uuid=uuid.uuid4())
    first = defects.record(by, **row)
    assert defects.record(by, **row) == first
    with pytest.raises(Conflict):
        defects.record(by, **{**row, "note": "something else"})
    assert Defect.objects.count() == 1


def test_a_double_tap_within_one_batch_is_one_record(by: User, line: Any) -> None:
    row = values(line, client_uuid=uuid.uuid4())
    first, second = defects.record_many(by, rows=[row, row])
    assert first is second
    assert Defect.objects.count() == 1


def test_the_lot_is_inferred_when_exactly_one_fed_the_line(by: User, line: Any) -> None:
    lot = make.SupplierLotFactory(plant=line.plant)
    LotUse.objects.create(supplier_lot=lot, line=line, first_on=dt.date(2026, 11, 18))
    defect = defects.record(by, **values(line, part=lot.part))
    assert (defect.supplier_lot, defect.lot_is_inferred) == (lot, True)
    other = make.SupplierLotFactory(plant=line.plant, part=lot.part)
    LotUse.objects.create(supplier_lot=other, line=line, first_on=dt.date(2026, 11, 18))
    unsure = defects.record(by, **values(line, part=lot.part))
    assert (unsure.supplier_lot, unsure.lot_is_inferred) == (None, False)


def test_a_night_record_belongs_to_the_day_on_which_the_shift_started(by: User, line: Any) -> None:
    night = make.ShiftFactory(plant=line.plant, code="N", starts_at=dt.time(22), ends_at=dt.time(6))
    after_midnight = dt.datetime(2026, 11, 20, 1, 30, tzinfo=dt.UTC)  # 02:30 in Berlin
    defect = defects.record(by, **values(line, occurred_at=after_midnight))
    assert (defect.shift, defect.production_on) == (night, dt.date(2026, 11, 19))


def test_another_plants_inspector_and_an_auditor_cannot_record(line: Any) -> None:
    for person in (
        make.UserFactory(role="inspector", plants=[make.PlantFactory()]),
        make.UserFactory(role="auditor"),
        make.UserFactory(role="supplier", supplier=make.SupplierFactory()),
    ):
        with pytest.raises(NotAllowed):
            defects.record(person, **values(line))


def test_a_correction_keeps_the_old_values_and_needs_the_current_version(by: User, line: Any) -> None:
    defect = defects.record(by, **values(line, note="first"))
    corrected = defects.correct(by, defect=defect, version=1, reason="wrong text", note="second")
    assert (corrected.version, corrected.note) == (2, "second")
    revision = corrected.revisions.get()
    assert (revision.version, revision.values["note"], revision.reason) == (1, "first", "wrong text")
    with pytest.raises(Stale):
        defects.correct(by, defect=defect, version=1, note="third")


def test_correcting_the_code_makes_both_types_due(by: User, line: Any) -> None:
    defect = defects.record(by, **values(line))
    AnalysisTarget.objects.update(due_at=None)
    other = make.DefectTypeFactory()
    defects.correct(by, defect=defect, version=1, defect_type=other)
    assert AnalysisTarget.objects.filter(due_at__isnull=False).count() == 2


def test_a_void_needs_a_reason_and_keeps_the_number(by: User, line: Any) -> None:
    defect = defects.record(by, **values(line))
    with pytest.raises(Refused):
        defects.void(by, defect=defect, reason=" ")
    gone = defects.void(by, defect=defect, reason="logged on the wrong line")
    assert gone.number == defect.number
    assert not Defect.objects.all().counted().exists()
    with pytest.raises(Refused):
        defects.correct(by, defect=gone, version=gone.version, note="again")


def test_a_duplicate_counts_once_and_stays(by: User, line: Any) -> None:
    first, second = defects.record(by, **values(line)), defects.record(by, **values(line))
    joined = defects.mark_duplicate(by, defect=second, original=first)
    assert joined.duplicate_of == first
    assert list(Defect.objects.all().counted()) == [first]
    with pytest.raises(Refused):
        defects.mark_duplicate(by, defect=first, original=second)


def test_the_audit_chain_holds_after_every_verb(by: User, line: Any) -> None:
    defect = defects.record(by, **values(line))
    defects.record_many(by, rows=[values(line), values(line)])
    defects.correct(by, defect=defect, version=1, note="more")
    defects.void(by, defect=defect, reason="no defect")
    assert Event.objects.count() == 4
    assert list(events.broken_links()) == []
    Event.objects.filter(sequence=2).update(data={"count": 1})
    assert [number for number, _ in events.broken_links()] == [2]


def test_clearing_a_field_is_a_correction_that_is_saved_and_kept(by: User, line: Any) -> None:
    defect = defects.record(by, **values(line, tool="T-1", note="as seen"))
    defects.correct(by, defect=defect, version=1, tool="")
    defect.refresh_from_db()
    assert (defect.tool, defect.version) == ("", 2)
    assert Event.objects.order_by("-sequence")[0].data["tool"] == ["T-1", None]


def test_a_guessed_lot_stays_a_guess_when_something_else_is_corrected(by: User, line: Any) -> None:
    lot = make.SupplierLotFactory(plant=line.plant)
    LotUse.objects.create(supplier_lot=lot, line=line, first_on=dt.date(2026, 11, 18))
    defect = defects.record(by, **values(line, part=lot.part))
    corrected = defects.correct(by, defect=defect, version=1, quantity=3)
    assert (corrected.supplier_lot, corrected.lot_is_inferred) == (lot, True)


def test_a_record_that_stands_for_duplicates_cannot_be_voided_away(by: User, line: Any) -> None:
    first, second = defects.record(by, **values(line)), defects.record(by, **values(line))
    defects.mark_duplicate(by, defect=second, original=first)
    with pytest.raises(Refused, match="duplicates"):
        defects.void(by, defect=first, reason="not one")


def test_texts_keep_no_character_that_the_database_cannot_store(by: User, line: Any) -> None:
    defect = defects.record(by, **values(line, note="a\x00b"))
    assert defect.note == "ab"
    assert defects.void(by, defect=defect, reason="x\x00y").void_reason == "xy"
