"""`python -m tests.bench.figures --postgres URL [--write]`: run the benches and write their figures into README.md.

URL has %s for the name of the database: three are made there, filled, measured and dropped again, and so is SQLite in
a new home folder. With --write the table between the markers of README.md is replaced.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

README = Path(__file__).resolve().parents[2] / "README.md"
BEGIN, END = "<!-- figures: python -m tests.bench.figures --write -->", "<!-- end of figures -->"


MOST_JUDGED = 200_000  # records of the plant whose verdict is timed
LAST_BUT_ONE = r".*?([\d.]+)\s+[\d.]+\n"


@dataclass(frozen=True)
class Figure:
    """One row of the table: what is asked, which bench says it, and where in its output."""

    name: str
    asked: str
    bench: str
    pattern: str
    shown: str = "{0}"


FIGURES = (
    Figure("quick log, one POST: SQL statements", "≤ 8", "quick_log", r"statements\s+(\d+)"),
    Figure("quick log: CPU against a bare create", "≤ 3 ×", "quick_log", r"ratio ([\d.]+)", "{0} ×"),
    Figure("quick log: median", "≤ 150 ms", "quick_log", r"median wall\s+([\d.]+) ms", "{0} ms"),
    Figure("list with a filter: SQL statements", "≤ 4", "lists", r"list, a line, page 1.*?\)\s+(\d+)"),
    Figure("list: HTML", "≤ 30 KB", "lists", r"list, a line, page 1.*?\)\s+\d+\s+([\d.]+)", "{0} KB"),
    Figure("list, page 1: CPU against a bare view", "≤ 2 ×", "lists", f"list, a line, page 1{LAST_BUT_ONE}", "{0} ×"),
    Figure("list, far page: the same", "≤ 2 ×", "lists", f"list, no filter, page 10,000{LAST_BUT_ONE}", "{0} ×"),
    Figure("search, a common word", "≤ 100 ms", "lists", r"search 'scratch'\s+\S+\s+([\d.]+)", "{0} ms"),
    Figure("search, a rare word", "≤ 100 ms", "lists", r"search 'quokkamark'\s+\S+\s+([\d.]+)", "{0} ms"),
    Figure("import of 200,000 rows: rows a second", "≥ 10,000", "imports", r"([\d,]+) by the clock\n"),
    Figure("import against a bare insert", "≥ 0.25 ×", "imports", r"by CPU, ([\d.]+) x by the clock", "{0} ×"),
    Figure("import: memory", "≤ 300 MB", "imports", r"(\d+) MB of memory at most", "{0} MB"),
    Figure("batch API, 8 clients: records a second", "≥ 2,000", "batches", r"(\d+) records/s"),
    Figure("verdict, warm, of up to 200,000", "≤ 5 s (2 s)", "latency", r"warm worker:.*?([\d.]+) s;", "{0} s"),
)  # fmt: skip


@dataclass
class House:
    """One database and what it is filled with."""

    title: str
    defects: int
    environment: dict[str, str] = field(default_factory=dict)


def run(house: House, module: str, *words: str) -> str:
    """The output of one bench; its exit code only says that a figure is missed, which the table shows."""
    command = [sys.executable, "-m", f"tests.bench.{module}", *words]
    environment = {name: value for name, value in (os.environ | house.environment).items() if value}
    started = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    spent = time.monotonic() - started
    print(f"$ {' '.join(command[1:])}   ({house.title}, {spent:.0f} s)\n{done.stdout}", flush=True)
    if not done.stdout:
        raise SystemExit(done.stderr[-2000:])
    return done.stdout


def measured(house: House, fresh: House, other: House) -> dict[str, str]:
    """What every figure is in one house; imports and verdicts get an empty one each."""
    run(house, "load", str(house.defects))
    said = {name: run(house, name) for name in ("lists", "quick_log", "batches")}
    said["imports"] = run(fresh, "imports")
    said["latency"] = run(other, "latency", str(min(house.defects, MOST_JUDGED)))
    found = {}
    for figure in FIGURES:
        match = re.search(figure.pattern, said[figure.bench])
        found[figure.name] = figure.shown.format(match.group(1)) if match else "not measured"
    return found


@contextmanager
def databases(url: str) -> Iterator[list[str]]:
    """Three new databases of our own, which go afterwards; those of an earlier run that was broken off go before."""
    names = ["lineside_figures_0", "lineside_figures_1", "lineside_figures_2"]
    with psycopg.connect(url % "postgres", autocommit=True) as server:
        for name in names:
            server.execute(f"DROP DATABASE IF EXISTS {name}")  # type: ignore[arg-type]  # names of our own
            server.execute(f"CREATE DATABASE {name}")  # type: ignore[arg-type]
        try:
            yield [url % name for name in names]
        finally:
            for name in names:
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")  # type: ignore[arg-type]


def table(columns: dict[str, dict[str, str]]) -> str:
    """The table of README.md."""
    head = f"| figure | asked | {' | '.join(columns)} |\n|---|---|{'---|' * len(columns)}\n"
    rows = (
        f"| {figure.name} | {figure.asked} | {' | '.join(column[figure.name] for column in columns.values())} |"
        for figure in FIGURES
    )
    machine = f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    return f"{BEGIN}\n{head}" + "\n".join(rows) + f"\n\nTaken on: {machine}.\n{END}"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def main() -> None:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgres", help="postgres://user@host:5432/%%s with %%s for the name of the database")
    parser.add_argument("--defects", type=int, nargs=2, default=(1_000_000, 100_000), help="in PostgreSQL, in SQLite")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    columns = {}
    with tempfile.TemporaryDirectory() as folder:
        homes = [str(Path(folder) / name) for name in ("a", "b", "c", "d", "e", "f")]
        if given.postgres:
            title = f"PostgreSQL, {given.defects[0]:,} defects"
            with databases(given.postgres) as urls:
                pair = [{"DATABASE_URL": url, "LINESIDE_HOME": home} for url, home in zip(urls, homes, strict=False)]
                columns[title] = measured(*(House(title, given.defects[0], each) for each in pair))
        pair = [{"DATABASE_URL": "", "LINESIDE_HOME": home} for home in homes[3:]]
        title = f"SQLite, {given.defects[1]:,} defects"
        columns[title] = measured(*(House(title, given.defects[1], each) for each in pair))
    text = table(columns)
    print(text)
    if given.write:
        old = README.read_text(encoding="utf-8")
        fresh, found = re.subn(f"{BEGIN}.*?{END}", lambda _: text, old, flags=re.DOTALL)
        if not found:
            raise SystemExit("README.md has no markers for the table.")
        README.write_text(fresh, encoding="utf-8")


if __name__ == "__main__":
    main()
