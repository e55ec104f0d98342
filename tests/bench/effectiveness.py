"""How often a useless fix is called effective, and a real one recognised, with daily looks.

Run it as `python -m tests.bench.effectiveness`.

Plants make 1,000 units a day, with noise. The trouble makes incidents at a steady rate (Poisson, or with gamma shocks
from day to day where `spread` says so) for 30 days; then a fix leaves a part of the rate. Two rules look at the same
days every morning for 90 days:

    daily        usual practice: the 95 % bound of the rate ratio is below 1 on some morning
    clean        the plan of qc.stats.effectiveness without an incident allowed: the shortest
    recommended  the plan that the case page offers: two weeks at least, and so many incidents allowed that a fix which
                 leaves a fifth of the rate is recognised with chance 0.8, if the 90 days are enough for that

Figures are shares of the replicates with an exact 95 % interval.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time

import numpy as np

from qc.stats import effectiveness as fix
from qc.stats.rates import binomial_interval, dispersion

BEFORE, WINDOW, UNITS = 30, 90, 1000.0
LEFT = (1.0, 0.5, 0.3, 0.2, 0.1, 0.0)
MEANS = (3, 5, 8, 12, 20, 60, 150)
TWO_WEEKS = 14


def days(rng: np.random.Generator, mean: float, count: int, spread: float) -> tuple[np.ndarray, np.ndarray]:
    """Incidents and units of `count` days at `mean` incidents a day."""
    units = rng.gamma(25.0, UNITS / 25.0, count)
    shock = rng.gamma(1 / spread, spread, count) if spread else np.ones(count)
    return rng.poisson(mean * units / UNITS * shock), units


def plans(counts: np.ndarray, units: np.ndarray) -> dict[str, fix.Plan]:
    """The two ways to plan a fix; both heed the dispersion of the days before it."""
    before, exposure, phi = int(counts.sum()), float(units.sum()), dispersion(counts, units)
    pace = exposure / BEFORE
    offered = fix.recommended(before, exposure, least=TWO_WEEKS * pace, most=WINDOW * pace, left=0.2, dispersion=phi)
    return {"clean": fix.plan(before, exposure, dispersion=phi), "recommended": offered}


def daily(before: int, exposure: float, counts: np.ndarray, units: np.ndarray) -> bool:
    """Whether a bound that is computed anew every morning is passed on one of them."""
    sums, made = np.cumsum(counts), np.cumsum(units)
    return any(
        fix.before_after(before, exposure, int(sums[day]), float(made[day])).result == "effective"
        for day in np.flatnonzero(np.append(counts[1:] == 0, True) | (np.arange(len(counts)) == len(counts) - 1))
    )


def replicate(rng: np.random.Generator, mean: float, left: float, spread: float) -> dict[str, str] | None:
    """The answers of all rules on one fix; None when nothing occurred before it."""
    counts, units = days(rng, mean / BEFORE, BEFORE, spread)
    before, exposure = int(counts.sum()), float(units.sum())
    if not before:
        return None
    after, made = days(rng, left * mean / BEFORE, WINDOW, spread)
    told = {"daily": "effective" if daily(before, exposure, after, made) else "not_yet"}
    for name, plan in plans(counts, units).items():
        told[name] = every_morning(plan, after.tolist(), made.tolist())
    return told


def every_morning(plan: fix.Plan, after: list[int], made: list[float]) -> str:
    """The first answer that a plan gives on one of the mornings."""
    answer = None
    for day in range(1, len(after) + 1):
        answer = fix.judge(plan, after[:day], made[:day])
        if answer.result != "not_yet":
            return answer.result
    return "missed" if answer and answer.is_missed else "not_yet"


def share(answers: list[str], wanted: str) -> str:
    """A share in per cent with its interval."""
    hits = sum(answer == wanted for answer in answers)
    low, high = binomial_interval(hits, len(answers))
    return f"{100 * hits / len(answers):5.1f} ({100 * low:4.1f}-{100 * high:5.1f})"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicates", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--spread", type=float, nargs="*", default=[0.0, 0.3])
    options = parser.parse_args()
    started = time.process_time()
    out = sys.stdout.write
    out(f"{platform.machine()}, Python {platform.python_version()}, {options.replicates} replicates a row\n")
    for spread in options.spread:
        out(f"\nday-to-day shocks: variance {spread:g} of the rate. Per cent called effective (95 % interval)\n")
        names = ["daily", "clean", "recommended"]
        out(
            f"{'before':>6} {'left':>5}  "
            + "  ".join(f"{name:>19}" for name in names)
            + "   recommended says not effective / missed\n"
        )
        for mean in MEANS:
            for left in LEFT if not spread else LEFT[:1]:
                rng = np.random.default_rng([options.seed, mean, int(100 * left), int(100 * spread)])
                told = [t for t in (replicate(rng, mean, left, spread) for _ in range(options.replicates)) if t]
                shares = [share([t[name] for t in told], "effective") for name in names]
                rest = " / ".join(
                    share([t["recommended"] for t in told], other) for other in ("not_effective", "missed")
                )
                out(f"{mean:6d} {left:5.1f}  " + "  ".join(f"{text:>19}" for text in shares) + f"   {rest}\n")
    out(f"\n{time.process_time() - started:.1f} CPU seconds\n")


if __name__ == "__main__":
    main()
