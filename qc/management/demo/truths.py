"""The sixteen planted truths: for each the rule by which the engine's answer is right."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from qc.analysis.data import Dataset, as_date
from qc.analysis.verdicts import Finding, Verdicts
from qc.management.demo.planted import BAD_AGAIN, BAD_CASTINGS, BAD_CONNECTORS
from qc.management.demo.scopes import alike, of_type, selects, share
from qc.stats.effectiveness import before_after

SAME = 0.8  # scopes count as the same place from this Jaccard index on
CLOSED_ON = "2026-08-28"  # the castings' first request (T7)
Found = tuple[bool, str]


@dataclass(frozen=True, slots=True)
class Judged:
    """A plant's records and what the engine says of them."""

    data: Dataset
    verdicts: Verdicts

    def findings(self, *codes: str, verdict: str = "") -> list[Finding]:
        """Findings of these types, of one verdict or of any."""
        return [
            one
            for one in self.verdicts.findings
            if (not codes or one.defect_type in codes) and verdict in ("", one.verdict)
        ]

    def ruled_out(self, codes: Iterable[str], *words: str) -> str:
        """What was considered and rejected for these types in words like these; empty: nothing."""
        notes = (note for one in self.findings(*codes) for note in one.ruled_out)
        return next((note for note in notes if any(word in note.casefold() for word in words)), "")


def told(finding: Finding | None) -> str:
    """A finding in half a line."""
    if finding is None:
        return "no such finding"
    place = ", ".join(f"{name} {value}" for name, value in finding.where.items()) or "whole plant"
    when = f", {finding.since or ''}..{finding.until or ''}" if finding.since or finding.until else ""
    many = f"{finding.incidents} against {finding.expected:.0f}"
    return f"{finding.verdict} ({finding.kind}) {finding.defect_type}: {place}{when}, {many}"


def all_told(findings: Iterable[Finding]) -> str:
    """Several findings, or that there is none."""
    return "; ".join(told(one) for one in findings) or "no such finding"


def _near(said: str | None, first: str, last: str) -> bool:
    return said is not None and first <= said <= last


def _best(plant: Judged, code: str, planted: dict[str, Any], verdict: str = "systemic") -> tuple[float, Finding | None]:
    scored = [(alike(plant.data, code, one.where, planted), one) for one in plant.findings(code, verdict=verdict)]
    return max(scored, key=lambda pair: pair[0], default=(0.0, None))


def _blamed(plant: Judged, code: str, best: Finding | None) -> str:
    return told(best) if best else all_told(plant.findings(code))


def stencil(kde: Judged, apw: Judged) -> Found:
    """T1: systemic at SP-11 x ECU-40 in four weeks, and the new stencil helped."""
    score, best = _best(kde, "SOLD-INSUF", {"station": "SP-11", "product": "ECU-40"})
    effect = _effect(kde.data)
    found = best is not None and score >= SAME
    timely = best is not None and _near(best.since, "2026-08-01", "2026-08-17")
    over = best is not None and _near(best.until, "2026-08-28", "2026-09-14")
    text = f"{_blamed(kde, 'SOLD-INSUF', best)} (same place {score:.2f}); new stencil {effect}"
    return found and timely and over and effect == "effective", text


def _effect(data: Dataset) -> str:
    """Whether the rate at SP-11 on ECU-40 fell with the new stencil."""
    mine = of_type(data, "SOLD-INSUF") & selects(data, {"station": "SP-11", "product": "ECU-40"})
    made = data.production
    if made is None:
        return "not judged"
    line, product = made.dimensions["line"], made.dimensions["product"]
    of_scope = (line.codes == line.labels.index("SMT-1")) & (product.codes == product.labels.index("ECU-40"))
    start, change = (dt.date(2026, 8, 10), dt.date(2026, 9, 5))
    first, middle = ((day - as_date(0)).days for day in (start, change))
    before, after = (data.day >= first) & (data.day < middle), data.day > middle
    units_before = made.units[of_scope & (made.day >= first) & (made.day < middle)].sum()
    units_after = made.units[of_scope & (made.day > middle)].sum()
    found = before_after(int((mine & before).sum()), float(units_before), int((mine & after).sum()), float(units_after))
    return found.result


