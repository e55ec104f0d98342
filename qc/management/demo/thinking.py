"""How two cases are thought through: is and is not with what people make of it, and causes in all states."""

from __future__ import annotations

from dataclasses import dataclass

from qc.management.demo import people
from qc.management.demo.tales import Tale
from qc.management.demo.world import APW, KDE
from qc.models import CauseCode
from qc.services import causes, contrasts


@dataclass(frozen=True, slots=True)
class Thought:
    """A possible cause, and what was shown about it: that it is one, that it is none, or nothing yet."""

    leg: str
    code: str
    statement: str
    evidence: str = ""
    shown_by: str = ""
    ruled_out: str = ""


# What people wrote beside what the records say: is not, what is different about it, what changed.
CAVITY = {
    "what": {
        "is_not_text": "No burn marks, no sink marks.",
        "distinction": "The far corner is missing, always the same one.",
    },
    "cavity": {
        "distinction": "Cavity 3 has the longest way from the hot runner; its gate was welded in 2025.",
        "change": "The tool came back from cleaning in the last week of August.",
    },
    "when": {"change": "Third week of August: tool cleaned at the toolmaker's, vents re-cut."},
}
CAVITY_THOUGHTS = (
    Thought(
        "occurrence",
        "MAC-WEAR",
        "The gate of cavity 3 is partly closed since the tool was cleaned.",
        "Housings of cavity 3 weigh 0.4 g less than those of the other seven.",
    ),
    Thought("occurrence", "MAC-MAINT", "The vent of cavity 3 was re-cut too shallow."),
    Thought(
        "occurrence",
        "MAC-SETTING",
        "The holding pressure is too low.",
        ruled_out="One pressure feeds all eight cavities, and seven are filled.",
    ),
    Thought(
        "occurrence",
        "MAT-SPEC",
        "The granulate is too moist.",
        ruled_out="The same granulate feeds all eight cavities; two dryers were compared, no difference.",
    ),
    Thought(
        "occurrence",
        "ENV-CLIMATE",
        "The tool is cold after a stop.",
        ruled_out="The tool's temperature stays between 62 and 64 °C in the log.",
    ),
    Thought(
        "escape",
        "MEA-SAMPLE",
        "One shot of a shift is looked at, so a cavity that fails now and then is not seen.",
        "Of 40 shots kept and weighed, 11 had a short cavity 3; the look at one shot of a shift found none.",
        shown_by="All shots of two days weighed, then one of a shift again: found, then missed again.",
    ),
    Thought("escape", "MAN-QUALIF", "The limit sample for a short shot is not known on the night shift."),
    Thought("systemic", "MET-CHANGE", "A tool that comes back from cleaning starts without a release of all cavities."),
)
CASTINGS_THOUGHTS = (
    Thought(
        "occurrence",
        "MET-CHANGE",
        "The lock of the furnace was bypassed for a repair and stayed so.",
        "The supplier's log of furnace 1 shows the repair on 2 October.",
    ),
    Thought(
        "occurrence",
        "MAT-SPEC",
        "The ingots hold more hydrogen than agreed.",
        ruled_out="Certificates and our own melt test of HMC-2642 are within the limit.",
    ),
    Thought("escape", "MEA-SAMPLE", "The supplier stopped to X-ray after the request was closed in August."),
    Thought("systemic", "MET-INSTR", "Nothing tells who puts a lock back after a repair."),
)


def tales() -> list[Tale]:
    """What is added to cases that other tales open."""
    return [cavity(), castings_again()]


def cavity() -> Tale:
    """Most was ruled out, the escape is verified, the gate and the vent wait for the toolmaker."""
    t = Tale("cavity", KDE)
    _matrix(t, "10-07", CAVITY)
    _think(t, "10-08", CAVITY_THOUGHTS)
    return t


def castings_again() -> Tale:
    """The lock is suspected; the supplier shows more."""
    t = Tale("castings again", APW)
    _matrix(t, "10-29", {"when": {"change": "Repair of furnace 1 at the supplier's on 2 October."}})
    _think(t, "10-30", CASTINGS_THOUGHTS)
    return t


def _matrix(t: Tale, day: str, typed: dict[str, dict[str, str]]) -> None:
    """Filled from the records in the morning; people write beside it after their meeting."""

    def write() -> None:
        for row in t.case.contrasts.filter(question__in=typed):
            contrasts.edit(people.of(t.engineer), contrast=row, version=row.version, **typed[row.question])

    t.then(f"{day} 09:00", "is and is not", lambda: contrasts.fill(people.of(t.engineer), case=t.case))
    t.then(f"{day} 10:15", "what is different", write)


def _think(t: Tale, day: str, thoughts: tuple[Thought, ...]) -> None:
    for number, each in enumerate(thoughts):
        t.then(f"{day} 13:{number:02d}", "possible cause", lambda each=each: _record(t, each))  # type: ignore[misc]


def _record(t: Tale, thought: Thought) -> None:
    by = people.of(t.engineer)
    code = CauseCode.objects.get(code=thought.code)
    cause = causes.add_cause(
        by, case=t.case, leg=thought.leg, statement=thought.statement, evidence=thought.evidence, code=code
    )
    if thought.shown_by:
        causes.verify_cause(people.of("sqe"), cause=cause, verification=thought.shown_by)
    if thought.ruled_out:
        causes.rule_out(by, cause=cause, reason=thought.ruled_out)
