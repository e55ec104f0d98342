from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.stats.concentration import conjunctions, jaccard, within_strata
from qc.stats.multiplicity import benjamini_hochberg, holm

rows = st.lists(st.tuples(st.integers(-1, 2), st.integers(-1, 3), st.integers(-1, 1)), min_size=1, max_size=60)


def brute(columns, depth, least):
    found = {}
    for size in range(1, depth + 1):
        for names in combinations(sorted(columns), size):
            for values in product(*(range(4) for _ in names)):
                n = int(np.all([columns[d] == v for d, v in zip(names, values, strict=True)], axis=0).sum())
                if n >= least:
                    found[tuple(zip(names, values, strict=True))] = n
    return found


@settings(max_examples=40, deadline=None)
@given(rows, st.integers(1, 4))
def test_counts_equal_brute_force(data, least):
    columns = {name: np.array([row[i] for row in data]) for i, name in enumerate("abc")}
    assert {cell.where: cell.count for cell in conjunctions(columns, 3, least)} == brute(columns, 3, least)


@settings(max_examples=20, deadline=None)
@given(rows, st.randoms())
def test_the_order_of_rows_changes_nothing(data, random):
    shuffled = list(data)
    random.shuffle(shuffled)
    one, two = ({n: np.array([r[i] for r in d]) for i, n in enumerate("abc")} for d in (data, shuffled))
    assert conjunctions(one, 3, 2) == conjunctions(two, 3, 2)


def test_a_line_is_cleared_when_its_supplier_explains_it():
    # bad supplier 1 feeds mostly line 1: within suppliers the line does not matter
    supplier = np.array([0, 0, 1, 1])
    line = np.array([0, 1, 0, 1])
    expected = np.array([30.0, 10.0, 10.0, 30.0])
    count = np.array([30.0, 10.0, 40.0, 120.0])
    assert within_strata(count, expected, line == 1, supplier).p_value > 0.2
    assert within_strata(count, expected, supplier == 1, line).p_value < 1e-6


def test_one_supplier_per_line_cannot_be_told_apart():
    both = np.array([0, 1])
    assert not within_strata(np.array([10.0, 40.0]), np.array([25.0, 25.0]), both == 1, both).informative


def test_overlap_of_sets():
    a, b = np.array([True, True, False]), np.array([True, False, False])
    assert jaccard(a, b) == 0.5
    assert jaccard(~a & a, ~b & b) == 0.0


def test_holm_and_benjamini_hochberg_give_the_textbook_values():
    p = [0.01, 0.02, 0.03, 0.04, 0.05]
    np.testing.assert_allclose(holm(p), [0.05, 0.08, 0.09, 0.09, 0.09])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.05] * 5)
    with pytest.raises(ValueError, match=r"1\.5"):
        holm([1.5])
