"""Rows become numbers chunk by chunk; what a cell means and where it stands does not depend on that."""

import os
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from qc.ingest import rows
from qc.ingest.problems import FileRefused

HEAD = "occurred_at,defect_type,quantity,line,station,machine,product,serial\n"
MANY = 2_500  # rows: more than are read at once


def line(number):
    at = f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}T{number % 24:02d}:{number % 60:02d}"
    return (
        f"{at},type-{number % 7},1,L{number % 3},ST-{number % 5},MACHINE-{number % 11},PRODUCT-{number % 9},{number}\n"
    )


def minute(text):
    return int(np.datetime64(text, "m").astype(np.int64))


def times(*cells):
    return rows.read_defects(("occurred_at,defect_type\n" + "".join(f'"{cell}",a\n' for cell in cells)).encode())


def test_a_problem_far_down_has_its_own_row_number_and_nothing_shifts():
    lines = [line(n) for n in range(MANY)]
    lines[2_200] = "soon,type-1,1,L1,,,,\n"
    lines.insert(1_500, "\n")  # an empty line counts, as in a spreadsheet
    lines.insert(700, "2026-03-01,short\n")
    read = rows.read_defects((HEAD + "".join(lines)).encode())
    assert [(p.row, p.column, p.value) for p in read.dropped] == [
        (702, "", "2 cells"),
        (2_204, "occurred_at", "soon"),
    ]
    assert (read.total, len(read)) == (MANY + 1, MANY - 1)
    kept = [n for n in range(MANY) if n != 2_200]
    assert read.texts("line") == [f"L{n % 3}" for n in kept]
    assert read.of["occurred_at"].tolist() == [minute(line(n).split(",")[0]) for n in kept]


@pytest.mark.parametrize(
    ("cell", "means"),
    [
        ("2026-03-31T06:05", "2026-03-31T06:05"),
        ("2026-03-31 06:05:59", "2026-03-31T06:05"),
        ("2026-03-31T06:05+02:00", "2026-03-31T06:05"),
        ("2026/03/31", "2026-03-31T00:00"),
        ("31.03.2026 06:05", "2026-03-31T06:05"),
        ("03/31/2026, 6:05 PM", "2026-03-31T18:05"),
        (" 2026-3-31 6:05 ", "2026-03-31T06:05"),
        ("1969-12-31 23:59:30", "1969-12-31T23:59"),
        ("46082.25", "2026-03-01T06:00"),
    ],
)
def test_a_time_means_the_same_in_every_form(cell, means):
    assert times("2026-01-01", cell, "2026-12-31").of["occurred_at"].tolist()[1] == minute(means)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("2026-02-30T06:00", "does not exist"),
        ("2026-03-01T24:00", "does not exist"),
        ("2026-03-01T06:61", "does not exist"),
        ("2026-03-01T6 o'clock", "is not a time"),
        ("2026-03-01T", "is not a date"),
        ("1949-12-31T06:00", "outside the years"),
        ("03/04/2026 06:00", "day or month first"),
        ("N/A", "is needed and missing"),
    ],
)
def test_a_broken_time_is_listed_as_it_stands_in_the_file(cell, reason):
    (problem,) = times("2026-01-01T06:00", cell).dropped
    assert (problem.row, problem.value) == (3, cell)
    assert reason in problem.reason


def test_one_clear_date_tells_the_order_of_all_others_but_what_is_no_date_does_not():
    assert times("03/04/2026 06:00", "25/04/2026 06:00").of["occurred_at"][0] == minute("2026-04-03T06:00")
    assert len(times("03/04/2026 06:00", "25/04/2026x").dropped) == 2


def test_a_type_of_characters_that_nobody_sees_is_missing():
    read = rows.read_defects("occurred_at,defect_type\n2026-03-01,\u200b\n2026-03-01,a\n".encode())
    assert [(p.row, p.reason) for p in read.dropped] == [(2, "is needed and missing")]


def test_serial_numbers_are_alike_or_not_whatever_their_case_and_spaces():
    cells = ["a 1", "A  1", "b", "", "n/a", "\u200b"]
    content = "date,defect,serial\n" + "".join(f"2026-03-01,x,{cell}\n" for cell in cells)
    keys = rows.read_defects(content.encode()).of["serial"].tolist()
    assert keys[0] == keys[1] != keys[2]
    assert min(keys[:3]) >= 0
    assert keys[3:] == [-1, -1, -1]


def test_units_that_are_missing_are_refused_and_those_of_a_lot_may_be():
    with pytest.raises(FileRefused, match="row 3, column units: '' is needed and missing"):
        rows.read_production(b"date,line,units\n2026-03-01,L1,5\n2026-03-02,L1,\n")
    lots = rows.read_lots(b"part,lot,from,to,units\nP,A,2026-03-01,2026-03-02,\n")
    assert np.isnan(lots.of["units"]).all()


def test_a_new_dimension_may_have_the_name_of_a_column_of_another_kind_of_file():
    read = rows.read_defects(b"Date,Defect,Made\n2026-03-01,a,many\n", {"units": "Made"})
    assert read.texts("units") == ["many"]


def test_a_nul_is_found_in_a_file_of_any_encoding():
    content = "occurred_at,defect_type\n2026-03-01,Größe\n2026-03-01,a\x00b\n"
    for encoding in ("utf-8", "utf-16", "cp1252"):
        with pytest.raises(FileRefused, match="row 3: a NUL byte"):
            rows.read_defects(content.encode(encoding))
    with pytest.raises(FileRefused, match="row 3: a NUL byte"):
        rows.read_defects(content.encode("cp1252").replace(b"G", b"\x81"))  # neither UTF-8 nor Windows-1252


def test_a_pipe_is_read_as_a_file_is():
    out, into = os.pipe()
    os.write(into, (HEAD + line(1)).encode())
    os.close(into)
    assert len(rows.read_defects(Path(f"/dev/fd/{out}"))) == 1
    os.close(out)


def test_memory_grows_by_a_few_numbers_for_each_row_not_by_its_cells(tmp_path):
    def peak(count):
        path = tmp_path / f"{count}.csv"
        path.write_text(HEAD + "".join(line(n) for n in range(count)))
        tracemalloc.start()
        rows.read_defects(path)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    cells = 8 * 50  # a text takes 50 bytes or more
    assert (peak(20_000) - peak(8_000)) / 12_000 < cells / 4
