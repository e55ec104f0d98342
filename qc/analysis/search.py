"""Greedy search for causes of one defect type: short list, joint refit, choice by description length, acceptance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from qc.analysis.background import Spreads, factors
from qc.analysis.candidates import find, with_gain
from qc.analysis.exposure import HOURS, Plant, Problem
from qc.analysis.places import REPORTERS, Candidate
from qc.analysis.settings import Settings
from qc.analysis.traps import discount, only_reporter, reporter_of
from qc.stats.rates import RateRatio, rate_ratio_to_expected
from qc.stats.shrinkage import Factor, Fit, fit

SHORT_LIST = 12
MINUTES_OF_WEEK = 7 * 1440
SAME_UNITS = 0.97
QUICK_SLACK = 3.0  # nats by which the quick gain may fall short of what a refit finds


@dataclass(slots=True)
class Cause:
    """An accepted cause with its own numbers: records inside, expected without it, and how much better it explains."""

    candidate: Candidate
    count: float
    expected: float
    ratio: RateRatio
    gain: float
    price: float
    mask: NDArray[np.bool_] | None
    mean: NDArray[np.float64] | None = None  # expected per cell without this cause


@dataclass(slots=True)
class Found:
    """What the search of one type leaves: causes, the near miss, and the fitted background."""

    causes: list[Cause] = field(default_factory=list)
    near_miss: Candidate | None = None
    ruled_out: list[str] = field(default_factory=list)
    fit: Fit | None = None
    by_product: NDArray[np.float64] | None = None  # units weighted by how hard their product is


def search(plant: Plant, problem: Problem, spreads: Spreads, settings: Settings) -> Found:
    """Add causes one by one, refitting all together, until none is worth its price."""
    found = Found()
    if problem.covered < settings.least:
        return found
    named = factors(problem.cells, plant.days, spreads)
    fitted = fit(problem.cells.count, problem.cells.units, list(named.values()))
    while len(found.causes) < settings.max_causes:
        cause = _next(plant, problem, named, fitted, spreads, settings, found)
        if cause is None:
            break
        if only_reporter(cause.candidate):
            found.ruled_out.append(reporter_of(plant, problem, cause.candidate).note())
            discount(plant, problem, cause.candidate)
            problem.uncounted = tuple(name for name in problem.uncounted if name not in REPORTERS)
            fitted = fit(
                problem.cells.count,
                problem.cells.units,
                list(named.values()),
                [c.mask for c in found.causes if c.mask is not None],
            )
            continue
        found.causes.append(cause)
        if cause.mask is None:  # a place without units cannot be fitted, so nothing can be searched behind it
            break
        masks = [c.mask for c in found.causes if c.mask is not None]
        fitted = fit(problem.cells.count, problem.cells.units, list(named.values()), masks)
    found.fit = fitted
    found.by_product = problem.cells.units.copy()
    if "product" in named:
        found.by_product *= fitted.multipliers[list(named).index("product")][named["product"].codes]
    _settle(found, fitted)
    return found


def _settle(found: Found, fit_of_all: Fit) -> None:
    """Expected values of each cause from the joint fit of all: a burst inside a step is not part of the step."""
    fitted = [c for c in found.causes if c.mask is not None]
    for cause, ratio in zip(fitted, fit_of_all.ratios, strict=True):
        mean = fit_of_all.mean.copy()
        mean[cause.mask] /= max(ratio, 1e-9)
        cause.mean = mean


def _next(
    plant: Plant,
    problem: Problem,
    named: dict[str, Factor],
    fitted: Fit,
    spreads: Spreads,
    settings: Settings,
    found: Found,
) -> Cause | None:
    listed = _short_list(
        problem,
        [c for c in find(plant, problem, named, fitted, spreads, settings.least) if not _told(found, problem, c)],
    )
    bar = settings.bar + settings.second_bar * len(found.causes)
    refined = sorted((_refine(problem, named, fitted, found, c) for c in listed), key=lambda pair: -pair[0].net)
    for candidate, refit, mask in refined:
        if candidate.net < bar:
            if found.near_miss is None and not found.causes and candidate.net > 0 and not only_reporter(candidate):
                found.near_miss = candidate
            break
        cause = _accept(plant, problem, candidate, refit, mask, settings)
        if cause is not None:
            return cause
        if HOURS in candidate.dimensions and found.near_miss is None and not found.causes:
            if _lasts(plant, problem, candidate, mask, refit):
                found.near_miss = candidate
    return None


def _short_list(problem: Problem, found: list[Candidate]) -> list[Candidate]:
    """The best by quick net gain, at most two windows of one place."""
    listed: list[Candidate] = []
    times: dict[tuple[tuple[str, int], ...], int] = {}
    for candidate in found:
        if candidate.net < -QUICK_SLACK or len(listed) == SHORT_LIST:
            break
        if candidate.fitted and len(candidate.where) > 1 and _says_no_more(problem, candidate):
            continue
        times[candidate.where] = times.get(candidate.where, 0) + 1
        if times[candidate.where] <= 2:
            listed.append(candidate)
    return listed


def _says_no_more(problem: Problem, candidate: Candidate) -> bool:
    """Whether a dimension can be left out of the place without changing its units: the smaller scope then stands."""
    codes, units = problem.cells.codes, problem.cells.units
    masks = [codes[name] == code for name, code in candidate.where]
    here = float(units[np.all(masks, axis=0)].sum())
    return any(
        here >= SAME_UNITS * float(units[np.all(masks[:i] + masks[i + 1 :], axis=0)].sum()) for i in range(len(masks))
    )


def _told(found: Found, problem: Problem, candidate: Candidate) -> bool:
    """Whether an accepted cause already says this: the same place again, or a lot of a supplier that is a cause."""
    for cause in found.causes:
        known = cause.candidate
        if known.where == candidate.where and (known.family == "burst") == (candidate.family == "burst"):
            return True
        if candidate.dimensions == ("supplier_lot",) and known.dimensions == ("supplier",):
            of_lot = problem.cells.codes["supplier"][problem.cells.codes["supplier_lot"] == candidate.where[0][1]]
            if len(of_lot) and of_lot[0] == known.where[0][1]:
                return True
    return False


def mask_of(problem: Problem, candidate: Candidate) -> NDArray[np.bool_]:
    """The cells of a candidate's place and window."""
    cells = problem.cells
    mask = np.ones(len(cells.day), dtype=np.bool_)
    for name, code in candidate.where:
        mask &= cells.codes[name] == code
    if candidate.family == "recurring":
        return mask & np.isin(cells.day, candidate.bad)
    if candidate.family == "lots":
        return mask & np.isin(cells.codes["supplier_lot"], candidate.bad)
    return mask & (cells.day >= candidate.start) & (cells.day < candidate.stop)


