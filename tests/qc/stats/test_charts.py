import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.stats import charts, runs
from tests.qc.shared import columns, reference


def qic(name):
    return reference("data/qicharts2/reference.json")[name]["rows"]


def numbers(path, name):
    return [float(value) for value in columns(path)[name]]


@pytest.mark.parametrize(("name", "laney"), [("nhs_accidents_p", False), ("nhs_accidents_pp_laney", True)])
def test_p_and_laney_p_charts_equal_qicharts2(name, laney):
    path = "data/qicharts2/nhs_accidents.csv"
    chart, want = charts.p_chart(numbers(path, "r"), numbers(path, "n"), laney=laney), qic(name)
    np.testing.assert_allclose(chart.lower, want["lcl"], atol=1e-9)
    np.testing.assert_allclose(chart.upper, want["ucl"], atol=1e-9)
    assert len(chart.beyond) == sum(want["sigma.signal"]) == (0 if laney else 16)


@pytest.mark.parametrize(("name", "laney"), [("complaints_u", False), ("complaints_up", True)])
def test_u_and_laney_u_charts_equal_qicharts2(name, laney):
    path = "data/qicharts2/complaints.csv"
    chart, want = charts.u_chart(numbers(path, "complaints"), numbers(path, "sales"), laney=laney), qic(name)
    np.testing.assert_allclose(chart.lower, want["lcl"], atol=1e-9)
    np.testing.assert_allclose(chart.upper, want["ucl"], atol=1e-9)
    runs = chart.runs
    assert (runs.longest, runs.longest_limit) == (want["longest.run"][0], want["longest.run.max"][0])
    assert (runs.crossings, runs.crossings_limit) == (want["n.crossings"][0], want["n.crossings.min"][0])


def test_g_chart_equals_qicharts2():
    chart, want = charts.g_chart(numbers("data/qicharts2/cabg_death_gaps.csv", "gaps")), qic("cabg_death_g")
    np.testing.assert_allclose(chart.upper, want["ucl"], atol=1e-9)
    np.testing.assert_allclose(chart.centre, want["cl"], atol=1e-9)


def test_g_chart_that_counts_the_event_equals_qcc():
    want = reference("data/qcc/reference.json")["g_simulated_sigma3"]
    chart = charts.g_chart([71, 26, 35, 13, 125, 2, 49, 52, 6, 46, 56, 9, 93, 20, 59, 106, 61, 60], counts_event=True)
    assert chart.centre[0] == pytest.approx(want["center"], abs=1e-9)
    assert chart.upper[0] == pytest.approx(want["ucl"], abs=1e-9)


def test_p_chart_of_the_orange_juice_cans_equals_qcc():
    data, want = columns("data/qcc/orangejuice.csv"), reference("data/qcc/reference.json")["orangejuice_p_excl_15_23"]
    order = [i for i, t in enumerate(data["trial"]) if t == "TRUE" and data["sample"][i] not in ("15", "23")]
    order += [i for i, t in enumerate(data["trial"]) if t != "TRUE"]
    count, size = ([float(data[name][i]) for i in order] for name in ("D", "size"))
    chart = charts.p_chart(count, size, base=range(want["n_calibration"]))
    np.testing.assert_allclose(chart.lower, want["lcl"], atol=1e-9)
    np.testing.assert_allclose(chart.upper, want["ucl"], atol=1e-9)
    assert (chart.beyond + 1).tolist() == want["beyond_limits"]
    assert (runs.run_rule(chart.points, chart.centre) + 1).tolist() == want["violating_runs"]


def test_np_chart_of_the_orange_juice_cans_equals_qcc():
    data, want = columns("data/qcc/orangejuice.csv"), reference("data/qcc/reference.json")["orangejuice_np_trial"]
    trial = [i for i, t in enumerate(data["trial"]) if t == "TRUE"]
    count, size = ([float(data[name][i]) for i in trial] for name in ("D", "size"))
    chart = charts.np_chart(count, size)
    for found, name in ((chart.centre, "center"), (chart.lower, "lcl"), (chart.upper, "ucl")):
        np.testing.assert_allclose(found, want[name], rtol=0, atol=1e-9)
    assert (chart.beyond + 1).tolist() == want["beyond_limits"]


