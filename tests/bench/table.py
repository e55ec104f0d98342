"""The table of figures: localisation, null alarms with exact intervals, one-offs, origin, since, traps, CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scipy import stats

Marks = Mapping[str, float] | dict[str, float]
HEAD = (
    "",
    "plants",
    "prec.",
    "recall",
    "F1",
    "null alarms (95 % interval)",
    "null one-offs",
    "found",
    "called syst.",
    "origin",
    "since 7 d",
    "(drift)",
    "interval",
    "(drift)",
    "traps",
    "aliases",
    "CPU s",
)
LEGEND = """prec., recall, F1: systemic findings at the right place. null alarms: plants without any cause that have a
systemic finding; null one-offs: those with a one-off somewhere. found, called syst.: one-offs of eight records or more.
since 7 d, interval: onset within a week, and inside the 90 % interval, (drifts apart). traps: types that only look
systemic and are called so. aliases: places that cannot be told apart and are named. CPU s: per plant."""


def exact_interval(hits: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """Clopper and Pearson's interval of a share."""
    found = stats.binomtest(hits, of).proportion_ci(level, method="exact")
    return float(found.low), float(found.high)


def cells(name: str, marks: Marks) -> tuple[str, ...]:
    """One row of the table."""
    got = {key: int(value) for key, value in marks.items()}
    hit, false, missed = (got.get(key, 0) for key in ("hit", "false", "missed"))
    precision, recall = hit / max(1, hit + false), hit / max(1, hit + missed)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    some = hit + missed > 0
    return (
        name,
        f"{got['plants']}",
        f"{precision:.3f}" if some else f"{false} false" if false else "",
        f"{recall:.3f}" if some else "",
        f"{f1:.3f}" if some else "",
        _rate(got, "alarm", "null"),
        _of(got, "null_odd", "null"),
        _of(got, "burst_hit", "burst"),
        _of(got, "burst_wrong", "burst"),
        _of(got, "origin", "origin_of"),
        _of(got, "since", "since_of"),
        _of(got, "drift", "drift_of"),
        _of(got, "since_interval", "since_interval_of"),
        _of(got, "drift_interval", "drift_interval_of"),
        _of(got, "trap_said", "trap"),
        _of(got, "alias", "alias_of"),
        f"{marks['cpu'] / marks['plants']:.2f}",
    )


def _of(got: Mapping[str, int], part: str, whole: str) -> str:
    return f"{got.get(part, 0)}/{got[whole]}" if got.get(whole) else ""


def _rate(got: Mapping[str, int], part: str, whole: str) -> str:
    if not got.get(whole):
        return ""
    low, high = exact_interval(got.get(part, 0), got[whole])
    share = got.get(part, 0) / got[whole]
    return f"{_of(got, part, whole)} = {share:.1%} ({low:.1%}-{high:.1%})"


def print_table(sums: Mapping[tuple[str, str], Marks], groups: Sequence[str], *, scenarios: bool) -> None:
    """Methods one below the other, groups within them, scenarios of our own engine where asked."""
    rows = [HEAD]
    for method in dict.fromkeys(method for method, _ in sums):
        for group in [*(g for g in (*groups, "other") if (method, g) in sums), "ALL"]:
            rows.append(cells(f"{method} {group}", sums[method, group]))
    if scenarios:
        rows += [
            cells(name, marks) for (method, name), marks in sums.items() if method == "lineside" and name[0] == " "
        ]
    shown = [at for at in range(len(HEAD)) if any(row[at] for row in rows[1:])]
    widths = [max(len(row[at]) for row in rows) for at in shown]
    for row in rows:
        print("  ".join(row[at].ljust(width) for at, width in zip(shown, widths, strict=True)).rstrip())
    print(LEGEND)
