"""Every place and window that could hold a cause, with a quick gain; the short list is refitted elsewhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from qc.analysis.background import LINE_DAY, Spreads
from qc.analysis.data import Floats
from qc.analysis.exposure import HOURS, Plant, Problem
from qc.analysis.layouts import Layout, Level, expected, lay_out
from qc.analysis.places import REPORTERS, Candidate
from qc.analysis.recurring import recurring_days, recurring_lots
from qc.stats.shrinkage import Factor, Fit
from qc.stats.windows import Windows, scan

DEPTH = 3
NESTED = ({"line", "machine"}, {"station", "machine"}, {"supplier", "supplier_lot"})
ALONE = ("supplier_lot",)  # never part of a conjunction: a lot is a place of its own
EXTRA_DIMENSION = 2.0  # nats that every further dimension of a scope has to earn
FAMILIES = math.log(5)  # always, since, episode, burst, recurring
HOUR_PRICE = 5.0
AT_ONCE = 2_000_000  # places x days that are scanned together
QUICK_SLACK = 3.0  # nats by which the quick gain may fall short of what a refit finds


@dataclass(slots=True)
class Priced:
    """A layout and what it costs, in nats, to name one of its places."""

    layout: Layout
    price: float

    @property
    def estimated(self) -> bool:
        """Whether the units of its places are an estimate."""
        return self.layout.share is not None


def lay_out_all(plant: Plant, problem: Problem, least: int) -> list[Priced]:
    """All sets of dimensions that have places with enough records."""
    names = sum(1 for _ in singles(problem))
    laid = []
    for dimensions in cuboids(problem):
        layout = lay_out(plant, problem, dimensions, least)
        if layout is not None:
            kinds = max(math.comb(names, len(dimensions)), 1)
            extra = EXTRA_DIMENSION * max(len(dimensions) - 1, 0)
            laid.append(Priced(layout, math.log(layout.alternatives) + math.log(kinds) + extra + FAMILIES))
    return laid


def find(
    plant: Plant,
    problem: Problem,
    laid: Sequence[Priced],
    factors: dict[str, Factor],
    fit: Fit,
    spreads: Spreads,
    least: int,
) -> list[Candidate]:
    """The best window of every family for every place, in the order of their net gain; hopeless ones are left out."""
    total = float(problem.cells.count.sum())
    if total < least or not laid:
        return []
    level = Level(fit, factors, total, {})
    found: list[Candidate] = []
    counted: list[tuple[Priced, Floats]] = []
    for some in _in_pieces(laid):
        tables = [expected(each.layout, level, calendar=plant.calendar) for each in some]
        ends = np.cumsum([len(each.layout.codes) for each in some])
        count = np.concatenate([each.layout.count for each in some])
        mean, spread = (np.concatenate([table[i] for table in tables]) for i in (0, 1))
        for windows in scan(count, mean, total, spread, least=least):
            for each, end in zip(some, ends.tolist(), strict=True):
                found += _of_windows(plant, problem, each, windows, end - len(each.layout.codes))
        counted += [(each, mean) for each, (mean, _) in zip(some, tables, strict=True) if not each.estimated]
    found += _recurring(plant, problem, counted, level, spreads, least)
    return sorted(found, key=lambda c: (-c.net, len(c.where), c.where, c.family, c.start, c.stop))


def _in_pieces(laid: Sequence[Priced]) -> Iterator[list[Priced]]:
    """Layouts that are scanned at once: many dimensions of many values would not fit into memory together."""
    some: list[Priced] = []
    room = AT_ONCE
    for each in laid:
        if some and each.layout.count.size > room:
            yield some
            some, room = [], AT_ONCE
        some.append(each)
        room -= each.layout.count.size
    yield some


def _of_windows(plant: Plant, problem: Problem, each: Priced, windows: Windows, first: int) -> list[Candidate]:
    """The candidates of one layout, whose places begin at `first` of the scanned ones."""
    dimensions = each.layout.dimensions
    if HOURS in dimensions:
        if windows.family != "always":
            return []
        found = _candidates(each, windows, first, each.price + HOUR_PRICE, worth=FAMILIES - QUICK_SLACK)
        return _by_hour(plant, found, dimensions)
    if not _makes_sense(problem, dimensions, windows.family):
        return []
    price = each.price + math.log(windows.tried)
    return _candidates(each, windows, first, price, worth=price - QUICK_SLACK)


def _recurring(
    plant: Plant,
    problem: Problem,
    laid: Sequence[tuple[Priced, Floats]],
    level: Level,
    spreads: Spreads,
    least: int,
) -> list[Candidate]:
    """Bad days that come back at a place of ours, and bad lots that come back from a supplier."""
    found, places = [], []
    for each, mean in laid:
        dimensions, price = each.layout.dimensions, each.price + math.log(plant.days)
        if dimensions == ("supplier",) and not each.estimated:
            found += recurring_lots(problem, level, each.layout, spreads["supplier_lot"], price, least)
        elif 0 < len(dimensions) < DEPTH and not (each.estimated or {HOURS, "supplier", *ALONE} & set(dimensions)):
            places.append((each.layout, mean, price))
    return found + recurring_days(places, spreads[LINE_DAY], least, QUICK_SLACK)


def _makes_sense(problem: Problem, dimensions: tuple[str, ...], family: str) -> bool:
    """A lot is bad or not; who reports is a habit; a part's only supplier cannot be worse than another."""
    if not dimensions:  # some days or weeks of the whole plant are those of deliveries, where there are any
        return family == "since" or (family != "always" and "supplier_lot" not in problem.cells.codes)
    if dimensions[0] in ALONE or set(dimensions) & set(REPORTERS):
        return family == "always"
    if "supplier" in problem.cells.codes and "supplier" in dimensions and family == "always":
        supplier = problem.cells.codes["supplier"]
        return len(np.unique(supplier[supplier >= 0])) > 1
    return True


