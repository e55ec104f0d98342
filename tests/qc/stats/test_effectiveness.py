import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.stats import effectiveness as fix
from tests.qc.shared import columns


def test_orange_juice_cans_after_the_machine_was_adjusted_are_effective():
    data = columns("data/qcc/orangejuice.csv")
    rows = list(zip(data["sample"], data["D"], data["size"], data["trial"], strict=True))
    before = [(int(d), int(n)) for sample, d, n, trial in rows if trial == "TRUE" and sample not in ("15", "23")]
    after = [(int(d), int(n)) for _, d, n, trial in rows if trial != "TRUE"]
    totals = [sum(column) for column in (*zip(*before, strict=True), *zip(*after, strict=True))]
    found = fix.before_after(*totals)
    assert found.result == "effective"
    assert (round(found.ratio.ratio, 3), round(found.ratio.low, 3), round(found.ratio.high, 3)) == (0.516, 0.417, 0.634)
    plan = fix.plan(totals[0], totals[1], allowed=fix.recommended(*totals[:2], least=400, most=1200).allowed)
    assert fix.judge(plan, [d for d, _ in after], [float(n) for _, n in after]).result == "effective"


@pytest.mark.parametrize(("before", "times"), [(3, 1.71), (5, 0.82), (8, 0.45), (12, 0.28), (20, 0.16)])
def test_the_clean_exposure_that_proves_a_fix_is_known_before_it(before, times):
    plan = fix.plan(before, 1.0)
    assert plan.exposure == pytest.approx(times, abs=0.006)
    assert plan.exposure == pytest.approx(0.05 ** (-1 / before) - 1)
    needed = fix.plan(before, 100.0).exposure
    for look in (fix.before_after(before, 100.0, 0, needed * 1.001), fix.judge(fix.plan(before, 100.0), [0], [needed])):
        assert look.result == "effective"
    assert fix.before_after(before, 100.0, 0, needed * 0.999).result == "not_yet"
    early = fix.judge(fix.plan(before, 100.0), [0], [needed * 0.75])
    assert (early.result, early.still_needed) == ("not_yet", pytest.approx(needed / 4))


@given(st.integers(1, 60), st.integers(0, 30), st.floats(0.2, 1))
def test_the_chance_of_a_false_effective_is_alpha_counted_term_by_term(before, allowed, ratio):
    """Given `before`, the number after is negative binomial: its terms up to `allowed` add up to alpha."""
    plan = fix.plan(before, 10.0, allowed=allowed, agreed_ratio=ratio)
    share = 10.0 / (10.0 + ratio * plan.exposure)
    terms = (math.comb(before + k - 1, k) * share**before * (1 - share) ** k for k in range(allowed + 1))
    assert math.fsum(terms) == pytest.approx(0.05)
    assert plan.recognised(ratio) == pytest.approx(0.05)


@given(st.integers(1, 60), st.integers(0, 20), st.floats(0, 1), st.floats(0, 1))
def test_a_better_fix_is_recognised_more_often_and_more_before_needs_less_after(before, allowed, one, two):
    plan = fix.plan(before, 10.0, allowed=allowed)
    low, high = sorted((one, two))
    assert plan.recognised(low) >= plan.recognised(high) - 1e-12
    assert fix.plan(before + 1, 10.0, allowed=allowed).exposure < plan.exposure
    assert fix.plan(before, 10.0, allowed=allowed + 1).exposure > plan.exposure


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 5)), max_size=40), st.integers(1, 30), st.integers(0, 5))
def test_looking_every_day_says_in_the_end_what_one_look_says(days, before, allowed):
    plan = fix.plan(before, 20.0, allowed=allowed)
    said = [fix.judge(plan, [n for n, _ in days[:i]], [units for _, units in days[:i]]) for i in range(len(days) + 1)]
    settled = next((one for one in said if one.result != "not_yet"), None)
    assert (settled or said[-1]).result == said[-1].result
    assert not any(one.is_missed and said[-1].result == "effective" for one in said)


def test_a_long_last_day_takes_back_no_answer_that_was_given():
    plan = fix.plan(9, 20.0)
    early = fix.judge(plan, [15], [plan.exposure / 2])
    late = fix.judge(plan, [15, 0], [plan.exposure / 2, plan.exposure * 5])
    assert (early.result, late.result) == ("not_effective", "not_effective")


@given(st.integers(1, 40), st.integers(0, 9), st.sampled_from([0.25, 3.0, 1000.0]))
def test_scaling_all_exposure_scales_the_plan_and_changes_no_answer(before, allowed, scale):
    one, two = (fix.plan(before, 20.0 * times, allowed=allowed) for times in (1.0, scale))
    assert two.exposure == pytest.approx(one.exposure * scale)
    days = [0, 1, 0, 0, 2, 0, 0, 0, 1, 0]
    answers = [fix.judge(plan, days, [3.0 * times] * 10) for plan, times in ((one, 1.0), (two, scale))]
    assert answers[0].result == answers[1].result


