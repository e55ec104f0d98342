import dataclasses

import numpy as np
from hypothesis import given
from hypothesis import settings as budget
from hypothesis import strategies as st

from qc.analysis.data import Column, Dataset, LotUse
from qc.analysis.recurring import mixtures
from qc.analysis.settings import Settings
from qc.analysis.verdicts import judge
from qc.stats.shrinkage import log_negative_binomial
from qc.stats.windows import window_gain
from tests.qc.analysis.plants import FIRST, LINES, plant

WEEK = 5  # days that a lot lasts


def delivered(bad, *, days=80, seed=3):
    """A plant whose types all concern one part of two suppliers; `bad` lots have far more of type-1."""

    def more(name, day, shift, line):
        return 9.0 if name == "type-1" and day // WEEK in bad else 1.0

    data = plant(days=days, seed=seed, more=more)
    lots = np.repeat(np.arange(days // WEEK), len(LINES))
    first = lots * WEEK + FIRST
    use = LotUse(
        part=Column.of(["P-1"] * len(lots)),
        supplier=Column.of("S-A" if lot % 2 else "S-B" for lot in lots),
        supplier_lot=Column.of(f"LOT-{lot:02d}" for lot in lots),
        line=Column.of([*LINES] * (days // WEEK)),
        first_day=first,
        last_day=first + WEEK - 1,
        units=np.full(len(lots), 1000.0),
    )
    dimensions = {**data.dimensions, "part": Column.of(["P-1"] * len(data))}
    return Dataset.of(data.minute, data.defect_type, dimensions, production=data.production, lots=use)


def said(data, name="type-1"):
    return [f for f in judge(data).findings if f.defect_type == name and f.verdict in ("systemic", "one_off")]


def test_one_bad_lot_is_a_one_off_and_a_second_of_the_same_supplier_makes_it_the_suppliers():
    (once,) = said(delivered({5}))
    assert (once.verdict, once.where) == ("one_off", {"supplier_lot": "LOT-05"})
    (twice,) = said(delivered({5, 11}))
    assert (twice.verdict, twice.where, twice.origin) == ("systemic", {"supplier": "S-A"}, "supplier")


def test_bad_lots_of_two_suppliers_are_two_one_offs():
    assert {(f.verdict, f.where.get("supplier_lot")) for f in said(delivered({5, 12}))} == {
        ("one_off", "LOT-05"),
        ("one_off", "LOT-12"),
    }


def test_bad_shifts_that_come_back_are_the_line_and_not_three_one_offs():
    bad = {12, 31, 50, 69}

    def more(name, day, shift, line):
        return 60.0 if (name, line, shift) == ("type-1", "L2", "night") and day in bad else 1.0

    findings = said(plant(more=more))
    assert [f.verdict for f in findings] == ["systemic"], findings
    assert findings[0].kind == "intermittent"
    assert findings[0].where["line"] == "L2"


def test_a_rise_of_the_whole_plant_is_one_finding_without_a_place():
    def more(name, day, shift, line):
        return 3.0 if name == "type-1" and day >= 50 else 1.0

    (finding,) = said(plant(more=more))
    assert (finding.verdict, finding.where, finding.kind) == ("systemic", {}, "escalating")
    assert finding.since_interval[0] <= str(np.datetime64(FIRST + 50, "D")) <= finding.since_interval[1]
    assert "the whole plant" in finding.explanation


def test_what_is_over_does_not_count_towards_the_tolerable_rate():
    from_day, to_day = 20, 50

    def more(name, day, shift, line):
        return 12.0 if (name, line) == ("type-1", "L2") and from_day <= day < to_day else 0.5

    data = plant(more=more)
    steady = 90 * sum(f.incidents for f in judge(data).findings if f.defect_type == "type-0") / 80
    findings = [f for f in judge(data, Settings(tolerable=2 * steady)).findings if f.defect_type == "type-1"]
    assert [f.where for f in findings] == [{"line": "L2"}]


@budget(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 30), st.floats(0.05, 9.0)), min_size=5, max_size=40),
    st.sampled_from([0.0, 0.02, 0.3]),
)
def test_the_mixture_is_the_likelihood_over_its_grid(units, spread):
    count, mean = (np.array(column, dtype=float)[None, :] for column in zip(*units, strict=True))
    best = -np.inf
    for base in (1.0, 0.75, 0.55):
        for ratio in (2.5, 4.0, 7.0, 12.0):
            for share in (0.04, 0.08, 0.15, 0.25, 0.4):
                good = np.log1p(-share) + log_negative_binomial(count, base * mean, spread)
                bad = np.log(share) + log_negative_binomial(count, base * ratio * mean, spread)
                best = max(best, float(np.logaddexp(good, bad).sum()))
    level = count.sum() / mean.sum()
    plain = max(float(log_negative_binomial(count, r * mean, spread).sum()) for r in (1.0, max(level, 1e-12)))
    found = mixtures(count, mean, spread)
    if np.isfinite(found.gain[0]):
        assert np.isclose(found.gain[0], best - plain, atol=1e-6)


@budget(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.floats(0.5, 40.0), st.floats(0.01, 1000.0))
def test_scaling_all_exposure_changes_no_gain(n, expected, scale):
    def gain(factor):
        total, own = 200.0, expected + 20.0
        mean = np.array([expected, own]) / factor * factor
        return window_gain(np.array([float(n)]), mean[:1], np.array([n + 20.0]), mean[1:], total, np.array([0.05]))[0]

    assert np.isclose(gain(1.0), gain(scale))


def test_renaming_lines_changes_nothing_but_their_names():
    def more(name, day, shift, line):
        return 4.0 if (name, line) == ("type-1", "L3") and day >= 40 else 1.0

    data = plant(more=more)
    new = {"L1": "Z", "L2": "B", "L3": "A", "L4": "M"}

    def renamed(column):
        return Column.of(new[column.labels[code]] for code in column.codes)

    production = dataclasses.replace(
        data.production,
        dimensions={**data.production.dimensions, "line": renamed(data.production.dimensions["line"])},
    )
    other = Dataset.of(
        data.minute,
        data.defect_type,
        {**data.dimensions, "line": renamed(data.dimensions["line"])},
        production=production,
    )
    one, two = judge(data).findings, judge(other).findings
    for f, g in zip(one, two, strict=True):
        assert {k: new.get(v, v) for k, v in f.where.items()} == g.where
        assert (f.verdict, f.since, f.incidents) == (g.verdict, g.since, g.incidents)
        assert np.isclose(f.expected, g.expected, rtol=1e-3)
