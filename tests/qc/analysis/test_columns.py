"""What is kept between runs is what the database says, whoever changed it in which order."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from qc import clock
from qc.analysis import columns, database
from qc.analysis.asof import as_of
from qc.analysis.database import from_database, wall_clock
from qc.models import Defect, Plant, PlantTarget, User
from qc.services import defects, exposure
from tests import factories as make

UNTIL = make.NOON + dt.timedelta(minutes=10)


@pytest.fixture(autouse=True)
def stands() -> Any:
    with clock.frozen_at(make.NOON):
        yield


class World:
    """A plant that changes its clocks, with everything a record can say."""

    def __init__(self) -> None:
        self.plant = make.PlantFactory(time_zone="Europe/Warsaw")
        self.by: User = make.UserFactory(role="manager")
        shifts = [("A", 6, 14), ("B", 14, 22), ("C", 22, 6)]
        for code, start, end in shifts:
            make.ShiftFactory(plant=self.plant, code=code, starts_at=dt.time(start), ends_at=dt.time(end))
        self.lines = [make.ProductionLineFactory(plant=self.plant) for _ in range(2)]
        self.machine = make.MachineFactory(station__line=self.lines[0])
        self.lot = make.SupplierLotFactory(plant=self.plant)
        self.kinds = [make.DefectTypeFactory() for _ in range(3)]
        start = dt.datetime(2026, 10, 24, 20, 7, 31, tzinfo=dt.UTC)  # through the night of the change of clocks
        self.rows = defects.record_many(self.by, rows=[self._row(i, start) for i in range(60)])
        exposure.set_count(self.by, line=self.lines[0], production_on=start.date(), units=500)
        exposure.record_lot_use(self.by, supplier_lot=self.lot, line=self.lines[0], first_on=start.date())

    def _row(self, i: int, start: dt.datetime) -> dict[str, Any]:
        row: dict[str, Any] = {
            "defect_type": self.kinds[i % 3],
            "line": self.lines[i % 2],
            "occurred_at": start + dt.timedelta(minutes=11 * i),
            "tool": ["", "T-1", "t-1"][i % 3],
            "inspector": ["Ana", "Bo", ""][i % 3],
            "cavity": str(i % 4),
        }
        if i % 7 == 0:
            row |= {"line": self.lines[0], "machine": self.machine, "serial": f"SN{i // 14}"}
        if i % 5 == 0:
            row |= {"supplier_lot": self.lot, "part": self.lot.part}
        return row

    def record(self, **more: Any) -> Defect:
        row = {"defect_type": self.kinds[0], "line": self.lines[1], "occurred_at": make.NOON}
        return defects.record(self.by, **row | more)


def assert_same(plant: Plant) -> None:
    """The kept columns give what reading row by row gives, to the last digit."""
    kept, plain = from_database(plant, until=UNTIL), as_of(plant, until=UNTIL)
    assert kept.dimensions.keys() == plain.dimensions.keys()
    assert kept.duplicates == plain.duplicates
    assert kept.digest() == plain.digest()


@pytest.mark.django_db
def test_reading_in_bulk_and_row_by_row_give_the_same_columns() -> None:
    world = World()
    defects.void(world.by, defect=world.rows[3], reason="not one")
    assert_same(world.plant)
    assert len(from_database(world.plant, until=UNTIL)) == 59
    assert from_database(world.plant, until=UNTIL).dimensions["tool"].labels == ("T-1",)


CHANGES: dict[str, Callable[[World], object]] = {
    "a new record": lambda w: w.record(tool="new", inspector="Cy"),
    "a correction": lambda w: defects.correct(w.by, defect=w.rows[5], version=1, line=w.lines[0], tool="else"),
    "another code": lambda w: defects.correct(w.by, defect=w.rows[5], version=1, defect_type=w.kinds[0]),
    "a void": lambda w: defects.void(w.by, defect=w.rows[5], reason="not one"),
    "a double entry": lambda w: defects.mark_duplicate(w.by, defect=w.rows[5], original=w.rows[6]),
    "new counts": lambda w: exposure.set_count(w.by, line=w.lines[1], production_on=dt.date(2026, 10, 25), units=70),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_what_is_kept_follows_every_change(change: str) -> None:
    world = World()
    before = from_database(world.plant, until=UNTIL).digest()
    CHANGES[change](world)
    assert from_database(world.plant, until=UNTIL).digest() != before
    assert_same(world.plant)


@pytest.mark.django_db(transaction=True)
def test_only_the_blocks_that_changed_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "BLOCK", 16)
    world = World()
    from_database(world.plant, until=UNTIL)
    world.record()
    with CaptureQueriesContext(connection) as queries:
        assert_same(world.plant)
    if connection.vendor == "sqlite":
        read = [query["sql"] for query in queries if "status NOT IN" in query["sql"] and "ORDER BY id" in query["sql"]]
        newest = Defect.objects.order_by("pk").last()
        assert newest is not None and len(read) == 1
        assert f"id >= {newest.pk // 16 * 16} AND id < {newest.pk // 16 * 16 + 16}" in read[0]


def test_neighbouring_blocks_are_one_piece_and_others_are_not() -> None:
    old = {0: 1, 1: 1, 2: 1, 5: 1}
    assert columns._pieces(old, old) == []
    assert columns._pieces(old, {0: 2, 1: 2, 2: 1, 5: 1, 6: 1}) == [(0, 2 * 4096), (6 * 4096, 7 * 4096)]


@pytest.mark.django_db(transaction=True)
def test_a_bulk_change_that_raises_no_version_is_seen_by_the_rewrites() -> None:
    world = World()
    assert_same(world.plant)
    Defect.objects.filter(plant=world.plant).update(counts_as=world.kinds[0])
    PlantTarget.objects.update_or_create(plant=world.plant, defaults={"rewrites": 1})
    assert_same(world.plant)
    assert len(from_database(world.plant, until=UNTIL).defect_type.labels) == 1


@pytest.mark.django_db(transaction=True)
def test_nothing_is_kept_from_a_transaction_that_is_taken_back() -> None:
    world = World()
    with pytest.raises(RuntimeError), transaction.atomic():
        world.record(inspector="never")
        assert "never" in from_database(world.plant, until=UNTIL).dimensions["operator"].labels
        raise RuntimeError
    assert "never" not in from_database(world.plant, until=UNTIL).dimensions["operator"].labels
    assert_same(world.plant)


@pytest.mark.django_db(transaction=True)
def test_records_older_than_the_look_back_are_left_out() -> None:
    world = World()
    world.record(occurred_at=UNTIL - database.LOOK_BACK - dt.timedelta(minutes=1))
    world.record(occurred_at=UNTIL - database.LOOK_BACK + dt.timedelta(minutes=1))
    assert len(from_database(world.plant, until=UNTIL)) == 61
    assert_same(world.plant)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_record_with_a_lower_id_that_is_committed_later_is_not_missed() -> None:
    world = World()
    inserted, seen = threading.Event(), threading.Event()

    def slowly() -> None:
        with transaction.atomic():
            make.DefectFactory(
                line=world.lines[0], defect_type=world.kinds[1], counts_as=world.kinds[1], recorded_by=world.by
            )
            inserted.set()
            assert seen.wait(20)
        connection.close()

    thread = threading.Thread(target=slowly)
    from_database(world.plant, until=UNTIL)
    thread.start()
    assert inserted.wait(20)
    late = make.DefectFactory(
        line=world.lines[0],
        defect_type=world.kinds[2],
        counts_as=world.kinds[2],
        recorded_by=world.by,
        number="D-2026-99999",
    )
    assert len(from_database(world.plant, until=UNTIL)) == 61
    seen.set()
    thread.join(20)
    assert Defect.objects.filter(pk__lt=late.pk).count() == 61
    assert len(from_database(world.plant, until=UNTIL)) == 62
    assert_same(world.plant)


@pytest.mark.parametrize("name", ["Europe/Warsaw", "America/Chicago", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_the_clocks_of_a_zone_are_read_as_the_zone_says(name: str) -> None:
    zone = ZoneInfo(name)
    start = int(dt.datetime(2026, 1, 1, tzinfo=dt.UTC).timestamp())
    seconds = np.arange(start, start + 366 * 86400, 1800 - 7, dtype=np.int64)
    told = [dt.datetime.fromtimestamp(one, zone).replace(tzinfo=None) for one in seconds.tolist()]
    expected = np.array(told, dtype="datetime64[m]").astype(np.int64)
    assert (wall_clock(seconds, zone) == expected).all()
