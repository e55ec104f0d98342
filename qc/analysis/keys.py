"""Several codes as one key, for counting places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qc.analysis.data import Ints

FEW_KEYS = 1 << 20  # as many possible keys are counted in a table instead of being sorted


def mixed(codes: Sequence[Ints], sizes: Sequence[int]) -> Ints:
    """One key for several codes; meaningless where a code is -1."""
    key = np.zeros(len(codes[0]), dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        key *= size
        key += code
    return key


def unmixed(key: Ints, sizes: Sequence[int]) -> Ints:
    """The codes of a key, one column each."""
    columns = []
    for size in reversed(sizes):
        key, code = np.divmod(key, size)
        columns.append(code)
    return np.stack(columns[::-1], axis=1)


def place_of(keys: Ints, key: Ints) -> Ints:
    """Position of each key among sorted `keys` (none below 0), -1 where it is not there."""
    if not len(keys):
        return np.full(len(key), -1, dtype=np.int64)
    most = int(keys[-1])
    if most < min(FEW_KEYS, 4 * len(key)):
        table = np.full(most + 2, -1, dtype=np.int64)  # the last one is for all keys outside
        table[keys] = np.arange(len(keys))
        return table[np.clip(key, -1, most + 1)]
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    return np.where(keys[at] == key, at, -1)


def counted(key: Ints) -> tuple[Ints, Ints]:
    """The keys that occur, sorted, and how often: `np.unique` with counts, by a table where that is faster."""
    if not len(key) or int(key.max()) >= min(FEW_KEYS, 4 * len(key)) or int(key.min()) < 0:
        return np.unique(key, return_counts=True)
    times = np.bincount(key)
    keys = np.flatnonzero(times)
    return keys, times[keys]
