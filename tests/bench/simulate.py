"""`python -m tests.bench.simulate SCENARIO SEED OUT`: write a simulated plant with its truth; `--list` names them all.

The same scenario and seed give the same files. `--volume 150` makes the same plant with 150 times the units.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.bench.plants.draw import Plant, simulate
from tests.bench.plants.scenarios import SCENARIOS

__all__ = ["SCENARIOS", "Plant", "simulate"]


def main() -> None:
    """Write one plant or print the list."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenario", nargs="?", choices=sorted(SCENARIOS), metavar="SCENARIO")
    parser.add_argument("seed", nargs="?", type=int)
    parser.add_argument("out", nargs="?", type=Path)
    parser.add_argument("--volume", type=float, default=1.0)
    parser.add_argument("--list", action="store_true", help="names and groups of all scenarios")
    given = parser.parse_args()
    if given.list:
        for scenario in SCENARIOS.values():
            print(f"{scenario.name:22} {scenario.group}")
        return
    if given.out is None:
        parser.error("SCENARIO, SEED and OUT are needed, or --list")
    plant = simulate(given.scenario, given.seed, volume=given.volume)
    plant.write(given.out)
    print(f"{given.out}: {len(plant)} records, {len(plant.truth)} entries in the truth")


if __name__ == "__main__":
    main()
