"""Did a fix help? Incidents before and after it, by a test that is planned before and looked at as often as one likes.

Before the fix `n` incidents occurred in an exposure `B`. If the fix leaves the agreed ratio `a` of the rate (1: it
changes nothing), each incident of both periods falls after it with chance aE / (B + aE), where `E` is the exposure
after it. So the exact conditional test [1] rejects that rate in favour of a lower one when at most k incidents occur
and

    P(at most k in E) = I(B / (B + aE); n, k + 1) <= alpha                                                (*)

with the regularised incomplete beta function I. A `Plan` names k, the incidents allowed, and the exposure E at which
(*) holds with equality. The fix is *effective* when at most k incidents occur in E.

**Why not look every day?** A bound at level 5 % that is computed anew every day until it is passed says "effective" of
useless fixes in far more than 5 % of the cases, because each new look is a new chance [2]. Here all looks ask about
one event: "at most k in E". A look before E only says how much exposure is still needed, or that more than k occurred
already. So the error is alpha however often anybody looks (k = 0 is at the same time the likelihood ratio of a perfect
fix reaching 1/alpha, an anytime-valid test [3]). The same holds for "not effective": as soon as so many incidents
occurred that the lower bound at E will be above a, whatever comes. Between the two the plan is *missed*: it shows
neither, and no further exposure lets it, because a second chance would be a second error. The bench script
tests/bench/effectiveness.py shows both rules on the same simulated fixes.

Where incidents come in clusters (some days bad for all), counts carry less than their number says: with a `dispersion`
phi above 1 every count of (*) is divided by phi (quasi-likelihood [5]); `qc.stats.rates.dispersion` estimates it.

References:
[1] J. Przyborowski and H. Wilenski, Homogeneity of results in testing samples from Poisson series, Biometrika 31
    (1940) 313.
[2] P. Armitage, C. McPherson and B. Rowe, Repeated significance tests on accumulating data, JRSS A 132 (1969) 235.
[3] A. Wald, Sequential Analysis (1947), and J. Ville, Etude critique de la notion de collectif (1939).
[4] J. Lucas, Counted data CUSUM's, Technometrics 27 (1985) 129.
[5] P. McCullagh and J. Nelder, Generalized Linear Models, 2nd ed. (1989), section 6.2.3.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy

from qc.stats.cusum import alarm_limit, poisson_cusum
from qc.stats.rates import RateRatio, rate_ratio
from qc.stats.series import counts_and_exposure

Result = Literal["effective", "not_effective", "not_yet"]
ALPHA = 0.05
SURE = 0.8  # the chance with which a good fix should be recognised
MOST_STEPS = 200  # incidents allowed beyond the first plan: ends the search where no number is enough
LEAST_LEFT, MOST_LEFT = 0.2, 0.5  # the rate after a fix, as a part of the rate before, that a return is judged against


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """What one look says: ratio after / before, its one-sided bounds, the result, and the exposure still needed."""

    result: Result
    ratio: RateRatio
    upper: float
    lower: float
    exposure_needed: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The test of a fix, fixed before it: effective when at most `allowed` incidents occur in `exposure`.

    `exposure` is in the unit of `before_exposure`; None when nothing occurred before, so that nothing can be shown.
    """

    before: int
    before_exposure: float
    allowed: int
    agreed_ratio: float
    alpha: float
    dispersion: float
    exposure: float | None

    def recognised(self, left: float) -> float:
        """Chance that this plan calls a fix effective that leaves `left` of the rate; alpha for the agreed ratio.

        >>> one = plan(12, 60.0)
        >>> round(one.recognised(1.0), 3), round(one.recognised(0.1), 2)
        (0.05, 0.71)
        """
        if not 0 <= left < math.inf:
            raise ValueError(f"what is left of a rate is not negative and finite, not {left:g}")
        if self.exposure is None:
            return 0.0
        return _at_most(self.allowed, self.before, self.before_exposure, left * self.exposure, self.dispersion)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a plan says of the days since the fix.

    `after` incidents in `after_exposure` are those of the `days` that count: up to the day on which the plan's exposure
    is reached. `still_needed` is the exposure until then, None once decided or missed. `is_missed`: more incidents than
    allowed, fewer than it takes to say that the fix failed. `ratio` with its interval describes, it does not decide.
    """

    result: Result
    after: int
    after_exposure: float
    days: int
    still_needed: float | None
    is_missed: bool
    ratio: RateRatio


@dataclass(frozen=True, slots=True)
class Return:
    """Whether the trouble came back: the CUSUM's height, its limit, and where the return begins."""

    is_back: bool
    since: int | None
    incidents: int
    expected: float
    height: float
    limit: float


