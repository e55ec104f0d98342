"""Sentences from the finding's own numbers, in the words of the shop floor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qc.analysis.verdicts import Finding

WORDS = {
    "plant": "plant {}",
    "line": "line {}",
    "station": "station {}",
    "machine": "machine {}",
    "tool": "tool {}",
    "product": "product {}",
    "part": "part {}",
    "supplier": "supplier {}",
    "supplier_lot": "supplier lot {}",
    "operator": "operator {}",
    "hour_of_week": "the hour from {}",
}


def place(where: Mapping[str, str]) -> str:
    """`line L3, night shift`; the whole plant where nothing narrows it."""
    if not where:
        return "the whole plant"
    parts = []
    for name, value in where.items():
        if name == "shift":
            parts.append(f"{value} shift" if "shift" not in value.casefold() else value)
        elif name in WORDS:
            word = WORDS[name].split()[0]
            parts.append(value if value.casefold().startswith(word) else WORDS[name].format(value))
        else:
            parts.append(f"{name.replace('_', ' ')} {value}")
    return ", ".join(parts)


def trial(where: Mapping[str, str], same: Sequence[Mapping[str, str]]) -> str:
    """The trial that would tell a place from another that holds the same records."""
    if not same:
        return ""
    mine = {k: v for k, v in where.items() if same[0].get(k) != v}
    theirs = {k: v for k, v in same[0].items() if where.get(k) != v}
    if not mine or not theirs:
        return ""
    return f"The records cannot tell {place(mine)} from {place(theirs)}: run one without the other and count."


def day(iso: str | None) -> str:
    """`14 March 2026`."""
    return "" if iso is None else f"{dt.date.fromisoformat(iso):%-d %B %Y}"


def told(finding: Finding, *, calendar: bool, days: int, horizon: int) -> Finding:
    """The finding with its explanation."""
    if finding.where or finding.since:
        text = _of_place(finding)
    else:
        text = _of_whole(finding, days, horizon)
    if calendar:
        text += " No production counts were given, so this is judged by calendar time and by shares of all records."
    return replace(finding, explanation=text)


def _of_place(f: Finding) -> str:
    times = f"{f.rate_ratio:.1f} times" if f.rate_ratio is not None else "far more than"
    low, high = f.rate_ratio_ci
    sure = f", surely between {low:.1f} and {high:.1f}" if low is not None and high is not None else ""
    numbers = f"{f.incidents} incidents where {_few(f.expected)} were to be expected ({times} as many{sure})"
    where = place(f.where)
    if f.kind == "lot":
        return f"One-off: {f.defect_type} came with {where}: {numbers}. No other lot of this supplier stands out."
    if f.kind == "burst":
        return f"One-off: {f.defect_type} at {where}, {_span(f)}: {numbers}. It did not last."
    when = {
        "chronic": "over the whole period",
        "escalating": f"since {day(f.since)}",
        "drift": f"growing since about {day(f.since)}",
        "episode": f"from {day(f.since)} to {day(f.until)}",
        "intermittent": f"again and again between {day(f.since)} and {day(f.until)}",
    }.get(f.kind, "")
    return f"Systemic: {f.defect_type} at {where}, {when}: {numbers}. Without its worst period it is still too many."


def _span(f: Finding) -> str:
    return f"on {day(f.since)}" if f.since == f.until else f"from {day(f.since)} to {day(f.until)}"


def _few(expected: float) -> str:
    return f"{expected:.0f}" if expected >= 10 else f"{expected:.1f}"


def _of_whole(f: Finding, days: int, horizon: int) -> str:
    each = f.incidents * horizon / max(days, 1)
    plural, several = "s" * (f.incidents != 1), "s" * (days != 1)
    rate = f"{f.incidents} incident{plural} in {days} day{several} ({each:.1f} per {horizon} days)"
    if f.verdict == "systemic":
        return f"Systemic: {f.defect_type} is steadily above what is tolerated: {rate}."
    if f.verdict == "one_off":
        return f"One-off: {f.defect_type} is sporadic: {rate}; fewer than one is likely in the next {horizon} days."
    if f.verdict == "background":
        return f"Background: {f.defect_type} is steady: {rate}; no place and no date stands out."
    return f"Not enough to say whether {f.defect_type} will come back: {rate}."
