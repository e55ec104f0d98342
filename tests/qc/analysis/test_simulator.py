import json

import numpy as np
import pytest

from qc.analysis.files import from_files
from tests.bench.plants.draw import simulate
from tests.bench.plants.layout import FIRST_DAY, LINES
from tests.bench.plants.scenarios import GROUPS, SCENARIOS
from tests.bench.score import Case, score

EXACT = {"defect_type": "dent", "verdict": "systemic", "origin": "line", "since": "2026-02-01"}


@pytest.mark.parametrize("name", ["het-mixed", "duplicates", "late-counts", "reporter"])
def test_files_and_memory_hold_the_same_plant(name, tmp_path):
    plant = simulate(name, 3)
    plant.write(tmp_path)
    read = from_files(*(tmp_path / f"{file}.csv" for file in ("defects", "production", "lots")))
    assert read.digest() == plant.dataset().digest()
    assert json.loads((tmp_path / "truth.json").read_text()) == plant.truth


def test_the_same_seed_gives_the_same_plant_and_another_one_another():
    one, again, other = (simulate("mixed", seed).dataset().digest() for seed in (1, 1, 2))
    assert one == again != other


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_can_be_drawn_and_its_truth_is_in_its_records(name):
    plant = simulate(name, 5)
    case = Case.of_plant(plant)
    assert SCENARIOS[name].group in GROUPS
    for cause in plant.truth:
        assert cause["verdict"] in ("systemic", "one_off", "background")
        inside = case.columns["defect_type"] == cause["defect_type"]
        for dimension, value in cause["where"].items():
            inside = inside & ((case.columns[dimension] == value) | (case.columns[dimension] == ""))
        assert inside.sum() >= cause["injected"]


def test_a_cause_raises_the_rate_at_its_place_and_time_only():
    plant = simulate("line", 4)
    step = next(cause for cause in plant.truth if cause["kind"] == "step")
    layout, records = plant.world.layout, plant.records
    name = plant.columns["defect_type"][1].index(step["defect_type"])
    line, since = (
        LINES.index(step["where"]["line"]),
        int((np.datetime64(step["since"]) - np.datetime64(0, "D")).astype(int)),
    )
    own = records.type == name
    late = layout.day >= since - FIRST_DAY

    def rate(rows):
        return own[rows[records.row]].sum() / layout.units[rows].sum()

    here = layout.line == line
    assert rate(here & late) > 2 * rate(here & ~late)
    assert rate(~here & late) < 1.5 * rate(~here & ~late)


def test_volume_multiplies_the_records_and_changes_no_truth():
    one, ten = simulate("line", 2), simulate("line", 2, volume=10)
    assert 8 < len(ten) / len(one) < 12
    assert [c["where"] for c in one.truth] == [c["where"] for c in ten.truth]


def test_a_right_answer_scores_full_marks_and_a_wrong_place_none():
    plant = simulate("het-mixed", 2)
    case = Case.of_plant(plant)
    full = score(case, plant.truth)
    systemic = sum(c["verdict"] == "systemic" for c in plant.truth)
    assert (full["hit"], full["false"], full["origin"]) == (systemic, 0, systemic)
    assert full["burst_hit"] == full["burst"] > 0
    wrong = score(case, [{**cause, "where": {"product": "PR-100"}} for cause in plant.truth])
    assert (wrong.get("hit", 0), wrong["false"]) == (0, systemic)


def test_a_burst_called_systemic_is_counted_even_beside_a_real_cause_of_its_type():
    columns = {
        "defect_type": np.array(["dent"] * 40, dtype=object),
        "line": np.array(["L1"] * 20 + ["L2"] * 20, dtype=object),
    }
    real = {**EXACT, "kind": "step", "where": {"line": "L1"}, "injected": 15}
    burst = {**EXACT, "kind": "burst", "verdict": "one_off", "where": {"line": "L2"}, "injected": 10}
    case = Case(columns, [real, burst])
    assert score(case, [real, burst])["burst_wrong"] == 0
    assert score(case, [real, {**burst, "verdict": "systemic"}])["burst_wrong"] == 1


def test_a_place_that_cannot_be_told_apart_counts_and_is_asked_for_by_name():
    plant = simulate("confounded", 3)
    case = Case.of_plant(plant)
    truth = next(c for c in plant.truth if c["kind"] == "confounded")
    named = {**truth, "aliases": truth["aliases"]}
    assert score(case, [named])["alias"] == 1
    assert score(case, [{**truth, "where": truth["aliases"][0], "aliases": []}])["alias"] == 0
    assert score(case, [{**truth, "where": truth["aliases"][0], "aliases": []}])["hit"] == 1
