import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.stats import rates


def test_garwood_interval_of_ten_events_is_the_published_one():
    interval = rates.poisson_interval(10)
    assert interval.low == pytest.approx(4.7954, abs=1e-4)
    assert interval.high == pytest.approx(18.3904, abs=1e-4)


@given(st.integers(0, 200), st.floats(0.1, 1e4), st.integers(1, 200), st.floats(0.1, 1e4), st.floats(0.01, 100))
def test_scaling_all_exposure_changes_no_ratio(a, ea, b, eb, scale):
    one, two = rates.rate_ratio(a, ea, b, eb), rates.rate_ratio(a, ea * scale, b, eb * scale)
    assert one.ratio == pytest.approx(two.ratio)
    assert one.low == pytest.approx(two.low)
    assert one.p_value == pytest.approx(two.p_value, rel=1e-4, abs=1e-9)


@given(st.integers(0, 100), st.integers(1, 100))
def test_an_interval_holds_its_ratio(a, b):
    ratio = rates.rate_ratio(a, 10, b, 20)
    assert ratio.low <= ratio.ratio <= ratio.high


def test_what_cannot_be_is_refused_with_its_value():
    with pytest.raises(ValueError, match="-1"):
        rates.poisson_interval(-1)
    with pytest.raises(ValueError, match="0"):
        rates.rate_ratio(1, 0, 1, 1)
    with pytest.raises(ValueError, match="inf"):
        rates.rate_ratio(1, math.inf, 1, 1)


@pytest.mark.parametrize(
    ("count", "trials", "low", "high"), [(0, 10, 0.0, 0.3085), (10, 50, 0.1003, 0.3372), (10, 10, 0.6915, 1.0)]
)
def test_clopper_and_pearsons_interval_is_the_published_one(count, trials, low, high):
    assert rates.binomial_interval(count, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 60), st.integers(1, 60), st.floats(0.1, 0.9))
def test_the_bounds_have_just_the_tails_they_claim(count, base, share):
    """The bound is where the exact binomial tail is 2.5 %: checked by summing the terms."""
    ratio = rates.rate_ratio(count, share, base, 1 - share)
    total = count + base
    for bound, tail in ((ratio.low, range(count, total + 1)), (ratio.high, range(count + 1))):
        if 0 < bound < math.inf:
            odds = bound * share / (1 - share)
            p = odds / (1 + odds)
            exact = math.fsum(math.comb(total, k) * p**k * (1 - p) ** (total - k) for k in tail)
            assert exact == pytest.approx(0.025, rel=1e-6)


@given(st.integers(0, 50), st.integers(1, 50))
def test_swapping_the_sides_turns_the_ratio_over(a, b):
    one, two = rates.rate_ratio(a, 10, b, 20), rates.rate_ratio(b, 20, a, 10)
    assert one.low == pytest.approx(1 / two.high if two.high < math.inf else 0.0, abs=1e-12)
    assert one.p_value == pytest.approx(two.p_value)


@given(st.integers(0, 100))
def test_more_incidents_move_both_bounds_up(count):
    one, two = rates.poisson_interval(count), rates.poisson_interval(count + 1)
    assert one.low < two.low or count == 0
    assert one.high < two.high


def test_chance_and_steps_are_no_dispersion_but_bad_days_are():
    rng = np.random.default_rng(1)
    chance = [rates.dispersion(rng.poisson(3, 40), [1.0] * 40) for _ in range(200)]
    assert sum(value > 1 for value in chance) < 24
    assert rates.dispersion([6] * 20 + [1] * 20, [1.0] * 40) == 1
    shocked = [rates.dispersion(rng.poisson(6 * rng.gamma(1, 1, 40)), [1.0] * 40) for _ in range(20)]
    assert min(shocked) > 2
    assert rates.dispersion([0, 0, 1], [1, 1, 1]) == 1


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40).filter(any), st.sampled_from([0.5, 2.0, 1024.0]))
def test_scaling_exposure_changes_no_dispersion(counts, scale):
    one, two = (rates.dispersion(counts, [each] * len(counts)) for each in (1.0, scale))
    assert one == pytest.approx(two)
