"""Whose a cause is: a supplier's delivery, the product's design, or the line."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qc.analysis.aliases import codes_of, records_of
from qc.analysis.exposure import HOURS, Plant, Problem
from qc.analysis.places import REPORTERS, Candidate

SUPPLIER_SIDE = {"supplier", "supplier_lot", "part"}
OURS = {"plant", "line", "station", "machine", "shift", "product", HOURS, *REPORTERS}
SAID = 0.8  # share of the records that must name a supplier
ONE = 0.95  # share of these that must name the same


def origin(where: Mapping[str, str]) -> str:
    """Whose it is: a supplier's delivery, the product's design, or the line (places, machines, shifts, people)."""
    if SUPPLIER_SIDE & set(where):
        return "supplier"
    if set(where) == {"product"}:
        return "product"
    return "line" if where else "unknown"


def with_supplier(
    plant: Plant, problem: Problem, candidate: Candidate, where: dict[str, str]
) -> tuple[dict[str, str], str]:
    """The scope and its origin, where a scope that is no place of ours (a cavity, a tool) may be a supplier's.

    It is when nearly all records in it carry one supplier, which is then named in the scope unless that would leave
    records out.
    """
    if "supplier" not in plant.columns or not where or (OURS | SUPPLIER_SIDE) & set(where):
        return where, origin(where)
    here = records_of(plant, problem, candidate)
    for name, value in where.items():
        column = plant.columns[name]
        here &= codes_of(plant, problem, name) == column.labels.index(value)
    supplier = codes_of(plant, problem, "supplier")[here]
    known = supplier[supplier >= 0]
    if not len(known) or len(known) < SAID * len(supplier):
        return where, origin(where)
    often = int(np.bincount(known).argmax())
    same = int((known == often).sum())
    if same < ONE * len(known):
        return where, origin(where)
    if same >= ONE * len(supplier):
        where = {**where, "supplier": plant.columns["supplier"].labels[often]}
    return where, "supplier"
