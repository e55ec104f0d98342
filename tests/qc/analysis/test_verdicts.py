import json

import numpy as np
import pytest

from qc.analysis.data import Column, Dataset, production_days
from qc.analysis.files import from_files
from qc.analysis.settings import Settings
from qc.analysis.verdicts import METHOD_VERSION, judge
from tests.qc.analysis.plants import plant
from tests.qc.shared import need


def step(name, day, shift, line):
    return 4.0 if (name, line) == ("type-1", "L3") and day >= 40 else 1.0


def burst(name, day, shift, line):
    return 120.0 if (name, line, shift) == ("type-2", "L2", "night") and day == 30 else 1.0


def said(dataset, name, **settings):
    return [f for f in judge(dataset, Settings(**settings)).findings if f.defect_type == name]


def test_a_line_that_rose_and_stayed_is_systemic_since_then():
    (finding,) = said(plant(more=step), "type-1")
    assert (finding.verdict, finding.where, finding.origin) == ("systemic", {"line": "L3"}, "line")
    assert finding.since_interval[0] <= "2026-03-27" <= finding.since_interval[1]
    assert finding.rate_ratio_ci[0] < finding.rate_ratio < finding.rate_ratio_ci[1]
    assert "line L3" in finding.explanation
    assert "cluster" not in finding.explanation
    assert "p <" not in finding.explanation


def test_one_bad_shift_is_a_one_off():
    (finding,) = said(plant(more=burst), "type-2")
    assert (finding.verdict, finding.kind) == ("one_off", "burst")
    assert finding.where["line"] == "L2"
    assert finding.since == finding.until or finding.until is not None


def test_a_healthy_plant_raises_no_alarm():
    alarms = [f for seed in range(8) for f in judge(plant(seed=seed + 10)).findings if f.verdict == "systemic"]
    assert not alarms


def test_every_defect_type_has_a_finding_and_the_contracts_fields():
    answer = judge(plant(more=step)).as_dict()
    assert {f["defect_type"] for f in answer["findings"]} == {f"type-{i}" for i in range(6)}
    assert set(answer) == {"method", "data", "findings"}
    assert set(answer["method"]) == {"version", "horizon_days", "seed", "alpha"}
    assert set(answer["data"]) == {"rows", "used", "mapping", "dropped", "exposure"}
    fields = (
        "defect_type verdict kind where origin since until incidents expected rate_ratio rate_ratio_ci p_value q_value "
        "aliases ruled_out needs explanation"
    )
    assert set(fields.split()) <= set(answer["findings"][0])


def test_the_same_data_give_the_same_answer_byte_for_byte_in_any_order():
    one = plant(more=step)
    order = np.random.default_rng(3).permutation(len(one))
    dimensions = {name: column.take(order) for name, column in one.dimensions.items()}
    two = Dataset.of(one.minute[order], one.defect_type.take(order), dimensions, production=one.production)
    assert one.digest() == two.digest()
    assert json.dumps(judge(one).as_dict()) == json.dumps(judge(two).as_dict())


def test_scaling_all_production_changes_no_finding():
    one, two = judge(plant(more=step)), judge(plant(more=step, scale=250.0))
    assert [(f.verdict, f.where, f.since, f.incidents) for f in one.findings] == [
        (f.verdict, f.where, f.since, f.incidents) for f in two.findings
    ]


def test_only_what_people_tolerate_makes_a_steady_rate_systemic():
    steady = plant()
    assert {f.verdict for f in said(steady, "type-0")} <= {"background", "insufficient"}
    (finding,) = said(steady, "type-0", tolerable=10.0)
    assert (finding.verdict, finding.kind, finding.where) == ("systemic", "chronic", {})
    (finding,) = said(steady, "type-0", tolerable={"type-1": 10.0})
    assert finding.verdict != "systemic"


def test_without_production_the_finding_says_so():
    full = plant(more=burst)
    alone = judge(Dataset.of(full.minute, full.defect_type, full.dimensions))
    assert alone.data["exposure"] == "calendar"
    assert all("calendar time" in f.explanation for f in alone.findings)


def test_the_early_hours_of_a_night_shift_belong_to_the_day_before():
    minute = np.array([1440 * 10 + 23 * 60, 1440 * 11 + 60, 1440 * 11 + 5 * 60, 1440 * 11 + 10 * 60])
    shift = Column.of(["night", "night", "night", "day"])
    assert production_days(minute, shift).tolist() == [10, 10, 10, 11]


def test_double_entries_of_a_unit_within_ten_minutes_count_once():
    minute = np.array([100, 105, 130, 105])
    data = Dataset.of(minute, Column.of(["a", "a", "a", "b"]), {}, identity=Column.of(["s1", "s1", "s1", "s1"]))
    assert len(data) == 3
    assert data.duplicates == {"a": 1}
    (finding,) = said(data, "a")
    assert "duplicates: 1" in " ".join(finding.ruled_out)


@pytest.mark.parametrize("n", [0, 1, 2, 40])
def test_few_records_or_all_in_one_minute_get_an_answer(n):
    data = Dataset.of(np.full(n, 29_520_000), Column.of(["a"] * n), {"line": Column.of(["L1"] * n)})
    findings = judge(data).findings
    assert len(findings) == (n > 0)
    assert all(f.verdict in ("insufficient", "background", "one_off") for f in findings)
    json.dumps(judge(data).as_dict(), allow_nan=False)


def test_missing_values_and_exposure_that_does_not_cover_are_said():
    full = plant(more=step)
    line = full.dimensions["line"]
    codes = line.codes.copy()
    codes[::3] = -1
    data = Dataset.of(
        full.minute,
        full.defect_type,
        {**full.dimensions, "line": Column(codes, line.labels)},
        production=full.production,
    )
    (finding,) = said(data, "type-1")
    assert "fall where no production was counted" in " ".join(finding.ruled_out)


def test_settings_that_mean_nothing_are_refused_with_their_value():
    for wrong in ({"horizon_days": 0}, {"alpha": 2.0}, {"tolerable": -1.0}, {"tolerable": float("nan")}):
        with pytest.raises(ValueError, match=str(next(iter(wrong.values())))):
            Settings(**wrong)


def test_a_run_names_its_method_and_data():
    answer = judge(plant())
    assert answer.method_version == METHOD_VERSION
    assert len(answer.digest) == 64


@pytest.mark.parametrize(
    ("name", "type_", "where"), [("line-1", "spatter", "L2-WELD-2"), ("supplier-1", "burr", "S-BLANK-A")]
)
def test_planted_causes_are_found_in_simulated_plants(name, type_, where):
    folder = need(f"plants/{name}")
    dataset = from_files(folder / "defects.csv", folder / "production.csv", folder / "lots.csv")
    findings = [f for f in judge(dataset).findings if f.defect_type == type_]
    assert [(f.verdict, list(f.where.values())) for f in findings] == [("systemic", [where])]


def test_one_bad_lot_is_a_one_off_of_that_lot():
    folder = need("plants/oneoff-1")
    dataset = from_files(folder / "defects.csv", folder / "production.csv", folder / "lots.csv")
    (finding,) = (f for f in judge(dataset).findings if f.defect_type == "burr")
    assert (finding.verdict, finding.kind, finding.origin) == ("one_off", "lot", "supplier")
    assert finding.where == {"supplier_lot": "S-BLANK-B-0013"}
