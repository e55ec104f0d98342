"""What looks like a cause and is none: a recode, one reporter, double entries, mix and volume, with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from qc.analysis.data import Floats, Ints
from qc.analysis.exposure import Plant, Problem
from qc.analysis.places import REPORTERS, Candidate
from qc.stats.shrinkage import level_sums

RECODE_LEVEL = 1e-6
NEW_NAME_LEVEL = 1e-3  # of a type that gains what one that vanishes has lost; it may have been frequent before
RECODE_LEFT = 0.4  # a renamed type nearly vanishes
RECODE_OFF = 0.35  # what the one gains the other loses, within this share or two standard deviations
MIX_GAIN = 4.0  # nats that a change of rate must show before its products are looked at
MIX_LEFT = 0.35  # share of the change that may be left once products are taken into account


@dataclass(frozen=True, slots=True)
class Reporter:
    """One person who records more than others who see the same units."""

    where: dict[str, str]
    count: int
    expected: float

    def note(self) -> str:
        """In words."""
        who = " ".join(self.where.values())
        return (
            f"reporter: {who} recorded {self.count} where others at the same place would have {self.expected:.0f} "
            f"({self.count / max(self.expected, 0.1):.1f} times); check how this defect is judged"
        )


def only_reporter(candidate: Candidate) -> bool:
    """Whether a person who records is part of the place."""
    return bool(set(candidate.dimensions) & set(REPORTERS))


def reporter_of(plant: Plant, problem: Problem, candidate: Candidate) -> Reporter:
    """The numbers of a reporter over the whole period."""
    where = {name: plant.columns[name].labels[code] for name, code in candidate.where}
    return Reporter(where, int(candidate.count), candidate.mean)


def discount(plant: Plant, problem: Problem, candidate: Candidate) -> None:
    """Expect more where this person looks, so that their records blame neither the line nor the station."""
    rows = problem.records
    theirs = np.ones(len(rows), dtype=np.bool_)
    for name, code in candidate.where:
        theirs &= plant.columns[name].codes[rows] == code
    cells = problem.cells
    held = theirs & (problem.cell_of >= 0)
    if not held.any():
        return
    mine = np.ones(len(cells.day), dtype=np.bool_)
    for name in ("line", "station"):
        if name in cells.codes:
            mine &= np.isin(cells.codes[name], np.unique(cells.codes[name][problem.cell_of[held]]))
    total = float(cells.count[mine].sum())
    excess = min(max(candidate.count - candidate.mean, 0.0), 0.9 * total)
    cells.units = np.where(mine, cells.units * total / max(total - excess, 1.0), cells.units)


def recode(
    plant: Plant, problem: Problem, candidate: Candidate, excess: float, mask: NDArray[np.bool_] | None
) -> str | None:
    """Another type that falls in the same place and window by as much as this one rises: the records changed names.

    One of the two nearly vanishes: the other type within the window, or this one outside of it.
    """
    if mask is None or candidate.family not in ("since", "episode") or excess <= 0:
        return None
    for start, stop in _sides(candidate, plant.days):
        note = _renamed(plant, problem, candidate, start, stop)
        if note:
            return note
    return None


def _sides(candidate: Candidate, days: int) -> list[tuple[int, int]]:
    """The window, and all that lies behind its start or before its end: the day of the renaming is one of these."""
    sides = [(candidate.start, candidate.stop), (candidate.start, days), (0, candidate.stop)]
    return list(dict.fromkeys(side for side in sides if side != (0, days)))


def _renamed(plant: Plant, problem: Problem, candidate: Candidate, start: int, stop: int) -> str | None:
    where = candidate.where
    inside, outside = _units(problem, where, start, stop)
    if inside <= 0 or outside <= 0:
        return None
    data = plant.data
    here = np.ones(len(data), dtype=np.bool_)
    for name, code in where:
        here &= plant.columns[name].codes == code
    day = plant.step
    window = (day >= start) & (day < stop)
    size = len(data.defect_type.labels)
    n_in = np.bincount(data.defect_type.codes[here & window], minlength=size)
    n_out = np.bincount(data.defect_type.codes[here & ~window], minlength=size)
    gone = n_out * inside / outside - n_in
    own = problem.type_code
    excess = -float(gone[own])
    early, late = (here & (day >= a) & (day < b) for a, b in ((0, candidate.start), (candidate.start, stop)))
    before, during = (float((data.defect_type.codes[part] == own).sum()) for part in (early, late))
    made, later = (_units(problem, where, a, b)[0] for a, b in ((0, candidate.start), (candidate.start, stop)))
    always = before * later >= RECODE_LEFT * during * made  # an old name was there from the first day on
    old_name = start == 0 and always and n_out[own] * inside <= RECODE_LEFT * n_in[own] * outside
    for other in np.argsort(-gone):
        noise = 2 * np.sqrt(sum(n_in[t] + n_out[t] * (inside / outside) ** 2 for t in (own, other)))
        if other == own or abs(gone[other] - excess) > max(RECODE_OFF * excess, noise):
            continue
        if not old_name and n_in[other] * outside > RECODE_LEFT * n_out[other] * inside:
            continue
        both = int(n_in[other] + n_out[other])
        p = float(scipy.special.bdtr(int(n_in[other]), both, inside / (inside + outside)))
        if excess > 0 and p < (NEW_NAME_LEVEL if old_name else RECODE_LEVEL):
            types = data.defect_type.codes[here]
            when = plant.date_of(_split(day[here][types == own], day[here][types == other]))
            return (
                f"recode: {data.defect_type.labels[other]} changed the other way at the same place around "
                f"{when:%-d %B %Y} by {gone[other]:.0f} records, this one by {excess:.0f}: "
                "the records changed names, their sum did not change"
            )
    return None


def _split(rising: Ints, falling: Ints) -> int:
    """The day from which the share of one of two types among their records differs most from its share before."""
    size = int(max(rising.max(initial=0), falling.max(initial=0))) + 1
    mine, both = (np.cumsum(np.bincount(days, minlength=size)) for days in (rising, np.append(rising, falling)))
    before, after = _log_binomial(mine, both), _log_binomial(mine[-1] - mine, both[-1] - both)
    split = int((before + after).argmax()) + 1
    return int(min((day for day in (*rising.tolist(), *falling.tolist()) if day >= split), default=split))


def _log_binomial(n: Ints, total: Ints) -> Floats:
    """Largest log-likelihood of n of one kind among so many."""
    return np.asarray(scipy.special.xlogy(n, n / total.clip(1)) + scipy.special.xlogy(total - n, 1 - n / total.clip(1)))


def _units(problem: Problem, where: Sequence[tuple[str, int]], start: int, stop: int) -> tuple[float, float]:
    """Units of a place within a window and outside of it."""
    cells = problem.cells
    place = np.ones(len(cells.day), dtype=np.bool_)
    for name, code in where:
        place &= cells.codes[name] == code
    window = (cells.day >= start) & (cells.day < stop)
    return float(cells.units[place & window].sum()), float(cells.units[place & ~window].sum())


def mix(plant: Plant, problem: Problem, mean: Floats) -> str | None:
    """A line whose rate changed on some day only because it made other products from then on."""
    cells = problem.cells
    if "product" not in cells.codes or cells.count.sum() < 20:
        return None
    line = cells.codes.get("line", np.zeros_like(cells.day))
    best: tuple[float, int, int, float, float] | None = None
    for code in np.unique(line[line >= 0]):
        here = line == code
        n, units, adjusted = (
            level_sums(cells.day[here], w[here], plant.days) for w in (cells.count, cells.units, mean)
        )
        if n.sum() < 20 or units.sum() <= 0:
            continue
        crude = _two_halves(n, units)
        day = int(crude.argmax())
        left = float(_two_halves(n, adjusted)[day])
        if crude[day] > MIX_GAIN and left < MIX_LEFT * crude[day] and (best is None or crude[day] > best[0]):
            ratio = (n[day:].sum() / units[day:].sum()) / max(n[:day].sum() / max(units[:day].sum(), 1e-9), 1e-9)
            after = (n[day:].sum() / adjusted[day:].sum()) / max(n[:day].sum() / max(adjusted[:day].sum(), 1e-9), 1e-9)
            best = (float(crude[day]), int(code), day, float(ratio), float(after))
    if best is None:
        return None
    name = plant.columns["line"].labels[best[1]] if "line" in cells.codes else "the plant"
    return (
        f"mix: the rate on {name} changed {best[3]:.2f} times from {plant.date_of(best[2]):%-d %B %Y}, "
        f"but {best[4]:.2f} times once the products made are taken into account"
    )


def _two_halves(n: Floats, mean: Floats) -> Floats:
    """Log-likelihood ratio of a change on each day (0 on the first)."""
    mean = mean * (n.sum() / max(float(mean.sum()), 1e-300))
    a, e = np.cumsum(n)[:-1], np.cumsum(mean)[:-1]
    b, f = n.sum() - a, mean.sum() - e
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(a > 0, a * np.log(a / e), 0.0) + np.where(b > 0, b * np.log(b / f), 0.0)
    gain[(e < 3) | (f < 3)] = 0.0
    return np.concatenate([[0.0], np.nan_to_num(gain)])


def volume(plant: Plant, problem: Problem) -> str | None:
    """The line with most incidents, where that is because it makes most."""
    cells = problem.cells
    if "line" not in cells.codes or cells.count.sum() < 8:
        return None
    line = cells.codes["line"]
    size = len(plant.columns["line"].labels)
    n = np.bincount(line[line >= 0], cells.count[line >= 0], size)
    units = np.bincount(line[line >= 0], cells.units[line >= 0], size)
    top = int(n.argmax())
    if (units > 0).sum() < 2 or n[top] / n.sum() > 1.3 * units[top] / units.sum() or units[top] < units.max():
        return None
    name = plant.columns["line"].labels[top]
    share, made = n[top] / n.sum(), units[top] / units.sum()
    return f"volume: {name} has most incidents ({share:.0%}) because it makes most units ({made:.0%})"
