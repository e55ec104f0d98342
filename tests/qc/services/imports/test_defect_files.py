"""Files of defects: preview, apply, again, changed, taken back."""

from __future__ import annotations

import pytest

from qc.errors import NotAllowed, Refused, Stale
from qc.models import AnalysisTarget, Defect, DefectRevision, DefectType, Event, ProductionLine, Supplier
from qc.services import defects, events, imports
from tests import factories as make
from tests.qc.services.imports.conftest import applied, counts, problem, undone, worked

HEAD = "Occurred at,Defect code,Line,Quantity,Serial number,Note\n"
TWO = HEAD + "2026-11-18 07:30,SCR,L1,1,SN-1,left\n2026-11-18 23:30,DENT,L2,2.5,SN-2,\n"


def test_a_file_of_defects_is_previewed_saved_and_counted(engineer, floor, send):
    row = send(engineer, TWO)
    assert (row.status, counts(row)) == ("ready", (2, 0, 0, 0))
    assert Defect.objects.count() == 0, "a preview saves nothing"
    assert row.mapping["occurred_at"] == "Occurred at"
    applied(engineer, row)
    first, second = Defect.objects.order_by("pk")
    assert (first.number, second.number) == ("D-2026-000001", "D-2026-000002")
    assert (first.line.code, first.defect_type.code, first.serial, first.note) == ("L1", "SCR", "SN-1", "left")
    assert (f"{first.production_on}", first.shift.code, f"{first.occurred_at:%H:%M}") == ("2026-11-18", "A", "06:30")
    assert (f"{second.quantity}", second.shift.code, second.severity) == ("2.500", "C", "major")
    assert second.recorded_by == engineer
    assert set(AnalysisTarget.objects.values_list("defect_type__code", flat=True)) == {"SCR", "DENT"}


def test_a_batch_is_one_event_with_its_range_and_digest_and_the_chain_holds(engineer, floor, send):
    row = applied(engineer, send(engineer, TWO))
    event = Event.objects.get(verb="import.apply")
    assert (event.data["first"], event.data["last"]) == ("D-2026-000001", "D-2026-000002")
    assert len(event.data["sha256"]) == 64 and event.data["file_sha256"] == row.sha256
    assert list(events.broken_links()) == []


def test_importing_the_same_file_twice_changes_nothing(engineer, manager, floor, send):
    applied(engineer, send(engineer, TWO))
    for person in (engineer, manager):
        again = send(person, TWO)
        assert counts(again) == (0, 0, 2, 0)
        with pytest.raises(Refused, match="nothing to save"):
            imports.apply(person, file=again)
    other_columns = "Line;Serial number;When;Defect code;Quantity;Note\nL1;SN-1;18.11.2026 07:30;SCR;1;left\n"
    assert counts(send(engineer, other_columns)) == (0, 0, 1, 0), "the order of columns and the way of writing dates"


def test_two_equal_rows_are_two_records_and_stay_two(engineer, floor, send):
    text = "Occurred at,Defect code,Line\n" + "2026-11-18 07:30,SCR,L1\n" * 3
    row = applied(engineer, send(engineer, text))
    assert Defect.objects.count() == 3
    assert any("2 rows say the same" in note for note in row.notes)
    assert counts(send(engineer, text)) == (0, 0, 3, 0)
    assert counts(send(engineer, text + "2026-11-18 07:30,SCR,L1\n")) == (1, 0, 3, 0)


def test_a_number_names_its_record_and_what_differs_is_a_correction(engineer, floor, send):
    applied(engineer, send(engineer, TWO))
    text = "Number,Occurred at,Defect code,Line,Note\nD-2026-000001,2026-11-18 07:30,SCR,L2,right\n"
    row = send(engineer, text)
    assert counts(row) == (0, 1, 0, 0)
    applied(engineer, row)
    record = Defect.objects.get(number="D-2026-000001")
    assert (record.line.code, record.note, record.version, record.serial) == ("L2", "right", 2, "SN-1")
    assert DefectRevision.objects.get(defect=record).values["note"] == "left"
    assert counts(send(engineer, text)) == (0, 0, 1, 0)
    undone(engineer, row)
    record.refresh_from_db()
    assert (record.line.code, record.note, record.version) == ("L1", "left", 3)


@pytest.mark.parametrize(
    ("second", "column", "value"),
    [
        ("d-2026-000001,,2026-11-18 07:30,SCR,L1,later\n", "Number", "d-2026-000001"),
        (",A-1,2026-11-18 07:30,SCR,L1,later\n", "External id", "A-1"),
    ],
)
def test_two_rows_about_one_record_are_told_and_the_later_does_not_win(engineer, floor, send, second, column, value):
    head = "External id,Occurred at,Defect code,Line,Note\n"
    applied(engineer, send(engineer, head + "A-1,2026-11-18 07:30,SCR,L1,left\n"))
    row = send(engineer, "Number," + head + "D-2026-000001,,2026-11-18 07:30,SCR,L1,first\n" + second)
    assert counts(row) == (0, 1, 0, 1)
    rows, said, which, reason = problem(row)
    assert (rows, said, which) == ([3], column, value)
    assert reason == "is about D-2026-000001, which row 2 is about already"
    assert row.problems.get().hint.startswith("Keep one")
    applied(engineer, row)
    assert Defect.objects.get(number="D-2026-000001").note == "first"


