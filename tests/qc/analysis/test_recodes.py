import numpy as np
import pytest

from qc.analysis.data import Column, Dataset
from qc.analysis.exposure import Plant
from qc.analysis.recodes import recodes
from qc.analysis.verdicts import judge
from tests.qc.analysis.plants import FIRST, plant

CHANGED = 40


def renamed(data, *, share=0.95, back=False):
    """From day 40 on nearly all of type-1 is entered as type-2 (or before it, `back`)."""
    labels = np.array(data.defect_type.labels)[data.defect_type.codes]
    late = (data.day >= FIRST + CHANGED) != back
    changed = late & (labels == "type-1") & (np.random.default_rng(1).random(len(data)) < share)
    names = Column.of(np.where(changed, "type-2", labels).tolist())
    return Dataset.of(data.minute, names, data.dimensions, production=data.production)


def often(name, day, shift, line):
    return 2.0


def worse(name, day, shift, line):
    return 8.0 if (name, line) == ("type-2", "L2") else 2.0


def better_and_worse(name, day, shift, line):
    """One type falls away a fortnight before another one rises: two stories."""
    if name == "type-1":
        return 3.0 if day < CHANGED - 14 else 0.3
    return 3.0 if name == "type-2" and day >= CHANGED else 0.8


@pytest.mark.parametrize("back", [False, True])
def test_a_type_renamed_in_the_whole_plant_is_blamed_on_nothing_and_both_say_why(back):
    data = renamed(plant(more=often, seed=2), back=back)
    findings = judge(data).findings
    assert not [f for f in findings if f.verdict in ("systemic", "one_off")]
    told = {f.defect_type: note for f in findings for note in f.ruled_out if note.startswith("recode")}
    assert set(told) == {"type-1", "type-2"}
    here = Plant.of(data)
    assert all(abs(one.step - CHANGED) <= 7 for one in recodes(here).values())
    assert sorted(told.values()) == sorted(one.note(here) for one in recodes(here).values())


def test_a_cause_shows_through_a_renaming():
    data = renamed(plant(more=worse, seed=3))
    found = [f for f in judge(data).findings if f.verdict == "systemic"]
    assert [(f.defect_type, f.where) for f in found] == [("type-2", {"line": "L2"})]


def test_one_type_alone_gives_the_same_answer_as_the_full_run():
    data = renamed(plant(more=often, seed=2))
    full = judge(data)
    alone = judge(data, learnt=full.background, only={"type-1"})
    assert list(alone.findings) == [f for f in full.findings if f.defect_type == "type-1"]


def test_types_that_change_on_different_days_or_by_different_numbers_are_no_recode():
    assert not recodes(Plant.of(plant(more=better_and_worse, seed=4)))
    half = renamed(plant(more=often, seed=2), share=0.3)
    assert not recodes(Plant.of(half))


@pytest.mark.parametrize("seed", range(5, 9))
def test_a_steady_plant_has_no_recodes(seed):
    assert not recodes(Plant.of(plant(seed=seed, types=12)))