def test_a_useless_fix_is_called_effective_in_at_most_one_of_twenty_with_daily_looks():
    rng = random.Random(7)
    false = daily = 0
    for _ in range(1500):
        before, gap = 0, rng.expovariate(0.4)
        while gap < 30:
            before, gap = before + 1, gap + rng.expovariate(0.4)
        after, gap = [0] * 90, rng.expovariate(0.4)
        while gap < 90:
            after[int(gap)] += 1
            gap += rng.expovariate(0.4)
        if not before:
            continue
        false += fix.judge(fix.plan(before, 30.0, allowed=2), after, [1.0] * 90).result == "effective"
        daily += any(
            fix.before_after(before, 30.0, sum(after[:day]), float(day)).result == "effective"
            for day in range(1, 91, 4)
        )
    assert false / 1500 <= 0.05
    assert daily / 1500 > 0.06


def test_not_effective_is_said_as_soon_as_nothing_can_change_it():
    plan = fix.plan(12, 60.0, allowed=1)
    assert fix.judge(plan, [0, 2], [1.0, 1.0]).is_missed
    bad = fix.judge(plan, [0, 9, 9], [1.0, 1.0, 1.0])
    assert (bad.result, bad.is_missed, bad.still_needed) == ("not_effective", False, None)


def test_days_behind_the_planned_exposure_change_nothing():
    plan = fix.plan(12, 60.0)
    one, two = fix.judge(plan, [0] * 18, [1.0] * 18), fix.judge(plan, [0] * 18 + [9] * 9, [1.0] * 27)
    assert one == two and two.days == 18


def test_the_recommended_plan_recognises_a_good_fix_where_there_is_time_for_it():
    plan = fix.recommended(20, 30.0, least=7, most=90, left=0.2)
    assert plan.recognised(0.2) >= 0.8 > fix.plan(20, 30.0, allowed=plan.allowed - 1).recognised(0.2)
    short = fix.recommended(20, 30.0, least=14, most=90, sure=0)
    assert short.exposure <= 14 < fix.plan(20, 30.0, allowed=short.allowed + 1).exposure
    assert fix.recommended(0, 30.0, least=14, most=90).exposure is None


def test_dispersed_counts_need_more_exposure_by_their_factor():
    assert fix.plan(12, 60.0, dispersion=2.0).exposure == pytest.approx(fix.plan(6, 60.0).exposure)
    assert fix.plan(12, 60.0, allowed=4, dispersion=2.0).exposure == pytest.approx(
        fix.plan(6, 60.0, allowed=2).exposure
    )


def test_nothing_before_or_nothing_after_decides_nothing():
    assert fix.before_after(10, 100, 40, 100).result == "not_effective"
    assert fix.before_after(10, 100, 0, 0).result == "not_yet"
    assert fix.before_after(0, 100, 0, 100).exposure_needed is None
    nothing = fix.judge(fix.plan(0, 100), [0, 0], [50, 50])
    assert (nothing.result, nothing.still_needed, nothing.is_missed) == ("not_yet", None, False)
    assert fix.judge(fix.plan(5, 100), [], []).still_needed == fix.plan(5, 100).exposure


def test_a_return_is_seen_and_a_fix_that_holds_is_left_alone():
    plan = fix.plan(12, 60.0)
    quiet = fix.came_back(plan, 0, 18.0, [0, 0, 0, 1] + [0] * 60, [1.0] * 64, horizon=90.0)
    assert not quiet.is_back
    back = fix.came_back(plan, 0, 18.0, [0] * 60 + [1, 1, 0, 1, 1, 1], [1.0] * 66, horizon=90.0)
    assert (back.is_back, back.since) == (True, 60)
    assert not fix.came_back(fix.plan(0, 60.0), 0, 18.0, [3], [1.0], horizon=90.0).is_back
    assert not fix.came_back(plan, 0, 18.0, [], [], horizon=90.0).is_back


@pytest.mark.parametrize(
    ("call", "value"),
    [
        (lambda: fix.plan(-1, 1.0), "-1"),
        (lambda: fix.plan(1, 0.0), "0.0"),
        (lambda: fix.plan(1, math.inf), "inf"),
        (lambda: fix.plan(1, 1.0, allowed=-2), "-2"),
        (lambda: fix.plan(1, 1.0, agreed_ratio=0), "0"),
        (lambda: fix.plan(1, 1.0, alpha=1.5), "1.5"),
        (lambda: fix.plan(1, 1.0, dispersion=0.5), "0.5"),
        (lambda: fix.plan(1, 1.0).recognised(-1), "-1"),
        (lambda: fix.judge(fix.plan(1, 1.0), [1], []), "1 days with incidents but 0"),
        (lambda: fix.judge(fix.plan(1, 1.0), [1], [math.nan]), "nan"),
    ],
)
def test_what_cannot_be_is_refused_with_its_value(call, value):
    with pytest.raises(ValueError, match=value):
        call()
