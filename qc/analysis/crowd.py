"""Too many columns named as dimensions: those that tell the defect types apart are searched, the others are named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qc.analysis.data import Column
from qc.ingest.problems import Problem

MOST = 24  # further columns: their pairs are 276 places to look at per defect type, those of a thousand half a million
SPARSE = 5  # a column with more values than a fifth of the records holds numbers or names of units, not places


def searched(
    columns: Mapping[str, Column], defect_type: Column, further: Sequence[str], headings: Mapping[str, str]
) -> tuple[dict[str, Column], tuple[Problem, ...]]:
    """The columns without those of `further` (not known by name) that are too many; each of these is a problem."""
    if len(further) <= MOST:
        return dict(columns), ()
    order = sorted(further, key=lambda name: (-_telling(columns[name], defect_type), name))
    left_out = set(order[MOST:])
    reason = (
        f"is not searched: of {len(further):,} further columns only the {MOST} that tell defect types apart best are"
    )
    problems = tuple(Problem(1, headings[name], headings[name], reason) for name in further if name in left_out)
    return {name: column for name, column in columns.items() if name not in left_out}, problems


def _telling(column: Column, defect_type: Column) -> float:
    """How far the chi-square statistic of a column against the types lies above its mean, in standard deviations."""
    known = column.codes >= 0
    values, types = len(column.labels), len(defect_type.labels)
    if values < 2 or values * SPARSE > known.sum():
        return -np.inf
    key = column.codes[known].astype(np.int64) * types + defect_type.codes[known]
    seen = np.bincount(key, minlength=values * types).reshape(values, types).astype(np.float64)
    mean = seen.sum(axis=1, keepdims=True) * seen.sum(axis=0) / seen.sum()
    chi_square = float(((seen - mean) ** 2 / np.maximum(mean, 1e-12)).sum())
    present = int((seen.sum(axis=0) > 0).sum())
    freedom = max((values - 1) * (present - 1), 1)
    return float((chi_square - freedom) / (2 * freedom) ** 0.5)
