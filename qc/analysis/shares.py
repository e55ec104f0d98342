"""Shares of units that nobody counted: operators, cavities, hours, and every dimension where there is no production."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qc.analysis.data import Floats, Ints
from qc.analysis.exposure import FEW_OTHERS, Plant, Problem
from qc.analysis.keys import mixed, place_of


def shares(
    plant: Plant, problem: Problem, dimensions: Sequence[str], codes: Ints, own_rows: Ints
) -> tuple[Floats, Floats]:
    """Share of each place's values among units that nobody counted, and the relative variance of that estimate.

    The records of the other types on the same line and station stand for the units, weighted by where this type's own
    records are, so that an operator who works where the defect occurs is not blamed for working there. Where hardly
    any other record tells, the type's own shares stand (no blame); a dimension that only this type has (a cavity) has
    equal shares. Without any production all records stand for the volume.
    """
    if plant.calendar:
        return _shares_of_all(plant, problem, dimensions, codes, own_rows)
    columns = plant.columns
    shared = [d for d in dimensions if d in problem.uncounted]
    others = _others(plant, problem, shared)
    values, which_other, which_own = _joint([columns[d].codes for d in shared], others, own_rows)
    context = [columns[d].codes + 1 for d in _context(plant, dimensions, shared)]
    places, at_other, at_own = _joint(context, others, own_rows)
    told = np.bincount(at_other * values + which_other, minlength=places * values).reshape(places, values)
    own = np.bincount(at_own * values + which_own, minlength=places * values).reshape(places, values)
    alone = len(others) < FEW_OTHERS
    weight = own.sum(axis=1, keepdims=True)
    expected, seen = _drawn(told, own, len(np.unique(which_own)), alone) * weight, told * (weight > 0)
    result, doubt = np.zeros(len(codes)), np.zeros(len(codes))
    for at, place in enumerate(codes):
        matches = {d: columns[d].codes[own_rows] == place[i] for i, d in enumerate(dimensions)}
        fits = np.all(list(matches.values()), axis=0)
        same = np.all([fits | True, *(match for d, match in matches.items() if d not in shared)], axis=0)
        here, value = np.unique(at_own[same]), which_own[fits][0]
        result[at] = expected[here, value].sum() / max(float(same.sum()), 1.0)
        doubt[at] = 1 / (seen[here, value].sum() + 1) if not alone else 0.0
    known = len(own_rows) / max(problem.covered, 1)
    return np.maximum(result * known, 1e-9), doubt


def _others(plant: Plant, problem: Problem, shared: Sequence[str]) -> Ints:
    """Rows of the other defect types that say all of some dimensions."""
    other = np.all([plant.columns[d].codes >= 0 for d in shared], axis=0)
    other[problem.records] = False
    return np.flatnonzero(other)


def _context(plant: Plant, dimensions: Sequence[str], shared: Sequence[str]) -> list[str]:
    """Where shares are compared: the line, the station and the place's counted dimensions."""
    names = dict.fromkeys(("line", "station", *dimensions))
    return [d for d in names if d in plant.columns and d not in shared]


def _drawn(told: Ints, own: Ints, occurring: int, alone: bool) -> Floats:
    """Shares per context from the other records, drawn towards the plant's; what nobody tells stays as it is."""
    places, values = told.shape
    anywhere = (told.sum(axis=0) + 1.0) / (told.sum() + values)
    prior = max(FEW_OTHERS, values)
    enough = told.sum(axis=1, keepdims=True) >= FEW_OTHERS
    drawn = (told + prior * anywhere) / (told.sum(axis=1, keepdims=True) + prior)
    unsaid = np.full(values, 1.0 / occurring) if alone else own / np.maximum(own.sum(axis=1, keepdims=True), 1)
    return np.where(enough, drawn, unsaid)


def _joint(codes: Sequence[Ints], first: Ints, second: Ints) -> tuple[int, Ints, Ints]:
    """Joint codes of several columns for two sets of rows, and how many there are."""
    rows = np.concatenate([first, second])
    if not codes:
        return 1, np.zeros(len(first), dtype=np.int64), np.zeros(len(second), dtype=np.int64)
    key = mixed([code[rows] for code in codes], [int(code.max(initial=0)) + 2 for code in codes])
    keys, back = np.unique(key, return_inverse=True)
    return len(keys), back[: len(first)], back[len(first) :]


def _shares_of_all(
    plant: Plant, problem: Problem, dimensions: Sequence[str], codes: Ints, own_rows: Ints
) -> tuple[Floats, Floats]:
    at = {d: codes[:, i] for i, d in enumerate(dimensions)}
    among = np.all([plant.columns[d].codes >= 0 for d in dimensions], axis=0)
    sizes = [size_of(plant, problem, name) for name in dimensions]
    keys, back = np.unique(mixed([at[name] for name in dimensions], sizes), return_inverse=True)
    place = place_of(keys, mixed([plant.columns[name].codes[among] for name in dimensions], sizes))
    times = np.bincount(place[place >= 0], minlength=len(keys)).astype(np.float64)[back]
    known = len(own_rows) / max(problem.covered, 1)
    return np.maximum((times + 0.1) / (among.sum() + 1) * known, 1e-9), 1 / (times + 1)


def size_of(plant: Plant, problem: Problem, name: str) -> int:
    """Number of codes that a dimension may take in this type."""
    if name in problem.cells.codes:
        return int(problem.cells.codes[name].max(initial=0)) + 1
    return len(plant.columns[name].labels) + 1
