import re

import numpy as np

from qc.analysis.data import Column, Dataset
from qc.analysis.exposure import Plant
from qc.analysis.places import Candidate
from qc.analysis.settings import Settings
from qc.analysis.verdicts import _needs_there, judge
from tests.qc.analysis.plants import FIRST, plant


def few(n, *, days):
    day = np.linspace(FIRST, FIRST + days - 1, n).astype(np.int64)
    return judge(Dataset.of(day * 1440 + 600, Column.of(["a"] * n), {"line": Column.of(["L1"] * n)}))


def test_a_clean_date_within_two_horizons_is_named():
    (finding,) = few(2, days=300).findings
    assert finding.verdict == "insufficient"
    assert re.match(r"Clean until \d+ \w+ 20\d\d makes it a one-off", finding.needs)


def test_a_clean_date_that_nobody_waits_for_is_not_named():
    (finding,) = few(6, days=60).findings
    assert finding.verdict == "insufficient"
    assert "Clean until" not in finding.needs
    assert finding.needs.startswith("2 more incidents show if a place or date stands out")


def near(count, mean, where=(("line", 2),)):
    return Candidate(where, "always", 0, 80, 3.0, 1.0, count, mean)


def test_a_near_miss_says_how_many_more_and_a_date_only_where_it_is_near():
    here = Plant.of(plant())
    soon = _needs_there(here, near(12.0, 9.0), Settings())
    assert "About 6 more there at this rate make it systemic; none there until" in soon
    late = _needs_there(here, near(12.0, 1.0), Settings())
    assert "About 6 more there at this rate make it systemic" in late
    assert "until" not in late


def test_an_hour_needs_as_many_as_an_hour_must_have():
    here = Plant.of(plant())
    assert "About 10 more there" in _needs_there(here, near(15.0, 2.0, (("hour_of_week", 6),)), Settings())