def exposure_needed(
    before: int,
    before_exposure: float,
    *,
    after: int = 0,
    agreed_ratio: float = 1.0,
    alpha: float = ALPHA,
    dispersion: float = 1.0,
) -> float | None:
    """Exposure after the fix in which `after` incidents at most prove it: E of formula (*).

    Without incidents it is before_exposure * (alpha^(-1/before) - 1) / agreed_ratio. None when nothing came before.
    ValueError for negative counts, exposure that is not above zero, a ratio or alpha out of range.

    >>> [round(exposure_needed(n, 1.0), 2) for n in (3, 5, 8, 12, 20)]
    [1.71, 0.82, 0.45, 0.28, 0.16]
    """
    _check(before, before_exposure, after, agreed_ratio, alpha, dispersion)
    if before == 0:
        return None
    share = float(scipy.special.betaincinv(after / dispersion + 1, before / dispersion, 1 - alpha))
    if share == 1.0:  # so few incidents, so clustered, that no exposure is enough
        return None
    return before_exposure * share / (1 - share) / agreed_ratio


def plan(
    before: int,
    before_exposure: float,
    *,
    allowed: int = 0,
    agreed_ratio: float = 1.0,
    alpha: float = ALPHA,
    dispersion: float = 1.0,
) -> Plan:
    """The test for a fix after `before` incidents in `before_exposure`, with `allowed` incidents allowed after it.

    More incidents allowed need more exposure and recognise more of the fixes that leave a little. See `exposure_needed`
    for the errors.

    >>> plan(12, 60.0).exposure, plan(12, 60.0, allowed=1).exposure
    (17.01..., 27.76...)
    """
    needed = exposure_needed(
        before, before_exposure, after=allowed, agreed_ratio=agreed_ratio, alpha=alpha, dispersion=dispersion
    )
    return Plan(before, before_exposure, allowed, agreed_ratio, alpha, dispersion, needed)


def recommended(
    before: int,
    before_exposure: float,
    *,
    least: float,
    most: float,
    left: float = 0.1,
    sure: float = SURE,
    agreed_ratio: float = 1.0,
    alpha: float = ALPHA,
    dispersion: float = 1.0,
) -> Plan:
    """The plan that needs least exposure and recognises a fix that leaves `left` of the rate with chance `sure`.

    It uses at least the exposure `least` as far as whole incidents allow (a plan of one good day sees no weekly rhythm)
    and at most `most` if that is possible: when no plan within `most` is that sure, the surest is taken, and a clean
    run when none fits. With `sure` 0 it is the shortest plan that uses `least`.

    >>> recommended(12, 60.0, least=14, most=90).allowed, recommended(12, 60.0, least=14, most=20).allowed
    (1, 0)
    """

    def with_allowed(allowed: int) -> Plan:
        return plan(
            before, before_exposure, allowed=allowed, agreed_ratio=agreed_ratio, alpha=alpha, dispersion=dispersion
        )

    first = _allowed_within(with_allowed, least, before)
    best = with_allowed(first)
    for allowed in range(first + 1, first + MOST_STEPS):
        more = with_allowed(allowed)
        if best.recognised(left) >= sure or more.exposure is None or more.exposure > most:
            break
        best = more if more.recognised(left) > best.recognised(left) else best
    return best


def _allowed_within(with_allowed: Callable[[int], Plan], exposure: float, before: int) -> int:
    """The most incidents with which `exposure` still proves a fix; 0 also when not even a clean run of it would."""
    low, high = 0, 1
    while before and (with_allowed(high).exposure or math.inf) <= exposure:
        low, high = high, 2 * high
    while high - low > 1:  # the exposure needed grows with the incidents allowed
        middle = (low + high) // 2
        if (with_allowed(middle).exposure or math.inf) <= exposure:
            low = middle
        else:
            high = middle
    return low


def judge(made: Plan, incidents: Sequence[int], exposure: Sequence[float]) -> Judgement:
    """What the plan says after days (or any pieces) with so many `incidents` and so much `exposure` each, in order.

    Days behind the one on which the plan's exposure is reached change nothing: that is what keeps the error at alpha
    with daily looks. ValueError for negative values or different lengths.

    >>> judge(plan(12, 60.0), [0] * 10, [1.0] * 10).still_needed
    7.014...
    >>> judge(plan(12, 60.0), [0] * 18, [1.0] * 18).result
    'effective'
    """
    if len(incidents) != len(exposure):
        raise ValueError(f"{len(incidents)} days with incidents but {len(exposure)} with exposure")
    for value in (*incidents, *exposure):
        if not 0 <= value < math.inf:
            raise ValueError(f"incidents and exposure are finite and not negative, but one is {value:g}")
    sums, needed = np.cumsum(np.asarray(exposure, dtype=np.float64)), made.exposure
    reached = np.flatnonzero(sums >= (math.inf if needed is None else needed))
    days = int(reached[0]) + 1 if len(reached) else len(incidents)
    after, done = sum(incidents[:days]), float(sums[days - 1]) if days else 0.0
    ratio = _ratio(made.before, made.before_exposure, after, done, 0.95)
    missed = needed is not None and after > made.allowed
    result: Result = "not_yet"
    if missed and (_is_worse(made, after, done) or _is_worse(made, sum(incidents[: days - 1]), 0.0)):
        result = "not_effective"  # a last day that leads far beyond the plan's exposure takes nothing back
    elif len(reached) and not missed:
        result = "effective"
    still = needed - done if needed is not None and result == "not_yet" and not missed else None
    return Judgement(result, after, done, days, still, missed and result == "not_yet", ratio)


