"""Run rules: patterns inside the limits that chance seldom makes.

Two families. Anhoej's tests look at the whole series and adapt to its length; they are the default, because a rule
book of eight rules cries wolf: in 52 healthy weeks of 1 incident a week a u chart with Western Electric's rules
alarmed in 49 % of the series, the limits alone in 41 %. Western Electric's and Nelson's rules look at each point; they
are here because audits and customers ask for them by name.

References:
[1] J. Anhoej and A. Olesen, Run charts revisited, PLoS ONE 9 (2014) e113825.
[2] Western Electric, Statistical Quality Control Handbook (1956), pp. 23-28.
[3] L. Nelson, The Shewhart control chart: tests for special causes, J. Quality Technology 16 (1984) 237.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import ArrayLike, NDArray

from qc.stats.series import Floats, Positions

RUN_LENGTH = 7  # qcc's default


@dataclass(frozen=True, slots=True)
class Runs:
    """Anhoej's tests: an unusually long run on one side of the centre, or unusually few crossings of it."""

    longest: int
    longest_limit: int
    crossings: int
    crossings_limit: int

    @property
    def signal(self) -> bool:
        """Whether either test says that the centre moved."""
        return self.longest > self.longest_limit or self.crossings < self.crossings_limit


@dataclass(frozen=True, slots=True)
class Rule:
    """`needed` of `among` points in a row that lie in `zone`, and the positions at which such a row is complete."""

    name: str
    words: str
    positions: tuple[int, ...]


def run_tests(points: ArrayLike, centre: ArrayLike) -> Runs:
    """Longest run and number of crossings about the centre, with their limits [1].

    `points` and `centre` have one length; points on the centre belong to no side and are left out. The longest run
    signals above round(log2(n) + 3), the crossings below the 5 % quantile of a binomial of n - 1 even chances.

    >>> run_tests([1, 1, 1, -1, -1], [0, 0, 0, 0, 0])
    Runs(longest=3, longest_limit=5, crossings=1, crossings_limit=0)
    """
    side = _sides(points, centre)
    side = side[side != 0]
    n = len(side)
    if not n:
        return Runs(0, 0, 0, 0)
    change = np.flatnonzero(np.diff(side) != 0)
    edges = np.concatenate([[-1], change, [n - 1]])
    least = int(scipy.stats.binom.ppf(0.05, n - 1, 0.5)) if n > 1 else 0
    return Runs(int(np.diff(edges).max()), round(math.log2(n) + 3), len(change), least)


def run_rule(points: ArrayLike, centre: ArrayLike, length: int = RUN_LENGTH) -> Positions:
    """Positions at which at least `length` points in a row have stood on one side (qcc's violating runs).

    >>> run_rule([1, 1, 1], [0, 0, 0], length=2).tolist()
    [1, 2]
    """
    if length < 1:
        raise ValueError(f"a run has at least one point, not {length}")
    side = _sides(points, centre)
    return np.flatnonzero(_row(side > 0, length) | _row(side < 0, length))


def western_electric(z: ArrayLike) -> tuple[Rule, ...]:
    """The four zone rules [2] on distances `z` from the centre in standard deviations; only those that were broken.

    Each names the positions at which its pattern is complete. NaN (a gap) breaks every row.

    >>> [(rule.name, rule.positions) for rule in western_electric([0, 2.5, 0.1, 2.2])]
    [('WE 2', (3,))]
    """
    x = _distances(z)
    return _broken(
        ("WE 1", "one point beyond three sigma", _one_beyond(x, 3)),
        ("WE 2", "two of three beyond two sigma on one side", _some_beyond(x, 2, 3, 2)),
        ("WE 3", "four of five beyond one sigma on one side", _some_beyond(x, 4, 5, 1)),
        ("WE 4", "eight in a row on one side", _some_beyond(x, 8, 8, 0)),
    )


def nelson(z: ArrayLike) -> tuple[Rule, ...]:
    """Nelson's eight tests [3] on distances `z` from the centre in standard deviations; only those that were broken.

    They differ from Western Electric's in the run of nine (not eight) and add trend, alternation, stratification and
    mixture. On a healthy chart all eight together alarm about once in 73 points (400 simulated series), Western
    Electric's four once in 92, the limits alone once in 370.

    >>> [rule.name for rule in nelson([0.1, 0.2, 0.3, 0.4, 0.5, 0.6])]
    ['Nelson 3']
    """
    x = _distances(z)
    steps = np.concatenate([[np.nan], np.diff(x)])
    turns = np.concatenate([[False], steps[1:] * steps[:-1] < 0])
    return _broken(
        ("Nelson 1", "one point beyond three sigma", _one_beyond(x, 3)),
        ("Nelson 2", "nine in a row on one side", _some_beyond(x, 9, 9, 0)),
        ("Nelson 3", "six in a row rising or falling", _row(steps > 0, 5) | _row(steps < 0, 5)),
        ("Nelson 4", "fourteen in a row alternating", _row(turns, 12)),
        ("Nelson 5", "two of three beyond two sigma on one side", _some_beyond(x, 2, 3, 2)),
        ("Nelson 6", "four of five beyond one sigma on one side", _some_beyond(x, 4, 5, 1)),
        ("Nelson 7", "fifteen in a row within one sigma", _row(np.abs(x) < 1, 15)),
        ("Nelson 8", "eight in a row beyond one sigma on either side", _row(np.abs(x) > 1, 8)),
    )


def _broken(*found: tuple[str, str, NDArray[np.bool_]]) -> tuple[Rule, ...]:
    rules = (Rule(name, words, tuple(np.flatnonzero(at).tolist())) for name, words, at in found)
    return tuple(rule for rule in rules if rule.positions)


def _distances(z: ArrayLike) -> Floats:
    x = np.asarray(z, dtype=np.float64)
    if x.ndim != 1:
        raise ValueError(f"run rules need a series, not an array of shape {x.shape}")
    return x


def _sides(points: ArrayLike, centre: ArrayLike) -> Floats:
    x, middle = np.asarray(points, dtype=np.float64), np.asarray(centre, dtype=np.float64)
    if x.ndim != 1 or x.shape != middle.shape:
        raise ValueError(f"points of shape {x.shape} but a centre of shape {middle.shape}")
    return np.asarray(np.sign(x - middle), dtype=np.float64)


def _one_beyond(x: Floats, sigmas: float) -> NDArray[np.bool_]:
    return np.asarray(np.abs(x) > sigmas, dtype=bool)


def _some_beyond(x: Floats, needed: int, among: int, sigmas: float) -> NDArray[np.bool_]:
    """Where the last of at least `needed` of `among` points beyond `sigmas` on one side stands."""
    return _share(x > sigmas, needed, among) | _share(x < -sigmas, needed, among)


def _share(inside: NDArray[np.bool_], needed: int, among: int) -> NDArray[np.bool_]:
    sums = np.concatenate([np.zeros(among, dtype=np.int64), np.cumsum(inside)])
    return np.asarray((sums[among:] - sums[:-among] >= needed) & inside, dtype=bool)


def _row(inside: Sequence[bool] | NDArray[np.bool_], length: int) -> NDArray[np.bool_]:
    """Where at least `length` points in a row have been inside."""
    flags = np.asarray(inside, dtype=bool)
    return _share(flags, length, length)
