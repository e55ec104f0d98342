import subprocess
import sys

import numpy as np
import pytest

from qc.analysis.data import Column, Dataset
from qc.analysis.exposure import Plant
from qc.analysis.places import Candidate
from qc.analysis.search import mask_of
from qc.analysis.traps import recode
from qc.analysis.verdicts import judge
from tests.qc.analysis.plants import FIRST, plant

CHANGED = 62
WHEN = f"{np.datetime64(FIRST + CHANGED, 'D').item():%-d %B %Y}"


def frequent(name, day, shift, line):
    return 8.0 if name == "type-1" else 1.0


def renamed():
    """From the 62nd day on line L2 calls most of type-1 type-2."""
    data = plant(days=180, more=frequent, seed=2)
    labels = data.defect_type.labels
    random = np.random.default_rng(1).random(len(data))
    at_l2 = data.dimensions["line"].codes == data.dimensions["line"].labels.index("L2")
    changed = (
        at_l2 & (data.day >= FIRST + CHANGED) & (random < 0.9) & (data.defect_type.codes == labels.index("type-1"))
    )
    names = np.where(changed, "type-2", np.array(labels)[data.defect_type.codes])
    return Dataset.of(data.minute, Column.of(names.tolist()), data.dimensions, production=data.production)


def test_a_renamed_type_is_no_finding_and_the_note_names_the_day():
    notes = [note for f in judge(renamed()).findings for note in f.ruled_out if note.startswith("recode")]
    assert notes
    assert all(f"around {WHEN} by" in note for note in notes), notes


@pytest.mark.parametrize(("name", "start", "stop"), [("type-1", 1, 61), ("type-1", 2, 47), ("type-2", 75, 180)])
def test_a_recode_is_dated_at_its_best_split_wherever_the_window_begins(name, start, stop):
    data = renamed()
    here = Plant.of(data)
    problem = here.problem(data.defect_type.labels.index(name))
    line = here.columns["line"].labels.index("L2")
    candidate = Candidate((("line", line),), "episode", start, stop, 50.0, 5.0, 100.0, 40.0)
    mask = mask_of(problem, candidate)
    inside, place = problem.cells.count[mask].sum(), problem.cells.codes["line"] == line
    outside = problem.cells.count[place & ~mask].sum()
    excess = inside - outside * mask.sum() / (place & ~mask).sum()
    assert f"around {WHEN} by" in recode(here, problem, candidate, float(excess), mask)


def test_importing_the_engine_does_not_load_the_distributions():
    code = "import sys, qc.analysis.verdicts, qc.stats.charts; sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
