import numpy as np
import pytest

from qc.stats.changepoint import laplace_trend, onset
from qc.stats.windows import scan, window_gain


def by_family(count, mean, total, spread=0.0):
    found = scan(count, mean, total, np.full(len(count), spread))
    return {windows.family: windows for windows in found}


def test_without_spread_the_gain_is_kulldorffs():
    n, e, total = 30.0, 10.0, 100.0
    gain = window_gain(np.array([n]), np.array([e]), np.array([n]), np.array([e]), total, np.array([0.0]))[0]
    kulldorff = n * np.log(n / e) + (total - n) * np.log((total - n) / (total - e))
    assert gain == pytest.approx(kulldorff, rel=1e-6)


def test_natural_differences_take_a_place_back_but_not_its_step():
    mean = np.full((1, 100), 1.0)
    always, step = np.full((1, 100), 2.0), np.concatenate([np.ones(50), np.full(50, 3.0)])[None, :]
    assert (
        by_family(always, mean, 1000.0, 0.5)["always"].gain[0] < 0.2 * by_family(always, mean, 1000.0)["always"].gain[0]
    )
    assert by_family(step, mean, 1000.0, 0.5)["since"].gain[0] > 10
    assert by_family(step, mean, 1000.0, 0.5)["since"].start[0] == 50


def test_a_burst_is_found_on_its_days():
    count = np.ones((1, 100))
    count[0, 40:42] = 15
    burst = by_family(count, np.ones((1, 100)), 500.0)["burst"]
    assert (burst.start[0], burst.stop[0]) == (40, 42)


def test_scaling_nothing_but_the_order_of_places_changes_nothing():
    rng = np.random.default_rng(3)
    count, mean = rng.poisson(1, (6, 60)).astype(float), np.ones((6, 60))
    order = rng.permutation(6)
    one, two = by_family(count, mean, 360.0)["since"], by_family(count[order], mean[order], 360.0)["since"]
    np.testing.assert_allclose(one.gain[order], two.gain)


def test_an_onset_is_found_within_its_interval():
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(20):
        count = np.concatenate([rng.poisson(1.0, 60), rng.poisson(3.0, 60)])
        found = onset(count.astype(float), np.ones(120))
        hits += found.low <= 60 <= found.high and abs(found.day - 60) <= 7
    assert hits >= 16


def test_a_ramp_is_told_from_a_step():
    days = np.arange(120)
    ramp = np.where(days < 40, 2.0, 2.0 + (days - 40) * 0.2)
    step = np.where(days < 60, 2.0, 8.0)
    assert onset(np.round(ramp), np.full(120, 2.0)).ramp > 0.9
    assert onset(step, np.full(120, 2.0)).ramp < 0.1


def test_laplace_trend_of_the_nist_failures_is_a_number_of_the_right_sign():
    # NIST/SEMATECH e-Handbook 8.1.7.2: ten repairs that grow rarer over 1,500 hours
    times = [5, 40, 43, 175, 389, 712, 747, 795, 1299, 1478]
    assert laplace_trend(times, 1500).statistic < 0
    with pytest.raises(ValueError, match="10"):
        laplace_trend([11], 10)
