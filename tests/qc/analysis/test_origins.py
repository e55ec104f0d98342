import numpy as np
import pytest

from qc.analysis.data import Column, Dataset
from qc.analysis.verdicts import judge
from tests.qc.analysis.plants import FIRST, plant


def moulded(*, supplier, name="cavity"):
    """A plant whose type-1 is told by four cavities, of which C3 is bad, with the supplier that `supplier` gives."""

    def more(type_, day, shift, line):
        return 2.2 if type_ == "type-1" and day >= 30 else 1.0

    data = plant(more=more, seed=5)
    rng = np.random.default_rng(4)
    mine = data.defect_type.codes == data.defect_type.labels.index("type-1")
    worse = (data.day >= FIRST + 30) & (rng.random(len(data)) < 0.5)
    cavity = np.where(mine, np.where(worse, "C3", [f"C{i}" for i in rng.integers(1, 5, len(data))]), "").tolist()
    dimensions = {**data.dimensions, name: Column.of(cavity)}
    dimensions["supplier"] = Column.of(supplier(i) if c else "" for i, c in enumerate(cavity))
    return Dataset.of(data.minute, data.defect_type, dimensions, production=data.production)


def found(data):
    return [f for f in judge(data).findings if f.defect_type == "type-1" and f.verdict == "systemic"]


@pytest.mark.parametrize("name", ["cavity", "tool"])
def test_a_cavity_whose_records_all_name_one_supplier_is_the_suppliers(name):
    (finding,) = found(moulded(supplier=lambda i: "S-107", name=name))
    assert (finding.origin, finding.where) == ("supplier", {name: "C3", "supplier": "S-107"})


def test_a_supplier_who_is_blank_on_some_records_is_the_origin_but_not_in_the_scope():
    (finding,) = found(moulded(supplier=lambda i: "S-107" if i % 8 else ""))
    assert (finding.origin, finding.where) == ("supplier", {"cavity": "C3"})


@pytest.mark.parametrize("supplier", [lambda i: ("S-107", "S-108")[i % 2], lambda i: "S-107" if i % 2 else ""])
def test_a_cavity_with_several_or_hardly_known_suppliers_stays_ours(supplier):
    (finding,) = found(moulded(supplier=supplier))
    assert (finding.origin, finding.where) == ("line", {"cavity": "C3"})
