"""What is wrong with files ends in an answer or in one sentence that names the value: no crash, no silent drop."""

import datetime as dt
import json

import pytest

from qc.analysis.files import from_files
from qc.analysis.settings import Settings
from qc.analysis.verdicts import judge
from qc.errors import Refused

HEAD = "occurred_at,defect_type,line,shift"
LOT_HEAD = "part,supplier,supplier_lot,lines,first_day,last_day,units"
LINES = ("L0", "L1", "L2")


def day(number):
    return (dt.date(2026, 1, 5) + dt.timedelta(days=number)).isoformat()


def table(head, *rows):
    return "\n".join([head, *rows, ""]).encode()


def records(count=200, *, types=4, line="L{}"):
    """So many records over eighty days, spread evenly."""
    return [f"{day(i * 80 // count)} {i % 24:02d}:15,type-{i % types},{line.format(i % 3)},day" for i in range(count)]


def production(units="100", *, first=0, days=80, lines=LINES):
    rows = [f"{day(first + d)},{line},{units}" for d in range(days) for line in lines]
    return table("date,line,units", *rows)


def bought(count=200):
    rows = [f"{day(i % 80)} 10:00,type-{i % 3},L{i % 3},P-1,S{i % 2},S{i % 2}-{i % 9}" for i in range(count)]
    return table("occurred_at,defect_type,line,part,supplier,supplier_lot", *rows)


def judged(defects, counts=None, lots=None, **mapping):
    """The answer as JSON would carry it; every type must have a finding and every row must be accounted for."""
    dataset = from_files(defects, counts, lots, mapping=mapping)
    answer = judge(dataset, Settings(tolerable=5.0)).as_dict()
    text = json.dumps(answer, allow_nan=False)
    again = judge(from_files(defects, counts, lots, mapping=mapping), Settings(tolerable=5.0)).as_dict()
    assert json.dumps(again, allow_nan=False) == text
    assert {f["defect_type"] for f in answer["findings"]} == set(dataset.defect_type.labels)
    left_out = {problem["row"] for problem in answer["data"]["dropped"]} - {1}  # row 1 is the headings
    twice = sum(dataset.duplicates.values())
    assert answer["data"]["rows"] == answer["data"]["used"] + len(left_out) + twice
    return answer


@pytest.mark.parametrize(
    ("defects", "says"),
    [
        (b"", "is empty"),
        (table(HEAD), "no record that can be used"),
        (table(HEAD, f"{day(0)},,L1,day"), "row 2, column defect_type"),
        (table(HEAD, "31.02.2026,dent,L1,day"), "'31.02.2026'"),
        (table(HEAD + "".join(f",d{k}" for k in range(1000))), "1,004 columns"),
    ],
)
def test_a_file_without_a_usable_record_is_refused_with_its_reason(defects, says):
    with pytest.raises(Refused, match="^[^\n]*$") as refused:
        judged(defects)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        (production("-5"), "'-5' is negative"),
        (production("nan"), "row 2, column units"),
        (production("0"), "every value of column 'units' is 0"),
        (table("date,line,units"), "no row below them"),
        (table("date,line", f"{day(0)},L1"), "no column for units"),
    ],
)
def test_a_wrong_denominator_is_refused_with_its_value(counts, says):
    with pytest.raises(Refused) as refused:
        judged(table(HEAD, *records()), counts)
    assert says in str(refused.value)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (f"P-1,S0,S0-1,L1,{day(9)},{day(2)},100", "lot 'S0-1' ends on 2026-01-07, before it starts on 2026-01-14"),
        (f"P-1,S0,S0-1,L1,{day(2)},{day(9)},-1", "'-1' is negative"),
    ],
)
def test_a_wrong_lot_is_refused_with_its_value(row, says):
    with pytest.raises(Refused) as refused:
        judged(bought(), production(), table(LOT_HEAD, row))
    assert says in str(refused.value)


@pytest.mark.parametrize("counts", [None, production()], ids=["calendar", "production"])
@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([f"{day(3)} 10:00,dent,L1,day"], id="one row"),
        pytest.param(records(100, types=1), id="one type"),
        pytest.param([f"{day(3)} 10:00,type-{i % 3},L{i % 3},day" for i in range(300)], id="all in one minute"),
        pytest.param([f"{day(3)} 10:00,dent,L1,day"] * 500, id="the same row again and again"),
        pytest.param([f"{day(i % 80)},type-{i % 3},," for i in range(200)], id="missing everywhere"),
        pytest.param([f"{day(i % 80)},type-{i % 3},N/A,-" for i in range(200)], id="words for nothing"),
        pytest.param([f"{day(i % 80)} 10:00,type-{i},L{i % 3},day" for i in range(600)], id="every row its own type"),
        pytest.param(["1951-01-05 10:00,dent,L1,day", "2099-01-05 10:00,dent,L1,day"] * 30, id="a century apart"),
    ],
)
def test_strange_records_get_an_answer(rows, counts):
    judged(table(HEAD, *rows), counts)


