"""CPU seconds and memory of the engine on plants of growing size: `python -m tests.bench.scale`.

Every measurement runs in a fresh process, in CPU seconds of that process and its peak memory in MB (`base` is what the
records themselves and the libraries take before the engine starts). The plant is a simulated one with eight dimensions
(product, line, station, machine, shift, part, supplier, supplier lot); more records are the same plant with a higher
volume. `scan` is the engine's own search of all places to depth 3 and all windows for all defect types; `engine` is a
whole run. Where pysubgroup and sliceline are installed, each looks at depth 2 for one defect type among the same rows.
`--compare-at 100000` does that at another size.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import logging
import pickle
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qc.analysis import search
from qc.analysis.data import Dataset
from qc.analysis.files import from_files
from qc.analysis.verdicts import judge
from tests.bench.plants.draw import simulate

SCENARIO, SEED = "het-mixed", 9_001
RECORDS_AT_1 = 3_800.0  # records of this plant at volume 1, roughly
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
MOST_MEMORY, MOST_SECONDS = 6 << 30, 600  # bytes and CPU seconds that another tool may take before it is given up
ENGINE_SIZES = (5_000, 579_000)
SCANNING = ("lay_out_all", "find")  # of qc.analysis.search: counting all places, and the best windows of each


def engine(data: Dataset) -> Callable[[], dict[str, float]]:
    """A whole run; the time that it spends in the search of all places to depth 3 and all windows is kept apart."""
    spent = {"scan": 0.0}
    for name in SCANNING:
        setattr(search, name, _timed(getattr(search, name), spent))

    def run() -> dict[str, float]:
        judge(data)
        return spent

    return run


def _timed(work: Callable[..., object], spent: dict[str, float]) -> Callable[..., object]:
    original = getattr(work, "original", work)

    def timed(*arguments: object, **named: object) -> object:
        start = time.process_time()
        try:
            return original(*arguments, **named)
        finally:
            spent["scan"] += time.process_time() - start

    timed.original = original  # type: ignore[attr-defined]
    return timed


def beam(data: Dataset) -> Callable[[], dict[str, float]]:
    """pysubgroup on the rows as people have them, with names: the most frequent type, beam search to depth 2."""
    columns = {
        name: np.array([*column.labels, ""], dtype=object)[column.codes] for name, column in data.dimensions.items()
    }
    return _beam(
        data, {name: importlib.import_module("pandas").Series(c, dtype="category") for name, c in columns.items()}
    )


def beam_on_numbers(data: Dataset) -> Callable[[], dict[str, float]]:
    """The same with every name made a number before, which is its quickest."""
    return _beam(data, {name: column.codes for name, column in data.dimensions.items()})


def _beam(data: Dataset, columns: dict[str, Any]) -> Callable[[], dict[str, float]]:
    tool, pandas = importlib.import_module("pysubgroup"), importlib.import_module("pandas")
    frame = pandas.DataFrame({**columns, "hit": _most_frequent(data)})

    def run() -> dict[str, float]:
        selectors = [tool.EqualitySelector(name, value) for name in columns for value in frame[name].unique()]
        task = tool.SubgroupDiscoveryTask(
            frame, tool.BinaryTarget("hit", True), selectors, result_set_size=10, depth=2, qf=tool.WRAccQF()
        )
        tool.BeamSearch().execute(task)
        return {}

    return run


def slices(data: Dataset) -> Callable[[], dict[str, float]]:
    """sliceline: the slices to depth 2 in which the most frequent type is most of the records."""
    tool = importlib.import_module("sliceline.slicefinder")
    logging.disable(logging.WARNING)
    table = np.stack([column.codes for column in data.dimensions.values()], axis=1)
    errors = _most_frequent(data).astype(np.float64)

    def run() -> dict[str, float]:
        tool.Slicefinder(alpha=0.9, k=10, max_l=2, min_sup=20, verbose=False).fit(table, errors)
        return {}

    return run


def _most_frequent(data: Dataset) -> NDArray[np.bool_]:
    codes = data.defect_type.codes
    return np.asarray(codes == int(np.bincount(codes).argmax()))


WORK = {"engine": engine, "pysubgroup": beam, "pysubgroup-numbers": beam_on_numbers, "sliceline": slices}
OTHERS = {
    "pysubgroup": "pysubgroup's beam, depth 2",
    "pysubgroup-numbers": "  names made numbers before",
    "sliceline": "sliceline, depth 2",
}


def measured(what: str, stored: Path) -> dict[str, float]:
    """CPU seconds and peak memory of one piece of work, in this process."""
    with stored.open("rb") as file:
        warm, data = pickle.load(file)
    if what in OTHERS:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    WORK[what](warm)()  # the first call reads libraries, which is no work of the engine
    run = WORK[what](data)
    before = _peak()
    start = time.process_time()
    more = run()
    return {"records": len(data), "cpu": time.process_time() - start, "base": before, "peak": _peak(), **more}


def from_folder(folder: Path) -> dict[str, float]:
    """The same from files, reading included."""
    start = time.process_time()
    data = from_files(*(folder / f"{name}.csv" for name in ("defects", "production", "lots")))
    read = time.process_time() - start
    judge(data)
    return {"records": len(data), "read": read, "cpu": time.process_time() - start, "base": 0.0, "peak": _peak()}


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def apart(*arguments: str) -> dict[str, float]:
    """A measurement in a fresh process."""
    done = subprocess.run([sys.executable, "-m", "tests.bench.scale", *arguments], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def stored(records: int, folder: Path) -> Path:
    """A small plant to warm up with and the plant with about so many records, written by a process of its own."""
    path = folder / f"{records}.pickle"
    apart("--store", str(records), str(path))
    return path


def show(name: str, got: dict[str, float], cpu: float) -> None:
    """One line."""
    each = cpu / got["records"] * 1e6
    print(
        f"{name:28} {got['records']:>11,.0f} {cpu:>9.2f} {each:>14.2f} {got['base']:>9.0f} {got['peak']:>9.0f}",
        flush=True,
    )


def report(largest: int, *, files: bool, compared_at: int) -> None:
    """Measure and print everything."""
    print(f"{platform.machine()}, {_processor()}, Python {platform.python_version()}, numpy {np.__version__}")
    print(f"{'':28} {'records':>11} {'CPU s':>9} {'microsec. each':>14} {'base MB':>9} {'peak MB':>9}")
    with TemporaryDirectory() as at:
        folder = Path(at)
        for size in ENGINE_SIZES:
            got = apart("--one", "engine", str(stored(size, folder)))
            show("engine", got, got["cpu"])
        for size in ENGINE_SIZES if files else ():
            simulate(SCENARIO, SEED, volume=size / RECORDS_AT_1).write(folder / "plant")
            got = apart("--folder", str(folder / "plant"))
            show("files, reading and engine", got, got["cpu"])
        for size in (size for size in SIZES if size <= largest):
            path = stored(size, folder)
            got = apart("--one", "engine", str(path))
            show("scan, depth 3", got, got["scan"])
            show("  of the whole engine", got, got["cpu"])
            if size == compared_at:
                compare(path, got["scan"])
            path.unlink()


def compare(path: Path, scan: float) -> None:
    """Other tools on the same rows: each looks for one defect type at depth 2, where the scan did all at depth 3."""
    for name, title in OTHERS.items():
        package = name.partition("-")[0]
        if importlib.util.find_spec(package) is None:
            print(f"{title:28} not installed: pip install {package}")
            continue
        try:
            other = apart("--one", name, str(path))
        except SystemExit as error:
            why = str(error.code).strip().splitlines()[-1:] or [f"not done in {MOST_SECONDS} CPU s"]
            print(f"{title:28} failed: {why[0]}")
            continue
        show(title, other, other["cpu"])
        print(f"  {other['cpu'] / scan:.1f} times the CPU of the scan, for one defect type where the scan did all")


def main() -> None:
    """Print the table, or do one measurement of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--largest", type=int, default=SIZES[-1], help="most records of the scan")
    parser.add_argument("--compare-at", type=int, default=1_000_000, help="records on which other tools run")
    parser.add_argument("--files", action="store_true", help="also reading from files")
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "STORED"), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--store", nargs=2, metavar=("RECORDS", "PATH"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        print(json.dumps(measured(given.one[0], Path(given.one[1]))))
    elif given.folder:
        print(json.dumps(from_folder(given.folder)))
    elif given.store:
        volumes = (1.0, int(given.store[0]) / RECORDS_AT_1)
        plants = [simulate(SCENARIO, SEED, volume=volume).dataset() for volume in volumes]
        Path(given.store[1]).write_bytes(pickle.dumps(plants))
        print(json.dumps({}))
    else:
        report(given.largest, files=given.files, compared_at=given.compare_at)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown CPU")


if __name__ == "__main__":
    main()