def connectors(kde: Judged, apw: Judged) -> Found:
    """T2: the supplier or its two lots, since they were used; neither line is blamed."""
    systemic = kde.findings("CONN-COPL", verdict="systemic")
    right = [one for one in systemic if _is_supply(kde, one, "CONN-COPL", BAD_CONNECTORS, "S-104", "2026-09-07")]
    blamed = [one for one in systemic if {"line", "station", "operator"} & set(one.where)]
    return bool(right) and not blamed, all_told(right or kde.findings("CONN-COPL"))


def _is_supply(plant: Judged, one: Finding, code: str, lots: tuple[str, ...], supplier: str, since: str) -> bool:
    """Whether a finding names the bad lots, or the supplier from the time on at which they were used."""
    if one.where.get("supplier") == supplier and "supplier_lot" not in one.where:
        return one.since is not None and one.since >= since
    return "supplier_lot" in one.where and alike(plant.data, code, one.where, {"supplier_lot": list(lots)}) >= SAME


def night_solder(kde: Judged, apw: Judged) -> Found:
    """T3: machine x shift."""
    score, best = _best(kde, "SOLD-BRID", {"station": "WV-31", "shift": "C"})
    timely = best is not None and _near(best.since, "2026-07-01", "2026-07-27")
    return score >= SAME and timely, f"{_blamed(kde, 'SOLD-BRID', best)} (same place {score:.2f})"


def spindle(kde: Judged, apw: Judged) -> Found:
    """T4: the counts of DIM-BORE grow at CNC-07."""
    score, best = _best(apw, "DIM-BORE", {"machine": "CNC-07"})
    timely = best is not None and _near(best.since, "2026-09-07", "2026-10-16")
    return score >= SAME and timely, f"{_blamed(apw, 'DIM-BORE', best)} (same place {score:.2f})"


def power_dip(kde: Judged, apw: Judged) -> Found:
    """T5: a one-off on its day."""
    return _burst(apw, "COAT-ADH", "CT-1", "2026-10-07")


def pallet(kde: Judged, apw: Judged) -> Found:
    """T6: a one-off on its day; nothing systemic is said of FA-2."""
    return _burst(kde, "COSM-SCR", "FA-2", "2026-08-19")


def _burst(plant: Judged, code: str, line: str, day: str) -> Found:
    here = [one for one in plant.findings(code) if one.where and share(plant.data, one, {"line": line}) > 0.5]
    hits = [one for one in here if one.verdict == "one_off" and one.since == day and one.until in (day, None)]
    systemic = [one for one in here if one.verdict == "systemic"]
    return bool(hits) and not systemic, all_told(systemic or hits or plant.findings(code))


def castings(kde: Judged, apw: Judged) -> Found:
    """T7: the supplier's castings, and again after the request was closed."""
    bad = [*BAD_CASTINGS, *BAD_AGAIN]
    systemic = apw.findings("CAST-POR", verdict="systemic")
    right = [
        one for one in systemic if _is_castings(apw, one, bad) and (one.until is None or one.until >= "2026-10-05")
    ]
    came_back = [one for one in right if one.kind == "intermittent" or (one.since or "") > CLOSED_ON]
    text = all_told(came_back or apw.findings("CAST-POR"))
    return bool(came_back), f"{text}{'; request closed ' + CLOSED_ON + ': reopen' if came_back else ''}"


def _is_castings(plant: Judged, one: Finding, bad: list[str]) -> bool:
    if one.origin != "supplier":
        return False
    if one.where.get("supplier") == "S-201" or one.where.get("part") == "20-310":
        return True
    return any(
        alike(plant.data, "CAST-POR", one.where, {"supplier_lot": lots}) >= SAME for lots in (bad, list(BAD_AGAIN))
    )


def mix(kde: Judged, apw: Judged) -> Found:
    """T8: FA-1 gets worse only because it makes more of the hard product."""
    codes = ("COSM-SCR", "COSM-DENT", "SCRW-STRP", "PRSS-LOW", "FUNC-COMM", "LABL-WRNG")
    systemic = [one for one in kde.findings(*codes, verdict="systemic") if one.where]
    alarms = [one for one in systemic if share(kde.data, one, {"line": "FA-1"}) > 0.5]
    note = kde.ruled_out(codes, "mix")
    return not alarms and bool(note), all_told(
        alarms
    ) if alarms else f"no alarm on FA-1; ruled out: {note or 'nothing'}"


