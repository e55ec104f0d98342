"""Several codes as one key, for counting places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qc.analysis.data import Ints


def mixed(codes: Sequence[Ints], sizes: Sequence[int]) -> Ints:
    """One key for several codes; meaningless where a code is -1."""
    key = np.zeros(len(codes[0]), dtype=np.int64)
    for code, size in zip(codes, sizes, strict=True):
        key = key * size + code
    return key


def unmixed(key: Ints, sizes: Sequence[int]) -> Ints:
    """The codes of a key, one column each."""
    columns = []
    for size in reversed(sizes):
        key, code = np.divmod(key, size)
        columns.append(code)
    return np.stack(columns[::-1], axis=1)


def place_of(keys: Ints, key: Ints) -> Ints:
    """Position of each key among sorted `keys`, -1 where it is not there."""
    at = np.minimum(np.searchsorted(keys, key), len(keys) - 1)
    return np.where(keys[at] == key, at, -1)
