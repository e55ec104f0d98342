"""Findings against the truth of a plant: hits, false findings, one-offs, origin, since, traps.

A finding is held against a cause by the records that both scopes select (Jaccard over the type's records that know all
the dimensions), so that a machine and the same machine with its line count as one place.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.bench.plants.draw import Plant

SAME = 0.8  # overlap of records from which two scopes are one place
ALIKE = 0.5  # the same for a one-off, which has few records
FEW = 8  # injected records below which nobody can find a one-off
SUDDEN = ("step", "machine", "shift", "supplier", "conjunction")
SLOW = ("drift",)
DAYS = 7
Strings = Mapping[str, NDArray[np.object_]]


@dataclass(frozen=True, slots=True)
class Case:
    """A plant's records as they stand in its file, and its truth."""

    columns: Strings
    truth: list[dict[str, Any]]

    @classmethod
    def of_folder(cls, folder: Path) -> Case:
        """A plant on disk."""
        with (folder / "defects.csv").open(encoding="utf-8") as file:
            head, *rows = csv.reader(file)
        columns = {name: np.array([row[at] for row in rows], dtype=object) for at, name in enumerate(head)}
        return cls(columns, json.loads((folder / "truth.json").read_text()))

    @classmethod
    def of_plant(cls, plant: Plant) -> Case:
        """A simulated plant."""
        columns = {name: np.array([*names, ""], dtype=object)[codes] for name, (codes, names) in plant.columns.items()}
        return cls(columns, plant.truth)

    def overlap(self, defect_type: str, a: dict[str, str], b: dict[str, str]) -> float:
        """Jaccard of the type's records in two scopes, among those that know all their dimensions."""
        own = self.columns["defect_type"] == defect_type
        if any(name not in self.columns for name in {*a, *b}):
            return 0.0
        for name in {*a, *b}:
            own = own & (self.columns[name] != "")
        one, two = (np.all([own, *(self.columns[n] == v for n, v in w.items())], axis=0) for w in (a, b))
        either = int((one | two).sum())
        return int((one & two).sum()) / either if either else 0.0


def score(case: Case, answer: list[dict[str, Any]]) -> dict[str, int]:
    """Marks of one answer on one plant."""
    systemic = [f for f in answer if f["verdict"] == "systemic"]
    real = [cause for cause in case.truth if cause["verdict"] in ("systemic", "one_off")]
    used: set[int] = set()
    parts = [_systemic(case, cause, systemic, used) for cause in case.truth if cause["verdict"] == "systemic"]
    wrong = {f["defect_type"] for i, f in enumerate(systemic) if i not in used}
    parts += [_one_off(case, cause, answer, wrong) for cause in case.truth if cause["verdict"] == "one_off"]
    traps = {cause["defect_type"] for cause in case.truth if cause["verdict"] == "background"}
    parts += [{"trap": 1, "trap_said": int(name in wrong)} for name in sorted(traps)]
    caused = {cause["defect_type"] for cause in real}
    odd = [f for f in answer if f["verdict"] == "one_off" and f["where"] and f["defect_type"] not in caused]
    marks = {
        "false": len(systemic) - len(used),
        "odd": len(odd),
        "null": int(not real),
        "alarm": int(not real and bool(systemic)),
        "null_odd": int(not real and bool(odd)),
    }
    for part in parts:
        for name, mark in part.items():
            marks[name] = marks.get(name, 0) + mark
    return marks


def _systemic(case: Case, cause: dict[str, Any], systemic: list[dict[str, Any]], used: set[int]) -> dict[str, int]:
    scopes = [cause["where"], *cause.get("aliases", ())]
    fits = [
        (max(case.overlap(cause["defect_type"], f["where"], scope) for scope in scopes), i)
        for i, f in enumerate(systemic)
        if f["defect_type"] == cause["defect_type"] and i not in used
    ]
    best = max(fits, default=(0.0, -1))
    if best[0] < SAME:
        return {"missed": 1}
    used.add(best[1])
    finding = systemic[best[1]]
    marks = {"hit": 1, **_aliases(cause, finding)}
    if cause["origin"] != "unknown":
        marks |= {"origin_of": 1, "origin": int(finding["origin"] == cause["origin"])}
    if cause["since"] and cause["kind"] in (*SUDDEN, *SLOW):
        marks |= _since(cause, finding)
    return marks


def _since(cause: dict[str, Any], finding: dict[str, Any]) -> dict[str, int]:
    which = "drift" if cause["kind"] in SLOW else "since"
    truth = dt.date.fromisoformat(cause["since"])
    near = finding["since"] and abs((dt.date.fromisoformat(finding["since"][:10]) - truth).days) <= DAYS
    marks = {f"{which}_of": 1, which: int(bool(near))}
    interval = finding.get("since_interval")
    if interval:
        low, high = (dt.date.fromisoformat(day) for day in interval)
        marks |= {f"{which}_interval_of": 1, f"{which}_interval": int(low <= truth <= high)}
    return marks


def _aliases(cause: dict[str, Any], finding: dict[str, Any]) -> dict[str, int]:
    """Whether a cause that nobody can tell from another place is given with that place."""
    if not cause.get("aliases"):
        return {}
    said = [finding["where"], *finding.get("aliases", ())]
    there = all(
        any(set(scope.items()) <= set(one.items()) for one in said) for scope in (cause["where"], *cause["aliases"])
    )
    return {"alias_of": 1, "alias": int(there)}


def _one_off(case: Case, cause: dict[str, Any], answer: list[dict[str, Any]], wrong: set[str]) -> dict[str, int]:
    """`wrong` are the types with a systemic finding that no systemic cause explains."""
    if cause["injected"] < FEW:
        return {}
    name, scopes = cause["defect_type"], [cause["where"], *cause.get("aliases", ())]
    own = [f for f in answer if f["defect_type"] == name and f["verdict"] == "one_off"]
    fits = [max(case.overlap(name, f["where"], scope) for scope in scopes) for f in own]
    return {"burst": 1, "burst_hit": int(max(fits, default=0.0) >= ALIKE), "burst_wrong": int(name in wrong)}
