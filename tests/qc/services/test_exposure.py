"""Production counts and lot use."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc.errors import NotAllowed, Refused
from qc.models import AnalysisTarget, LotUse, PlantTarget, ProductionCount, ProductionRun, User
from qc.services import defects, exposure
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 19)


@pytest.fixture
def line() -> Any:
    return make.ProductionLineFactory()


@pytest.fixture
def by(line: Any) -> User:
    return make.UserFactory(role="engineer", plants=[line.plant])


def test_a_second_count_for_the_same_cell_replaces_the_first(by: User, line: Any) -> None:
    exposure.set_count(by, line=line, production_on=DAY, units=100)
    exposure.set_count(by, line=line, production_on=DAY, units=120)
    assert [count.units for count in ProductionCount.objects.all()] == [120]


def test_a_bulk_replaces_only_its_own_cells(by: User, line: Any) -> None:
    shift = make.ShiftFactory(plant=line.plant)
    exposure.set_count(by, line=line, production_on=DAY, units=100)
    exposure.set_counts(by, rows=[{"line": line, "production_on": DAY, "units": 7, "shift": shift}])
    exposure.set_counts(by, rows=[{"line": line, "production_on": DAY, "units": 8, "shift": shift}])
    assert sorted(ProductionCount.objects.values_list("units", flat=True)) == [8, 100]


@pytest.mark.parametrize("units", [-1, 1.5, True, "7", None, 10**13])
def test_units_that_are_no_whole_number_are_refused_with_the_row(by: User, line: Any, units: Any) -> None:
    rows = [{"line": line, "production_on": DAY, "units": 1}, {"line": line, "production_on": DAY, "units": units}]
    with pytest.raises(Refused, match="Row 2") as refusal:
        exposure.set_counts(by, rows=rows)
    assert "units" in refusal.value.fields
    assert not ProductionCount.objects.exists()


def test_the_same_cell_twice_in_one_bulk_is_refused(by: User, line: Any) -> None:
    rows = [{"line": line, "production_on": DAY, "units": 1}] * 2
    with pytest.raises(Refused, match="twice"):
        exposure.set_counts(by, rows=rows)


def test_new_counts_make_the_plant_due_and_are_newer_input_of_its_types(by: User, line: Any) -> None:
    defects.record(by, defect_type=make.DefectTypeFactory(), occurred_at=make.NOON, line=line)
    AnalysisTarget.objects.update(due_at=None)
    exposure.set_count(by, line=line, production_on=DAY, units=100)
    assert AnalysisTarget.objects.get().input_version == 2
    whole = PlantTarget.objects.get(plant=line.plant)
    assert whole.due_at is not None and whole.input_version == 1


def test_lot_use_is_replaced_not_doubled_and_must_end_after_it_starts(by: User, line: Any) -> None:
    lot = make.SupplierLotFactory(plant=line.plant)
    exposure.record_lot_use(by, supplier_lot=lot, line=line, first_on=DAY)
    exposure.record_lot_use(by, supplier_lot=lot, line=line, first_on=DAY, last_on=DAY, units=50)
    assert LotUse.objects.get().units == 50
    with pytest.raises(Refused, match="before the first day"):
        exposure.record_lot_use(by, supplier_lot=lot, line=line, first_on=DAY, last_on=DAY - dt.timedelta(days=1))


def test_a_lot_of_another_plant_and_a_line_of_another_plant_are_refused(by: User, line: Any) -> None:
    with pytest.raises(Refused, match="another plant"):
        exposure.record_lot_use(by, supplier_lot=make.SupplierLotFactory(), line=line, first_on=DAY)
    with pytest.raises(NotAllowed):
        exposure.set_count(by, line=make.ProductionLineFactory(), production_on=DAY, units=1)


def test_one_product_runs_on_a_line_at_a_time(by: User, line: Any) -> None:
    first, second = make.ProductFactory(), make.ProductFactory()
    exposure.start_run(by, line=line, product=first)
    exposure.start_run(by, line=line, product=first)
    exposure.start_run(by, line=line, product=second)
    assert ProductionRun.objects.count() == 2
    assert ProductionRun.objects.get(ended_at=None).product == second
