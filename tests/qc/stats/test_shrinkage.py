import numpy as np

from qc.stats.shrinkage import Factor, fit, learn_spread


def levels(rng, spread, types=16, size=6, mean=40.0):
    groups = []
    for _ in range(types):
        m = rng.gamma(1 / spread, spread, size) if spread else np.ones(size)
        groups.append((rng.poisson(mean * m).astype(float), np.full(size, mean)))
    return groups


def test_the_spread_of_equal_lines_is_nearly_zero_and_of_unequal_ones_is_found():
    rng = np.random.default_rng(2)
    assert learn_spread(levels(rng, 0.0)) <= 0.01
    assert 0.06 <= learn_spread(levels(rng, 0.13)) <= 0.25


def test_a_few_bad_lines_do_not_pass_for_nature():
    rng = np.random.default_rng(3)
    groups = levels(rng, 0.0)
    for count, _ in groups[:4]:
        count[0] *= 4
    assert learn_spread(groups) <= 0.03


def test_a_cause_gets_its_ratio_although_the_background_could_take_it():
    rng = np.random.default_rng(4)
    line = np.repeat(np.arange(5), 200)
    mask = line == 2
    count = rng.poisson(0.5 * np.where(mask, 3.0, 1.0)).astype(float)
    found = fit(count, np.ones(1000), [Factor(line, 5, 0.02)], [mask])
    assert 2.3 < found.ratios[0] < 3.8
    assert found.log_posterior > fit(count, np.ones(1000), [Factor(line, 5, 0.02)]).log_posterior + 10


def test_two_causes_on_one_type_add_where_both_are():
    rng = np.random.default_rng(6)
    one, two = np.arange(4000) % 2 == 0, np.arange(4000) < 1000
    count = rng.poisson(0.4 * (1 + 4.0 * one + 3.0 * two)).astype(float)
    found = fit(count, np.ones(4000), [], [one, two])
    assert np.allclose(found.ratios, [5.0, 4.0], rtol=0.12), found.ratios
    assert np.isclose(found.without(1)[one & two].mean(), found.mean[one & ~two].mean())


def test_a_burst_within_a_step_keeps_its_own_ratio():
    step, burst = np.arange(1000) >= 500, (np.arange(1000) >= 700) & (np.arange(1000) < 704)
    count = np.where(burst, 90.0, np.where(step, 3.0, 1.0))
    found = fit(count, np.ones(1000), [], [burst, step])
    assert np.allclose(found.ratios, [88.0, 3.0], rtol=0.02), found.ratios
