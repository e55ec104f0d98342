import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.stats import runs
from tests.qc.shared import reference

Z = st.lists(st.floats(-4, 4), max_size=40)


def positions(rules, name):
    return next((rule.positions for rule in rules if rule.name == name), ())


@pytest.mark.parametrize("name", ["nhs_accidents_p", "complaints_u", "cabg_death_g"])
def test_anhoejs_tests_equal_qicharts2(name):
    want = reference("data/qicharts2/reference.json")[name]["rows"]
    found = runs.run_tests(want["y"], want["cl"])
    assert (found.longest, found.longest_limit) == (want["longest.run"][0], want["longest.run.max"][0])
    assert (found.crossings, found.crossings_limit) == (want["n.crossings"][0], want["n.crossings.min"][0])
    assert found.signal == bool(want["runs.signal"][0])


@pytest.mark.parametrize(("n", "longest", "crossings"), [(10, 6, 2), (12, 7, 3), (20, 7, 6), (24, 8, 8), (40, 8, 14)])
def test_anhoejs_limits_are_the_published_ones(n, longest, crossings):
    """Anhoej and Olesen 2014, table 1."""
    points = [1, -1] * (n // 2)
    found = runs.run_tests(points, [0] * n)
    assert (found.longest_limit, found.crossings_limit) == (longest, crossings)


@given(Z, st.integers(1, 9))
def test_a_run_equals_the_one_found_by_looking_at_every_point(z, length):
    side = [int(np.sign(value)) for value in z]
    want = [i for i in range(length - 1, len(z)) if side[i] and set(side[i - length + 1 : i + 1]) == {side[i]}]
    assert runs.run_rule(z, [0.0] * len(z), length).tolist() == want


@given(Z)
def test_the_rules_equal_the_ones_found_by_looking_at_every_point(z):
    def some(needed, among, sigmas):
        return tuple(
            i
            for i in range(len(z))
            for side in (1, -1)
            if side * z[i] > sigmas and sum(side * v > sigmas for v in z[max(0, i - among + 1) : i + 1]) >= needed
        )

    def row(length, holds):
        return tuple(i for i in range(length - 1, len(z)) if holds(z[i - length + 1 : i + 1]))

    def turns(part):
        steps = np.diff(part)
        return bool((steps[1:] * steps[:-1] < 0).all())

    western, nelson = runs.western_electric(z), runs.nelson(z)
    assert (
        positions(western, "WE 1") == tuple(i for i, v in enumerate(z) if abs(v) > 3) == positions(nelson, "Nelson 1")
    )
    assert positions(western, "WE 2") == some(2, 3, 2) == positions(nelson, "Nelson 5")
    assert positions(western, "WE 3") == some(4, 5, 1) == positions(nelson, "Nelson 6")
    assert positions(western, "WE 4") == some(8, 8, 0)
    assert positions(nelson, "Nelson 2") == some(9, 9, 0)
    rising = row(6, lambda part: bool((np.diff(part) > 0).all() or (np.diff(part) < 0).all()))
    assert positions(nelson, "Nelson 3") == rising
    assert positions(nelson, "Nelson 4") == row(14, turns)
    assert positions(nelson, "Nelson 7") == row(15, lambda part: all(abs(v) < 1 for v in part))
    assert positions(nelson, "Nelson 8") == row(8, lambda part: all(abs(v) > 1 for v in part))


@given(Z)
def test_turning_the_chart_upside_down_changes_no_signal(z):
    turned = [-value for value in z]
    for rules in (runs.western_electric, runs.nelson):
        assert [(r.name, r.positions) for r in rules(z)] == [(r.name, r.positions) for r in rules(turned)]


def test_every_rule_of_nelson_can_signal():
    gap = float("nan")
    nine, falling, swing = [0.5] * 9, [2.5, 2, 1.5, 0.9, 0.4, -0.2], [0.3, -0.3] * 7
    mixture = [1.5, -1.5, -1.4, 1.3, 1.2, -1.9, 1.1, -1.2]
    z = [3.1, gap, *nine, gap, *falling, gap, *swing, gap, 2.1, 2.2, gap, *[1.5] * 5, gap, *[0.1, 0.2, -0.1] * 5, gap]
    assert [rule.name for rule in runs.nelson([*z, *mixture])] == [f"Nelson {i}" for i in range(1, 9)]


def test_a_gap_breaks_a_row():
    assert not runs.western_electric([0.5] * 7 + [float("nan")] + [0.5] * 7)


def test_points_on_the_centre_belong_to_no_side():
    assert runs.run_tests([0, 0], [0, 0]) == runs.Runs(0, 0, 0, 0)
    assert runs.run_rule([1, 0, 1], [0, 0, 0], 2).tolist() == []


def test_what_is_no_series_is_refused_with_its_shape():
    with pytest.raises(ValueError, match=r"\(1, 1\)"):
        runs.nelson([[1.0]])
    with pytest.raises(ValueError, match=r"\(2,\)"):
        runs.run_tests([1, 2], [0])
    with pytest.raises(ValueError, match="not 0"):
        runs.run_rule([1], [0], 0)
