"""Faults that a second reading found, each with the scenario that shows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from qc import clock
from qc.analysis.asof import as_of
from qc.analysis.database import from_database
from qc.errors import Refused
from qc.models import ProductionCount, User
from qc.services import catalogue, defect_batches, defects, exposure, recurrences, usage
from tests import factories as make

UNTIL = make.NOON + dt.timedelta(minutes=10)


@pytest.fixture(autouse=True)
def stands() -> Iterator[None]:
    with clock.frozen_at(make.NOON):
        yield


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("door", ["correction", "import"])
def test_a_record_that_moved_to_another_plant_is_not_hidden_by_a_new_one_in_its_place(door: str) -> None:
    manager = make.UserFactory(role="manager")
    here, there = make.ProductionLineFactory(), make.ProductionLineFactory()
    kind = make.DefectTypeFactory()

    def log(line: Any, **more: Any) -> Any:
        return defects.record(manager, defect_type=kind, line=line, occurred_at=make.NOON, **more)

    log(here)
    wrong = log(here, tool="T-1")
    assert len(from_database(here.plant, until=UNTIL)) == 2
    if door == "correction":
        defects.correct(manager, defect=wrong, version=1, line=there)
    else:
        values = {"plant_id": there.plant_id, "line_id": there.pk}
        defect_batches.change(manager, changes={wrong.pk: (1, values)}, reason="Wrong plant")
    log(here, tool="T-2")  # the versions of the block add up to what they were
    for plant in (here.plant, there.plant):
        assert from_database(plant, until=UNTIL).digest() == as_of(plant, until=UNTIL).digest()
    assert from_database(here.plant, until=UNTIL).dimensions["tool"].labels == ("T-2",)


@pytest.mark.django_db
def test_a_refused_code_names_no_lines_of_other_plants(engineer: User, plant: Any) -> None:
    manager = make.UserFactory(role="manager")
    foreign = make.StationFactory(line=make.ProductionLineFactory(code="SECRET-L"), code="SECRET-S")
    kind = make.DefectTypeFactory()
    catalogue.edit(manager, defect_type=kind, version=1, places=usage.Places(lines=[foreign.line], stations=[foreign]))
    kind.refresh_from_db()
    line = make.ProductionLineFactory(plant=plant)
    with pytest.raises(Refused) as refused:
        defects.record(engineer, defect_type=kind, line=line, occurred_at=make.NOON)
    assert "SECRET" not in refused.value.message
    assert kind.code in refused.value.message


@pytest.mark.django_db
def test_the_history_of_a_code_tells_nothing_of_other_plants(engineer: User, manager: User, client: Client) -> None:
    line, kind, heir = make.ProductionLineFactory(code="SECRET-L"), make.DefectTypeFactory(), make.DefectTypeFactory()
    catalogue.edit(manager, defect_type=kind, version=1, places=usage.Places(lines=[line]))
    for _ in range(7):
        kind.refresh_from_db()
        defects.record(manager, defect_type=kind, line=line, occurred_at=make.NOON)
    catalogue.merge(manager, source=kind, into=heir, reason="The same")
    shown = {}
    for person in (manager, engineer):
        client.force_login(person)
        pages = [client.get(f"/catalogue/{each.pk}/") for each in (kind, heir)]
        shown[person] = [event.data for page in pages for event in page.context["events"]]
    assert "SECRET-L" in str(shown[manager]) and "'records': 7" in str(shown[manager])
    assert "SECRET-L" not in str(shown[engineer]) and "records" not in str(shown[engineer])
    assert "merged_into" in str(shown[engineer])


@pytest.mark.django_db
@pytest.mark.parametrize("first", ["total", "product"])
def test_a_shift_takes_units_as_a_total_or_by_product_by_every_door(engineer: User, plant: Any, first: str) -> None:
    line, shift, product = (
        make.ProductionLineFactory(plant=plant),
        make.ShiftFactory(plant=plant),
        make.ProductFactory(),
    )
    total = {"line": line, "production_on": make.NOON.date(), "shift": shift, "units": 100}
    part = total | {"product": product, "units": 60}
    one, other = (total, part) if first == "total" else (part, total)
    exposure.set_count(engineer, **one)
    with pytest.raises(Refused, match="total and by product"):
        exposure.set_count(engineer, **other)
    with pytest.raises(Refused, match="total and by product"):
        exposure.set_counts(engineer, rows=[other])
    assert [count.units for count in ProductionCount.objects.all()] == [one["units"]]


@pytest.mark.django_db
def test_a_closed_case_of_a_merged_code_is_remembered_under_its_heir(manager: User, plant: Any) -> None:
    old, heir = make.DefectTypeFactory(), make.DefectTypeFactory()
    finding = make.FindingFactory(plant=plant, defect_type=old)
    case = make.NonconformanceFactory(
        plant=plant, finding=finding, defect_type=old, status="closed", closed_at=make.NOON, closed_by=manager
    )
    assert recurrences.closed_cases(plant, heir) == []
    catalogue.merge(manager, source=old, into=heir, reason="One and the same.")
    assert recurrences.closed_cases(plant, heir) == [case]
