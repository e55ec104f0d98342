"""Bad input: every malformed file or field gives row, column, value and reason, or one sentence; nothing half-saved."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile

import pytest
import xlsxwriter

from qc.ingest import workbook
from qc.models import Defect, Import
from qc.services import imports
from tests.qc.services.imports.conftest import counts, file_of, problem

HEAD = "Occurred at,Defect code,Line,Quantity,Serial number,Note\n"
GOOD = "2026-11-18 07:30,SCR,L1,1,SN-1,left\n"
CONTENT_TYPES = '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'


def book(*rows, sheets=1):
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False}) as made:
        for number in range(sheets):
            page = made.add_worksheet(f"S{number}")
            for at, cells in enumerate(rows if number == 0 else ()):
                for column, cell in enumerate(cells):
                    if isinstance(cell, tuple):
                        page.write_formula(at, column, cell[0], None, cell[1])
                    else:
                        page.write(at, column, cell)
    return target.getvalue()


def archive(parts, flags=0):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    content = target.getvalue()
    if flags:
        content = content.replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01")
        content = content.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    return content


def changed(content, name, change):
    """The workbook with one part replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.namelist():
            text = old.read(each)
            new.writestr(each, change(text) if each == name else text)
    return target.getvalue()


PLAIN = book(["Occurred at", "Defect code", "Line"], ["2026-11-18 07:30", "SCR", "L1"])
SHEET = "xl/worksheets/sheet1.xml"
ROWS = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(1, 600_001))
FAR = b'<c r="XFD1048576"><v>1</v></c></row></sheetData>'

