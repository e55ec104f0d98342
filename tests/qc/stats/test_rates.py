import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.stats import rates
from tests.qc.shared import columns


def test_orange_juice_cans_after_the_machine_was_adjusted_are_effective():
    data = columns("data/qcc/orangejuice.csv")
    rows = list(zip(data["sample"], data["D"], data["size"], data["trial"], strict=True))
    before = [(int(d), int(n)) for sample, d, n, trial in rows if trial == "TRUE" and sample not in ("15", "23")]
    after = [(int(d), int(n)) for _, d, n, trial in rows if trial != "TRUE"]
    totals = [sum(column) for column in (*zip(*before, strict=True), *zip(*after, strict=True))]
    found = rates.effectiveness(*totals)
    assert found.result == "effective"
    assert (round(found.ratio.ratio, 3), round(found.ratio.low, 3), round(found.ratio.high, 3)) == (0.516, 0.417, 0.634)


@pytest.mark.parametrize(("before", "times"), [(3, 1.71), (5, 0.82), (8, 0.45), (12, 0.28), (20, 0.16)])
def test_the_clean_exposure_that_proves_a_fix_is_known_before_it(before, times):
    assert rates.exposure_needed(before, 1.0) == pytest.approx(times, abs=0.006)
    needed = rates.exposure_needed(before, 100.0)
    assert rates.effectiveness(before, 100.0, 0, needed * 1.001).result == "effective"
    assert rates.effectiveness(before, 100.0, 0, needed * 0.999).result == "not_yet"


def test_garwood_interval_of_ten_events_is_the_published_one():
    interval = rates.poisson_interval(10)
    assert interval.low == pytest.approx(4.7954, abs=1e-4)
    assert interval.high == pytest.approx(18.3904, abs=1e-4)


def test_a_rate_that_rose_is_not_effective_and_no_exposure_yet_is_not_yet():
    assert rates.effectiveness(10, 100, 40, 100).result == "not_effective"
    assert rates.effectiveness(10, 100, 0, 0).result == "not_yet"
    assert rates.effectiveness(0, 100, 0, 100).exposure_needed is None


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