def test_the_order_of_dates_changes_nothing():
    rows = records()
    assert judged(table(HEAD, *rows), production()) == judged(table(HEAD, *reversed(rows)), production())


def test_a_row_that_cannot_be_used_is_listed_and_the_others_are_judged():
    answer = judged(table(HEAD, *records(), "soon,dent,L1,day", f"{day(1)},,L1,day"), production())
    assert [(p["row"], p["column"], p["value"]) for p in answer["data"]["dropped"]] == [
        (202, "occurred_at", "soon"),
        (203, "defect_type", ""),
    ]
    assert answer["data"]["used"] == 200


@pytest.mark.parametrize(
    ("counts", "missing"),
    [
        pytest.param(production(first=-4000), 50, id="another year"),
        pytest.param(production(lines=("X1", "X2")), 50, id="other lines"),
        pytest.param(production(lines=("L0", "L1")), 16, id="a line is missing"),
        pytest.param(production(days=30), 20, id="counts that stopped"),
        pytest.param(table("date,line,units", f"{day(40)},L1,100"), 40, id="one day of one line"),
    ],
)
def test_exposure_that_does_not_cover_the_records_is_said_in_the_finding(counts, missing):
    answer = judged(table(HEAD, *records()), counts)
    notes = [note for f in answer["findings"] for note in f["ruled_out"] if note.startswith("exposure: ")]
    assert notes
    uncounted = [int(note.split()[1]) for note in notes if "were not compared" in note]
    assert uncounted
    assert max(uncounted) >= missing


@pytest.mark.parametrize("units", ["1e300", "1e-300", "0.5"])
def test_units_of_any_size_get_the_same_verdicts(units):
    plain, scaled = (judged(table(HEAD, *records()), production(size)) for size in ("100", units))
    assert [(f["verdict"], f["where"]) for f in plain["findings"]] == [
        (f["verdict"], f["where"]) for f in scaled["findings"]
    ]


@pytest.mark.parametrize(
    "lots",
    [
        pytest.param([f"P-2,S0,S0-1,L1,{day(0)},{day(79)},100"], id="another part"),
        pytest.param([f"P-1,S0,S0-1,X9,{day(0)},{day(79)},100"], id="another line"),
        pytest.param([f"P-1,S0,S0-1,L1,{day(-900)},{day(-800)},100"], id="long ago"),
        pytest.param([f"P-1,S0,S0-1,,{day(0)},{day(79)},"], id="no lines and no units"),
        pytest.param([f"P-1,S{j % 2},S{j % 2}-{j},L0;L1;L2,{day(0)},{day(79)},0" for j in range(9)], id="all at once"),
    ],
)
def test_lots_that_fit_nothing_get_an_answer(lots):
    judged(bought(), production(), table(LOT_HEAD, *lots))


@pytest.mark.parametrize("counts", [None, production()], ids=["calendar", "production"])
def test_of_a_thousand_dimensions_those_that_tell_types_apart_are_searched_and_the_others_named(counts):
    names = [f"d{k}" for k in range(990)]
    cells = [",".join(str((i * 7 + k) % (k % 2 * 2 + 3)) for k in range(989)) for i in range(400)]
    rows = [f"{row},{more},{i % 4}" for i, (row, more) in enumerate(zip(records(400), cells, strict=True))]
    answer = judged(table(HEAD + "," + ",".join(names), *rows), counts, **{name: name for name in names})
    left_out = {problem["column"] for problem in answer["data"]["dropped"]}
    assert len(left_out) == 990 - 24
    assert "d989" not in left_out  # the only one that goes with the types


@pytest.mark.parametrize("counts", [None, production()], ids=["calendar", "production"])
def test_a_dimension_with_a_value_of_its_own_for_every_record_blames_none_of_them(counts):
    rows = [f"{row},T{i}" for i, row in enumerate(records(60_000))]
    answer = judged(table(HEAD + ",tool", *rows), counts)
    assert not [f for f in answer["findings"] if "tool" in f["where"]]
