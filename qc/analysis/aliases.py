"""Scopes that hold the same records as a cause and cannot be told from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qc.analysis.exposure import HOURS, Plant, Problem
from qc.analysis.places import REPORTERS, Candidate
from qc.stats.overlap import jaccard

SAME = 0.95
FINER = {"line": "station", "station": "machine"}  # of two names for one place the finer one says more


def records_of(plant: Plant, problem: Problem, candidate: Candidate) -> NDArray[np.bool_]:
    """Which of the type's records lie in the window of a candidate."""
    if candidate.family == "recurring":
        return np.isin(problem.day, candidate.bad)
    return (problem.day >= candidate.start) & (problem.day < candidate.stop)


def codes_of(plant: Plant, problem: Problem, name: str) -> NDArray[np.int64]:
    """Codes of the type's records in a dimension, imputed from the cell where exposure knows better."""
    own = plant.columns[name].codes[problem.records]
    if name not in problem.cells.codes:
        return own
    held = problem.cell_of >= 0
    imputed = own.copy()
    imputed[held] = np.where(own[held] < 0, problem.cells.codes[name][problem.cell_of[held]], own[held])
    return imputed


def aliases(plant: Plant, problem: Problem, candidate: Candidate) -> list[dict[str, str]]:
    """Each dimension of the cause replaced by another that selects the same records, judged where both are known."""
    window = records_of(plant, problem, candidate)
    found: list[dict[str, str]] = []
    for name, _ in candidate.where:
        rest = window.copy()
        for other, value in candidate.where:
            if other != name:
                rest &= codes_of(plant, problem, other) == value
        own = codes_of(plant, problem, name)
        mine = own == dict(candidate.where)[name]
        for instead in sorted(set(plant.columns) - set(candidate.dimensions) - {HOURS, *REPORTERS}):
            theirs = codes_of(plant, problem, instead)
            known = rest & (theirs >= 0) & (own >= 0)
            if (known & mine).sum() < 0.5 * (rest & mine).sum() or not (known & mine).any():
                continue
            value = int(np.bincount(theirs[known & mine]).argmax())
            everywhere = (codes_of(plant, problem, instead) >= 0) & (own >= 0)
            if jaccard(known & mine, known & (theirs == value)) >= SAME and len(np.unique(theirs[everywhere])) > 1:
                where = {d: plant.columns[d].labels[c] for d, c in candidate.where if d != name}
                found.append({**where, instead: plant.columns[instead].labels[value]})
    return found


def finest(plant: Plant, candidate_where: dict[str, str], same: list[dict[str, str]]) -> dict[str, str]:
    """The station instead of its line where both are the same records and the line has other stations."""
    for coarse, fine in FINER.items():
        if coarse not in candidate_where:
            continue
        for other in same:
            rest = {k: v for k, v in candidate_where.items() if k != coarse}
            if (
                fine in other
                and other == {**rest, fine: other[fine]}
                and _within(plant, fine, other[fine], coarse, candidate_where[coarse])
            ):
                return other
    return candidate_where


def _within(plant: Plant, fine: str, value: str, coarse: str, place: str) -> bool:
    """Whether the finer place lies in the coarser one alone, which also has others."""
    inner = plant.columns[fine].codes == plant.columns[fine].labels.index(value)
    outer = plant.columns[coarse].codes == plant.columns[coarse].labels.index(place)
    known = plant.columns[coarse].codes >= 0
    return bool(
        (inner & known & ~outer).sum() <= 0.02 * inner.sum()
        and (outer & ~inner & (plant.columns[fine].codes >= 0)).any()
    )
