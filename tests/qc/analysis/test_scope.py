from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc.analysis.scope import DIMENSIONS, matching
from qc.models import Defect, Plant
from tests import factories as make

HERE: dict[str, Any] = {
    "plant": "KDE",
    "line": "SMT-1",
    "station": "SP-11",
    "machine": "M-7",
    "tool": "stencil 4",
    "cavity": "3",
    "shift": "C",
    "product": "ECU-40",
    "part": "7-40-118",
    "supplier": "S-104",
    "supplier_lot": "THC-2638A",
    "inspector": "I-09",
    "operator": "I-09",
    "hour_of_week": "Monday 06:00",
}
MONDAY_SIX = dt.datetime(2026, 11, 16, 5, 30, tzinfo=dt.UTC)  # 06:30 in Berlin


@pytest.fixture
def there(db: None) -> Defect:
    """A defect that lies in every scope of HERE."""
    plant = make.PlantFactory(code="KDE")
    line = make.ProductionLineFactory(plant=plant, code="SMT-1")
    station = make.StationFactory(line=line, code="SP-11")
    part = make.PartFactory(supplier__code="S-104", number="7-40-118")
    return make.DefectFactory(
        line=line,
        station=station,
        machine=make.MachineFactory(station=station, code="M-7"),
        tool="Stencil 4",
        cavity="3",
        shift=make.ShiftFactory(plant=plant, code="C"),
        product=make.ProductFactory(code="ECU-40"),
        part=part,
        supplier=part.supplier,
        supplier_lot=make.SupplierLotFactory(plant=plant, part=part, code="THC-2638A"),
        inspector="i-09",
        occurred_at=MONDAY_SIX,
    )


def found(plant: Plant, where: dict[str, Any]) -> list[Defect]:
    return list(Defect.objects.filter(matching(where, zone=plant.zone)))


@pytest.mark.parametrize("name", DIMENSIONS)
def test_each_dimension_keeps_its_defects_and_leaves_the_others_out(there: Defect, name: str) -> None:
    make.DefectFactory(occurred_at=MONDAY_SIX + dt.timedelta(hours=2), inspector="I-10", tool="x", cavity="4")
    assert found(there.plant, {name: HERE[name]}) == [there]


def test_every_dimension_is_tried_above() -> None:
    assert set(HERE) == set(DIMENSIONS)


def test_two_dimensions_must_both_hold(there: Defect) -> None:
    assert found(there.plant, {"line": "SMT-1", "product": "ECU-40"}) == [there]
    assert found(there.plant, {"line": "SMT-1", "product": "INV-12"}) == []


def test_a_list_means_any_of_its_values(there: Defect) -> None:
    assert found(there.plant, {"supplier_lot": ["THC-2638A", "THC-2639A"], "cavity": ["2", "3"]}) == [there]
    assert found(there.plant, {"hour_of_week": ["Sunday 06:00", "Monday 07:00"]}) == []


def test_no_scope_is_every_defect(there: Defect) -> None:
    assert found(there.plant, {}) == [there]


def test_the_hour_is_read_in_the_zone_of_the_plant(there: Defect) -> None:
    assert list(Defect.objects.filter(matching({"hour_of_week": "Monday 05:00"}))) == [there]
    assert found(there.plant, {"hour_of_week": "Monday 05:00"}) == []


@pytest.mark.parametrize("where", [{"colour": "red"}, {"hour_of_week": "Mon 6"}, {"hour_of_week": "Monday 24:00"}])
def test_an_unknown_dimension_or_hour_is_an_error_that_names_it(where: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"colour|Mon"):
        matching(where)
