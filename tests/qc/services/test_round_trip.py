"""A list that is exported comes in again unchanged: the same records, nothing new, nothing changed."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest

from qc.models import Import, Plant, User
from qc.services import defects, exports, exposure, imports
from qc.services.listings.base import parse
from qc.services.listings.defects import DEFECTS
from qc.services.listings.registry import LISTINGS
from tests import factories as make

pytestmark = pytest.mark.usefixtures("noon")
EVERYTHING = "cols=" + ",".join(each.name for each in DEFECTS.columns)


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


def again(by: User, name: str, query: str, form: str, kind: str = "") -> Import:
    listing, params = LISTINGS[name], parse(query)
    content = b"".join(exports.csv_lines(by, listing, params)) if form == "csv" else b""
    upload = io.BytesIO(content or exports.workbook(by, listing, params))
    upload.name = f"{name}.{form}"
    row = imports.upload(by, kind=kind or name, upload=upload)
    imports.run(row.pk)
    row.refresh_from_db()
    return row


@pytest.fixture
def records(plant: Plant, engineer: User) -> int:
    for code, hour in (("A", 6), ("B", 14), ("C", 22)):
        make.ShiftFactory(plant=plant, code=code, starts_at=dt.time(hour), ends_at=dt.time((hour + 8) % 24))
    line = make.ProductionLineFactory(plant=plant, code="L-7")
    machine = make.MachineFactory(station=make.StationFactory(line=line))
    lot = make.SupplierLotFactory(plant=plant)
    kind, product = make.DefectTypeFactory(), make.ProductFactory()
    moment = make.NOON - dt.timedelta(days=40)
    defects.record(engineer, defect_type=kind, occurred_at=moment, machine=machine, product=product,
                   note="=1+1, \"q\"\n2", serial="-SN1", lot="+L", inspector="I-09", quantity="2.5",
                   external_id="MES-1", tool="T", cavity="C3", severity="minor", detected_at="final")  # fmt: skip
    defects.record(engineer, defect_type=kind, occurred_at=moment, supplier_lot=lot, note="@ 'quoted'")
    defects.record(engineer, defect_type=kind, occurred_at=moment, line=line, note="Gehäuse; Kratzer, tief")
    return 3


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("query", ["", EVERYTHING])
def test_exported_defects_come_in_again_unchanged(engineer: User, records: int, form: str, query: str) -> None:
    row = again(engineer, "defects", query, form)
    counts = (row.new, row.changed, row.same, row.errors)
    assert counts == (0, 0, records, 0), (row.status, row.refusal, [str(vars(each)) for each in row.problems.all()])


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_exported_counts_come_in_again_unchanged(plant: Plant, engineer: User, form: str) -> None:
    line = make.ProductionLineFactory(plant=plant, code="L-7")
    day = make.NOON.date() - dt.timedelta(days=2)
    exposure.set_counts(engineer, rows=[{"line": line, "production_on": day, "units": 480}])
    row = again(engineer, "counts", "", form)
    assert (row.new, row.changed, row.same, row.errors) == (0, 0, 1, 0), [str(vars(e)) for e in row.problems.all()]


@pytest.fixture
def masters(plant: Plant) -> Plant:
    """Two of everything, with names that a spreadsheet would take for something else."""
    for code in ("L-7", "=L8"):
        line = make.ProductionLineFactory(plant=plant, code=code, name='Line, "seven"')
        make.MachineFactory(station=make.StationFactory(line=line, code="S-1", name="-1"), code="M;1")
        make.ProductFactory(code=code, name="@home", revision="007")
        make.DefectTypeFactory(code=code, name="Gehäuse; tief", group="1.5", severity="minor")
        supplier = make.SupplierFactory(code=code)
        part = make.PartFactory(supplier=supplier, number="0012")
        make.SupplierLotFactory(plant=plant, part=part, code="1E5", received_on=make.NOON.date(), units=9000)
    make.SupplierLotFactory(plant=plant, part=part, code="open", received_on=None, units=None)
    return plant


KINDS = [
    ("lines", "lines", 2), ("stations", "lines", 2), ("machines", "lines", 2), ("products", "products", 2),
    ("suppliers", "suppliers", 2), ("parts", "suppliers", 2), ("lots", "lots", 3),
    ("defect-types", "defect_types", 2),
]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(("name", "kind", "rows"), KINDS)
def test_exported_master_data_comes_in_again_unchanged(
    masters: Plant, manager: User, name: str, kind: str, rows: int, form: str
) -> None:
    make.PlantFactory()  # the file has to say which plant it is about
    row = again(manager, name, "", form, kind)
    assert (row.new, row.changed, row.same, row.errors) == (0, 0, rows, 0), (
        row.refusal, row.questions, [(each.column, each.value, each.reason) for each in row.problems.all()],
    )  # fmt: skip


def test_a_list_of_master_data_is_taken_away_as_it_was_searched_and_scoped(masters: Plant, engineer: User) -> None:
    far = make.ProductionLineFactory(plant=make.PlantFactory(), code="FAR")
    text = b"".join(exports.csv_lines(engineer, LISTINGS["lines"], parse("q=L-7"))).decode("utf-8-sig")
    assert "L-7" in text and "L8" not in text
    assert far.code not in b"".join(exports.csv_lines(engineer, LISTINGS["lines"], parse(""))).decode()
