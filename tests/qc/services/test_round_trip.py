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


def again(by: User, name: str, query: str, form: str) -> Import:
    listing, params = LISTINGS[name], parse(query)
    content = b"".join(exports.csv_lines(by, listing, params)) if form == "csv" else b""
    upload = io.BytesIO(content or exports.workbook(by, listing, params))
    upload.name = f"{name}.{form}"
    row = imports.upload(by, kind=name, upload=upload)
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
