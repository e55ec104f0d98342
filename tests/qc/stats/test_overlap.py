"""Overlap of two explanations."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qc.stats.overlap import jaccard

masks = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=40)


def test_overlap_of_sets():
    a, b = np.array([True, True, False]), np.array([True, False, False])
    assert jaccard(a, b) == 0.5
    assert jaccard(~a & a, ~b & b) == 0.0


@given(masks)
def test_the_order_of_the_two_and_of_the_records_does_not_matter(pairs):
    a, b = (np.array(side) for side in zip(*pairs, strict=True))
    assert 0 <= jaccard(a, b) == jaccard(b, a) == jaccard(a[::-1], b[::-1]) <= 1
    assert jaccard(a, a) == float(a.any())