def before_after(
    before: int,
    before_exposure: float,
    after: int,
    after_exposure: float,
    *,
    agreed_ratio: float = 1.0,
    alpha: float = ALPHA,
) -> Effectiveness:
    """One look at both periods: exact one-sided bounds at level `alpha` on the ratio of rates after / before [1].

    effective: even the upper bound is below `agreed_ratio`; not_effective: even the lower bound is above it; otherwise
    not_yet. For figures that are complete when they are looked at, once: for looks as they come in use `plan` and
    `judge`. The before-period is everything since the trouble began, never just its peak.

    >>> cans = before_after(301, 1400, 133, 1200)
    >>> cans.result, round(cans.ratio.ratio, 3), round(cans.ratio.low, 3), round(cans.ratio.high, 3)
    ('effective', 0.516, 0.417, 0.634)
    """
    _check(before, before_exposure, after, agreed_ratio, alpha)
    ratio = _ratio(before, before_exposure, after, after_exposure, 0.95)
    bounds = _ratio(before, before_exposure, after, after_exposure, 1 - 2 * alpha)
    if bounds.high < agreed_ratio:
        return Effectiveness("effective", ratio, bounds.high, bounds.low, None)
    if bounds.low > agreed_ratio:
        return Effectiveness("not_effective", ratio, bounds.high, bounds.low, None)
    needed = exposure_needed(before, before_exposure, after=after, agreed_ratio=agreed_ratio, alpha=alpha)
    more = None if needed is None else max(needed - after_exposure, 0.0)
    return Effectiveness("not_yet", ratio, bounds.high, bounds.low, more)


def came_back(
    made: Plan,
    after: int,
    after_exposure: float,
    incidents: Sequence[int],
    exposure: Sequence[float],
    *,
    horizon: float,
    alpha: float = ALPHA,
) -> Return:
    """Whether a fix that was effective has stopped to be: a CUSUM of the days since, the old rate against the new [4].

    The new rate is that of the `after` incidents in `after_exposure`, but at least a fifth and at most half of the rate
    before, so that a few incidents neither raise an alarm nor hide one. The limit is such that a fix that holds raises
    a false alarm with chance `alpha` at most in an exposure of `horizon`.

    >>> came_back(plan(12, 60.0), 0, 18.0, [0, 0, 1, 1, 1, 0, 1, 1], [1.0] * 8, horizon=90.0).is_back
    True
    """
    old = made.before / made.before_exposure
    if old == 0 or not len(incidents) or not any(exposure):
        return Return(False, None, sum(incidents), 0.0, 0.0, math.inf)
    new = min(max(after / after_exposure if after_exposure > 0 else 0.0, LEAST_LEFT * old), MOST_LEFT * old)
    limit = alarm_limit(new * horizon, old / new, alpha=alpha)
    counts, units = counts_and_exposure(incidents, exposure)
    sums = poisson_cusum(counts, units, usual=new, raised=old, limit=limit)
    back = len(sums.beyond) > 0
    expected = new * float(units.sum())
    return Return(back, sums.since, int(counts.sum()), expected, float(sums.up.max()), limit)


def _at_most(allowed: int, before: int, before_exposure: float, exposure: float, phi: float) -> float:
    """Formula (*): the chance of at most so many incidents in `exposure` at an unchanged rate."""
    share = before_exposure / (before_exposure + exposure)
    return float(scipy.special.betainc(before / phi, allowed / phi + 1, share))


def _is_worse(made: Plan, after: int, done: float) -> bool:
    """Whether the lower bound at the plan's exposure is above the agreed ratio, whatever still comes."""
    if made.exposure is None or not after:
        return False
    phi, at = made.dispersion, max(done, made.exposure)
    share = float(scipy.special.betaincinv(after / phi, made.before / phi + 1, made.alpha))
    return share / (1 - share) * made.before_exposure / at > made.agreed_ratio


def _ratio(before: int, before_exposure: float, after: int, after_exposure: float, confidence: float) -> RateRatio:
    if after_exposure <= 0:
        return RateRatio(math.nan, 0.0, math.inf, 1.0, confidence)
    return rate_ratio(after, after_exposure, before, before_exposure, confidence)


def _check(
    before: int, before_exposure: float, after: int, agreed_ratio: float, alpha: float, dispersion: float = 1.0
) -> None:
    if before < 0 or after < 0:
        raise ValueError(f"a count must not be negative, but is {min(before, after)}")
    if not 0 < before_exposure < math.inf:
        raise ValueError(f"exposure must be above zero and finite, but is {before_exposure}")
    if not 0 < agreed_ratio < math.inf:
        raise ValueError(f"the agreed ratio must be above zero and finite, but is {agreed_ratio}")
    if not 0 < alpha < 1:
        raise ValueError(f"alpha is between 0 and 1, not {alpha}")
    if not 1 <= dispersion < math.inf:
        raise ValueError(f"the dispersion is at least 1 and finite, not {dispersion}")