def recode(kde: Judged, apw: Judged) -> Found:
    """T9: one code falls as the other rises."""
    codes = ("SOLD-VOID", "SOLD-OTHER")
    systemic = [one for one in kde.findings(*codes, verdict="systemic") if one.where]
    alarms = [one for one in systemic if share(kde.data, one, {"line": "SMT-2"}) > 0.5]
    note = kde.ruled_out(codes, "recod", "renam", "other code")
    return not alarms and bool(note), all_told(
        alarms
    ) if alarms else f"no alarm on SMT-2; ruled out: {note or 'nothing'}"


def reporter(kde: Judged, apw: Judged) -> Found:
    """T10: one inspector reports three times as much: the measurement system."""
    systemic = [one for one in apw.findings("COSM-SCR", verdict="systemic") if one.where]
    note = apw.ruled_out(("COSM-SCR",), "i-09", "inspector", "reporter")
    text = all_told(systemic) if systemic else f"no alarm; ruled out: {note or 'nothing'}"
    return not systemic and "i-09" in note.casefold(), text


def duplicates(kde: Judged, apw: Judged) -> Found:
    """T11: thirty-eight double entries, no more and no fewer."""
    twice = sum(sum(plant.data.duplicates.values()) for plant in (kde, apw))
    note = kde.ruled_out((), "duplicate") or apw.ruled_out((), "duplicate")
    return twice == 38 and bool(
        note
    ), f"{twice} records counted once with their first entry; ruled out: {note or 'nothing'}"


def cold_start(kde: Judged, apw: Judged) -> Found:
    """T13: too little to say, with a hint at Monday's first hour."""
    said = apw.findings("DIM-FACE")
    hints = [one for one in said if one.verdict in ("insufficient", "systemic") and _is_monday(one)]
    others = [one for one in said if one.verdict == "systemic" and one.where and not _is_monday(one)]
    needs = next((one.needs for one in said if one.needs), "")
    return bool(hints) and not others, f"{all_told(others or hints or said)}{'; ' + needs if needs else ''}"


def _is_monday(one: Finding) -> bool:
    return one.where.get("hour_of_week") == "Monday 06:00" or "Monday" in one.needs


def silence(kde: Judged, apw: Judged) -> Found:
    """T14: nothing is said against the other codes of SMT-1 or against AS-2."""
    alarms = [
        one
        for one in kde.verdicts.findings
        if one.verdict in ("systemic", "one_off") and one.where and one.defect_type not in ("SOLD-INSUF", "CONN-COPL")
        if share(kde.data, one, {"line": "SMT-1"}) > 0.5
    ]
    alarms += [
        one
        for one in apw.verdicts.findings
        if one.verdict in ("systemic", "one_off") and one.where and share(apw.data, one, {"line": "AS-2"}) > 0.5
    ]
    return not alarms, f"{len(alarms)} false alarms{': ' + all_told(alarms) if alarms else ''}"


def cavity(kde: Judged, apw: Judged) -> Found:
    """T15: the supplier's cavity 3."""
    score, best = _best(kde, "MLD-SHORT", {"cavity": "C3"})
    timely = best is not None and _near(best.since, "2026-08-10", "2026-09-14")
    ours = best is not None and best.origin != "supplier" and "supplier" not in best.where
    text = f"{_blamed(kde, 'MLD-SHORT', best)} (same place {score:.2f}, origin {best.origin if best else 'none'})"
    return score >= SAME and timely and not ours, text


def pilot(kde: Judged, apw: Judged) -> Found:
    """T16: two of thirty are not enough to say anything."""
    said = apw.findings("SCRW-STRP")
    blamed = [one for one in apw.findings(verdict="systemic") if one.where.get("product") == "HP-120"]
    right = bool(said) and all(one.verdict == "insufficient" for one in said) and not blamed
    needs = next((one.needs for one in said if one.needs), "")
    return right, f"{all_told(blamed or said)}{'; ' + needs if needs else ''}"


RULES: dict[str, Callable[[Judged, Judged], Found]] = {
    "T1": stencil,
    "T2": connectors,
    "T3": night_solder,
    "T4": spindle,
    "T5": power_dip,
    "T6": pallet,
    "T7": castings,
    "T8": mix,
    "T9": recode,
    "T10": reporter,
    "T11": duplicates,
    "T13": cold_start,
    "T14": silence,
    "T15": cavity,
    "T16": pilot,
}
