"""Shares of units that nobody counted: operators, cavities, hours, and every dimension where there is no production."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qc.analysis.data import Floats, Ints
from qc.analysis.exposure import FEW_OTHERS, Plant, Problem
from qc.analysis.keys import mixed, place_of
from qc.analysis.told import Told, keyed, said, sizes


@dataclass(frozen=True, slots=True)
class Others:
    """Records of the other types by context and value, with their shares drawn towards the plant's."""

    count: Ints
    drawn: Floats
    enough: np.typing.NDArray[np.bool_]  # contexts in which they tell
    alone: bool  # hardly any other record tells anything


def shares(
    plant: Plant, problem: Problem, dimensions: Sequence[str], codes: Ints, own_rows: Ints
) -> tuple[Floats, Floats]:
    """Share of each place's values among units that nobody counted, and the relative variance of that estimate.

    The records of the other types on the same line and station stand for the units, weighted by where this type's own
    records are, so that an operator who works where the defect occurs is not blamed for working there. Where hardly
    any other record tells, the type's own shares stand (no blame); a dimension that only this type has (a cavity) has
    equal shares. Without any production all records stand for the volume.
    """
    known = len(own_rows) / max(problem.covered, 1)
    if plant.calendar:
        told = told_of(plant, dimensions, ())
        times = told.of_values(mixed(list(codes.T), sizes(plant.columns, dimensions))).astype(np.float64)
        return np.maximum((times + 0.1) / (told.total + 1) * known, 1e-9), 1 / (times + 1)
    shared = [d for d in dimensions if d in problem.uncounted]
    place = {d: codes[:, i] for i, d in enumerate(dimensions)}
    keys = mixed([place[d] for d in shared], sizes(plant.columns, shared))
    wanted, value = np.unique(keys, return_inverse=True)
    group, expected, doubt, weight = _by_group(plant, problem, shared, place, wanted, own_rows)
    share = expected[group, value] / np.maximum(weight[group], 1.0)
    return np.maximum(share * known, 1e-9), doubt[group, value]


def told_of(plant: Plant, shared: Sequence[str], context: Sequence[str]) -> Told:
    """Counted when it is first asked for."""
    name = (tuple(shared), tuple(context))
    if name not in plant.told:
        plant.told[name] = Told.of(plant.columns, shared, context)
    return plant.told[name]


def _by_group(
    plant: Plant, problem: Problem, shared: Sequence[str], place: Mapping[str, Ints], wanted: Ints, own_rows: Ints
) -> tuple[Ints, Floats, Floats, Floats]:
    """Group of each place (its counted dimensions), and per group: expected records and doubt by value, own records.

    The last group is all, for places whose counted dimensions no record names itself.
    """
    columns, rest = plant.columns, [d for d in place if d not in shared]
    context = _context(plant, place, shared)
    contexts, first, here = np.unique(keyed(columns, context, own_rows, 1), return_index=True, return_inverse=True)
    weight = np.bincount(here, minlength=len(contexts)).astype(np.float64)
    others = _others(plant, problem, shared, context, contexts, wanted)
    if others.alone:
        unsaid = np.full(others.drawn.shape, 1.0 / len(np.unique(keyed(columns, shared, own_rows))))
    else:
        own = _table(here, place_of(wanted, keyed(columns, shared, own_rows)), *others.drawn.shape)
        unsaid = own / weight[:, None]
    expected = np.where(others.enough[:, None], others.drawn, unsaid) * weight[:, None]
    groups, group = np.unique(keyed(columns, rest, own_rows[first]), return_inverse=True)
    size = sizes(columns, rest)
    of_place = place_of(groups, mixed([place[d] for d in rest], size) if rest else np.zeros(len(place[shared[0]]), int))
    doubt = 1 / (_sums(group, others.count, len(groups)) + 1) * (not others.alone)
    return of_place, _sums(group, expected, len(groups)), doubt, _sums(group, weight[:, None], len(groups))[:, 0]


def _others(
    plant: Plant, problem: Problem, shared: Sequence[str], context: Sequence[str], contexts: Ints, wanted: Ints
) -> Others:
    told = told_of(plant, shared, context)
    rows = problem.records[said(plant.columns, shared, problem.records)]
    value = place_of(wanted, keyed(plant.columns, shared, rows))
    where = place_of(contexts, keyed(plant.columns, context, rows, 1))
    count = told.of_cells(contexts, wanted) - _table(where, value, len(contexts), len(wanted))
    sums = told.of_contexts(contexts) - np.bincount(where[where >= 0], minlength=len(contexts))
    values = told.of_values(wanted) - np.bincount(value[value >= 0], minlength=len(wanted))
    total = told.total - len(rows)
    anywhere = (values + 1.0) / (total + told.values)
    prior = max(FEW_OTHERS, told.values)
    drawn = np.asarray((count + prior * anywhere) / (sums + prior)[:, None])
    return Others(count, drawn, sums >= FEW_OTHERS, total < FEW_OTHERS)


def _table(row: Ints, column: Ints, rows: int, columns: int) -> Ints:
    """Counts per row and column; -1 is left out."""
    kept = (row >= 0) & (column >= 0)
    return np.bincount(row[kept] * columns + column[kept], minlength=rows * columns).reshape(rows, columns)


def _sums(group: Ints, table: np.typing.NDArray[np.generic], groups: int) -> Floats:
    """Rows added up per group, and all of them behind."""
    sums = np.zeros((groups + 1, table.shape[1]))
    np.add.at(sums, group, table)
    sums[-1] = table.sum(axis=0)
    return sums


def _context(plant: Plant, dimensions: Sequence[str] | Mapping[str, Ints], shared: Sequence[str]) -> list[str]:
    """Where shares are compared: the line, the station and the place's counted dimensions."""
    names = dict.fromkeys(("line", "station", *dimensions))
    return [d for d in names if d in plant.columns and d not in shared]


def size_of(plant: Plant, problem: Problem, name: str) -> int:
    """Number of codes that a dimension may take in this type."""
    if name in problem.cells.codes:
        return int(problem.cells.codes[name].max(initial=0)) + 1
    return len(plant.columns[name].labels) + 1
