"""How often values occur together in all records of the plant: counted once, for all defect types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qc.analysis.data import Column, Ints
from qc.analysis.keys import counted, mixed, place_of

MANY = 100_000  # of so many values those with fewer records than RARE, which are no places, are not kept
RARE = 5
Columns = Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Told:
    """What all records say of some dimensions (their joint values) in each context."""

    values: int  # different joint values
    total: int  # records that say one
    space: int  # possible joint values
    value_keys: Ints
    value_times: Ints
    context_keys: Ints
    context_times: Ints
    cell_keys: Ints  # context x value
    cell_times: Ints

    @classmethod
    def of(cls, columns: Columns, shared: Sequence[str], context: Sequence[str]) -> Told:
        """Count the joint values of `shared`, in each joint value of `context` where one is named."""
        rows = np.flatnonzero(said(columns, shared, slice(None)))
        value, space = keyed(columns, shared, rows), int(np.prod(sizes(columns, shared)))
        value_keys, value_times = counted(value)
        kept = (value_times >= RARE) | (len(value_keys) <= MANY)
        where = keyed(columns, context, rows, 1)
        cell = where[:0]
        if context:
            cell = where * space + value
            cell = cell if kept.all() else cell[kept[place_of(value_keys, value)]]
        counts = (*counted(where), *counted(cell))
        return cls(len(value_keys), len(rows), space, value_keys[kept], value_times[kept], *counts)

    def of_values(self, wanted: Ints) -> Ints:
        """Records of each joint value."""
        return _times(self.value_keys, self.value_times, wanted)

    def of_contexts(self, wanted: Ints) -> Ints:
        """Records in each context."""
        return _times(self.context_keys, self.context_times, wanted)

    def of_cells(self, contexts: Ints, values: Ints) -> Ints:
        """Records of each value in each context, contexts x values."""
        keys = contexts[:, None] * self.space + values
        return _times(self.cell_keys, self.cell_times, keys.ravel()).reshape(keys.shape)


def said(columns: Columns, names: Sequence[str], rows: Ints | slice) -> NDArray[np.bool_]:
    """Which records say all of some dimensions."""
    return np.asarray(np.all([columns[d].codes[rows] >= 0 for d in names], axis=0))


def sizes(columns: Columns, names: Sequence[str]) -> list[int]:
    """How many codes each dimension may take."""
    return [len(columns[d].labels) + 1 for d in names]


def keyed(columns: Columns, names: Sequence[str], rows: Ints, shift: int = 0) -> Ints:
    """Joint key of some dimensions for some records; with a shift of 1 an unknown value counts as one."""
    if not names:
        return np.zeros(len(rows), dtype=np.int64)
    return mixed([columns[d].codes[rows] + shift for d in names], sizes(columns, names))


def _times(keys: Ints, times: Ints, wanted: Ints) -> Ints:
    at = place_of(keys, wanted)
    return np.where(at >= 0, times[at] if len(times) else 0, 0)
