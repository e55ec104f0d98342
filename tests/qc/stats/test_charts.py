import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.stats import charts
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
    assert (charts.run_rule(chart.points, chart.centre) + 1).tolist() == want["violating_runs"]


def test_u_chart_of_computers_equals_qcc():
    path = "data/qcc/pcmanufact.csv"
    want = reference("data/qcc/reference.json")["pcmanufact_u"]
    chart = charts.u_chart(numbers(path, "x"), numbers(path, "size"))
    assert chart.upper[0] == pytest.approx(want["ucl"], abs=1e-9)
    assert chart.centre[0] == pytest.approx(want["center"], abs=1e-9)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30), st.floats(0.01, 100))
def test_scaling_exposure_scales_a_u_chart(counts, scale):
    one, two = charts.u_chart(counts, [1.0] * len(counts)), charts.u_chart(counts, [scale] * len(counts))
    np.testing.assert_allclose(one.upper, two.upper * scale, rtol=1e-9)
    assert one.beyond.tolist() == two.beyond.tolist()


def test_a_t_chart_draws_times_back_on_their_scale():
    chart = charts.t_chart([3.0, 4.0, 5.0, 4.5, 3.5])
    assert chart.lower[0] < chart.centre[0] < chart.upper[0]
    assert 3 < chart.centre[0] < 5


def test_impossible_points_are_refused_with_their_value():
    with pytest.raises(ValueError, match="-1"):
        charts.u_chart([1, -1], [1, 1])
    with pytest.raises(ValueError, match="0"):
        charts.u_chart([1, 1], [1, 0])
    with pytest.raises(ValueError, match="5"):
        charts.p_chart([5], [3])
