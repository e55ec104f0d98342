"""Files of counts, lots and master data; and what the product writes comes back unchanged."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from qc.models import (
    Defect,
    DefectType,
    Import,
    LotUse,
    Machine,
    Part,
    Product,
    ProductionCount,
    ProductionLine,
    Supplier,
    SupplierLot,
)
from qc.render import tables
from qc.services import exports, exposure, imports
from qc.services.listings.registry import LISTINGS
from tests import factories as make
from tests.qc.services.imports.conftest import applied, counts, undone, worked

COUNTS = "Production date,Line,Shift,Units\n2026-11-18,L1,A,480\n2026-11-18,L1,B,500\n"
LOTS = (
    "Supplier,Part,Lot,Received on,Units received,Lines,First day,Last day\n"
    "S-1,7-1,{},2026-11-01,900,L1;L2,2026-11-02,\n"
)
LINES = "Line,Line name,Station,Station name,Machine\nL1,Line L1,L1-ST,,L1-M\nL9,Ninth,ST-9,Paint,M-9\nL9,,ST-10,,\n"


def test_counts_are_set_and_said_again_changes_nothing(engineer, floor, send):
    row = applied(engineer, send(engineer, COUNTS, "counts"))
    assert list(ProductionCount.objects.order_by("shift__code").values_list("units", flat=True)) == [480, 500]
    assert counts(send(engineer, COUNTS, "counts")) == (0, 0, 2, 0)
    other = send(engineer, COUNTS.replace("480", "490"), "counts")
    assert counts(other) == (0, 1, 1, 0)
    other = applied(engineer, other)
    assert undone(engineer, row).status == "applied", "a later import stands above it"
    assert undone(engineer, other).status == "undone"
    assert undone(engineer, row).status == "undone"
    assert ProductionCount.objects.count() == 0


def test_a_count_that_a_person_changed_since_is_not_taken_back(engineer, floor, send):
    row = applied(engineer, send(engineer, COUNTS, "counts"))
    line = ProductionLine.objects.get(code="L1")
    shift = floor.shifts.get(code="A")
    exposure.set_count(engineer, line=line, production_on=dt.date(2026, 11, 18), shift=shift, units=7)
    row = undone(engineer, row)
    assert row.status == "applied" and "was changed after the import" in row.refusal


def test_counts_that_changed_since_the_preview_are_looked_at_again(engineer, floor, send):
    row = send(engineer, COUNTS, "counts")
    line = ProductionLine.objects.get(code="L1")
    exposure.set_count(
        engineer, line=line, production_on=dt.date(2026, 11, 18), shift=floor.shifts.get(code="A"), units=7
    )
    imports.apply(engineer, file=row, revision=row.revision)
    row = worked(row)
    assert (row.status, counts(row)) == ("ready", (1, 1, 0, 0))
    assert "look at it again" in row.refusal


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("2026-11-18,L1,A,1.5", "whole number"),
        ("2026-11-18,L1,A,-1", "negative"),
        ("2026-11-18,L1,Z,5", "not a shift"),
        ("2026-12-24,L1,A,5", "future"),
        ("2026-11-18,L7,A,5", "not a known line"),
        ("2026-11-18,L1,A,", "missing"),
        ("2026-11-18,L1,A,1\n2026-11-18,L1,A,2", "in row 2"),
    ],
)
def test_a_bad_count_is_told(engineer, floor, send, line, reason):
    row = send(engineer, f"Production date,Line,Shift,Units\n{line}\n", "counts")
    assert row.errors == 1
    assert reason in row.problems.get().reason


def test_lots_bring_their_receipt_and_the_lines_that_they_fed(engineer, floor, send):
    row = applied(engineer, send(engineer, LOTS.format("LOT-7"), "lots"))
    lot = SupplierLot.objects.get(code="LOT-7")
    assert (lot.plant, lot.part.number, f"{lot.received_on}", lot.units) == (floor, "7-1", "2026-11-01", 900)
    assert set(LotUse.objects.values_list("line__code", "first_on")) == {
        ("L1", dt.date(2026, 11, 2)), ("L2", dt.date(2026, 11, 2)),
    }  # fmt: skip
    assert counts(send(engineer, LOTS.format("LOT-7"), "lots")) == (0, 0, 1, 0)
    later = applied(engineer, send(engineer, LOTS.format("LOT-7").replace("900", "950"), "lots"))
    assert counts(later) == (0, 1, 0, 0)
    assert undone(engineer, later).status == "undone"
    lot.refresh_from_db()
    assert lot.units == 900
    assert undone(engineer, row).status == "undone"
    assert not LotUse.objects.exists() and not SupplierLot.objects.filter(code="LOT-7").exists()


def test_a_lot_that_defects_name_is_not_taken_away(engineer, floor, send):
    row = applied(engineer, send(engineer, LOTS.format("LOT-7"), "lots"))
    lot = SupplierLot.objects.get(code="LOT-7")
    make.DefectFactory(line=ProductionLine.objects.get(code="L1"), supplier_lot=lot, part=lot.part,
                       supplier=lot.part.supplier)  # fmt: skip
    row = undone(engineer, row)
    assert row.status == "applied" and "LOT-7 cannot be taken away" in row.refusal
    assert LotUse.objects.count() == 2, "nothing is half taken back"


def test_lines_stations_and_machines_are_created_and_renamed(engineer, floor, send):
    ProductionLine.objects.filter(code="L1").update(name="Line L1")
    row = applied(engineer, send(engineer, LINES, "lines"))
    assert (row.new, row.same) == (2, 1)
    machine = Machine.objects.get(code="M-9")
    assert (machine.station.name, machine.station.line.name, machine.station.line.plant) == ("Paint", "Ninth", floor)
    assert counts(send(engineer, LINES, "lines")) == (0, 0, 3, 0)
    renamed = applied(engineer, send(engineer, LINES.replace("Ninth", "Last"), "lines"))
    assert renamed.changed == 1
    assert undone(engineer, renamed).status == "undone"
    assert undone(engineer, row).status == "undone"
    assert not ProductionLine.objects.filter(code="L9").exists()


def test_suppliers_products_and_codes_come_from_files_too(engineer, floor, send):
    applied(engineer, send(engineer, "Supplier,Supplier name,Part number,Part name\nS-2,New,9-1,Seal\n", "suppliers"))
    assert Part.objects.get(number="9-1").supplier.name == "New"
    row = applied(engineer, send(engineer, "Code,Name,Revision\nECU,Motor controller,E\nCHG,Charger,A\n", "products"))
    assert (row.new, row.changed) == (1, 1)
    assert Product.objects.get(code="ECU").revision == "E"
    text = "Code,Name,Group,Severity\nSCR,Scratch,Cosmetic,minor\nLEAK,Leak,Test,crit\nODD,Odd,,whatever\n"
    row = applied(engineer, send(engineer, text, "defect_types"))
    assert counts(row) == (1, 1, 0, 1)
    assert DefectType.objects.get(code="LEAK").severity == "critical"
    assert DefectType.objects.get(code="SCR").group == "Cosmetic"
    assert undone(engineer, row).status == "undone"
    assert DefectType.objects.get(code="SCR").name == "Scr of the housing"


def test_who_sees_one_plant_cannot_change_lines_of_another(engineer, floor, send):
    far = make.PlantFactory(code="FAR")
    row = send(engineer, "Plant,Line\nFAR,L1\n", "lines")
    assert row.errors == 1 and row.problems.get().reason == "is not a known plant"
    assert not far.lines.exists()


def test_a_name_in_the_column_of_codes_does_not_rename_anything(engineer, floor, send):
    row = send(engineer, "Code,Name\nMotor controller,Other\n", "products")
    assert counts(row) == (1, 0, 0, 0)


def exported(person, name, ending="csv"):
    """The list with every column, as the product writes it."""
    listing = LISTINGS[name]
    params = {"cols": ",".join(each.name for each in listing.columns)}
    if ending == "csv":
        return b"".join(exports.csv_lines(person, listing, params))
    table = tables.Sheet("x", list(exports.headings(listing, params)), exports.rows_of(person, listing, params))
    return tables.xlsx_bytes([table])


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_an_exported_list_of_defects_comes_back_unchanged(engineer, floor, send, ending):
    text = (
        "External id,When,Defect code,Line,Station,Machine,Product,Serial,Quantity,Supplier,Part,Supplier lot,Note,"
        "Severity,Found at,Own lot,Customer\n"
        "X-1,2026-11-18 07:30,SCR,L1,L1-ST,L1-M,ECU,SN-1,2.5,S-1,7-1,LOT-1,=1+1,minor,Customer,OWN-1,=cmd|x\n"
        "X-2,2026-10-25 02:30,DENT,L2,,,,SN-2,1,,,,\"two\nlines, and a comma\",,,,\n"
    )  # fmt: skip
    applied(engineer, send(engineer, text))
    Defect.objects.filter(external_id="X-2").update(occurred_at=dt.datetime(2026, 10, 25, 1, 30, tzinfo=dt.UTC))
    row = send(engineer, exported(engineer, "defects", ending), name=f"list.{ending}")
    assert counts(row) == (0, 0, 2, 0), (row.questions, row.mapping, [
        line.data() for line in imports.previews.staged(row).of("c")
    ], list(row.problems.values("column", "value", "reason")))  # fmt: skip


def test_exported_counts_come_back_unchanged(engineer, floor, send):
    applied(engineer, send(engineer, COUNTS, "counts"))
    row = send(engineer, exported(engineer, "counts"), "counts")
    assert counts(row) == (0, 0, 2, 0), (row.questions, row.mapping)


def test_the_command_prints_the_preview_and_saves_on_demand(system, floor, tmp_path, capsys):
    file = tmp_path / "records.csv"
    file.write_text("When was it,Defect code,Line\n2026-11-18 08:00,SCR,L1\n2026-11-18 08:00,NEW,L9\n")
    with pytest.raises(CommandError, match="--map"):
        call_command("import", "defects", str(file))
    call_command("import", "defects", str(file), "--map", "occurred_at=When was it")
    said = capsys.readouterr().out
    assert "Rows: 1 new, 0 changed, 0 unchanged, 1 with errors." in said
    assert "row 3, column Line: 'L9' is not a known line" in said
    assert Defect.objects.count() == 0
    call_command("import", "defects", str(file), "--map", "occurred_at=When was it", "--create", "--apply",
                 "--plant", floor.code)  # fmt: skip
    assert "Saved: 2 new, 0 changed, records D-2026-000001 to D-2026-000002" in capsys.readouterr().out
    assert DefectType.objects.filter(code="NEW").exists() and Supplier.objects.count() == 1
    with pytest.raises(CommandError, match="nothing to save"):
        call_command("import", "defects", str(file), "--map", "occurred_at=When was it", "--apply")
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import", "defects", str(tmp_path / "none.csv"))
    assert Import.objects.filter(status="applied").count() == 1
