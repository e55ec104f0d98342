"""What changes between the preview, the apply and the undo: records, codes, people and the catalogue."""

from __future__ import annotations

import pytest

from qc.models import CodeExample, Defect, DefectType, Import, ProductionLine, SupplierLot, User
from qc.services import catalogue, defects, imports
from tests import factories as make
from tests.qc.services.imports.conftest import applied, counts, undone, worked

HEAD = "Occurred at,Defect code,Line,Note\n"
ONE = HEAD + "2026-11-18 07:30,SCR,L1,left\n"


def afresh(person: User) -> User:
    """The person as the next request reads them."""
    return User.objects.get(pk=person.pk)


def test_an_import_about_records_of_another_plant_is_not_shown_to_who_works_at_one(engineer, manager, floor, send):
    foreign = make.ProductionLineFactory(plant=make.PlantFactory(), code="L9")
    kind = DefectType.objects.get(code="SCR")
    record = defects.record(manager, defect_type=kind, line=foreign, occurred_at=make.NOON, note="theirs")
    there = f"{make.NOON.astimezone(foreign.plant.zone):%Y-%m-%d %H:%M}"
    head = "Number,Occurred at,Defect code,Plant,Line,Note\n"
    new = f",2026-11-18 07:30,SCR,{floor.code},L1,ours\n"
    for note, expected in (("changed", (1, 1, 0, 0)), ("theirs", (1, 0, 1, 0))):
        row = send(manager, head + new + f"{record.number},{there},SCR,{foreign.plant.code},L9,{note}\n")
        assert counts(row) == expected
        assert row.plant is None
        assert not Import.objects.visible_to(engineer).exists()
    assert send(manager, head + new).plant == floor


def test_who_left_a_plant_since_neither_saves_nor_takes_back_rows_of_it(engineer, floor, send):
    done, waiting = applied(engineer, send(engineer, ONE)), send(engineer, ONE.replace("left", "right"))
    engineer.plants.set([make.PlantFactory()])
    gone = afresh(engineer)
    imports.apply(gone, file=waiting, revision=waiting.revision)
    row = worked(waiting)
    assert (row.status, Defect.objects.count()) == ("ready", 1)
    assert "not yours" in row.refusal
    row = undone(gone, done)
    assert (row.status, Defect.objects.get().status) == ("applied", "logged")
    assert "not yours" in row.refusal


def test_a_preview_that_a_correction_made_old_is_made_anew_and_can_be_applied(engineer, floor, send):
    applied(engineer, send(engineer, ONE))
    row = send(engineer, "Number,Occurred at,Defect code,Line,Note\nD-2026-000001,2026-11-18 07:30,SCR,L1,mine\n")
    defects.correct(engineer, defect=Defect.objects.get(), version=1, note="theirs")
    imports.apply(engineer, file=row, revision=row.revision)
    row = worked(row)
    assert (row.status, "changed meanwhile" in row.refusal) == ("ready", True)
    applied(engineer, row)
    assert Defect.objects.get().note == "mine"


def test_rows_count_as_the_code_that_was_merged_or_given_back_after_the_preview(engineer, floor, send):
    scratch, dent = DefectType.objects.get(code="SCR"), DefectType.objects.get(code="DENT")
    for step, heir in (
        (lambda: catalogue.merge(engineer, source=scratch, into=dent, reason="The same", retire=False), dent),
        (lambda: catalogue.unmerge(engineer, source=scratch, reason="Not the same"), scratch),
    ):
        row = send(engineer, HEAD + f"2026-11-18 07:30,SCR,L1,{heir.code}\n")
        step()
        imports.apply(engineer, file=row, revision=row.revision)
        row = worked(row)
        assert (row.status, bool(row.refusal)) == ("ready", True)
        applied(engineer, row)
        assert Defect.objects.get(note=heir.code).counts_as == heir


def test_a_code_that_was_retired_after_the_preview_is_refused(engineer, floor, send):
    row = send(engineer, ONE)
    catalogue.retire(engineer, defect_type=DefectType.objects.get(code="SCR"), reason="Not used")
    imports.apply(engineer, file=row, revision=row.revision)
    assert counts(worked(row)) == (0, 0, 0, 1)
    assert not Defect.objects.exists()


def test_a_text_that_looks_like_a_key_creates_nothing(engineer, floor, send):
    applied(engineer, send(engineer, ONE))
    text = "Number,Occurred at,Defect code,Line,Note\nD-2026-000001,2026-11-18 07:30,SCR,L1,-1\n,not a day,NEW,L1,\n"
    row = worked(imports.answer(engineer, file=send(engineer, text), create=["defect_type"]))
    assert counts(row) == (0, 1, 0, 1)
    applied(engineer, row)
    assert Defect.objects.get().note == "-1"
    assert not DefectType.objects.filter(code="NEW").exists()


@pytest.mark.parametrize("kind", ["example", "place"])
def test_a_code_that_people_described_since_is_not_taken_away(engineer, floor, send, kind):
    row = applied(engineer, send(engineer, "Code,Name\nLEAK,Leak\n", "defect_types"))
    leak = DefectType.objects.get(code="LEAK")
    if kind == "example":
        CodeExample.objects.create(defect_type=leak, caption="A drop at the seam", added_by=engineer)
    else:
        leak.places.create(product=make.ProductFactory())
    row = undone(engineer, row)
    assert (row.status, "catalogue" in row.refusal) == ("applied", True)
    assert DefectType.objects.filter(code="LEAK").exists()


def test_a_new_name_that_several_rows_say_is_taken_back_once(engineer, floor, send):
    line = ProductionLine.objects.get(code="L1")
    text = "Line,Line name,Station\nL1,Painting,ST-8\nL1,Painting,ST-9\n"
    row = applied(engineer, send(engineer, text, "lines"))
    assert ProductionLine.objects.get(pk=line.pk).name == "Painting"
    row = undone(engineer, row)
    assert (row.status, row.refusal) == ("undone", "")
    assert ProductionLine.objects.get(pk=line.pk).name == line.name


def test_a_receipt_that_several_rows_say_is_taken_back_once(engineer, floor, send):
    lot = SupplierLot.objects.get(code="LOT-1")
    text = (
        "Lot,Supplier,Part,Received on,Lines,First day\n"
        "LOT-1,S-1,7-1,2026-11-02,L1,2026-11-03\nLOT-1,S-1,7-1,2026-11-02,L2,2026-11-04\n"
    )
    row = applied(engineer, send(engineer, text, "lots"))
    assert f"{SupplierLot.objects.get().received_on}" == "2026-11-02"
    row = undone(engineer, row)
    assert (row.status, row.refusal) == ("undone", "")
    assert SupplierLot.objects.get().received_on == lot.received_on