def test_p_chart_of_the_trial_period_equals_qcc_and_shows_both_assignable_samples():
    data, want = columns("data/qcc/orangejuice.csv"), reference("data/qcc/reference.json")["orangejuice_p_trial"]
    trial = [i for i, t in enumerate(data["trial"]) if t == "TRUE"]
    chart = charts.p_chart(*([float(data[name][i]) for i in trial] for name in ("D", "size")))
    np.testing.assert_allclose(chart.points, want["statistics"], atol=1e-9)
    np.testing.assert_allclose(chart.upper, want["ucl"], atol=1e-9)
    assert (chart.beyond + 1).tolist() == want["beyond_limits"] == [15, 23]


def test_individuals_chart_of_the_viscosities_equals_qcc():
    want = reference("data/qcc/reference.json")["montgomery_viscosity_xbar_one"]
    chart = charts.individuals_chart(want["statistics"])
    found = (chart.centre[0], chart.deviation[0], chart.lower[0], chart.upper[0])
    assert found == pytest.approx(tuple(want[name] for name in ("center", "std_dev", "lcl", "ucl")), abs=1e-9)


def test_u_chart_of_computers_equals_qcc_in_every_number():
    path = "data/qcc/pcmanufact.csv"
    want = reference("data/qcc/reference.json")["pcmanufact_u"]
    chart = charts.u_chart(numbers(path, "x"), numbers(path, "size"))
    for found, name in ((chart.points, "statistics"), (chart.lower, "lcl"), (chart.upper, "ucl")):
        np.testing.assert_allclose(found, want[name], rtol=0, atol=1e-9)


def test_c_chart_of_montgomerys_circuit_boards():
    """Montgomery, table 7.7: 26 samples of 100 boards; centre 19.85, limits 6.48 and 33.22 (by rounded roots)."""
    counts = [21, 24, 16, 12, 15, 5, 28, 20, 31, 25, 20, 24, 16, 19, 10, 17, 13, 22, 18, 39, 30, 24, 16, 19, 17, 15]
    chart = charts.c_chart(counts)
    assert [round(float(v[0]), 2) for v in (chart.centre, chart.lower, chart.upper)] == [19.85, 6.48, 33.21]
    assert (chart.beyond + 1).tolist() == [6, 20]


def test_u_chart_of_computers_equals_qcc():
    path = "data/qcc/pcmanufact.csv"
    want = reference("data/qcc/reference.json")["pcmanufact_u"]
    chart = charts.u_chart(numbers(path, "x"), numbers(path, "size"))
    assert chart.upper[0] == pytest.approx(want["ucl"], abs=1e-9)
    assert chart.centre[0] == pytest.approx(want["center"], abs=1e-9)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30), st.floats(0.01, 100), st.booleans())
def test_scaling_exposure_scales_a_u_chart_and_changes_no_signal(counts, scale, laney):
    one = charts.u_chart(counts, [1.0] * len(counts), laney=laney)
    two = charts.u_chart(counts, [scale] * len(counts), laney=laney)
    np.testing.assert_allclose(one.upper, two.upper * scale, rtol=1e-9)
    np.testing.assert_allclose(one.z, two.z, rtol=1e-6, atol=1e-9)
    assert one.beyond.tolist() == two.beyond.tolist()


@given(st.data())
def test_the_order_of_the_points_does_not_matter_to_a_plain_chart(data):
    pairs = data.draw(st.lists(st.tuples(st.integers(0, 20), st.integers(20, 90)), min_size=1, max_size=20))
    order = data.draw(st.permutations(range(len(pairs))))
    one = charts.p_chart(*zip(*pairs, strict=True))
    two = charts.p_chart(*zip(*(pairs[i] for i in order), strict=True))
    np.testing.assert_allclose(one.upper[list(order)], two.upper, rtol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(30, 90)), min_size=3, max_size=20), st.integers(0, 19))
