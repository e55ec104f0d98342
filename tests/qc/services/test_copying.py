"""Rows by COPY: what is put off for speed is still checked, and cells come back as they were."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import IntegrityError, connection, transaction

from qc.models import Defect, ProductionLine, User
from qc.services import copying, defect_batches, defects
from tests import factories as make

pytestmark = pytest.mark.django_db(transaction=True)
only_postgresql = pytest.mark.skipif("connection.vendor != 'postgresql'", reason="COPY is PostgreSQL's")
AT = dt.datetime(2026, 11, 20, 9, 0, tzinfo=dt.UTC)


def _built(by: User, line: ProductionLine, count: int, **values: object) -> list[Defect]:
    kind = make.DefectTypeFactory()
    plant = line.plant
    return [
        Defect(
            number=f"D-2026-{n:06}", client_uuid=uuid.uuid4(), plant=plant, line=line, defect_type=kind,
            counts_as=kind, severity="major", occurred_at=AT + dt.timedelta(minutes=n),
            production_on=AT.date(), recorded_by=by, **values,
        )
        for n in range(1, count + 1)
    ]  # fmt: skip


def _insert(rows: list[Defect]) -> None:
    with transaction.atomic():
        defect_batches.insert_built(rows)


@pytest.mark.parametrize("count", [3, 300])
def test_a_note_with_tabs_backslashes_and_lines_comes_back_as_it_was(engineer: User, count: int) -> None:
    rows = _built(engineer, make.ProductionLineFactory(), count, note="a\tb\\n\nc\r\\.\\N", lot="\\N")
    rows[0].note = ""
    _insert(rows)
    stored = {row.pk: row for row in Defect.objects.all()}
    assert [(stored[row.pk].number, stored[row.pk].note, stored[row.pk].lot) for row in rows] == [
        (row.number, row.note, row.lot) for row in rows
    ]


@pytest.mark.parametrize("count", [3, 300])
def test_a_row_that_points_at_nothing_is_refused_whether_checks_are_put_off_or_not(engineer: User, count: int) -> None:
    rows = _built(engineer, make.ProductionLineFactory(), count)
    rows[-1].line_id = 987_654
    with pytest.raises(IntegrityError):
        _insert(rows)
    assert not Defect.objects.exists()


@only_postgresql
def test_what_all_rows_point_at_is_checked_too(engineer: User) -> None:
    rows = _built(engineer, make.ProductionLineFactory(), 300)
    for row in rows:
        row.recorded_by_id = 987_654
    with pytest.raises(IntegrityError):
        _insert(rows)


@only_postgresql
def test_after_a_copy_the_checks_of_the_session_are_on_again(engineer: User) -> None:
    rows = _built(engineer, make.ProductionLineFactory(), 300)
    with transaction.atomic(), connection.cursor() as cursor:
        defect_batches.insert_built(rows)
        cursor.execute("SHOW session_replication_role")
        assert cursor.fetchone() == ("origin",)


@only_postgresql
def test_a_role_that_may_not_put_checks_off_copies_with_all_of_them(
    engineer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "MAY", "SELECT %s = ''")
    rows = _built(engineer, make.ProductionLineFactory(), 300)
    _insert(rows)
    assert Defect.objects.count() == 300


def test_a_batch_that_is_large_enough_for_copy_says_the_same_as_single_records(engineer: User) -> None:
    line, kind = make.ProductionLineFactory(), make.DefectTypeFactory()
    engineer.plants.add(line.plant)
    rows = [
        {"line": line, "defect_type": kind, "occurred_at": AT, "serial": f"S{n}", "note": "x\ty", "quantity": "2.5"}
        for n in range(60)
    ]
    many = defects.record_many(engineer, rows=rows)
    one = defects.record(engineer, **rows[0])
    same = ("plant_id", "line_id", "counts_as_id", "shift_id", "production_on", "quantity", "note", "severity")
    stored = Defect.objects.get(pk=many[0].pk)
    assert [getattr(stored, name) for name in same] == [getattr(Defect.objects.get(pk=one.pk), name) for name in same]
    assert len({row.pk for row in many}) == 60