def test_an_empty_cell_leaves_what_is_there(engineer, floor, send):
    applied(engineer, send(engineer, TWO))
    text = "Number,Occurred at,Defect code,Line,Note\nD-2026-000001,2026-11-18 07:30,SCR,L1,\n"
    assert counts(send(engineer, text)) == (0, 0, 1, 0)


def test_a_moved_record_loses_the_station_of_its_old_line_and_gets_its_shift_anew(engineer, floor, send):
    head = "Occurred at,Defect code,Line,Station,External id\n"
    applied(engineer, send(engineer, head + "2026-11-18 07:30,SCR,L1,L1-ST,X-1\n"))
    row = send(engineer, "Occurred at,Defect code,Line,External id\n2026-11-18 23:30,SCR,L2,X-1\n")
    assert counts(row) == (0, 1, 0, 0)
    applied(engineer, row)
    record = Defect.objects.get()
    assert (record.line.code, record.station, record.shift.code) == ("L2", None, "C")


def test_a_record_that_changed_since_the_preview_is_not_overwritten(engineer, floor, send):
    applied(engineer, send(engineer, TWO))
    row = send(engineer, "Number,Occurred at,Defect code,Line,Note\nD-2026-000001,2026-11-18 07:30,SCR,L1,right\n")
    record = Defect.objects.get(number="D-2026-000001")
    defects.correct(engineer, defect=record, version=1, note="middle")
    imports.apply(engineer, file=row, revision=row.revision)
    row = worked(row)
    record.refresh_from_db()
    assert (row.status, record.note) == ("ready", "middle")
    assert "changed meanwhile" in row.refusal


def test_the_same_rows_applied_by_another_import_meanwhile_are_not_saved_twice(engineer, floor, send):
    first, second = send(engineer, TWO), send(engineer, TWO)
    applied(engineer, first)
    imports.apply(engineer, file=second, revision=second.revision)
    second = worked(second)
    assert Defect.objects.count() == 2
    assert (second.status, counts(second)) == ("ready", (0, 0, 2, 0))
    assert "look at it again" in second.refusal


def test_an_import_is_taken_back_as_a_batch_and_can_come_again(engineer, floor, send):
    row = undone(engineer, applied(engineer, send(engineer, TWO)), "Wrong plant")
    assert row.status == "undone"
    assert set(Defect.objects.values_list("status", "void_reason", "version")) == {("void", "Wrong plant", 2)}
    assert Defect.objects.counted().count() == 0
    assert Event.objects.get(verb="import.undo").reason == "Wrong plant"
    again = applied(engineer, send(engineer, TWO))
    assert again.result["first"] == "D-2026-000003", "numbers are never given twice"


def test_taking_back_is_refused_clearly_when_a_person_changed_a_record_since(engineer, floor, send):
    row = applied(engineer, send(engineer, TWO))
    record = Defect.objects.get(number="D-2026-000002")
    defects.correct(engineer, defect=record, version=1, note="seen")
    row = undone(engineer, row)
    assert row.status == "applied"
    assert "D-2026-000002 was changed after the import" in row.refusal
    assert Defect.objects.counted().count() == 2


def test_taking_back_needs_a_reason(engineer, floor, send):
    row = applied(engineer, send(engineer, TWO))
    with pytest.raises(Refused, match="Say why"):
        imports.undo(engineer, file=row, reason="  ")


def test_rows_with_errors_stay_out_and_the_others_are_saved(engineer, floor, send):
    row = send(engineer, TWO + "2026-11-18 08:00,WHAT,L1,1,SN-3,\n")
    assert counts(row) == (2, 0, 0, 1)
    assert problem(row) == ([4], "Defect code", "WHAT", "is not a known defect code")
    assert row.problems.get().creates == "defect_type"
    applied(engineer, row)
    assert Defect.objects.count() == 2


def test_a_wrong_value_is_replaced_in_the_page_wherever_it_stands(engineer, floor, send):
    row = send(engineer, HEAD + "2026-11-18 08:00,SCRATCH,L1,1,SN-3,\n2026-11-18 09:00,SCRATCH,L1,1,SN-4,\n")
    assert counts(row) == (0, 0, 0, 2)
    row = worked(imports.fix(engineer, file=row, values={0: "WRONG"}, revision=row.revision))
    assert problem(row)[2] == "WRONG"
    row = worked(imports.fix(engineer, file=row, values={0: "SCR"}, revision=row.revision))
    assert counts(row) == (2, 0, 0, 0)
    applied(engineer, row)
    assert set(Defect.objects.values_list("defect_type__code", flat=True)) == {"SCR"}


