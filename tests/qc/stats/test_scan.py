import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.stats.scan import dispersion, scan, scan_without_worst, statistic


def brute(count, share):
    total, best = sum(count), 0.0
    for low, high in itertools.combinations(range(len(count) + 1), 2):
        c, e = sum(count[low:high]), sum(share[low:high]) * total
        if high - low == len(count) or c <= e:
            continue
        value = c * math.log(c / e) + ((total - c) * math.log((total - c) / (total - e)) if total > c else 0.0)
        best = max(best, value)
    return best


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.floats(0.5, 5)), min_size=2, max_size=10))
def test_the_statistic_equals_brute_force(series):
    count, exposure = np.array([c for c, _ in series], float), np.array([e for _, e in series])
    if count.sum() == 0:
        return
    share = exposure / exposure.sum()
    assert statistic(count[None, :], share)[0][0] == pytest.approx(brute(count.tolist(), share.tolist()), abs=1e-9)


def test_a_step_lasts_and_a_burst_does_not():
    flat = np.ones(52)
    step = np.array([1] * 30 + [5] * 22, float)
    burst = np.array([1] * 30 + [25] + [1] * 21, float)
    assert scan_without_worst(step, flat, seed=1).systemic()
    lasting = scan_without_worst(burst, flat, seed=1)
    assert lasting.whole.p_value <= 0.05 or lasting.whole.dispersion > 2
    assert not lasting.systemic()


def test_healthy_weeks_raise_few_alarms():
    rng = np.random.default_rng(7)
    alarms = [scan(rng.poisson(3, 40), np.ones(40), seed=i, draws=199).p_value <= 0.05 for i in range(60)]
    assert sum(alarms) <= 9  # 5 % nominal


def test_the_same_seed_gives_the_same_p_value():
    count = [2, 3, 9, 8, 1, 0]
    assert scan(count, [1] * 6, seed=3) == scan(count, [1] * 6, seed=3)


def test_scaling_exposure_changes_nothing():
    count = [2, 3, 9, 8, 1, 0]
    assert scan(count, [1.0] * 6, seed=3).p_value == scan(count, [250.0] * 6, seed=3).p_value


def test_dispersion_ignores_a_level_shift():
    step = np.array([2, 2, 2, 2, 2, 20, 20, 20, 20, 20], float)
    assert dispersion(step, np.ones(10)) < np.var(step) / np.mean(step)


def test_nothing_found_where_nothing_was_counted_and_bad_exposure_is_named():
    assert scan([0, 0, 0], [1, 1, 1], seed=1).p_value == 1.0
    with pytest.raises(ValueError, match="-2"):
        scan([1, 1], [1, -2], seed=1)
