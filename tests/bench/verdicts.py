"""`python -m tests.bench.verdicts PLANTS...` and `--simulate N`: the engine and today's practice on the same plants.

A plant is a folder with defects.csv, production.csv, lots.csv and truth.json, or one of N simulated plants of each
scenario (`--only NAME ...` for some; seeds from `--first`). `--nulls 200` adds that many plants of each nature in which
nothing happened. Rates of alarms come with exact 95 % intervals. `--scenarios` prints a row for each scenario too.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qc.analysis.data import Dataset
from qc.analysis.files import from_files
from tests.bench.plants.draw import simulate
from tests.bench.plants.scenarios import GROUPS, SCENARIOS
from tests.bench.practice import methods
from tests.bench.score import Case, score
from tests.bench.table import Marks, print_table

HELD_OUT = 9_001  # seeds from here on are for reporting, smaller ones for work on the engine
NULLS_FROM = 20_001
NULLS = {"plain": ("null", "null-wild"), "het": ("het-null",), "wild": ("wild-null",)}


@dataclass(frozen=True, slots=True)
class Task:
    """One plant: a folder, or a scenario with its seed."""

    scenario: str
    group: str
    folder: Path | None = None
    seed: int = 0

    def load(self) -> tuple[Dataset, Case]:
        """What the engine reads and what it is held against."""
        if self.folder is None:
            plant = simulate(self.scenario, self.seed)
            return plant.dataset(), Case.of_plant(plant)
        files = (self.folder / f"{name}.csv" for name in ("defects", "production", "lots"))
        return from_files(*(file if file.exists() else None for file in files)), Case.of_folder(self.folder)  # type: ignore[arg-type]


def folders(paths: list[Path]) -> Iterator[Task]:
    """Plants on disk; the group is read from the folder's name."""
    for path in paths:
        if (path / "truth.json").exists():
            name = path.resolve().name.rsplit("-", 1)[0]
            known = SCENARIOS.get(name)
            yield Task(name, known.group if known else "other", path)


def simulated(times: int, nulls: int, only: list[str], first: int) -> Iterator[Task]:
    """Seeds of every scenario and, when asked, further plants in which nothing happened."""
    for name, scenario in SCENARIOS.items():
        if not only or name in only:
            yield from (Task(name, scenario.group, seed=seed) for seed in range(first, first + times))
    for group, names in NULLS.items():
        yield from (Task(names[at % len(names)], group, seed=NULLS_FROM + at) for at in range(nulls))


def run(task: Task, names: Sequence[str]) -> list[tuple[str, str, str, dict[str, float]]]:
    """Marks of every method on one plant: method, group, scenario, marks."""
    dataset, case = task.load()
    rows = []
    for name, method in methods(names).items():
        start = time.process_time()
        answer = method(dataset)
        spent = time.process_time() - start
        rows.append((name, task.group, task.scenario, {**score(case, answer), "plants": 1, "cpu": spent}))
    return rows


def totals(tasks: list[Task], names: Sequence[str], *, jobs: int) -> dict[tuple[str, str], Marks]:
    """Sums over plants by method and group, and by method and scenario."""
    work = partial(run, names=names)
    sums: dict[tuple[str, str], Marks] = defaultdict(lambda: defaultdict(float))
    with ProcessPoolExecutor(jobs) as pool:
        for rows in pool.map(work, tasks) if jobs > 1 else map(work, tasks):
            for method, group, scenario, marks in rows:
                for where in (group, f"  {scenario}", "ALL"):
                    for key, value in marks.items():
                        sums[method, where][key] += value
    return sums


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("plants", nargs="*", type=Path)
    parser.add_argument("--simulate", type=int, default=0, metavar="N", help="seeds of each scenario")
    parser.add_argument("--nulls", type=int, default=0, metavar="N", help="more null plants of each nature")
    parser.add_argument("--only", nargs="*", default=[], choices=SCENARIOS, metavar="SCENARIO")
    parser.add_argument("--first", type=int, default=HELD_OUT, help=f"first seed ({HELD_OUT})")
    parser.add_argument("--scenarios", action="store_true", help="a row for each scenario of our engine")
    parser.add_argument(
        "--methods", nargs="*", default=list(methods()), metavar="NAME", help="of those that can run here"
    )
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    tasks = [*folders(given.plants), *simulated(given.simulate, given.nulls, given.only, given.first)]
    if not tasks:
        parser.error("name plants or give --simulate N")
    sums = totals(tasks, given.methods, jobs=given.jobs)
    print_table(sums, GROUPS, scenarios=given.scenarios)


if __name__ == "__main__":
    main()
