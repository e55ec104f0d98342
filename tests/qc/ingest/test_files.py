import io
import zipfile

import numpy as np
import pytest
import xlsxwriter

from qc.ingest import rows, values
from qc.ingest.problems import FileRefused

HEAD = "occurred_at,defect_type,quantity,line\n"
GOOD = HEAD + "2026-03-01T06:00,Scratch,1,L1\n"


def workbook(lines, sheet="data"):
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet(sheet)
    for row, cells in enumerate(lines):
        page.write_row(row, 0, cells)
    book.close()
    return target.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        GOOD.encode(),
        b"\xef\xbb\xbf" + GOOD.encode(),
        GOOD.encode("utf-16"),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").replace("Scratch", "Größe").encode("latin-1"),
        workbook([["occurred_at", "defect_type", "quantity", "line"], ["2026-03-01 06:00", "Scratch", 1, "L1"]]),
        workbook([["Date", "Defect", "Qty", "Line"], [46082.25, "Scratch", 1, "L1"]]),
    ],
    ids=["utf-8", "bom", "utf-16", "semicolon", "latin-1 and tab", "xlsx", "xlsx serial date"],
)
def test_encodings_delimiters_and_workbooks_read_alike(content):
    read = rows.read_defects(content)
    assert len(read) == 1
    assert np.datetime64(int(read.of["occurred_at"][0]), "m") == np.datetime64("2026-03-01T06:00")
    assert read.texts("line") == ["L1"]
    assert not read.dropped


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        ("2026-02-30,Scratch,1,L1", "occurred_at", "does not exist"),
        ("not a day,Scratch,1,L1", "occurred_at", "is not a date"),
        (",Scratch,1,L1", "occurred_at", "missing"),
        ("2026-03-01,,1,L1", "defect_type", "missing"),
        ("2026-03-01,Scratch,NaN,L1", "quantity", "not a number"),
        ("2026-03-01,Scratch,-3,L1", "quantity", "negative"),
        ("2026-03-01,Scratch,1_000,L1", "quantity", "not a number"),
        ("2026-03-01,Scratch,1e400,L1", "quantity", "finite"),
        ("2026-03-01,Scratch,١٢,L1", "quantity", "not a number"),
        ("9999-01-01,Scratch,1,L1", "occurred_at", "outside the years"),
        ("03/04/2026,Scratch,1,L1", "occurred_at", "day or month first"),
        ("2026-03-01,Scratch", "", "does not fit"),
    ],
)
def test_a_broken_row_is_listed_with_row_column_value_and_reason(line, column, reason):
    read = rows.read_defects((GOOD + line + "\n").encode())
    assert len(read) == 1
    (problem,) = read.dropped
    assert (problem.row, problem.column) == (3, column)
    assert reason in problem.reason
    assert str(problem.row) in problem.sentence()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\xff\xfe", "empty"),
        (HEAD.replace("defect_type", "colour").encode(), "no column for defect_type"),
        ((HEAD + '2026-03-01,"Scratch,1,L1\n').encode(), "never closed"),
        (b"occurred_at,defect_type,Line,line\n", "twice"),
        (GOOD.encode() + b"2026-03-01,a\x00b,1,L1\n", "NUL"),
        (b"<html><table>" + GOOD.encode(), "not a table"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "old or an encrypted"),
        (b"PK\x03\x04" + b"x" * 100, "damaged"),
        ((HEAD + "2026-03-01," + "x" * 2_000_000 + ",1,L1\n").encode(), "more than 20,000 characters"),
    ],
    ids=["empty", "bom only", "missing column", "open quote", "twice", "nul", "html", "xls", "truncated", "huge cell"],
)
def test_a_broken_file_is_refused_with_one_sentence(content, says):
    with pytest.raises(FileRefused) as refused:
        rows.read_defects(content)
    assert says in refused.value.message
    assert refused.value.message.count("\n") == 0


def test_a_zip_bomb_is_refused_before_it_is_opened():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    with pytest.raises(FileRefused, match="not a normal workbook"):
        rows.read_defects(target.getvalue())


def test_usual_headings_are_recognised_and_misleading_ones_seen_through():
    content = b"Date,Vendor,Defect,Defect Type,Material\n" + b"".join(
        f"2026-03-0{i % 9 + 1},V{i},Fault {i},{('Impact', 'No Impact', 'Rejected')[i % 3]},M\n".encode()
        for i in range(12)
    )
    mapping = rows.read_defects(content).mapping
    assert mapping["defect_type"] == "Defect"
    assert mapping["severity"] == "Defect Type"
    assert (mapping["supplier"], mapping["occurred_at"], mapping["product"]) == ("Vendor", "Date", "Material")


def test_a_column_can_be_named_and_an_unknown_one_is_refused():
    content = b"Date,Defect,Nest\n2026-03-01,Scratch,N3\n"
    assert rows.read_defects(content, {"cavity": "Nest"}).texts("cavity") == ["N3"]
    with pytest.raises(FileRefused, match="no column 'Hole'"):
        rows.read_defects(content, {"cavity": "Hole"})


def test_a_wrong_denominator_is_refused_with_its_row_and_value():
    with pytest.raises(FileRefused, match=r"row 2, column units: '-5' is negative"):
        rows.read_production(b"date,line,units\n2026-03-01,L1,-5\n")


def test_days_first_are_known_from_the_column_and_numbers_from_their_marks():
    assert values.day_first(["03/04/2026", "25/04/2026"]) is True
    assert values.day_first(["03/04/2026", "04/25/2026"]) is False
    assert values.moment("03/04/2026", dayfirst=True).month == 4
    assert values.moment("31.12.2026 14:05").hour == 14
    assert values.moment("2026-03-29T02:30").hour == 2
    assert [values.number(text) for text in ("1,5", "1,240", "-2", "1 000")] == [1.5, 1240.0, -2.0, 1000.0]
    assert values.name("  Poor \u200b Adhesion\u202e ") == "Poor Adhesion"
