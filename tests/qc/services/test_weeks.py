"""The week of a line: cell by cell, by people who look at older pages than they think."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from qc.errors import NotAllowed, Refused, Stale
from qc.models import Event, ProductionCount, ProductionRun, User
from qc.services import exposure, weeks
from qc.services.weeks import Entry
from tests import factories as make

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 11, 19)


@pytest.fixture
def line() -> Any:
    return make.ProductionLineFactory()


@pytest.fixture
def by(line: Any) -> User:
    return make.UserFactory(role="inspector", plants=[line.plant])


def cell(units: int | None, was: int | None = None, **where: Any) -> Entry:
    return Entry(where.get("day", DAY), where.get("shift"), where.get("product"), units, was)


def units() -> list[int]:
    return list(ProductionCount.objects.order_by("pk").values_list("units", flat=True))


def test_a_cell_is_written_changed_and_emptied_and_the_trail_says_before_and_after(by: User, line: Any) -> None:
    shift = make.ShiftFactory(plant=line.plant, code="A")
    assert weeks.write_cells(by, line=line, entries=[cell(480, shift=shift)]) == 1
    first = ProductionCount.objects.get()
    assert weeks.write_cells(by, line=line, entries=[cell(500, 480, shift=shift)]) == 1
    assert ProductionCount.objects.get().pk == first.pk
    assert weeks.write_cells(by, line=line, entries=[cell(None, 500, shift=shift)]) == 1
    assert units() == []
    cells = [event.data["cells"][0][3:] for event in Event.objects.filter(verb="exposure.save_cells").order_by("pk")]
    assert cells == [[None, 480], [480, 500], [500, None]]


def test_what_is_as_it_was_writes_nothing(by: User, line: Any) -> None:
    weeks.write_cells(by, line=line, entries=[cell(480)])
    assert weeks.write_cells(by, line=line, entries=[cell(480, None)]) == 0
    assert Event.objects.filter(verb="exposure.save_cells").count() == 1


def test_a_cell_that_someone_changed_meanwhile_is_stale_and_nothing_is_saved(by: User, line: Any) -> None:
    other = make.UserFactory(first_name="Ada", last_name="Kern", plants=[line.plant])
    weeks.write_cells(other, line=line, entries=[cell(480)])
    next_day = DAY + dt.timedelta(days=1)
    with pytest.raises(Stale) as refusal:
        weeks.write_cells(by, line=line, entries=[cell(300), cell(310, day=next_day)])
    assert list(refusal.value.fields) == [f"u-{DAY}-0-0"]
    assert "Ada Kern wrote 480" in refusal.value.fields[f"u-{DAY}-0-0"]
    assert units() == [480]


def test_a_total_and_its_parts_exclude_each_other(by: User, line: Any) -> None:
    product = make.ProductFactory()
    weeks.write_cells(by, line=line, entries=[cell(480)])
    with pytest.raises(Refused) as refusal:
        weeks.write_cells(by, line=line, entries=[cell(200, product=product)])
    assert "as a total and by product" in str(refusal.value.fields)
    weeks.write_cells(by, line=line, entries=[cell(None, 480), cell(200, product=product)])
    assert units() == [200]


@pytest.mark.parametrize("wrong", [-1, 10**13])
def test_units_that_cannot_be_are_refused_beside_their_cell(by: User, line: Any, wrong: int) -> None:
    with pytest.raises(Refused) as refusal:
        weeks.write_cells(by, line=line, entries=[cell(wrong)])
    assert list(refusal.value.fields) == [f"u-{DAY}-0-0"]


def test_a_day_to_come_and_a_foreign_shift_are_refused(by: User, line: Any, noon: dt.datetime) -> None:
    with pytest.raises(Refused, match="Nothing is saved") as refusal:
        weeks.write_cells(by, line=line, entries=[cell(5, day=noon.date() + dt.timedelta(days=9))])
    assert "future" in str(refusal.value.fields)
    with pytest.raises(Refused) as refusal:
        weeks.write_cells(by, line=line, entries=[cell(5, shift=make.ShiftFactory())])
    assert "another plant" in str(refusal.value.fields)


def test_only_who_may_and_only_at_the_own_plants(line: Any) -> None:
    for person in (make.UserFactory(role="auditor"), make.UserFactory(role="inspector")):
        with pytest.raises(NotAllowed):
            weeks.write_cells(person, line=line, entries=[cell(1)])


def test_a_run_is_started_switched_and_stopped_with_a_trail(by: User, line: Any) -> None:
    first, second = make.ProductFactory(), make.ProductFactory()
    run = exposure.start_run(by, line=line, product=first, seen=0)
    exposure.start_run(by, line=line, product=second, seen=run.pk)
    exposure.stop_run(by, line=line)
    assert exposure.stop_run(by, line=line) is None
    assert not ProductionRun.objects.filter(ended_at=None).exists()
    trail = [event.data["product"] for event in Event.objects.order_by("pk")]
    assert trail == [[None, first.code], [first.code, second.code], [second.code, None]]


def test_a_run_that_someone_changed_meanwhile_is_stale(by: User, line: Any) -> None:
    first, second = make.ProductFactory(), make.ProductFactory()
    exposure.start_run(by, line=line, product=first)
    with pytest.raises(Stale, match=first.code):
        exposure.start_run(by, line=line, product=second, seen=0)
    with pytest.raises(Stale):
        exposure.stop_run(by, line=line, seen=0)
    assert ProductionRun.objects.get().ended_at is None
