"""`python -m tests.bench.verdicts PLANTS...`: our engine and today's practice on the same plants in the same run.

A plant is a folder with defects.csv, production.csv, lots.csv and truth.json. Pareto blames the tallest bar of line,
shift or supplier where it is twice the average; chi-square compares a type's records with the units made or bought and
blames the largest excess where the test is below .001. Both are what a quality department does by hand.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from qc.analysis.data import Dataset, from_files
from qc.analysis.verdicts import judge

SAME = 0.8  # overlap of records from which two scopes are one place
Answer = list[dict[str, Any]]


def ours(dataset: Dataset) -> Answer:
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
            answer.append(_finding(name, best[1], best[2]))
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
                best = (
                    p,
                    dimension,
                    [label for label, k in zip(labels, kept, strict=True) if k][int(residual.argmax())],
                )
        if best:
            answer.append(_finding(name, best[1], best[2]))
    return answer


def _units(dataset: Dataset, own: NDArray[np.bool_]) -> Iterator[tuple[str, tuple[str, ...], NDArray[np.float64]]]:
    """Dimensions with their labels and units: production's, and the suppliers' and lots' of the type's part."""
    if dataset.production:
        for name, column in dataset.production.dimensions.items():
            yield name, column.labels, np.bincount(column.codes, dataset.production.units, len(column.labels))
    part = dataset.dimensions.get("part")
    if dataset.lots and part and (part.codes[own] >= 0).any():
        use = dataset.lots
        here = use.part.codes == use.part.labels.index(
            part.labels[int(np.bincount(part.codes[own][part.codes[own] >= 0]).argmax())]
        )
        for name, column in (("supplier", use.supplier), ("supplier_lot", use.supplier_lot)):
            yield name, column.labels, np.bincount(column.codes[here], use.units[here], len(column.labels))


def _finding(defect_type: str, dimension: str, value: str) -> dict[str, Any]:
    origin = "supplier" if dimension.startswith("supplier") else "line"
    return {
        "defect_type": defect_type,
        "verdict": "systemic",
        "where": {dimension: value},
        "origin": origin,
        "since": None,
    }


def overlap(rows: list[dict[str, str]], a: dict[str, str], b: dict[str, str]) -> float:
    """Jaccard of the records that two scopes select, among those that know all the dimensions."""
    known = [row for row in rows if all(row.get(d) for d in {*a, *b})]
    one, two = ({i for i, row in enumerate(known) if all(row[d] == v for d, v in w.items())} for w in (a, b))
    return len(one & two) / len(one | two) if one | two else 0.0


def score(plant: Path, answer: Answer) -> dict[str, int]:
    """Hits and misses of one answer on one plant."""
    rows: dict[str, list[dict[str, str]]] = defaultdict(list)
    with (plant / "defects.csv").open() as file:
        for row in csv.DictReader(file):
            rows[row["defect_type"]].append(row)
    truth = json.loads((plant / "truth.json").read_text())
    systemic = [f for f in answer if f["verdict"] == "systemic"]
    used: set[int] = set()
    marks = {"hit": 0, "missed": 0, "origin": 0, "burst": 0, "burst_hit": 0, "burst_wrong": 0}
    for cause in truth:
        mine = rows[cause["defect_type"]]
        if cause["verdict"] == "systemic":
            fits = [
                (overlap(mine, f["where"], cause["where"]), i)
                for i, f in enumerate(systemic)
                if f["defect_type"] == cause["defect_type"] and i not in used
            ]
            best = max(fits, default=(0.0, -1))
            marks["hit" if best[0] >= SAME else "missed"] += 1
            if best[0] >= SAME:
                used.add(best[1])
                marks["origin"] += systemic[best[1]]["origin"] == cause["origin"]
        elif cause["injected"] >= 8:
            marks["burst"] += 1
            marks["burst_wrong"] += any(f["defect_type"] == cause["defect_type"] for f in systemic)
            marks["burst_hit"] += any(
                f["verdict"] == "one_off"
                and f["defect_type"] == cause["defect_type"]
                and overlap(mine, f["where"], cause["where"]) >= 0.5
                for f in answer
            )
    return {
        **marks,
        "false": len(systemic) - len(used),
        "null": int(not truth),
        "alarm": int(not truth and bool(systemic)),
    }


def line(name: str, marks: dict[str, float]) -> str:
    """One row of the table."""
    precision = marks["hit"] / max(1, marks["hit"] + marks["false"])
    recall = marks["hit"] / max(1, marks["hit"] + marks["missed"])
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return (
        f"{name:24} {marks['plants']:6.0f} {precision:9.3f} {recall:7.3f} {f1:6.3f}"
        f" {marks['origin']:4.0f}/{marks['hit']:<4.0f} {marks['burst_hit']:4.0f}/{marks['burst']:<4.0f}"
        f" {marks['burst_wrong']:4.0f}/{marks['burst']:<4.0f} {marks['alarm']:3.0f}/{marks['null']:<3.0f}"
        f" {marks['cpu'] / marks['plants']:7.2f}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plants", nargs="+", type=Path)
    totals: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    methods: dict[str, Callable[[Dataset], Answer]] = {"lineside": ours, "pareto": pareto, "chi-square": chi_square}
    for plant in parser.parse_args().plants:
        if not (plant / "truth.json").exists():
            continue
        dataset = from_files(plant / "defects.csv", plant / "production.csv", plant / "lots.csv")
        for method, run in methods.items():
            start = time.process_time()
            answer = run(dataset)
            spent = time.process_time() - start
            for group in (f"{method} {plant.name.rsplit('-', 1)[0]}", f"{method} ALL"):
                for key, value in {**score(plant, answer), "plants": 1, "cpu": spent}.items():
                    totals[group][key] += value
    print(
        f"{'':24} {'plants':>6} {'precision':>9} {'recall':>7} {'F1':>6} {'origin':>9} {'one-offs':>9}"
        f" {'systemic':>9} {'null':>7} {'CPU s':>7}"
    )
    for group in sorted(totals):
        print(line(group, totals[group]))


if __name__ == "__main__":
    main()
