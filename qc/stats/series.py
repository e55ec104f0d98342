"""The points of a chart: checked arrays of values, counts and exposure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Positions = NDArray[np.int64]


def series(values: ArrayLike) -> Floats:
    """One-dimensional finite values, at least one. ValueError names the first that is not.

    >>> series([1, 2]).tolist()
    [1.0, 2.0]
    """
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 1 or not len(x):
        raise ValueError(f"a chart needs a series of at least one point, not an array of shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"a chart's values are finite, but one is {x[~np.isfinite(x)][0]:g}")
    return x


def amounts(values: ArrayLike) -> Floats:
    """A series without negative values, such as counts. ValueError names the first that is negative.

    >>> amounts([0, 3]).tolist()
    [0.0, 3.0]
    """
    x = series(values)
    if (x < 0).any():
        raise ValueError(f"a chart's counts are not negative, but one is {x[x < 0][0]:g}")
    return x


def counts_and_exposure(count: ArrayLike, exposure: ArrayLike) -> tuple[Floats, Floats]:
    """Counts with their exposure, of one length. A point of neither is a gap; a count without exposure is an error.

    >>> counts_and_exposure([2, 0], [50, 0])[1].tolist()
    [50.0, 0.0]
    """
    n, units = amounts(count), amounts(exposure)
    if n.shape != units.shape:
        raise ValueError(f"{len(n)} counts but {len(units)} exposures")
    lost = np.flatnonzero((units == 0) & (n > 0))
    if len(lost):
        raise ValueError(f"exposure must be above zero, but is 0 at point {lost[0]} with a count of {n[lost[0]]:g}")
    if not units.any():
        raise ValueError("exposure must be above zero, but is 0 everywhere")
    return n, units


def base_points(base: Sequence[int] | None, usable: NDArray[np.bool_]) -> Positions:
    """The points that set centre and spread: those named, or all, as far as they are usable and in their order.

    >>> base_points([0, 1], np.array([True, False, True])).tolist()
    [0]
    """
    named = np.arange(len(usable)) if base is None else np.asarray(base, dtype=np.int64)
    if len(named) and (named.min() < 0 or named.max() >= len(usable)):
        wrong = named[(named < 0) | (named >= len(usable))][0]
        raise ValueError(f"there is no point {wrong} among {len(usable)}")
    kept = named[usable[named]]
    if not len(kept):
        raise ValueError("no base point has exposure, so there is no centre")
    return kept
