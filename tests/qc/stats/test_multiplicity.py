"""Many tests at once: the textbook's corrections."""

from __future__ import annotations

import numpy as np
import pytest

from qc.stats.multiplicity import benjamini_hochberg, holm


def test_holm_and_benjamini_hochberg_give_the_textbook_values():
    p = [0.01, 0.02, 0.03, 0.04, 0.05]
    np.testing.assert_allclose(holm(p), [0.05, 0.08, 0.09, 0.09, 0.09])
    np.testing.assert_allclose(benjamini_hochberg(p), [0.05] * 5)
    with pytest.raises(ValueError, match=r"1\.5"):
        holm([1.5])
