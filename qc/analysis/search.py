"""Greedy search for causes of one defect type: short list, joint refit, choice by description length, acceptance."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from qc.analysis.background import LINE_DAY, Spreads, factors
from qc.analysis.candidates import QUICK_SLACK, Priced, find, lay_out_all, with_gain
from qc.analysis.exposure import HOURS, Plant, Problem
from qc.analysis.places import REPORTERS, Candidate
from qc.analysis.repeats import Where, joined, repeat_of
from qc.analysis.settings import Settings
from qc.analysis.traps import discount, only_reporter, reporter_of
from qc.stats.rates import RateRatio, rate_ratio_to_expected
from qc.stats.shrinkage import Factor, Fit, fit

SHORT_LIST = 12
MINUTES_OF_WEEK = 7 * 1440
LASTING = ("always", "since", "episode")
SAME_UNITS = 0.97
ONE_LOT = 0.8  # share of a supplier's excess from which one lot has it all: its neighbours differ by nature
SURE = 3.3  # nats: the .01 level of a chi-square with one degree of freedom


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
    factors: dict[str, Factor] = field(default_factory=dict)
    by_product: NDArray[np.float64] | None = None  # units weighted by how hard their product is

    @property
    def multipliers(self) -> dict[str, NDArray[np.float64]]:
        """Of each factor, as fitted with all causes."""
        return dict(zip(self.factors, self.fit.multipliers, strict=True)) if self.fit else {}


def search(plant: Plant, problem: Problem, spreads: Spreads, settings: Settings) -> Found:
    """Add causes one by one, refitting all together, until none is worth its price."""
    found = Found()
    if problem.covered < settings.least:
        return found
    named = factors(problem.cells, plant.days, spreads)
    fitted = fit(problem.cells.count, problem.cells.units, list(named.values()))
    laid = lay_out_all(plant, problem, settings.least)
    while len(found.causes) < settings.max_causes:
        cause = _next(plant, problem, laid, named, fitted, spreads, settings, found)
        if cause is None:
            break
        if only_reporter(cause.candidate):
            found.ruled_out.append(reporter_of(plant, problem, cause.candidate).note())
            discount(plant, problem, cause.candidate)
            problem.uncounted = tuple(name for name in problem.uncounted if name not in REPORTERS)
            laid = lay_out_all(plant, problem, settings.least)
            fitted = fit(
                problem.cells.count,
                problem.cells.units,
                list(named.values()),
                _masks(found),
            )
            continue
        found.causes.append(cause)
        if cause.mask is None:  # a place without units cannot be fitted, so nothing can be searched behind it
            break
        fitted = fit(problem.cells.count, problem.cells.units, list(named.values()), _masks(found))
    before = len(found.causes)
    together = _join_repeats(problem, found)
    if len(found.causes) != before or together:
        fitted = fit(problem.cells.count, problem.cells.units, list(named.values()), _masks(found))
    found.fit, found.factors = fitted, named
    found.by_product = problem.cells.units.copy()
    if "product" in named:
        found.by_product *= found.multipliers["product"][named["product"].codes]
    _settle(found, fitted)
    for cause in together:
        _count_again(problem, cause, fitted)
    return found


def _masks(found: Found) -> list[NDArray[np.bool_]]:
    return [c.mask for c in found.causes if c.mask is not None]


def _join_repeats(problem: Problem, found: Found) -> list[Cause]:
    """Put events of one owner together where they show that they come back; the causes that came of it."""
    groups: dict[Where, list[Cause]] = {}
    back = [cause.candidate.where for cause in found.causes if cause.candidate.family == "recurring"]
    for cause in found.causes:
        owner = repeat_of(problem, cause.candidate) if cause.mask is not None else None
        if owner is not None and cause.candidate.family == "burst":  # a bad shift of a line whose bad days come back
            owner = next((place for place in back if set(place) <= set(owner)), owner)
        if owner is not None:
            groups.setdefault(owner, []).append(cause)
    together = []
    lasting = {cause.candidate.where for cause in found.causes if cause.candidate.family in LASTING}
    for owner, group in groups.items():
        whole = joined(problem, owner, [cause.candidate for cause in group])
        if whole is None:
            continue
        mine = {id(cause) for cause in group}
        kept = [cause for cause in found.causes if id(cause) not in mine]
        if owner not in lasting:  # what lasts there has them as its worst days and lots
            first = min(group, key=lambda cause: cause.price - cause.gain)
            together.append(replace(first, candidate=whole, mask=mask_of(problem, whole)))
            kept.insert(min(next(i for i, one in enumerate(found.causes) if one is first), len(kept)), together[-1])
        found.causes = kept
    return together


def _settle(found: Found, fit_of_all: Fit) -> None:
    """Expected values of each cause from the joint fit of all: a burst inside a step is not part of the step."""
    for at, cause in enumerate(c for c in found.causes if c.mask is not None):
        cause.mean = fit_of_all.without(at)


def _count_again(problem: Problem, cause: Cause, fit_of_all: Fit) -> None:
    """Numbers of a cause from its own mask and the joint fit."""
    if cause.mask is None or cause.mean is None:
        return
    count, total = float(problem.cells.count[cause.mask].sum()), float(problem.cells.count.sum())
    cause.count, cause.expected = count, float(cause.mean[cause.mask].sum())
    cause.ratio = _ratio(count, cause.expected, total, float(fit_of_all.mean.sum()))


def _ratio(count: float, expected: float, total: float, mean: float) -> RateRatio:
    """Observed against expected inside, the level being set by the records outside."""
    return rate_ratio_to_expected(int(count), expected, int(total - count), max(mean - count, 1e-9))


def _next(
    plant: Plant,
    problem: Problem,
    laid: list[Priced],
    named: dict[str, Factor],
    fitted: Fit,
    spreads: Spreads,
    settings: Settings,
    found: Found,
) -> Cause | None:
    every = find(plant, problem, laid, named, fitted, spreads, settings.least)
    listed = _short_list(problem, [c for c in every if not _told(found, problem, c)])
    refined = sorted((_refine(problem, named, fitted, found, c) for c in listed), key=lambda pair: -pair[0].net)
    for candidate, refit, mask in refined:
        if candidate.net < settings.bar:
            if found.near_miss is None and not found.causes and candidate.net > 0 and not only_reporter(candidate):
                found.near_miss = candidate
            break
        if candidate.net < settings.bar + settings.second_bar * _others(problem, found, candidate):
            continue
        cause = _accept(plant, problem, named, candidate, refit, mask, settings)
        if cause is not None:
            return cause
        if HOURS in candidate.dimensions and found.near_miss is None and not found.causes:
            if _lasts(plant, problem, named, candidate, mask, refit):
                found.near_miss = candidate
    return None


def _others(problem: Problem, found: Found, candidate: Candidate) -> int:
    """Causes that this one would come on top of; further events of one owner are likelier, not less likely."""
    owner = repeat_of(problem, candidate)
    return sum(owner is None or repeat_of(problem, cause.candidate) != owner for cause in found.causes)


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
            if candidate.family != "burst" or (candidate.start < known.stop and candidate.stop > known.start):
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
    refit = fit(problem.cells.count, problem.cells.units, list(named.values()), [*_masks(found), mask])
    if candidate.family in ("recurring", "lots"):
        return candidate, refit, mask
    return with_gain(candidate, refit.log_posterior - fitted.log_posterior), refit, mask


def _accept(
    plant: Plant,
    problem: Problem,
    named: dict[str, Factor],
    candidate: Candidate,
    refit: Fit,
    mask: NDArray[np.bool_] | None,
    settings: Settings,
) -> Cause | None:
    mean: NDArray[np.float64] | None = None
    if mask is None:
        count, expected = candidate.count, candidate.mean
    else:
        count = float(problem.cells.count[mask].sum())
        mean = refit.without(len(refit.ratios) - 1)
        expected = float(mean[mask].sum())
    total = float(problem.cells.count.sum())
    ratio = _ratio(count, expected, total, float(refit.mean.sum()))
    product = candidate.dimensions == ("product",)
    floor, lower = (
        (settings.product_floor, settings.product_lower) if product else (settings.ratio_floor, settings.lower_floor)
    )
    if ratio.ratio < floor or ratio.low < lower or count < settings.least:
        return None
    if HOURS in candidate.dimensions and count < settings.least_by_hour:
        return None
    if not _lasts(plant, problem, named, candidate, mask, refit):
        return None
    return Cause(candidate, count, expected, ratio, candidate.gain, candidate.price, mask, mean)


def _lasts(
    plant: Plant,
    problem: Problem,
    named: dict[str, Factor],
    candidate: Candidate,
    mask: NDArray[np.bool_] | None,
    refit: Fit,
) -> bool:
    """Whether what claims to last is still elevated without its worst period; bursts and lots claim no such thing."""
    if candidate.family not in LASTING or "supplier_lot" in candidate.dimensions:
        return True
    if mask is None:
        return _survives_uncounted(plant, problem, candidate)
    return _survives(problem, named, candidate, mask, refit)


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


def _survives(
    problem: Problem, named: dict[str, Factor], candidate: Candidate, mask: NDArray[np.bool_], refit: Fit
) -> bool:
    """Still elevated when its worst unit (a day, or a lot for a supplier) is left out."""
    cells = problem.cells
    expected = refit.without(len(refit.ratios) - 1)[mask]
    by_lot = "supplier" in candidate.dimensions and "supplier_lot" in cells.codes
    if by_lot:
        unit = cells.codes["supplier_lot"][mask] + 1
    else:
        unit = cells.day[mask]
    _, unit = np.unique(unit, return_inverse=True)
    seen, mean = np.bincount(unit, cells.count[mask]), np.bincount(unit, expected)
    if len(seen) < 2:
        return False
    worst = (seen - mean).argmax()
    if by_lot and (seen - mean)[worst] > ONE_LOT * (seen - mean).sum():
        return False
    kept = unit != worst
    natural = named.get("supplier_lot" if by_lot else LINE_DAY)
    spread = 0.0
    if natural is not None and natural.spread > 0:
        levels = np.bincount(natural.codes[mask][kept], expected[kept])
        spread = natural.spread * float((levels**2).sum() / max(float(levels.sum()) ** 2, 1e-300))
    return _surely_more(float(seen.sum() - seen[worst]), float(mean.sum() - mean[worst]), spread)


def _surely_more(n: float, expected: float, spread: float = 0.0) -> bool:
    """Log-likelihood ratio above the .01 level of a chi-square with one degree of freedom, for a count whose
    expected value differs by nature with this variance (negative binomial).
    """
    expected = max(expected, 1e-9)
    if n <= expected:
        return False
    gain = n * np.log(n / expected) - (n - expected)
    if spread > 0:
        a = 1 / spread
        gain = n * np.log(n / expected) - (n + a) * np.log((n + a) / (expected + a))
    return bool(gain > SURE)
