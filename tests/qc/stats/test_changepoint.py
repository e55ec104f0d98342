import itertools

import numpy as np
import pytest
from scipy import stats

from qc.stats.changepoint import NODES, RAMP_PRIOR, RATIOS, SPREAD_TIMES, onset

DAYS, START = 90, 50


def covered(by_nature, times=120, **told):
    """How often the 90 % interval holds the first day of a rise to three times, when days differ `by_nature`."""
    random, hits = np.random.default_rng(5), 0
    for _ in range(times):
        rate = np.where(np.arange(DAYS) >= START, 6.0, 2.0) * random.gamma(1 / by_nature, by_nature, DAYS)
        found = onset(random.poisson(rate).astype(float), np.full(DAYS, 2.0), **told)
        hits += found.low <= START <= found.high
    return hits / times


def test_days_that_differ_by_nature_leave_the_interval_its_coverage():
    assert covered(0.5, spread=0.5) >= 0.86
    assert covered(0.5) < 0.75


def test_a_level_that_is_not_known_may_be_off_without_moving_the_onset():
    count = np.where(np.arange(DAYS) >= START, 20.0, 8.0)
    too_low = np.full(DAYS, 4.0)
    assert onset(count, too_low).low < START - 20
    found = onset(count, too_low, level_spread=0.3)
    assert found.low <= START <= found.high
    assert found.low > START - 10


def test_the_posterior_is_bayes_theorem_day_by_day():
    random = np.random.default_rng(3)
    count, mean, spread, level = random.poisson(3, 9).astype(float), random.uniform(1, 4, 9), 0.2, 0.1
    wide, prior = np.sqrt(np.log1p(level)), 1 - RAMP_PRIOR
    posterior = np.zeros(9)
    for times, (z, weight), at in itertools.product(SPREAD_TIMES, NODES, range(9)):
        size = 1 / (spread * times)
        for ratios, ramp in ((RATIOS, False), (RATIOS[2:], True)):
            for ratio in ratios:
                day = np.arange(9)
                grown = np.clip((day - at + 1) / (9 - at), 0, None) if ramp else day >= at
                rate = (1 + (ratio - 1) * grown) * mean * np.exp(z * wide - wide**2 / 2)
                chance = stats.nbinom.pmf(count, size, size / (size + rate)).prod()
                posterior[at] += chance * weight / len(ratios) * (RAMP_PRIOR if ramp else prior)
    posterior /= posterior.sum()
    found = onset(count, mean, spread=spread, level_spread=level, confidence=0.6, window=1)
    assert found.day == posterior.argmax()
    assert posterior[found.low : found.high + 1].sum() >= 0.6
    assert max(posterior[found.low + 1 : found.high + 1].sum(), posterior[found.low : found.high].sum()) < 0.6


def test_ramps_of_a_long_series_are_found_between_the_days_that_are_worked_out():
    day = np.arange(700)
    count = np.round(5 * (1 + 4 * np.clip((day - 399) / 300, 0, None)))
    found = onset(count, np.full(700, 5.0))
    assert found.ramp > 0.9
    assert found.low <= 400 <= found.high


def test_a_spread_below_zero_is_refused():
    with pytest.raises(ValueError, match=r"-0\.1"):
        onset(np.ones(5), np.ones(5), spread=-0.1)
    with pytest.raises(ValueError, match="-1"):
        onset(np.ones(5), np.ones(5), level_spread=-1)
