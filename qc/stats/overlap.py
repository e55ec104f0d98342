"""How far two explanations speak of the same records.

References:
[1] P. Jaccard, The distribution of the flora in the alpine zone, New Phytologist 11 (1912) 37.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def jaccard(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Overlap of two sets of records, given as masks, 0 to 1 [1]; two empty sets do not overlap.

    >>> jaccard(np.array([True, True, False]), np.array([False, True, False]))
    0.5
    """
    either = int((a | b).sum())
    return int((a & b).sum()) / either if either else 0.0
