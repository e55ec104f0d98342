"""Where do records concentrate? Counting conjunctions of categories, and comparing two explanations of one excess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Where = tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A conjunction of values and how many records it holds."""

    where: Where
    count: int


@dataclass(frozen=True, slots=True)
class Conditional:
    """Does factor A still matter within levels of B? A stratified score test; `informative` = the design can tell."""

    statistic: float
    p_value: float
    informative: bool


def conjunctions(columns: Mapping[str, Ints], depth: int = 3, least: int = 5) -> list[Cell]:
    """Every conjunction of known values (code >= 0) to `depth` with at least `least` records, in a fixed order.

    One sort of int64 keys per set of dimensions; a set is grown only from sets that still hold such a cell.
    """
    if depth < 1 or least < 1:
        raise ValueError(f"depth and least must be at least 1, not {depth} and {least}")
    found: list[Cell] = []
    alive: set[tuple[str, ...]] = {()}
    names = sorted(columns)
    for size in range(1, depth + 1):
        grown: set[tuple[str, ...]] = set()
        for chosen in combinations(names, size):
            if any(part not in alive for part in combinations(chosen, size - 1)):
                continue
            cells = _cells(columns, chosen, least)
            if cells:
                grown.add(chosen)
                found += cells
        alive = grown
    return found


def _cells(columns: Mapping[str, Ints], chosen: Sequence[str], least: int) -> list[Cell]:
    codes = [columns[name] for name in chosen]
    known = np.all([code >= 0 for code in codes], axis=0)
    if known.sum() < least:
        return []
    key = np.zeros(int(known.sum()), dtype=np.int64)
    sizes = [int(code.max()) + 1 for code in codes]
    for code, size in zip(codes, sizes, strict=True):
        key = key * size + code[known]
    keys, counts = np.unique(key, return_counts=True)
    cells = []
    for value, count in zip(keys[counts >= least].tolist(), counts[counts >= least].tolist(), strict=True):
        where: list[tuple[str, int]] = []
        rest = value
        for name, size in zip(reversed(chosen), reversed(sizes), strict=True):
            rest, code_ = divmod(rest, size)
            where.append((name, code_))
        cells.append(Cell(tuple(reversed(where)), count))
    return cells


def jaccard(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Overlap of two sets of records, 0 to 1; two empty sets do not overlap."""
    either = int((a | b).sum())
    return int((a & b).sum()) / either if either else 0.0


def within_strata(
    count: NDArray[np.float64], expected: NDArray[np.float64], inside: NDArray[np.bool_], stratum: Ints
) -> Conditional:
    """Is the rate `inside` higher than outside within the same strata (line within supplier, supplier within line)?

    Given each stratum's total the count inside is binomial with the expected share (the stratified conditional test of
    Mantel and Haenszel 1959 for Poisson rates). Strata that lie wholly inside or outside cannot tell.
    """
    size = int(stratum.max(initial=0)) + 1
    total_n, total_e = np.bincount(stratum, count, size), np.bincount(stratum, expected, size)
    in_n = np.bincount(stratum[inside], count[inside], size)
    in_e = np.bincount(stratum[inside], expected[inside], size)
    tells = (in_e > 0.02 * total_e) & (in_e < 0.98 * total_e) & (total_n > 0)
    if not tells.any():
        return Conditional(0.0, 1.0, False)
    share = in_e[tells] / total_e[tells]
    variance = float((total_n[tells] * share * (1 - share)).sum())
    z = float((in_n[tells] - total_n[tells] * share).sum()) / max(variance, 1e-300) ** 0.5
    return Conditional(z, float(scipy.stats.norm.sf(z)), variance >= 2.0)
