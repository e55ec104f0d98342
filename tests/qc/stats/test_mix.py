"""Kitagawa's decomposition and direct standardisation, against the textbook's arithmetic and their own laws."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qc.stats.mix import decompose, standardised
from qc.stats.rates import poisson_interval

STRATA = st.lists(
    st.tuples(st.integers(0, 50), st.integers(1, 10_000), st.integers(0, 50), st.integers(1, 10_000)),
    min_size=1,
    max_size=6,
)


def columns(rows: list[tuple[int, int, int, int]]) -> tuple[list[int], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


def test_a_textbook_case_by_hand() -> None:
    """Shares .8/.2 to .5/.5, rates .01/.05 to .02/.04: mix = -.3(.015) + .3(.045), rate = .01(.65) - .01(.35)."""
    found = decompose([8, 10], [800, 200], [10, 20], [500, 500])
    assert math.isclose(found.before, 0.018) and math.isclose(found.after, 0.03)
    assert math.isclose(found.mix.value, 0.009) and math.isclose(found.rate.value, 0.003)
    assert found.mix_by_stratum == pytest.approx((-0.0045, 0.0135))
    assert found.rate_by_stratum == pytest.approx((0.0065, -0.0035))


@given(STRATA)
def test_mix_and_rate_add_up_to_the_difference(rows: list[tuple[int, int, int, int]]) -> None:
    found = decompose(*columns(rows))
    assert math.isclose(found.mix.value + found.rate.value, found.difference, abs_tol=1e-12)


@given(STRATA, st.randoms())
def test_the_order_of_the_strata_changes_nothing(rows: list[tuple[int, int, int, int]], random) -> None:
    other = list(rows)
    random.shuffle(other)
    one, two = decompose(*columns(rows)), decompose(*columns(other))
    assert math.isclose(one.mix.value, two.mix.value, abs_tol=1e-12)
    assert math.isclose(one.rate.low, two.rate.low, abs_tol=1e-12)


@given(STRATA, st.integers(2, 9))
def test_the_other_way_round_is_the_negative(rows: list[tuple[int, int, int, int]], times: int) -> None:
    n1, e1, n2, e2 = columns(rows)
    there, back = decompose(n1, e1, n2, e2), decompose(n2, e2, n1, e1)
    assert math.isclose(there.mix.value, -back.mix.value, abs_tol=1e-12)
    more = decompose(n1, [e * times for e in e1], n2, [e * times for e in e2])
    assert math.isclose(more.rate.value * times, there.rate.value, abs_tol=1e-9)


@given(STRATA)
def test_with_the_same_shares_nothing_is_mix(rows: list[tuple[int, int, int, int]]) -> None:
    n1, e1, n2, _e2 = columns(rows)
    found = decompose(n1, e1, n2, [3 * each for each in e1])
    assert math.isclose(found.mix.value, 0, abs_tol=1e-12)


def test_a_new_product_changes_the_mix_only() -> None:
    found = decompose([10, 0], [1000, 0], [10, 30], [1000, 1000])
    assert found.rate.value == 0 and math.isclose(found.mix.value, 0.01) and found.mix.is_sure
    assert not found.rate.is_sure


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Two products, shares and rates both change: in 2,000 draws about 95 % hold the true effects."""
    draw = np.random.default_rng(7)
    e1, e2 = np.array([8_000.0, 2_000.0]), np.array([5_000.0, 5_000.0])
    r1, r2 = np.array([0.01, 0.05]), np.array([0.012, 0.04])
    truth = decompose(r1 * e1, e1, r2 * e2, e2)
    found = [decompose(draw.poisson(r1 * e1), e1, draw.poisson(r2 * e2), e2) for _ in range(2000)]
    for name in ("mix", "rate"):
        true = getattr(truth, name).value
        share = np.mean([getattr(each, name).low <= true <= getattr(each, name).high for each in found])
        assert 0.93 < share < 0.97, name


@given(st.integers(0, 200), st.integers(1, 100_000))
def test_one_stratum_has_the_exact_interval_of_a_rate(count: int, exposure: int) -> None:
    exact, found = poisson_interval(count, exposure), standardised([count], [exposure], [5.0])
    assert math.isclose(found.low, exact.low, rel_tol=1e-9, abs_tol=1e-15)
    assert math.isclose(found.high, exact.high, rel_tol=1e-9)


@given(STRATA)
def test_at_the_own_mix_it_is_the_crude_rate(rows: list[tuple[int, int, int, int]]) -> None:
    n, e, *_rest = columns(rows)
    assume(sum(n) > 0)
    found = standardised(n, e, e)
    assert math.isclose(found.rate, sum(n) / sum(e), rel_tol=1e-9)
    assert found.low <= found.rate <= found.high


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        (([1], [1], [1, 2], [1, 1]), "same strata"),
        (([-1], [1], [1], [1]), "-1"),
        (([1], [0], [1], [1]), "without exposure"),
        (([0], [0], [1], [1]), "without exposure"),
        (([1], [math.inf], [1], [1]), "inf"),
        (([], [], [], []), "one number for each stratum"),
    ],
)
def test_numbers_that_make_no_sense_are_named(numbers: tuple[list[float], ...], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        decompose(*numbers)


def test_a_weight_without_exposure_is_refused() -> None:
    with pytest.raises(ValueError, match="its rate is not known"):
        standardised([1, 0], [100, 0], [1, 1])
