"""What else could be blamed, with the numbers that answer it."""

from dataclasses import replace

import numpy as np
import pytest

from qc.analysis.data import Column
from qc.analysis.rivals import reading
from qc.analysis.verdicts import judge
from tests.qc.analysis.plants import plant


def finding_of(more, name="type-1"):
    return next(f for f in judge(plant(more=more, days=120)).findings if f.defect_type == name and f.rivals)


def at_line(name, day, shift, line):
    return 5.0 if (name, line) == ("type-1", "L3") and day >= 60 else 1.0


def at_line_by_night(name, day, shift, line):
    return 9.0 if (name, line, shift) == ("type-1", "L3", "night") and day >= 40 else 1.0


def test_the_scope_comes_first_with_the_findings_own_numbers():
    finding = finding_of(at_line)
    scope, *_others = finding.rivals
    assert (scope["role"], scope["where"]) == ("scope", finding.where)
    assert scope["without"]["found"] == finding.incidents
    assert scope["without"]["ratio"] == finding.rate_ratio


def test_a_shift_is_cleared_by_its_other_lines_and_by_the_line_without_it():
    finding = finding_of(at_line)
    (shift,) = [row for row in finding.rivals if "shift" in row["where"]]
    assert shift["role"] == "rival" and reading(shift) == "not_it"
    assert shift["elsewhere"]["low"] < 1.3 < shift["without"]["low"]


def test_each_part_of_a_conjunction_is_as_usual_without_the_other():
    finding = finding_of(at_line_by_night)
    assert finding.where == {"line": "L3", "shift": "night"}
    parts = {next(iter(row["where"])): row for row in finding.rivals if row["role"] == "part"}
    assert set(parts) == {"line", "shift"}
    for row in parts.values():
        assert row["without"] is None and reading(row) == "finer"


def test_a_line_that_went_wrong_since_a_day_holds_the_records_since_then():
    data = plant(more=at_line, days=120)
    finding = next(f for f in judge(data).findings if f.rivals)
    (shift,) = [row for row in finding.rivals if "shift" in row["where"]]
    line, of = data.dimensions["line"], data.dimensions["shift"]
    own = data.defect_type.codes == data.defect_type.labels.index(finding.defect_type)
    here = own & (line.codes == line.labels.index(finding.where["line"]))
    there = of.codes == of.labels.index(shift["where"]["shift"])
    since = np.sort(data.day[here])[-finding.incidents]
    assert shift["without"]["found"] == int((here & ~there & (data.day >= since)).sum())


def side(low, expected=20.0):
    return {"found": 10, "expected": expected, "ratio": 1.0, "low": low, "high": 9.0}


@pytest.mark.parametrize(
    ("elsewhere", "without", "says"),
    [
        (None, None, "same"),
        (side(0.5), None, "finer"),
        (side(2.0), None, "wider"),
        (side(0.0, expected=0.5), None, "unsure"),
        (side(0.5), side(2.0), "not_it"),
        (side(2.0), side(2.0), "both"),
        (side(2.0), side(0.5), "rather"),
        (side(0.5), side(0.5), "unsure"),
        (None, side(2.0), "not_it"),
    ],
)
def test_each_pair_of_numbers_has_one_reading(elsewhere, without, says):
    assert reading({"elsewhere": elsewhere, "without": without}) == says


def with_suppliers(data, share=0.5):
    """Records of which nobody counts units by supplier; type-1 on L3 mostly names S1."""
    rng = np.random.default_rng(2)
    line, kind = data.dimensions["line"], data.defect_type
    bad = (line.codes == line.labels.index("L3")) & (kind.codes == kind.labels.index("type-1")) & (data.day >= 20_560)
    codes = np.where(bad & (rng.random(len(data)) < share), 1, rng.integers(0, 4, len(data)))
    return replace(data, dimensions={**data.dimensions, "supplier": Column(codes, ("S0", "S1", "S2", "S3"))})


def test_what_has_no_units_is_named_as_not_compared():
    found = judge(with_suppliers(plant(more=at_line, days=120))).findings
    finding = next(f for f in found if f.defect_type == "type-1" and f.where == {"line": "L3"})
    (row,) = [row for row in finding.rivals if "supplier" in row["where"]]
    assert row == {"where": {"supplier": "S1"}, "role": "uncounted", "elsewhere": None, "without": None}
    assert reading(row) == "uncounted"


def test_without_any_units_all_that_the_records_share_is_named_as_not_compared():
    data = replace(plant(more=lambda name, *at: 8.0 * at_line(name, *at) if at[2] == "L3" else 1.0), production=None)
    finding = next(f for f in judge(data).findings if f.where.get("line") == "L3")
    assert {row["role"] for row in finding.rivals} <= {"uncounted"}
    mostly = replace(data, dimensions={**data.dimensions, "supplier": data.dimensions["line"]})
    finding = next(f for f in judge(mostly).findings if "L3" in f.where.values())
    assert [row["role"] for row in finding.rivals] == ["uncounted"]