def test_unknown_codes_lines_and_suppliers_are_created_where_that_is_asked_for(engineer, floor, send):
    text = (
        "Occurred at,Defect code,Line,Station,Supplier,Part number,Supplier lot\n"
        "2026-11-18 08:00,NEW-1,L9,ST-9,S-9,7-9,LOT-9\n2026-11-18 09:00,NEW-1,L9,ST-9,S-9,7-9,LOT-9\n"
        "not a day,NEW-2,L8,,,,\n"
    )
    row = send(engineer, text)
    assert row.errors == 3
    create = ["defect_type", "line", "station", "supplier", "part", "supplier_lot"]
    row = worked(imports.answer(engineer, file=row, create=create))
    assert counts(row) == (2, 0, 0, 1)
    assert sorted(row.to_create["line"]) == ["L8", "L9"]
    applied(engineer, row)
    record = Defect.objects.first()
    assert (record.line.code, record.station.code, record.supplier_lot.code) == ("L9", "ST-9", "LOT-9")
    assert record.supplier_lot.plant == floor
    assert DefectType.objects.filter(code="NEW-1").count() == Supplier.objects.filter(code="S-9").count() == 1
    assert not ProductionLine.objects.filter(code="L8").exists(), "only rows that are saved create anything"
    assert not DefectType.objects.filter(code="NEW-2").exists()
    assert counts(send(engineer, text))[:3] == (0, 0, 2)


def test_who_may_not_import_or_create_is_refused(inspector, auditor, floor, send):
    for person in (inspector, auditor):
        with pytest.raises(NotAllowed):
            send(person, TWO)
    machine = make.UserFactory(role="integration", plants=[floor])
    row = send(machine, TWO.replace("SCR", "NEW"))
    with pytest.raises(NotAllowed):
        imports.answer(machine, file=row, create=["defect_type"])
    with pytest.raises(NotAllowed):
        send(machine, "code,name\nA,B\n", kind="products")


def test_a_row_of_another_plant_is_an_error_like_an_unknown_one(engineer, floor, send):
    foreign = make.ProductionLineFactory(code="FAR-1")
    text = "Occurred at,Defect code,Plant,Line\n2026-11-18 08:00,SCR,{},{}\n"
    named = send(engineer, text.format(foreign.plant.code, "FAR-1"))
    unknown = send(engineer, text.format("NOWHERE", "FAR-1"))
    assert problem(named)[3] == problem(unknown)[3] == "is not a known plant"
    line = send(engineer, "Occurred at,Defect code,Line\n2026-11-18 08:00,SCR,FAR-1\n")
    assert problem(line)[3].startswith("is not a known line")
    number = make.DefectFactory(line=foreign).number
    row = send(engineer, f"Number,Occurred at,Defect code,Line\n{number},2026-11-18 08:00,SCR,L1\n")
    assert problem(row)[3] == "is not the number of a record of yours"


def test_an_apply_of_an_older_preview_is_refused(engineer, floor, send):
    row = send(engineer, TWO)
    seen = row.revision
    worked(imports.answer(engineer, file=row, mapping=row.mapping))
    with pytest.raises(Stale):
        imports.apply(engineer, file=row, revision=seen)


def test_a_lot_follows_from_lot_use_as_it_does_for_one_record(engineer, floor, send):
    applied(engineer, send(engineer, "Part number,Supplier lot,Lines,First day\n7-1,LOT-1,L1,2026-11-10\n", "lots"))
    row = send(engineer, "Occurred at,Defect code,Line,Supplier\n2026-11-18 08:00,SCR,L1,S-1\n")
    applied(engineer, row)
    record = Defect.objects.get()
    assert (record.supplier_lot.code, record.part.number, record.lot_is_inferred) == ("LOT-1", "7-1", True)


def test_a_retired_code_is_refused_for_new_rows_only(engineer, floor, send):
    applied(engineer, send(engineer, TWO))
    DefectType.objects.filter(code="SCR").update(is_active=False)
    row = send(engineer, TWO + "2026-11-19 07:30,SCR,L1,1,SN-9,\n")
    assert counts(row) == (0, 0, 2, 1)
    assert "retired" in problem(row)[3]


def test_the_columns_are_mapped_as_they_were_the_last_time(engineer, floor, send):
    head = "When it was,What it was,Line,Nest\n"
    row = send(engineer, head + "2026-11-18 08:00,SCR,L1,N1\n")
    mapping = {"occurred_at": "When it was", "defect_type": "What it was", "line": "Line", "tool": "Nest"}
    assert row.status == "asking"
    applied(engineer, worked(imports.answer(engineer, file=row, mapping=mapping)))
    row = send(engineer, head + "2026-11-19 08:00,SCR,L1,N1\n")
    assert (row.status, row.mapping) == ("ready", mapping)