def _refine(
    problem: Problem, named: dict[str, Factor], fitted: Fit, found: Found, candidate: Candidate
) -> tuple[Candidate, Fit, NDArray[np.bool_] | None]:
    if not candidate.fitted:
        return candidate, fitted, None
    mask = mask_of(problem, candidate)
    masks = [c.mask for c in found.causes if c.mask is not None]
    refit = fit(problem.cells.count, problem.cells.units, list(named.values()), [*masks, mask])
    if candidate.family in ("recurring", "lots"):
        return candidate, refit, mask
    return with_gain(candidate, refit.log_posterior - fitted.log_posterior), refit, mask


def _accept(
    plant: Plant,
    problem: Problem,
    candidate: Candidate,
    refit: Fit,
    mask: NDArray[np.bool_] | None,
    settings: Settings,
) -> Cause | None:
    if mask is None:
        count, expected = candidate.count, candidate.mean
    else:
        count = float(problem.cells.count[mask].sum())
        expected = float(refit.mean[mask].sum()) / max(refit.ratios[-1], 1e-9)
    total = float(problem.cells.count.sum())
    ratio = rate_ratio_to_expected(
        int(count), expected, int(total - count), max(float(refit.mean.sum()) - float(count), 1e-9)
    )
    product = candidate.dimensions == ("product",)
    floor, lower = (
        (settings.product_floor, settings.product_lower) if product else (settings.ratio_floor, settings.lower_floor)
    )
    if ratio.ratio < floor or ratio.low < lower or count < settings.least:
        return None
    if HOURS in candidate.dimensions and count < settings.least_by_hour:
        return None
    if not _lasts(plant, problem, candidate, mask, refit):
        return None
    mean = None
    if mask is not None:
        mean = refit.mean.copy()
        mean[mask] /= max(refit.ratios[-1], 1e-9)
    return Cause(candidate, count, expected, ratio, candidate.gain, candidate.price, mask, mean)


