import numpy as np

from qc.analysis.data import Column, Dataset
from qc.analysis.verdicts import judge
from tests.qc.analysis.plants import FIRST, plant

WEDNESDAY = next(day for day in range(FIRST + 40, FIRST + 47) if (day + 3) % 7 == 2)


def with_more(data, minutes, line="L2", shift="evening"):
    """The plant with so many more records of type-1."""
    more = len(minutes)
    return Dataset.of(
        np.append(data.minute, minutes),
        Column.of([*(data.defect_type.labels[c] for c in data.defect_type.codes), *["type-1"] * more]),
        {
            "line": Column.of(
                [*(data.dimensions["line"].labels[c] for c in data.dimensions["line"].codes), *[line] * more]
            ),
            "shift": Column.of(
                [*(data.dimensions["shift"].labels[c] for c in data.dimensions["shift"].codes), *[shift] * more]
            ),
        },
        production=data.production,
    )


def said(data):
    return [f for f in judge(data).findings if f.defect_type == "type-1"]


def test_twenty_minutes_on_one_wednesday_are_a_burst_and_not_the_hour_of_the_week():
    at = WEDNESDAY * 1440 + 17 * 60
    lines = ("L1", "L2", "L3", "L4")
    data = plant(seed=3)
    for line in lines:
        data = with_more(data, np.sort(np.random.default_rng(1).integers(at, at + 20, 8)), line)
    findings = said(data)
    assert not [f for f in findings if f.verdict == "systemic"], findings
    assert [(f.verdict, f.kind) for f in findings] == [("one_off", "burst")]
    assert "hour_of_week" not in findings[0].where


def test_a_burst_and_a_few_others_in_that_hour_are_still_a_burst():
    at = WEDNESDAY * 1440 + 17 * 60
    burst = np.random.default_rng(1).integers(at, at + 20, 22)
    data = with_more(plant(seed=3), np.append(burst, [at + 7 * 1440 * week + 30 for week in range(-5, 0)]))
    assert [(f.verdict, f.kind) for f in said(data)] == [("one_off", "burst")]


def test_an_hour_that_is_bad_every_week_stays_systemic():
    starts = [(WEDNESDAY + 7 * week) * 1440 + 17 * 60 for week in range(-5, 5)]
    minutes = np.concatenate([np.random.default_rng(1).integers(at, at + 50, 5) for at in starts])
    findings = said(with_more(plant(seed=3), minutes))
    assert "Wednesday 17:00" in [f.where.get("hour_of_week") for f in findings if f.verdict == "systemic"]


def test_one_bad_day_of_a_cavity_is_no_chronic_cavity():
    at = WEDNESDAY * 1440 + 17 * 60
    data = with_more(plant(seed=3), np.random.default_rng(1).integers(at, at + 200, 40))
    mine = data.defect_type.codes == data.defect_type.labels.index("type-1")
    burst = mine & (data.minute >= at) & (data.minute < at + 200)
    cavity = np.where(burst, "C3", np.array([f"C{i}" for i in np.random.default_rng(2).integers(1, 5, len(data))]))
    dimensions = {**data.dimensions, "cavity": Column.of(np.where(mine, cavity, "").tolist())}
    findings = said(Dataset.of(data.minute, data.defect_type, dimensions, production=data.production))
    assert [f.verdict for f in findings] == ["one_off"], findings
