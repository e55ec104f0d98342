"""Lists as files: what is in them, who gets them, when they are made and when they are gone."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from qc import clock
from qc.errors import NotAllowed, Refused
from qc.models import Event, Export, Notice, Plant, User
from qc.services import exports, work
from qc.services.listings.base import parse
from qc.services.listings.defects import DEFECTS
from qc.services.listings.registry import LISTINGS
from tests import factories as make

pytestmark = pytest.mark.usefixtures("noon")


def table(user: User, query: str = "", name: str = "defects") -> list[dict[str, str]]:
    text = b"".join(exports.csv_lines(user, LISTINGS[name], parse(query))).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_a_file_holds_the_chosen_columns_and_what_the_filters_leave(plant: Plant, engineer: User) -> None:
    line = make.ProductionLineFactory(plant=plant, code="L-7")
    defect = make.DefectFactory(line=line, note="x", quantity="2.500", serial="SN1")
    make.DefectFactory(line__plant=plant)
    make.DefectFactory()
    assert len(table(engineer)) == 2
    rows = table(engineer, f"line={line.pk}&cols=where,quantity,note,when")
    assert rows == [
        {
            "number": defect.number, "occurred_at": "2026-11-20 12:00:00+01:00", "shift": "", "plant": plant.code,
            "line": "L-7", "station": "", "machine": "", "quantity": "2.5", "note": "x",
        }
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_is_never_a_formula(plant: Plant, engineer: User, text: str) -> None:
    make.DefectFactory(line__plant=plant, note=text, lot=text)
    row = table(engineer, "cols=note,lot")[0]
    assert row["lot"] == "'" + text and row["note"] == "'" + text
    book = CalamineWorkbook.from_filelike(io.BytesIO(exports.workbook(engineer, DEFECTS, parse("cols=lot"))))
    assert book.get_sheet_by_index(0).to_python()[1][-1] == text.replace("\r", "\r")


def test_a_workbook_and_a_csv_file_say_the_same(plant: Plant, engineer: User) -> None:
    make.DefectFactory(line__plant=plant, note="Gehäuse", quantity=3)
    book = CalamineWorkbook.from_filelike(io.BytesIO(exports.workbook(engineer, DEFECTS, {})))
    head, row = book.get_sheet_by_index(0).to_python()
    plain = table(engineer)[0]
    assert dict(zip(head, (str(value).removesuffix(".0") for value in row), strict=True)) == plain


@pytest.mark.parametrize("name", sorted(LISTINGS))
def test_every_list_can_be_kept(name: str, plant: Plant, manager: User) -> None:
    case = make.NonconformanceFactory(plant=plant)
    make.FindingFactory(plant=plant)
    make.DefectFactory(line__plant=plant)
    Event.objects.all()
    assert case.number
    rows = table(manager, name=name)
    assert all(None not in row and None not in row.values() for row in rows)
    assert exports.workbook(manager, LISTINGS[name], {}).startswith(b"PK")


def test_the_trail_is_kept_only_by_those_who_may_read_it(plant: Plant, manager: User, inspector: User) -> None:
    exports.take(manager, listing=DEFECTS, format="csv", query="")
    assert len(table(manager, name="audit")) == 1
    assert table(inspector, name="audit") == []


def test_who_takes_what_away_stands_in_the_trail(engineer: User) -> None:
    assert exports.take(engineer, listing=DEFECTS, format="csv", query="line=7") is None
    event = Event.objects.get(verb="list.export")
    assert (event.by, event.data["query"]) == (engineer, "line=7")


def test_outside_users_and_unknown_formats_get_nothing(acme: User, engineer: User) -> None:
    with pytest.raises(NotAllowed):
        exports.take(acme, listing=DEFECTS, format="csv", query="")
    with pytest.raises(Refused):
        exports.take(engineer, listing=DEFECTS, format="exe", query="")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "AT_ONCE", 2)


@pytest.fixture
def large(few: None, plant: Plant, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    line = make.ProductionLineFactory(plant=plant)
    for _ in range(3):
        make.DefectFactory(line=line)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_a_large_list_is_made_in_the_background_and_told_in_the_inbox(form: str, engineer: User) -> None:
    export = exports.take(engineer, listing=DEFECTS, format=form, query="cols=when")
    assert export is not None and export.due_at == clock.now() and not export.is_ready
    assert exports.produce(export.pk)
    export.refresh_from_db()
    assert export.is_ready and export.size > 0 and export.filename() == f"defects-2026-11-20.{form}"
    content = export.file.read()
    assert content.startswith(b"PK" if form == "xlsx" else b"\xef\xbb\xbfnumber,occurred_at")
    assert Notice.objects.get(to=engineer).path == "/exports/"
    assert not exports.produce(export.pk)


@pytest.mark.usefixtures("large")
def test_rights_are_read_when_the_file_is_made(engineer: User, plant: Plant) -> None:
    export = exports.take(engineer, listing=DEFECTS, format="csv", query="")
    assert export is not None
    engineer.plants.clear()
    exports.produce(export.pk)
    export.refresh_from_db()
    assert export.file.read().decode("utf-8-sig").count("\r\n") == 1  # the heading alone


@pytest.mark.usefixtures("large")
def test_who_has_left_gets_no_file(engineer: User) -> None:
    export = exports.take(engineer, listing=DEFECTS, format="csv", query="")
    assert export is not None
    User.objects.filter(pk=engineer.pk).update(is_active=False)
    exports.produce(export.pk)
    export.refresh_from_db()
    assert not export.file and "no longer" in export.error


@pytest.mark.usefixtures("large")
def test_a_file_is_deleted_when_its_week_is_over(engineer: User) -> None:
    export = exports.take(engineer, listing=DEFECTS, format="csv", query="")
    assert export is not None
    exports.produce(export.pk)
    export.refresh_from_db()
    storage, name = export.file.storage, export.file.name
    with clock.frozen_at(clock.now() + dt.timedelta(days=7, seconds=1)):
        assert export.is_gone
        work.sweep({Export: lambda pk: exports.produce(pk) and None})
        export.refresh_from_db()
        assert not export.file and export.due_at is None
    assert not storage.exists(name)


@pytest.mark.usefixtures("large")
def test_nobody_starts_files_without_end(engineer: User) -> None:
    for _ in range(exports.MOST_WAITING):
        exports.take(engineer, listing=DEFECTS, format="csv", query="")
    with pytest.raises(Refused, match="still being made"):
        exports.take(engineer, listing=DEFECTS, format="csv", query="")


@pytest.mark.usefixtures("few", "large")
def test_a_workbook_has_a_largest_size(engineer: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(exports.MOST_ROWS, "xlsx", 2)
    with pytest.raises(Refused, match="at most 2 rows"):
        exports.take(engineer, listing=DEFECTS, format="xlsx", query="")