def test_a_gap_changes_no_other_point(pairs, at):
    counts, sizes = ([pair[i] for pair in pairs] for i in (0, 1))
    place = min(at, len(pairs))
    holed = charts.u_chart([*counts[:place], 0, *counts[place:]], [*sizes[:place], 0, *sizes[place:]], laney=True)
    plain = charts.u_chart(counts, sizes, laney=True)
    assert np.isnan(holed.points[place]) and np.isnan(holed.upper[place])
    np.testing.assert_allclose(np.delete(holed.upper, place), plain.upper, rtol=1e-12)
    assert holed.runs == plain.runs


@given(st.lists(st.integers(0, 50), min_size=3, max_size=30))
def test_laneys_factor_is_one_where_the_points_vary_as_chance_has_it_and_never_narrows_when_told_so(counts):
    plain = charts.u_chart(counts, [10.0] * len(counts))
    wide = charts.u_chart(counts, [10.0] * len(counts), laney=True, widen_only=True)
    assert wide.sigma_z >= 1
    assert (wide.upper >= plain.upper - 1e-12).all()


def test_an_np_chart_is_the_p_chart_in_units():
    share, number = charts.p_chart([3, 5, 9], [40] * 3), charts.np_chart([3, 5, 9], [40] * 3)
    np.testing.assert_allclose(number.upper, share.upper * 40)
    np.testing.assert_allclose(number.z, share.z)


def test_a_t_chart_draws_times_back_on_their_scale():
    chart = charts.t_chart([3.0, 4.0, 5.0, 4.5, 3.5])
    assert chart.lower[0] < chart.centre[0] < chart.upper[0]
    assert 3 < chart.centre[0] < 5
    assert chart.z[0] == pytest.approx((3 ** (1 / 3.6) - chart.centre[0] ** (1 / 3.6)) / chart.deviation[0])


def test_one_jump_does_not_widen_the_limits_of_a_t_chart():
    steady = [1.9, 2.0, 1.8, 1.9, 1.8, 2.1, 1.9, 2.0, 2.1]
    alone, jumped = (charts.moving_range_deviation(values, screened=True) for values in (steady, [*steady, 5.0]))
    assert jumped == pytest.approx(alone)
    assert charts.moving_range_deviation([*steady, 5.0]) > 2 * alone


def test_a_point_with_deviation_zero_is_infinitely_far_or_not_at_all():
    chart = charts.u_chart([0, 0, 3], [1, 1, 1], base=[0, 1])
    assert chart.z.tolist() == [0, 0, np.inf]
    assert chart.beyond.tolist() == [2]


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: charts.u_chart([1, -1], [1, 1]), "-1"),
        (lambda: charts.u_chart([1, 4], [1, 0]), "4"),
        (lambda: charts.u_chart([0, 0], [0, 0]), "0 everywhere"),
        (lambda: charts.u_chart([1, float("nan")], [1, 1]), "nan"),
        (lambda: charts.u_chart([1, 1], [1, 1, 1]), "2 counts but 3"),
        (lambda: charts.u_chart([], []), r"\(0,\)"),
        (lambda: charts.u_chart([1, 1], [1, 1], base=[2]), "point 2 among 2"),
        (lambda: charts.u_chart([0, 1], [0, 1], base=[0]), "no base point"),
        (lambda: charts.p_chart([5], [3]), "5 of 3"),
        (lambda: charts.np_chart([1, 1], [30, 40]), "30 and 40"),
        (lambda: charts.t_chart([1, 0]), "0"),
        (lambda: charts.g_chart([-2]), "-2"),
        (lambda: charts.individuals_chart([float("inf")]), "inf"),
    ],
)
def test_impossible_points_are_refused_with_their_value(call, value):
    with pytest.raises(ValueError, match=value):
        call()
