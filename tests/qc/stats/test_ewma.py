import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.stats.ewma import ewma

# Montgomery, table 9.1: target 10, standard deviation 1, the mean rises by one deviation after the twentieth.
MONTGOMERY = [9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08,
              9.37, 10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31,
              10.52]  # fmt: skip
# NIST/SEMATECH e-Handbook, section 6.3.2.4: target 50, standard deviation 2.0539, weight .3.
NIST = [52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5, 49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4,
        53.6, 52.1]  # fmt: skip


def test_montgomerys_example_signals_at_the_end():
    chart = ewma(MONTGOMERY, 10.0, 1.0, weight=0.1, sigmas=2.7)
    np.testing.assert_allclose(chart.average[:5], [9.945, 9.7495, 9.70355, 9.8992, 10.1253], atol=5e-5)
    np.testing.assert_allclose(chart.average[-3:], [10.5731, 10.6468, 10.6341], atol=5e-5)
    assert [round(chart.upper[i], 2) for i in (0, 1, 29)] == [10.27, 10.36, 10.62]
    assert (chart.beyond + 1).tolist() == [29, 30]


def test_the_averages_of_nists_example():
    chart = ewma(NIST, 50.0, 2.0539, weight=0.3)
    want = [50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33, 50.11, 49.36, 49.52, 50.05, 49.38,
            49.92, 50.73, 51.23, 51.94, 51.99]  # fmt: skip
    np.testing.assert_allclose(chart.average, want, atol=0.0051)
    assert chart.upper[-1] == pytest.approx(52.5884, abs=2e-3)
    assert not len(chart.beyond)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.floats(0.05, 1))
def test_the_average_is_the_sum_of_its_weights_and_the_variance_the_exact_formula(x, weight):
    chart = ewma(x, 1.0, 2.0, weight=weight)
    n = len(x)
    weights = weight * (1 - weight) ** np.arange(n - 1, -1, -1)
    assert chart.average[-1] == pytest.approx(float(weights @ np.array(x)) + (1 - weight) ** n, abs=1e-9)
    exact = 4 * weight / (2 - weight) * (1 - (1 - weight) ** (2 * n))
    assert chart.upper[-1] == pytest.approx(1 + 3 * exact**0.5)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=20), st.floats(0.1, 10))
def test_scaling_the_points_scales_the_chart(x, scale):
    one, two = ewma(x, 0.0, 1.0), ewma([value * scale for value in x], 0.0, scale)
    np.testing.assert_allclose(one.average * scale, two.average, atol=1e-9)
    np.testing.assert_allclose(one.upper * scale, two.upper)


def test_a_gap_leaves_the_average_as_it_was_and_each_point_has_its_own_deviation():
    chart = ewma([1.0, float("nan"), 1.0], 0.0, [1.0, float("nan"), 2.0], weight=0.5)
    assert chart.average.tolist() == [0.5, 0.5, 0.75]
    assert chart.upper[2] == pytest.approx(3 * (1.0 + 0.0625) ** 0.5)


def test_a_weight_of_one_is_the_chart_itself():
    assert ewma([1.0, 5.0], 0.0, 1.0, weight=1).beyond.tolist() == [1]


@pytest.mark.parametrize(("x", "weight", "value"), [([1.0], 0, "0"), ([1.0], 1.5, "1.5"), ([], 0.2, r"\(0,\)")])
def test_what_cannot_be_is_refused_with_its_value(x, weight, value):
    with pytest.raises(ValueError, match=value):
        ewma(x, 0.0, 1.0, weight=weight)
