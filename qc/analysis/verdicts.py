"""Rules and thresholds: from causes to findings, one or more for every defect type."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import scipy

from qc.analysis import background, explain, settling, tail
from qc.analysis.aliases import aliases, finest
from qc.analysis.background import Spreads
from qc.analysis.data import Dataset
from qc.analysis.exposure import HOURS, Plant, Problem
from qc.analysis.learnt import Background
from qc.analysis.origins import with_supplier
from qc.analysis.places import Candidate
from qc.analysis.recodes import follow, recodes
from qc.analysis.rivals import rivals
from qc.analysis.search import Cause, Found, search
from qc.analysis.settings import Settings
from qc.analysis.timing import Window, timing
from qc.analysis.traps import mix, recode, volume
from qc.stats.rates import poisson_lower, poisson_upper, rate_ratio_to_expected

METHOD_VERSION = "4"
Verdict = Literal["systemic", "one_off", "background", "insufficient"]
TOO_LONG = 2  # review horizons that nobody waits for
FEW = 8  # with fewer incidents a place or a date that is twice as bad would usually go unseen
CHRONIC_CONFIDENCE = 0.99
ONE_OFF_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Finding:
    """What the analysis says of a defect type at one scope; the fields are those of the JSON contract."""

    defect_type: str
    verdict: Verdict
    kind: str
    where: dict[str, str]
    origin: str
    since: str | None
    until: str | None
    since_interval: list[str] | None
    incidents: int
    expected: float
    rate_ratio: float | None
    rate_ratio_ci: list[float | None]
    p_value: float
    q_value: float
    aliases: list[dict[str, str]]
    ruled_out: list[str]
    needs: str
    explanation: str
    rivals: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Verdicts:
    """All findings of a run with what an auditor needs to repeat it."""

    method: dict[str, Any]
    data: dict[str, Any]
    findings: tuple[Finding, ...]
    digest: str
    method_version: str
    background: Background

    def as_dict(self) -> dict[str, Any]:
        """The JSON contract."""
        return {"method": self.method, "data": self.data, "findings": [asdict(finding) for finding in self.findings]}


@dataclass(slots=True)
class _Judged:
    """One type on its way from a search to findings."""

    plant: Plant
    problem: Problem
    name: str
    found: Found
    p_value: float
    q_value: float = 1.0


def judge(
    dataset: Dataset,
    settings: Settings | None = None,
    *,
    learnt: Background | None = None,
    only: Collection[str] | None = None,
) -> Verdicts:
    """Findings for every defect type of a dataset; the same data, settings and version give the same answer.

    Without `learnt` this is a full run: the plant's background is learnt from all types and all of them are judged in
    one family. With the background of an earlier full run nothing is learnt, and only the types named in `only` (all
    when None) are searched, each in the stored family: on the records of that full run the answer is the same.
    ValueError for a background of another method version.
    """
    settings, digest = settings or Settings(), dataset.digest()
    if learnt is not None and learnt.method_version != METHOD_VERSION:
        raise ValueError(f"the background is of method {learnt.method_version}, this is method {METHOD_VERSION}")
    if not len(dataset):
        empty = Background(METHOD_VERSION, digest, Spreads({}), {})
        return _verdicts(dataset, settings, [], learnt or empty, digest=digest, calendar=True)
    plant = Plant.of(dataset)
    renamed = recodes(plant)
    problems = _problems(plant, None if learnt is None else only)
    for problem in problems:
        if problem.type_code in renamed:
            follow(problem, renamed[problem.type_code])
    spreads = background.learn(plant, problems) if learnt is None else learnt.spreads
    judged = [_search(plant, problem, spreads, settings) for problem in problems]
    for one in judged:
        if one.problem.type_code in renamed:
            one.found.ruled_out.append(renamed[one.problem.type_code].note(plant))
    known = learnt or Background(METHOD_VERSION, digest, spreads, {one.name: one.p_value for one in judged})
    findings: list[Finding] = []
    for one in judged:
        one.q_value = known.q_value(one.name, one.p_value)
        if only is None or one.name in only:
            findings += _findings(one, settings)
    return _verdicts(dataset, settings, findings, known, digest=digest, calendar=plant.calendar)


def _problems(plant: Plant, only: Collection[str] | None) -> list[Problem]:
    labels = plant.data.defect_type.labels
    named = [code for code in range(len(labels)) if only is None or labels[code] in only]
    return [problem for code in named if len((problem := plant.problem(code)).records)]


def _verdicts(
    dataset: Dataset,
    settings: Settings,
    findings: Collection[Finding],
    known: Background,
    *,
    digest: str,
    calendar: bool,
) -> Verdicts:
    return Verdicts(
        method={
            "version": METHOD_VERSION,
            "horizon_days": settings.horizon_days,
            "seed": settings.seed,
            "alpha": settings.alpha,
        },
        data={
            "rows": dataset.rows,
            "used": len(dataset),
            "mapping": dict(dataset.mapping),
            "dropped": [problem.as_dict() for problem in dataset.dropped],
            "exposure": "calendar" if calendar else "production",
        },
        findings=tuple(findings),
        digest=digest,
        method_version=METHOD_VERSION,
        background=known,
    )


def _search(plant: Plant, problem: Problem, spreads: Spreads, settings: Settings) -> _Judged:
    found = search(plant, problem, spreads, settings)
    gains = [(c.gain, c.price) for c in found.causes[:1]] or [(m.gain, m.price) for m in [found.near_miss] if m]
    p = min((p_of(gain, price) for gain, price in gains), default=1.0)
    return _Judged(plant, problem, plant.data.defect_type.labels[problem.type_code], found, p)


def p_of(gain: float, price: float) -> float:
    """Chance of such a gain anywhere under no cause: a chi-square tail times the number of alternatives."""
    return float(min(1.0, scipy.special.chdtrc(1, 2 * max(gain, 0.0)) * math.exp(min(price, 700.0))))


def _findings(one: _Judged, settings: Settings) -> list[Finding]:
    causes = []
    for cause in one.found.causes if one.q_value <= settings.alpha else []:
        renamed = recode(one.plant, one.problem, cause.candidate, cause.count - cause.expected, cause.mask)
        if renamed:
            one.found.ruled_out.append(renamed)
        else:
            causes.append(cause)
    findings = [_of_cause(one, cause, settings) for cause in causes]
    steady = _steady(one, settings, causes)
    return findings + ([steady] if steady else [])


def _of_cause(one: _Judged, cause: Cause, settings: Settings) -> Finding:
    plant, candidate = one.plant, cause.candidate
    scope = {name: plant.columns[name].labels[code] for name, code in candidate.where}
    same = aliases(plant, one.problem, candidate)
    where = finest(plant, scope, same)
    same = [other for other in [scope, *same] if other != where]
    where, whose = with_supplier(plant, one.problem, candidate, where)
    window = timing(plant, one.problem, cause, one.found)
    verdict, kind = _verdict(cause, window)
    ratio = cause.ratio
    finding = Finding(
        defect_type=one.name,
        verdict=verdict,
        kind=kind,
        where=where,
        origin=whose,
        since=_iso(plant, window.since),
        until=_iso(plant, window.until),
        since_interval=[str(plant.date_of(d)) for d in window.interval] if window.interval else None,
        incidents=int(cause.count),
        expected=round(cause.expected, 2),
        rate_ratio=_number(ratio.ratio),
        rate_ratio_ci=[_number(ratio.low), _number(ratio.high)],
        p_value=float(f"{p_of(cause.gain, cause.price):.3g}"),
        q_value=float(f"{one.q_value:.3g}"),
        aliases=same,
        ruled_out=_ruled_out(one),
        needs=" ".join(
            filter(None, [explain.trial(where, same), _would_change(plant, cause, (verdict, kind), where, window)])
        ),
        explanation="",
        rivals=rivals(plant, one.problem, cause),
    )
    return explain.told(
        finding, calendar=plant.calendar, days=math.ceil(plant.span_days), horizon=settings.horizon_days
    )


def _would_change(
    plant: Plant, cause: Cause, verdict: tuple[Verdict, str], where: dict[str, str], window: Window
) -> str:
    since, until = (None if step is None else plant.date_of(step) for step in (window.since, window.until))
    return settling.change(
        *verdict,
        where,
        incidents=cause.count,
        expected=cause.expected,
        since=since,
        until=until,
        first=plant.date_of(0),
        last=plant.date_of(plant.days - 1),
    )


def _verdict(cause: Cause, window: Window) -> tuple[Verdict, str]:
    family = cause.candidate.family
    if "supplier_lot" in cause.candidate.dimensions:
        return "one_off", "lot"
    if family == "burst":
        return "one_off", "burst"
    kinds = {
        "always": "chronic",
        "since": "drift" if window.ramp > 0.8 else "escalating",
        "episode": "drift" if window.ramp > 0.8 else "episode",
        "recurring": "intermittent",
        "lots": "intermittent",
    }
    return "systemic", kinds[family]


def _steady(one: _Judged, settings: Settings, causes: list[Cause]) -> Finding | None:
    """The type as a whole: chronic above what people tolerate, sporadic, steady, or too little to say.

    What came with a cause that is over says nothing of the steady rate.
    """
    plant = one.plant
    over = sum(max(cause.count - cause.expected, 0.0) for cause in causes if _is_over(cause))
    n = len(one.problem.records) - round(over)
    horizons = plant.span_days / settings.horizon_days
    limit = settings.tolerable_for(one.name)
    verdict, kind = _of_rate(n, horizons, limit, unsure=one.found.near_miss is not None)
    if causes and kind != "chronic":
        return None
    expected = limit * horizons if limit is not None and verdict == "systemic" else float(n)
    ratio = rate_ratio_to_expected(n, max(expected, 1e-9), 0, 1.0)
    finding = Finding(
        defect_type=one.name,
        verdict=verdict,
        kind=kind,
        where={},
        origin="unknown",
        since=None,
        until=None,
        since_interval=None,
        incidents=n,
        expected=round(expected, 2),
        rate_ratio=_number(n / expected) if expected > 0 else None,
        rate_ratio_ci=[_number(ratio.low), _number(ratio.high)] if expected > 0 else [None, None],
        p_value=float(f"{one.p_value:.3g}"),
        q_value=float(f"{one.q_value:.3g}"),
        aliases=[],
        ruled_out=_ruled_out(one),
        needs=_needs(one, verdict, n, settings),
        explanation="",
    )
    return explain.told(
        finding, calendar=plant.calendar, days=math.ceil(plant.span_days), horizon=settings.horizon_days
    )


def _is_over(cause: Cause) -> bool:
    return cause.candidate.family in ("episode", "burst") or "supplier_lot" in cause.candidate.dimensions


def _of_rate(n: int, horizons: float, limit: float | None, *, unsure: bool) -> tuple[Verdict, str]:
    """Verdict and kind of n incidents in so many review horizons; the first incident is what made us look."""
    if limit is not None and poisson_lower(n - 1, CHRONIC_CONFIDENCE) / horizons > limit:
        return "systemic", "chronic"
    if poisson_upper(n - 1, ONE_OFF_CONFIDENCE) / horizons < 1:
        return "one_off", "isolated"
    if n < FEW or unsure:
        return "insufficient", "isolated" if n < 3 else "steady"
    return "background", "steady"


def _needs(one: _Judged, verdict: Verdict, n: int, settings: Settings) -> str:
    if verdict != "insufficient":
        return ""
    plant, patience = one.plant, TOO_LONG * settings.horizon_days
    near = one.found.near_miss
    if near is not None:
        return _needs_there(plant, near, settings)
    clean = math.ceil(poisson_upper(max(n - 1, 0), ONE_OFF_CONFIDENCE) * settings.horizon_days) - math.floor(
        plant.span_days
    )
    shows = f"{max(2, FEW - n)} more incidents show if a place or date stands out"
    if clean > patience:
        return f"{shows[0].upper()}{shows[1:]}; clean weeks would take more than {patience} days to make it a one-off."
    return f"Clean until {_day_after(plant, clean)} makes it a one-off; {shows}."


def _needs_there(plant: Plant, near: Candidate, settings: Settings) -> str:
    """What would settle a place that just misses being a finding: more there, or none for long enough."""
    where = {name: plant.columns[name].labels[code] for name, code in near.where}
    ratio = near.count / max(near.mean, 1e-9)
    seen = f"{near.count:.0f} incidents, {near.mean:.1f} expected ({ratio:.1f} times)"
    least = settings.least_by_hour if HOURS in near.dimensions else settings.least
    number = max(2, math.ceil(near.count / 2), math.ceil(least - near.count))
    more = f"About {number} more there at this rate make it systemic"
    patience = TOO_LONG * settings.horizon_days
    seen_days = (min(near.stop, plant.days) - near.start) / plant.data.per_day
    clean = math.ceil(seen_days * max(ratio - 1, 0.0))
    if clean > patience:
        settle = f"{more}; clean weeks would take more than {patience} days to clear it, so look at it there instead."
    else:
        settle = f"{more}; none there until {_day_after(plant, clean)} clears it."
    return f"Watch {explain.place(where)}: {seen}. {settle}"


def _day_after(plant: Plant, days: int) -> str:
    last = plant.date_of(plant.days - 1)
    return f"{last + dt.timedelta(days=max(days, 1)):%-d %B %Y}"


def _ruled_out(one: _Judged) -> list[str]:
    notes = [*one.found.ruled_out]
    if one.found.by_product is not None and not one.plant.calendar:
        products = mix(one.plant, one.problem, one.found.by_product)
        most = volume(one.plant, one.problem)
        notes += [note for note in (products, most) if note]
    twice = one.plant.data.duplicates.get(one.name, 0)
    if twice:
        notes.append(
            f"duplicates: {twice} records repeat the same unit and defect within 10 minutes and are counted once"
        )
    missing = len(one.problem.records) - one.problem.covered
    if missing:
        notes.append(
            f"exposure: {missing} of {len(one.problem.records)} records fall where no production was counted "
            "and were not compared"
        )
    taken = _taken(one)
    if taken:
        notes.append(tail.note(taken))
    if one.plant.calendar:
        notes.append(
            "volume: no production was given, so it was judged by calendar time and by the share of all records"
        )
    return notes


def _taken(one: _Judged) -> list[tail.Taken]:
    """Lines with uncounted last days on which this type can occur."""
    line = one.problem.cells.codes.get("line")
    return [taken for taken in one.plant.taken if line is None or (line == taken.line).any()]


def _iso(plant: Plant, day: int | None) -> str | None:
    return None if day is None else str(plant.date_of(day))


def _number(value: float) -> float | None:
    """JSON has no infinity: an open end is null."""
    return float(f"{value:.4g}") if math.isfinite(value) else None


__all__ = ["HOURS", "METHOD_VERSION", "Finding", "Settings", "Verdicts", "judge"]
