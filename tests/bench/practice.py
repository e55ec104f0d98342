"""Today's practice on the data that the engine gets: Pareto, chi-square and, where installed, two subgroup tools.

Pareto blames the tallest bar of line, shift or supplier where it is twice the average; chi-square compares a type's
records with the units made or bought and blames the largest excess where the test is below .001. Both are what a
quality department does by hand. pysubgroup (beam search, depth 2) and sliceline rank the engine's own exposure cells;
their best subgroup is blamed where it has eight records, 1.7 times the rate and a Poisson tail below .001.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray
from scipy import stats

from qc.analysis.data import Dataset
from qc.analysis.exposure import Plant, Problem
from qc.analysis.verdicts import judge

Answer = list[dict[str, Any]]
Method = Callable[[Dataset], Answer]
ROWS = ("line", "shift", "product", "machine", "supplier", "supplier_lot")


def lineside(dataset: Dataset) -> Answer:
    """The engine's findings."""
    findings: Answer = judge(dataset).as_dict()["findings"]
    return findings


def pareto(dataset: Dataset) -> Answer:
    """The tallest bar of each type, where it is at least twice the average bar."""
    answer = []
    for code, name in enumerate(dataset.defect_type.labels):
        own = dataset.defect_type.codes == code
        best: tuple[float, str, str] | None = None
        for dimension in ("line", "shift", "supplier"):
            column = dataset.dimensions.get(dimension)
            bars = np.bincount(column.codes[own & (column.codes >= 0)]) if column else np.zeros(0)
            if column and bars.sum() and (best is None or bars.max() / bars[bars > 0].mean() > best[0]):
                best = (float(bars.max() / bars[bars > 0].mean()), dimension, column.labels[int(bars.argmax())])
        if best and best[0] >= 2:
            answer.append(_finding(name, {best[1]: best[2]}))
    return answer


def chi_square(dataset: Dataset) -> Answer:
    """The value with the largest excess over its units, where the test of its dimension is below .001."""
    answer = []
    for code, name in enumerate(dataset.defect_type.labels):
        own = dataset.defect_type.codes == code
        best: tuple[float, str, str] | None = None
        for dimension, labels, units in _units(dataset, own):
            codes = dataset.dimensions[dimension].coded_as(labels)[own]
            seen = np.bincount(codes[codes >= 0], minlength=len(labels)).astype(float)
            kept = units > 0
            if kept.sum() < 2 or seen[kept].sum() < 10:
                continue
            expected = units[kept] / units[kept].sum() * seen[kept].sum()
            p = float(stats.chisquare(seen[kept], expected).pvalue)
            if p < 0.001 and (best is None or p < best[0]):
                residual = (seen[kept] - expected) / np.sqrt(expected)
                there = [label for label, k in zip(labels, kept, strict=True) if k]
                best = (p, dimension, there[int(residual.argmax())])
        if best:
            answer.append(_finding(name, {best[1]: best[2]}))
    return answer


def _units(dataset: Dataset, own: NDArray[np.bool_]) -> Iterator[tuple[str, tuple[str, ...], NDArray[np.float64]]]:
    """Dimensions with their labels and units: production's, and the suppliers' and lots' of the type's part."""
    if dataset.production:
        for name, column in dataset.production.dimensions.items():
            yield name, column.labels, np.bincount(column.codes, dataset.production.units, len(column.labels))
    part = dataset.dimensions.get("part")
    if dataset.lots and part and (part.codes[own] >= 0).any():
        use = dataset.lots
        often = int(np.bincount(part.codes[own][part.codes[own] >= 0]).argmax())
        here = use.part.codes == use.part.labels.index(part.labels[often])
        for name, column in (("supplier", use.supplier), ("supplier_lot", use.supplier_lot)):
            yield name, column.labels, np.bincount(column.codes[here], use.units[here], len(column.labels))


def _finding(defect_type: str, where: dict[str, str]) -> dict[str, Any]:
    origin = "supplier" if any(name.startswith("supplier") for name in where) else "line"
    return {"defect_type": defect_type, "verdict": "systemic", "where": where, "origin": origin, "since": None}


def pysubgroup(dataset: Dataset) -> Answer:
    """The best subgroup of exposure cells by records per unit, beam search to depth 2."""
    tool, pandas = importlib.import_module("pysubgroup"), importlib.import_module("pandas")

    def best(columns: dict[str, list[str]], rate: NDArray[np.float64]) -> dict[str, str]:
        frame = pandas.DataFrame({**columns, "rate": rate})
        target = tool.NumericTarget("rate")
        space = tool.create_selectors(frame, ignore=["rate"])
        task = tool.SubgroupDiscoveryTask(
            frame, target, space, result_set_size=1, depth=2, qf=tool.StandardQFNumeric(0.5)
        )
        (found,) = tool.BeamSearch(beam_width=20).execute(task).results[:1]
        return {selector.attribute_name: selector.attribute_value for selector in found[1].selectors}

    return _by_cells(dataset, best)


def sliceline(dataset: Dataset) -> Answer:
    """The slice of exposure cells with the largest mean error, where the errors are records per unit."""
    tool = importlib.import_module("sliceline.slicefinder")
    logging.disable(logging.WARNING)

    def best(columns: dict[str, list[str]], rate: NDArray[np.float64]) -> dict[str, str]:
        table = np.array(list(columns.values()), dtype=object).T
        found = tool.Slicefinder(alpha=0.9, k=1, max_l=2, min_sup=20, verbose=False).fit(table, rate).top_slices_
        if not len(found):
            return {}
        return {name: value for name, value in zip(columns, found[0], strict=True) if value is not None}

    return _by_cells(dataset, best)


def _by_cells(dataset: Dataset, best: Callable[[dict[str, list[str]], NDArray[np.float64]], dict[str, str]]) -> Answer:
    plant = Plant.of(dataset)
    answer = []
    for code, name in enumerate(dataset.defect_type.labels):
        problem = plant.problem(code)
        columns = {d: _labels(plant, problem, d) for d in ROWS if d in problem.cells.codes}
        columns = {d: labels for d, labels in columns.items() if len(set(labels)) > 1}
        if problem.covered < 10 or not columns:
            continue
        cells = problem.cells
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            where = best(columns, cells.count / np.maximum(cells.units, 1e-9) * cells.units.mean())
        here = np.ones(len(cells.day), dtype=np.bool_)
        for d, value in where.items():
            here &= np.array(columns[d], dtype=object) == value
        n, expected = cells.count[here].sum(), cells.count.sum() * cells.units[here].sum() / cells.units.sum()
        if where and n >= max(8, 1.7 * expected) and scipy.special.pdtrc(n - 1, expected) < 0.001:
            answer.append(_finding(name, where))
    return answer


def _labels(plant: Plant, problem: Problem, name: str) -> list[str]:
    labels = [*plant.columns[name].labels, "unknown"]
    return [labels[code] for code in problem.cells.codes[name].tolist()]


def methods(names: Sequence[str] | None = None) -> dict[str, Method]:
    """All that can run here, or those of them that are named."""
    found: dict[str, Method] = {"lineside": lineside, "pareto": pareto, "chi-square": chi_square}
    for name, run in (("pysubgroup", pysubgroup), ("sliceline", sliceline)):
        if importlib.util.find_spec(name):
            found[name] = run
    return {name: run for name, run in found.items() if names is None or name in names}