def _by_hour(plant: Plant, found: list[Candidate], dimensions: tuple[str, ...]) -> list[Candidate]:
    """Hours of the week, over the whole period. Starting up after the week's pause is a known cause and has no price;
    any other hour is weak evidence, because nobody counts units by the hour, and has to earn HOUR_PRICE more.
    """
    start, column = plant.start_of_week, dimensions.index(HOURS)
    return [replace(one, price=FAMILIES) if one.where[column][1] == start else one for one in found]


def singles(problem: Problem) -> Iterator[str]:
    """Dimensions in which the type's exposure or records differ; a part's only supplier still has lots."""
    for name, codes in problem.cells.codes.items():
        known = codes[codes >= 0]
        if name == "supplier" or (len(known) and known.max() != known.min()):
            yield name
    yield from problem.uncounted


def cuboids(problem: Problem) -> Iterator[tuple[str, ...]]:
    """Sets of dimensions to depth 3, first none (the plant); to depth 2 with those whose units are an estimate."""
    names = list(singles(problem))
    yield ()
    for depth in range(1, DEPTH + 1):
        for dimensions in combinations(names, depth):
            if depth == 1 or _may_join(problem, set(dimensions)):
                yield dimensions


def _may_join(problem: Problem, chosen: set[str]) -> bool:
    """Whether a set of dimensions can be one place."""
    if chosen & set(ALONE) or any(pair <= chosen for pair in NESTED):
        return False
    by_line = chosen & {HOURS, *REPORTERS}
    if by_line and (len(by_line) > 1 or chosen - by_line != {"line"}):
        return False
    return len(chosen) < DEPTH or not chosen & set(problem.uncounted)


def _candidates(each: Priced, windows: Windows, first: int, price: float, *, worth: float) -> list[Candidate]:
    here = slice(first, first + len(each.layout.codes))
    found = []
    for at in np.flatnonzero(windows.gain[here] > max(1.0, worth)):
        own = first + int(at)
        where = tuple(zip(each.layout.dimensions, each.layout.codes[at].tolist(), strict=True))
        window = int(windows.start[own]), int(windows.stop[own])
        numbers = float(windows.gain[own]), price, float(windows.count[own]), float(windows.mean[own])
        found.append(Candidate(where, windows.family, *window, *numbers, not each.estimated))
    return found


def with_gain(candidate: Candidate, gain: float) -> Candidate:
    """The same candidate after its refit."""
    return replace(candidate, gain=gain)