def _lasts(plant: Plant, problem: Problem, candidate: Candidate, mask: NDArray[np.bool_] | None, refit: Fit) -> bool:
    """Whether what claims to last is still elevated without its worst period; bursts and lots claim no such thing."""
    if candidate.family not in ("always", "since", "episode") or "supplier_lot" in candidate.dimensions:
        return True
    if mask is None:
        return _survives_uncounted(plant, problem, candidate)
    return _survives(problem, candidate, mask, refit)


def _survives_uncounted(plant: Plant, problem: Problem, candidate: Candidate) -> bool:
    """The same for a place without units: its worst day (for an hour of the week: its worst week) is left out."""
    rows, day = problem.records, problem.day
    here = (problem.cell_of >= 0) & (day >= candidate.start) & (day < candidate.stop)
    for name, code in candidate.where:
        counted = name in problem.cells.codes
        here &= (problem.cells.codes[name][problem.cell_of] if counted else plant.columns[name].codes[rows]) == code
    cells = problem.cells.day
    periods = np.unique(cells[(cells >= candidate.start) & (cells < candidate.stop)])
    if HOURS in candidate.dimensions:  # an hour of the week has one day a week, in whichever shift's night it lies
        day, periods = plant.data.minute[rows] // MINUTES_OF_WEEK, np.unique(periods // 7)
    if not here.any() or len(periods) < 2:
        return False
    worst = np.unique(day[here], return_counts=True)[1].max()
    if HOURS in candidate.dimensions and worst > 0.5 * (here.sum() - candidate.mean):
        return False  # units by the hour are an estimate, so a burst and a few more are no habit
    return _surely_more(float(here.sum() - worst), candidate.mean * (1 - 1 / len(periods)))


def _survives(problem: Problem, candidate: Candidate, mask: NDArray[np.bool_], refit: Fit) -> bool:
    """Still elevated when its worst unit (a day's shift, or a lot for a supplier) is left out."""
    cells = problem.cells
    expected = refit.mean[mask] / max(refit.ratios[-1], 1e-9)
    if "supplier" in candidate.dimensions and "supplier_lot" in cells.codes:
        unit = cells.codes["supplier_lot"][mask] + 1
    else:
        unit = cells.day[mask] * 64 + cells.codes.get("shift", np.zeros_like(cells.day))[mask] + 1
    _, unit = np.unique(unit, return_inverse=True)
    seen, mean = np.bincount(unit, cells.count[mask]), np.bincount(unit, expected)
    if len(seen) < 2:
        return False
    worst = (seen - mean).argmax()
    return _surely_more(float(seen.sum() - seen[worst]), float(mean.sum() - mean[worst]))


def _surely_more(n: float, expected: float) -> bool:
    """Log-likelihood ratio above the .01 level of a chi-square with one degree of freedom."""
    expected = max(expected, 1e-9)
    return bool(n > expected and n * np.log(n / expected) - (n - expected) > 3.3)
