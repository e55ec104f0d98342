import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.stats.cusum import alarm_limit, cusum, poisson_cusum
from tests.qc.shared import columns, reference
from tests.qc.stats.test_ewma import MONTGOMERY


def test_montgomerys_example_signals_at_observation_29_after_a_shift_at_23():
    """Montgomery, table 9.2: C+ is 5.28 at observation 29, above zero since 23 (its shift is after 22)."""
    sums = cusum([value - 10 for value in MONTGOMERY])
    assert [round(sums.up[i], 2) for i in (3, 4, 22, 27, 28, 29)] == [1.16, 2.82, 1.79, 4.47, 5.28, 5.3]
    assert [round(-sums.down[i], 2) for i in (0, 1, 2)] == [0.05, 1.56, 1.77]
    assert (sums.beyond + 1).tolist() == [29, 30]
    assert sums.since == 22


def test_the_cusum_of_the_piston_rings_equals_qcc():
    want = reference("data/qcc/reference.json")
    data = columns("data/qcc/pistonrings.csv")
    means = [np.mean([float(d) for d, s in zip(data["diameter"], data["sample"], strict=True) if s == str(i)])
             for i in range(1, 41)]  # fmt: skip
    chart = want["pistonrings_cusum"]
    z = (np.array(means) - chart["center"]) / (chart["std_dev"] / 5**0.5)
    sums = cusum(z, allowance=chart["se_shift"] / 2, limit=chart["decision_interval"])
    np.testing.assert_allclose(sums.up, chart["pos"], atol=1e-8)
    np.testing.assert_allclose(sums.down, chart["neg"], atol=1e-8)
    assert (sums.beyond + 1).tolist() == chart["violations"]["upper"]


def test_the_poisson_cusum_equals_surveillance():
    data = columns("data/surveillance/sim_pois4to9__cusumLLR_mu4_theta_log2.csv")
    counts = [int(value) for value in data["observed"]]
    sums = poisson_cusum(counts, [1.0] * len(counts), usual=4, raised=8, limit=5, reset=True)
    np.testing.assert_allclose(sums.up, [float(value) for value in data["upperbound"]], atol=1e-9)
    assert [int(at in sums.beyond) for at in range(len(counts))] == [int(value) for value in data["alarm"]]


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=40))
def test_the_sum_is_the_best_stretch_that_ends_here(z):
    sums = cusum(z)
    for end in range(len(z)):
        best = max(0.0, *(sum(value - 0.5 for value in z[start : end + 1]) for start in range(end + 1)))
        assert sums.up[end] == pytest.approx(best, abs=1e-9)


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=40))
def test_turning_the_series_over_swaps_the_sums(z):
    one, two = cusum(z), cusum([-value for value in z])
    np.testing.assert_allclose(one.up, -two.down)


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30), st.floats(0.01, 100))
def test_scaling_exposure_with_the_rates_changes_nothing(counts, scale):
    one = poisson_cusum(counts, [1.0] * len(counts), usual=2, raised=5, limit=4)
    two = poisson_cusum(counts, [scale] * len(counts), usual=2 / scale, raised=5 / scale, limit=4)
    np.testing.assert_allclose(one.up, two.up, atol=1e-9)


def test_a_gap_changes_no_sum():
    assert cusum([1.0, float("nan"), 1.0]).up.tolist() == [0.5, 0.5, 1.0]


def test_false_alarms_stay_below_the_bound_that_the_limit_promises():
    rng = np.random.default_rng(1)
    limit = alarm_limit(20.0, 4.0)
    alarms = sum(
        len(poisson_cusum(rng.poisson(0.2, 100), [1.0] * 100, usual=0.2, raised=0.8, limit=limit).beyond) > 0
        for _ in range(2000)
    )
    assert alarms / 2000 <= 0.05


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: cusum([]), r"\(0,\)"),
        (lambda: cusum([1.0], limit=0), "limit 0"),
        (lambda: cusum([1.0], allowance=-1), "allowance -1"),
        (lambda: poisson_cusum([1], [1], usual=2, raised=1, limit=1), "raised rate 1"),
        (lambda: poisson_cusum([1], [0], usual=1, raised=2, limit=1), "count of 1"),
        (lambda: alarm_limit(1, 1), "ratio 1"),
        (lambda: alarm_limit(-1, 2), "expected -1"),
    ],
)
def test_what_cannot_be_is_refused_with_its_value(call, value):
    with pytest.raises(ValueError, match=value):
        call()
