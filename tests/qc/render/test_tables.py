from __future__ import annotations

import datetime as dt
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as some
from python_calamine import CalamineWorkbook

from qc.render.tables import FORMULA, Sheet, csv_bytes, safe, xlsx_bytes


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text: str) -> None:
    assert safe(text) == f"'{text}"


@given(some.text())
def test_no_text_in_a_csv_starts_like_a_formula(text: str) -> None:
    assert not safe(text).startswith(FORMULA)


def test_numbers_in_a_csv_stay_numbers() -> None:
    assert csv_bytes(["n"], [[-5], [1.5], [None]]).decode("utf-8-sig") == "n\r\n-5\r\n1.5\r\n\r\n".replace(
        "\r\n\r\n", '\r\n""\r\n'
    )


def test_a_workbook_keeps_text_as_text_numbers_as_numbers_and_days_as_days() -> None:
    rows = [["=1+1", 1240, dt.date(2026, 11, 20)], ["007", 0.5, None], ["http://x.example", None, None]]
    content = xlsx_bytes([Sheet("Facts", ["Text", "Number", "Day"], rows, ["", "#,##0", "yyyy-mm-dd"])])
    (sheet,) = [CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_name("Facts").to_python()]
    assert sheet[1] == ["=1+1", 1240, dt.date(2026, 11, 20)]
    assert [row[0] for row in sheet[2:]] == ["007", "http://x.example"]
    xml = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in xml and b"frozen" in xml and b"autoFilter" in xml


def test_a_workbook_survives_names_and_text_that_are_not_allowed_in_it() -> None:
    content = xlsx_bytes([Sheet("a/b:c*[d]?" + "x" * 40, ["T"], [["nul \x00 lone \ud800 end"], ["y" * 40_000]])])
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    assert len(book.sheet_names[0]) == 31
    assert book.get_sheet_by_index(0).to_python()[1] == ["nul  lone  end"]
