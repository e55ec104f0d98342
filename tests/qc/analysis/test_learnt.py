import dataclasses
import json

import pytest

from qc.analysis.files import from_files
from qc.analysis.learnt import Background
from qc.analysis.verdicts import judge
from tests.qc.analysis.plants import plant
from tests.qc.shared import need


def step(name, day, shift, line):
    return 4.0 if (name, line) == ("type-1", "L3") and day >= 40 else 1.0


def test_a_type_judged_alone_with_the_stored_background_gets_the_findings_of_the_full_run():
    data = plant(more=step)
    full = judge(data)
    for name in data.defect_type.labels:
        alone = judge(data, learnt=full.background, only={name})
        assert alone.findings == tuple(f for f in full.findings if f.defect_type == name)
        assert alone.background.version == full.background.version


def test_a_plant_with_lots_is_judged_alike_type_by_type():
    folder = need("plants") / "het-mixed-1"
    data = from_files(folder / "defects.csv", folder / "production.csv", folder / "lots.csv")
    full = judge(data)
    names = [f.defect_type for f in full.findings if f.verdict in ("systemic", "one_off")][:4]
    alone = judge(data, learnt=full.background, only=names)
    assert alone.findings == tuple(f for f in full.findings if f.defect_type in names)


def test_a_background_survives_json_and_keeps_its_version():
    known = judge(plant(more=step)).background
    read = Background.from_dict(json.loads(json.dumps(known.as_dict())))
    assert read == known
    assert read.version == known.version


def test_another_family_is_another_version_and_another_q_value():
    known = judge(plant(more=step)).background
    more = dataclasses.replace(known, p_values={**known.p_values, "type-0": 1e-12})
    assert more.version != known.version
    p = known.p_values["type-1"]
    assert known.q_value("type-1", p) == pytest.approx(6 * p)
    assert more.q_value("type-1", p) < known.q_value("type-1", p)


def test_a_background_of_another_method_is_refused():
    data = plant()
    old = dataclasses.replace(judge(data).background, method_version="1")
    with pytest.raises(ValueError, match="method 1"):
        judge(data, learnt=old)


def test_a_damaged_background_is_refused():
    with pytest.raises(ValueError, match="p_values"):
        Background.from_dict({"spreads": {}})


def test_a_type_that_the_family_does_not_know_is_judged_too():
    data = plant(more=step)
    known = judge(data).background
    without = dataclasses.replace(known, p_values={k: v for k, v in known.p_values.items() if k != "type-1"})
    (finding,) = judge(data, learnt=without, only={"type-1"}).findings
    assert finding.verdict == "systemic"
