"""What is strange in the database ends in an answer, as what is strange in files does."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from qc import clock
from qc.analysis.database import from_database
from qc.errors import Refused
from qc.models import AnalysisRun, DefectType, Finding, Plant, ProductionCount, ProductionLine, User
from qc.services import analyses, defects, exposure
from tests import factories as make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("noon")]
UNTIL = make.NOON + dt.timedelta(minutes=10)


@pytest.fixture
def by() -> User:
    user: User = make.UserFactory(role="manager")
    return user


@pytest.fixture
def line(plant: Plant) -> ProductionLine:
    made: ProductionLine = make.ProductionLineFactory(plant=plant)
    return made


def logged(by: User, line: ProductionLine, count: int, **values: Any) -> None:
    """Records over eighty days of two types, unless `values` say otherwise."""
    kinds: list[DefectType] = [make.DefectTypeFactory() for _ in range(2)]
    rows = [
        {"line": line, "defect_type": kinds[i % 2], "occurred_at": make.NOON - dt.timedelta(days=80 * i / count)}
        | {name: value(i) if callable(value) else value for name, value in values.items()}
        for i in range(count)
    ]
    defects.record_many(by, rows=rows)


def judged(plant: Plant) -> AnalysisRun:
    """The full run of the plant; each type has a finding."""
    run = analyses.analyse_plant(plant)
    assert run is not None
    types = set(plant.defects.values_list("counts_as", flat=True))
    assert set(Finding.objects.current().values_list("defect_type", flat=True)) == types
    return run


def test_a_plant_without_records_has_no_run(plant: Plant) -> None:
    assert analyses.analyse_plant(plant) is None


@pytest.mark.parametrize("count", [1, 2, 300])
def test_few_records_and_records_of_one_minute_are_judged(
    plant: Plant, by: User, line: ProductionLine, count: int
) -> None:
    logged(by, line, count, occurred_at=make.NOON - dt.timedelta(days=3))
    assert judged(plant).rows == count


def test_a_value_of_its_own_for_every_record_blames_none_of_them(plant: Plant, by: User, line: ProductionLine) -> None:
    logged(by, line, 400, tool=lambda i: f"T-{i}", inspector=lambda i: f"P-{i}", serial=lambda i: f"N-{i}")
    judged(plant)
    assert not [row for row in Finding.objects.all() if {"tool", "operator"} & set(row.where)]


def test_counts_of_nothing_leave_the_calendar_to_compare_with(plant: Plant, by: User, line: ProductionLine) -> None:
    logged(by, line, 60)
    for day in range(80):
        on = (make.NOON - dt.timedelta(days=day)).date()
        ProductionCount.objects.create(line=line, production_on=on, units=0, recorded_by=by)
    assert judged(plant).exposure == "calendar"


def test_counts_of_another_line_are_said_not_to_cover_the_records(plant: Plant, by: User, line: ProductionLine) -> None:
    logged(by, line, 60)
    other = make.ProductionLineFactory(plant=plant)
    for day in range(80):
        exposure.set_count(by, line=other, production_on=(make.NOON - dt.timedelta(days=day)).date(), units=100)
    judged(plant)
    notes = [note for row in Finding.objects.all() for note in row.ruled_out]
    assert any(note.startswith("exposure: 30 ") for note in notes), notes


def test_negative_units_are_refused_with_their_value_and_never_stored(by: User, line: ProductionLine) -> None:
    with pytest.raises(Refused):
        exposure.set_count(by, line=line, production_on=make.NOON.date(), units=-5)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductionCount.objects.create(line=line, production_on=make.NOON.date(), units=-5, recorded_by=by)


def test_dates_out_of_order_give_the_data_of_dates_in_order(plant: Plant, by: User, line: ProductionLine) -> None:
    kind = make.DefectTypeFactory()
    for day in (3, 1, 2):
        with clock.frozen_at(make.NOON):
            defects.record(by, line=line, defect_type=kind, occurred_at=make.NOON - dt.timedelta(days=day))
    minute = from_database(plant, until=UNTIL).minute.tolist()
    assert minute == sorted(minute) and len(minute) == 3
