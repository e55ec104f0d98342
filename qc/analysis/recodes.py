"""Defect types that changed names in the whole plant: one vanishes on the day that another grows by as much.

Such a pair is taken out before anything is searched, because a type that vanished looks like a trouble that ended, and
wherever it was a little more frequent by chance (a supplier, a shift) would be blamed for it. A renaming at one place
is seen when that place is looked at (traps.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from qc.analysis.data import Floats
from qc.analysis.exposure import Cells, Plant, Problem

SURE = 12.0  # nats of the name that vanishes or is new: one in a million for a day that was chosen among many
SEEN = 4.7  # of the other one, on that day: one in a thousand
SAME_DAY = 6.0  # nats that either may lose against the day that suits itself best
LEFT = 0.4  # an old name nearly vanishes
NEW = 0.1  # a new name hardly existed
OFF = 0.35  # what the one gains the other loses, within this share of the larger or two standard deviations


@dataclass(frozen=True, slots=True)
class Renamed:
    """From `step` on records of one type are entered as another; what this one changed by, and the other."""

    step: int
    other: int
    change: float
    other_change: float

    def note(self, plant: Plant) -> str:
        """In words."""
        return (
            f"recode: {plant.data.defect_type.labels[self.other]} changed the other way in the whole plant around "
            f"{plant.date_of(self.step):%-d %B %Y} by {abs(self.other_change):.0f} records, this one by "
            f"{abs(self.change):.0f}: the records changed names, their sum did not change"
        )


def recodes(plant: Plant) -> dict[int, Renamed]:
    """The plant's renamed types, by code; a type changes its name once at most."""
    types = plant.data.defect_type
    size = len(types.labels)
    made = np.bincount(plant.base.day, plant.base.units, plant.days).cumsum()
    if size < 2 or plant.days < 2 or made[-1] <= 0:
        return {}
    each = np.bincount(types.codes * plant.days + plant.step, minlength=size * plant.days).reshape(size, plant.days)
    early = np.cumsum(each, axis=1)[:, :-1].astype(np.float64)
    changes = _Changes.of(early, each.sum(axis=1).astype(np.float64)[:, None], made[:-1] / made[-1])
    found: dict[int, Renamed] = {}
    for _, old, new, split in sorted(_pairs(changes), reverse=True):
        if old not in found and new not in found:
            lost, gained = (float(changes.change[which, split]) for which in (old, new))
            found[old] = Renamed(split + 1, new, lost, gained)
            found[new] = Renamed(split + 1, old, gained, lost)
    return found


@dataclass(frozen=True, slots=True)
class _Changes:
    """Per type and split between two days: how surely and by how much the rate changes there."""

    fall: Floats  # log-likelihood ratio where the rate falls, else 0
    rise: Floats
    left: Floats  # rate after as a share of the rate before
    change: Floats  # records after, less what the rate before would have brought
    variance: Floats
    early: Floats
    late: Floats

    @classmethod
    def of(cls, early: Floats, total: Floats, share: Floats) -> _Changes:
        """From records before each split, all records, and the share of units made before it."""
        late, inside = total - early, (share > 0) & (share < 1)
        before = np.where(inside, share, 0.5)
        times = (1 - before) / before
        with np.errstate(divide="ignore", invalid="ignore"):
            gain = np.where(early > 0, early * np.log(early / (total * before)), 0.0)
            gain += np.where(late > 0, late * np.log(late / (total * (1 - before))), 0.0)
            left = np.where(early > 0, late / (early * times), np.inf)
        gain = np.where(inside, gain, 0.0)
        change, variance = late - early * times, late + early * times**2
        return cls(np.where(left < 1, gain, 0.0), np.where(left > 1, gain, 0.0), left, change, variance, early, late)


def _pairs(changes: _Changes) -> list[tuple[float, int, int, int]]:
    """Nats, old name, new name and split of every pair that fits."""
    fall, rise = changes.fall.max(axis=1), changes.rise.max(axis=1)
    vanished = np.asarray(np.any((changes.fall >= SURE) & (changes.left <= LEFT), axis=1))
    appeared = np.asarray(np.any((changes.rise >= SURE) & (changes.left >= 1 / NEW), axis=1))
    found = []
    for old in np.flatnonzero(fall >= SEEN).tolist():
        for new in np.flatnonzero((rise >= SEEN) & (vanished[old] | appeared)).tolist():
            split = _split(changes, old, new, (float(fall[old]), float(rise[new])))
            if split is not None:
                found.append((float(changes.fall[old, split] + changes.rise[new, split]), old, new, split))
    return found


def _split(changes: _Changes, old: int, new: int, best: tuple[float, float]) -> int | None:
    """The day on which one name takes the place of the other, if there is one."""
    fall, rise = changes.fall[old], changes.rise[new]
    split = _best_share(changes, old, new)
    if fall[split] < max(SEEN, best[0] - SAME_DAY) or rise[split] < max(SEEN, best[1] - SAME_DAY):
        return None
    gone = fall[split] >= SURE and changes.left[old, split] <= LEFT
    fresh = rise[split] >= SURE and changes.left[new, split] >= 1 / NEW
    lost, gained = -float(changes.change[old, split]), float(changes.change[new, split])
    noise = 2 * float(np.sqrt(changes.variance[old, split] + changes.variance[new, split]))
    same = abs(lost - gained) <= max(OFF * max(lost, gained), noise)
    return split if (gone or fresh) and same else None


def _best_share(changes: _Changes, old: int, new: int) -> int:
    """Where the share of one name among the records of both changes most; what both have in common cancels out."""
    value = np.zeros(changes.early.shape[1])
    for side in (changes.early, changes.late):
        both = np.maximum(side[old] + side[new], 1.0)
        value += scipy.special.xlogy(side[old], side[old] / both) + scipy.special.xlogy(side[new], side[new] / both)
    return int(value.argmax())


def follow(problem: Problem, renamed: Renamed) -> None:
    """Expect of each name what it had on either side of the day, so that only differences between places are left."""
    cells = problem.cells
    late = np.asarray(cells.day >= renamed.step, dtype=np.bool_)
    before, after = _rate(cells, np.logical_not(late)), _rate(cells, late)
    if before > 0 and after > 0:
        cells.units = np.where(late, cells.units * (after / before), cells.units)


def _rate(cells: Cells, side: NDArray[np.bool_]) -> float:
    made = float(cells.units[side].sum())
    return (float(cells.count[side].sum()) + 0.5) / made if made > 0 else 0.0