FILES = {
    "empty lines only": (b"\n\n  \n", "empty"),
    "bom only": (b"\xef\xbb\xbf", "empty"),
    "zeros": (b"\x00" * 300_000, "empty characters"),
    "duplicate heading": (b"Line,line\nL1,L1\n", "stands there twice"),
    "unclosed quote": ((HEAD + GOOD + '2026-11-18 08:00,"SCR,L1,1,,\n').encode(), "never closed"),
    "2 MB field": ((HEAD + GOOD + "2026-11-18 08:00,SCR,L1,1,," + "x" * 2_000_000 + "\n").encode(), "more than 20,000"),
    "damaged utf-16": (b"\xff\xfe" + HEAD.encode("utf-16-le") + b"\x00\xd8x", "UTF-16"),
    "html named xls": (b"<html><table><tr><td>Line</td></tr></table></html>", "not a table"),
    "pdf": (b"%PDF-1.7 ...", "not a table"),
    "old excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "old or an encrypted"),
    "truncated xlsx": (PLAIN[: len(PLAIN) // 2], "damaged"),
    "not a zip": (b"PK\x03\x04" + b"\xff" * 500, "damaged"),
    "zip without a book": (archive({"a.txt": "hello"}), "not an XLSX workbook"),
    "password": (archive({"xl/workbook.xml": "x"}, flags=1), "password"),
    "no sheet": (changed(PLAIN, "xl/workbook.xml", lambda t: t[: t.index(b"<sheets>")] + b"</workbook>"), "sheet"),
    "600k rows": (changed(PLAIN, SHEET, lambda t: t.replace(b"</sheetData>", ROWS + b"</sheetData>")), "200,000 rows"),
    "200 MB of zeros": (archive({"xl/workbook.xml": "x", SHEET: b"0" * 200_000_000}), "not a normal workbook"),
    "far cell": (changed(PLAIN, SHEET, lambda t: t.replace(b"</row></sheetData>", FAR)), "beyond column ZZ"),
    "entity bomb": (changed(PLAIN, SHEET, lambda t: t.replace(b"<worksheet", b"<!DOCTYPE x><worksheet",
                                                             1)), "definitions"),
    "many parts": (archive({f"p{n}": "x" for n in range(3_000)} | {"xl/workbook.xml": "x"}), "not a normal workbook"),
    "many columns": ((",".join(f"c{n}" for n in range(2_000)) + "\n").encode(), "columns"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_refused_with_one_sentence(engineer, floor, send, name):
    content, says = FILES[name]
    row = send(engineer, content, name="x.csv")
    assert row.status == "refused"
    assert says in row.refusal and "\n" not in row.refusal
    assert row.refusal.startswith("x.csv")
    assert Defect.objects.count() == 0


WATCHED = """
import json, resource, subprocess, sys
limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (5, 5))
command = [sys.executable, "-m", "qc.ingest.workbook", *sys.argv[1:], "x.xlsx"]
done = subprocess.run(command, capture_output=True, preexec_fn=limit)
print(json.dumps([done.stdout.decode(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]))
"""


@pytest.mark.parametrize("name", ["600k rows", "200 MB of zeros", "far cell", "far row", "most that is read"])
def test_the_worst_workbooks_end_within_their_limits(tmp_path, name):
    """Five seconds of CPU are all that the reader gets; a small parent sees its memory, not that of the tests."""
    far = FAR.replace(b"XFD", b"ZZ")
    most = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (n, n) for n in range(2, 200_000))
    content = {
        "far row": changed(PLAIN, SHEET, lambda t: t.replace(b"</row></sheetData>", far)),
        "most that is read": changed(PLAIN, SHEET, lambda t: t.replace(b"</sheetData>", most + b"</sheetData>")),
    }.get(name) or FILES[name][0]
    (tmp_path / "source").write_bytes(content)
    command = [sys.executable, "-c", WATCHED, str(tmp_path / "source"), str(tmp_path / "target")]
    said, kilobytes = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert kilobytes < 300 * 1024
    if name == "far row":
        assert said == "", "one cell far outside needs more memory than the reader may have: it is stopped"
    else:
        assert ("refused" in json.loads(said)) == (name != "most that is read")


def test_a_far_cell_ends_in_a_sentence(engineer, floor, send):
    far = FAR.replace(b"XFD", b"ZZ")
    row = send(engineer, changed(PLAIN, SHEET, lambda t: t.replace(b"</row></sheetData>", far)), name="x.xlsx")
    assert row.status == "refused" and "one far outside of the table" in row.refusal


CELLS = {
    "no such day": ("2026-02-30 08:00,SCR,L1,1,,", "Occurred at", "2026-02-30 08:00", "does not exist"),
    "no date": ("yesterday,SCR,L1,1,,", "Occurred at", "yesterday", "is not a date"),
    "no time": (",SCR,L1,1,,", "Occurred at", "", "missing"),
    "future": ("2027-01-01 08:00,SCR,L1,1,,", "Occurred at", "2027-01-01 08:00", "in the future"),
    "far future": ("9999-12-31 08:00,SCR,L1,1,,", "Occurred at", "9999-12-31 08:00", "future"),
    "long ago": ("1066-10-14 08:00,SCR,L1,1,,", "Occurred at", "1066-10-14 08:00", "too long ago"),
    "spring gap": ("2026-03-29 02:30,SCR,L1,1,,", "Occurred at", "2026-03-29 02:30", "the clocks went forward"),
    "short year": ("18.11.26 08:00,SCR,L1,1,,", "Occurred at", "18.11.26 08:00", "year of four digits"),
    "no code": ("2026-11-18 08:00,,L1,1,,", "Defect code", "", "missing"),
    "NaN": ("2026-11-18 08:00,SCR,L1,NaN,,", None, "", ""),
    "negative": ("2026-11-18 08:00,SCR,L1,-1,,", "Quantity", "-1", "negative"),
    "1e400": ("2026-11-18 08:00,SCR,L1,1e400,,", "Quantity", "1e400", "not a number"),
    "underscore": ("2026-11-18 08:00,SCR,L1,1_000,,", "Quantity", "1_000", "not a number"),
    "arabic digits": ("2026-11-18 08:00,SCR,L1,١٢,,", "Quantity", "١٢", "not a number"),
    "decimals": ("2026-11-18 08:00,SCR,L1,1.2345,,", "Quantity", "1.2345", "three decimals"),
    "huge": ("2026-11-18 08:00,SCR,L1,99999999999,,", "Quantity", "99999999999", "too large"),
    "too few cells": ("2026-11-18 08:00,SCR", "", "2 cells", "do not fit"),
    "too many cells": ("2026-11-18 08:00,SCR,L1,1,,,,x", "", "8 cells", "do not fit"),
    "long serial": (f"2026-11-18 08:00,SCR,L1,1,{'9' * 81},", "Serial number", "9" * 81, "81 characters"),
    "NUL": ("2026-11-18 08:00,SCR,L1,1,a\x00b,", "Serial number", "", "NUL"),
    "error cell": ("2026-11-18 08:00,#N/A,L1,1,,", "Defect code", "#N/A", "error of the spreadsheet"),
    "no line": ("2026-11-18 08:00,SCR,,1,,", "Line", "", "missing"),
    "markup": ("2026-11-18 08:00,<img onerror>,L1,1,,", "Defect code", "<img onerror>", "not a known defect code"),
}


@pytest.mark.parametrize("name", CELLS)
def test_a_bad_cell_is_told_with_row_column_value_and_reason(engineer, floor, send, name):
    text, column, value, reason = CELLS[name]
    row = send(engineer, HEAD + GOOD + text + "\n")
    if column is None:  # decided: "NaN" is an empty cell, and the quantity of an empty cell is one
        assert counts(row) == (2, 0, 0, 0)
        return
    assert counts(row) == (1, 0, 0, 1)
    rows, *found = problem(row)
    assert (rows, found[0], found[1]) == ([3], column, value)
    assert reason in found[2]


def test_a_lone_surrogate_is_told_where_it_stands(engineer, floor, send):
    content = (HEAD + GOOD).encode() + b"2026-11-18 08:00,SCR,L1,1,SN\xed\xa0\x80,\n"
    row = send(engineer, content)
    assert problem(row) == ([3], "Serial number", "", "holds half a character (a lone surrogate)")


def test_hidden_characters_are_taken_out_of_codes_and_texts(engineer, floor, send):
    row = send(
        engineer,
        HEAD + "\ufeff2026-11-18 08:00,S\u200bCR\u202e, L1 ,1,SN\u20661\u2069,a\u202eb\n".replace("\ufeff", ""),
    )
    assert counts(row) == (1, 0, 0, 0)
    imports.apply(engineer, file=row)
    imports.run(row.pk)
    record = Defect.objects.get()
    assert (record.serial, record.note) == ("SN1", "ab")


@pytest.mark.parametrize(
    "content",
    [
        (HEAD + GOOD).encode("utf-16"),
        b"\xef\xbb\xbf" + (HEAD + GOOD).encode(),
        (HEAD + GOOD).replace(",", ";").encode(),
        (HEAD + GOOD).replace(",", "\t").replace("left", "Größe").encode("latin-1"),
        ("Report of the week\n\n" + HEAD + GOOD).encode(),
        (HEAD + GOOD).replace("\n", "\r\n").encode(),
        (HEAD + GOOD).replace("\n", "\r").encode(),
        (HEAD + GOOD.replace("2026-11-18 07:30", "46344.3125")).encode(),
        (HEAD + GOOD.replace("2026-11-18 07:30", "2026-11-18T06:30:00Z")).encode(),
        (HEAD + GOOD.replace("2026-11-18 07:30", "18/11/2026 7:30 am")).encode(),
        (HEAD + GOOD.replace(",1,", ',"1,000",')).encode().replace(b"1,000", b"1,0"),
        book(HEAD.strip().split(","), ["2026-11-18 07:30", "SCR", "L1", 1, "SN-1", "left"], sheets=3),
        book([], ["", ""], HEAD.strip().split(","), [46344.3125, "SCR", "L1", 1.0, "SN-1", "left"]),
    ],
    ids=["utf-16", "bom", "semicolons", "latin-1 and tabs", "a title on top", "crlf", "cr", "serial date", "offset",
         "am and pm", "decimal comma", "xlsx with more sheets", "xlsx with empty rows"],
)  # fmt: skip
def test_what_people_send_reads_alike(engineer, floor, send, content):
    row = send(engineer, content, name="x.csv")
    assert counts(row) == (1, 0, 0, 0), (row.refusal, row.questions, list(row.problems.values("column", "reason")))
    imports.apply(engineer, file=row)
    imports.run(row.pk)
    record = Defect.objects.get()
    assert (f"{record.occurred_at:%Y-%m-%d %H:%M}", record.serial) == ("2026-11-18 06:30", "SN-1")
    assert f"{record.quantity}" == "1.000"


def test_formulas_and_error_cells_of_a_workbook_are_not_taken_for_empty(engineer, floor, send):
    content = book(
        ["Occurred at", "Defect code", "Line", "Note"],
        ["2026-11-18 07:30", ('="S"&"CR"', "SCR"), "L1", "=1+1"],
        ["2026-11-18 07:31", ("=NA()", "#N/A"), "L1", ""],
        ["2026-11-18 07:32", "SCR", ("=A1", 0), ""],
    )
    content = changed(content, SHEET, lambda t: t.replace(b"<f>A1</f><v>0</v>", b"<f>A1</f>"))
    row = send(engineer, content, name="x.xlsx")
    assert counts(row) == (1, 0, 0, 2)
    found = {(each.rows[0], each.column, each.reason) for each in row.problems.all()}
    assert found == {
        (3, "Defect code", "is an error of the spreadsheet"),
        (4, "Line", "is a formula that was never computed"),
    }


def test_an_empty_file_and_one_with_headings_only(engineer, floor, send):
    with pytest.raises(Exception, match="empty"):
        send(engineer, "")
    row = send(engineer, HEAD)
    assert (row.status, counts(row)) == ("ready", (0, 0, 0, 0))


def test_a_missing_column_is_asked_for(engineer, floor, send):
    row = send(engineer, "Occurred at,Line\n2026-11-18 08:00,L1\n")
    assert row.status == "asking"
    assert row.questions == [{"name": "columns", "missing": ["Defect code"]}]


def test_repeated_rows_of_one_number_or_external_id_are_errors(engineer, floor, send):
    row = send(engineer, "External id,Occurred at,Defect code,Line\n" + "X-1,2026-11-18 08:00,SCR,L1\n" * 2)
    assert counts(row) == (1, 0, 0, 1)
    assert problem(row)[3] == "stands in row 2 already"


def test_thousands_of_different_mistakes_are_counted_and_stored_in_bounds(engineer, floor, send):
    row = send(engineer, HEAD + "".join(f"2026-11-18 08:00,C-{n},L1,1,,\n" for n in range(5_000)))
    assert row.errors == 5_000
    assert row.problems.count() <= 2_001
    assert sum(row.problems.values_list("count", flat=True)) == 5_000


def test_a_workbook_that_ends_its_reader_ends_only_that(engineer, floor, send, monkeypatch):
    monkeypatch.setattr(workbook, "SECONDS", -4.95)  # the parent waits for a moment
    content = book(["Occurred at", "Defect code", "Line"], *(["2026-11-18 07:30", "SCR", "L1"] for _ in range(20_000)))
    row = send(engineer, content, name="x.xlsx")
    assert (row.status, Import.objects.count()) == ("refused", 1)


def test_a_file_is_kept_under_a_random_name_and_is_gone_when_the_upload_fails(engineer, floor, send, settings):
    row = send(engineer, HEAD + GOOD, name="../../etc/\u202epasswd.csv")
    assert row.name == "passwd.csv"
    assert row.uuid.hex in row.file.name and "passwd" not in row.file.name
    with pytest.raises(Exception, match="Choose what"):
        imports.upload(engineer, kind="nonsense", upload=file_of("x"))
