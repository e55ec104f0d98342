"""The way of a request through its stages, as steps: who answers what after how many working days."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from qc.management.demo import people
from qc.management.demo.answers import Facts
from qc.management.demo.tales import YEAR, Tale
from qc.models import EffectivenessCheck
from qc.services import events
from qc.stats.effectiveness import before_after

IMPLEMENTED = 18  # working days after the request was issued


@dataclass(frozen=True, slots=True)
class Way:
    """The calendar of a request: working days from the day on which it was issued."""

    tale: Tale
    contact: str
    facts: Facts
    issued: str  # MM-DD

    def day(self, working: int) -> str:
        """`MM-DD` so many working days after the request was issued."""
        day = dt.date.fromisoformat(f"{YEAR}-{self.issued}")
        for _ in range(working):
            day += dt.timedelta(days=3 if day.weekday() == 4 else 1)
        return f"{day:%m-%d}"

    def start(self) -> None:
        """Issued, acknowledged, contained."""
        t = self.tale
        t.issue(f"{self.day(0)} 15:00")
        t.acknowledge(f"{self.day(1)} 08:40", self.contact)
        t.answer(f"{self.day(1)} 16:20", self.contact, "containment", self.facts.containment(), file=self.facts.table())
        t.accept(f"{self.day(2)} 10:00", "containment")

    def cause(self, *, allowed: int | None = None) -> None:
        """The root cause is found and accepted, and taken over into our case; the check is planned."""
        t, facts = self.tale, self.facts
        t.answer(f"{self.day(7)} 14:00", self.contact, "root_cause", facts.root_cause())
        t.accept(f"{self.day(8)} 09:30", "root_cause")
        self.take_over(f"{self.day(8)} 10:00", allowed=allowed)

    def take_over(self, when: str, *, allowed: int | None = None) -> None:
        """The supplier's cause becomes ours, verified by what they showed."""
        t, facts = self.tale, self.facts
        t.cause(
            when, "occurrence", facts.cause, facts.cause_evidence, "Shown by the supplier: turned on and off again."
        )
        t.cause(when, "escape", facts.escape, facts.escape_evidence, "Known bad parts passed the old check again.")
        t.plan(when)
        t.plan_check(when, allowed=allowed)

    def change(self, *, spare_closure: str = "") -> None:
        """Planned, implemented, prevented elsewhere, and verified by our engineer; D8 may be waived with a reason."""
        t, facts = self.tale, self.facts
        on = self.day(IMPLEMENTED)
        t.answer(f"{self.day(11)} 11:00", self.contact, "plan", facts.plan(on))
        t.accept(f"{self.day(12)} 09:00", "plan")
        t.answer(f"{self.day(IMPLEMENTED + 1)} 12:00", self.contact, "implementation", facts.implementation(on))
        t.accept(f"{self.day(IMPLEMENTED + 2)} 09:00", "implementation")
        t.verify(f"{self.day(IMPLEMENTED + 2)} 10:00", by=t.engineer)
        t.start_verifying(f"{self.day(IMPLEMENTED + 2)} 10:10")
        t.answer(f"{self.day(IMPLEMENTED + 3)} 10:00", self.contact, "prevention", facts.prevention())
        t.accept(f"{self.day(IMPLEMENTED + 4)} 10:00", "prevention")
        if spare_closure:
            t.spare(f"{self.day(IMPLEMENTED + 5)} 10:00", "closure", spare_closure)
            return
        t.answer(f"{self.day(IMPLEMENTED + 5)} 10:00", self.contact, "closure", facts.closure())
        t.accept(f"{self.day(IMPLEMENTED + 6)} 10:00", "closure")

    def finish(self, on: str, *, reason: str = "") -> None:
        """Request and case are closed."""
        self.tale.close_request(f"{on} 11:00", reason)
        self.tale.close(f"{on} 14:00")


@dataclass(frozen=True, slots=True)
class Figures:
    """Bad and checked parts before and after a change, counted before Lineside was in use."""

    bad_before: int
    units_before: int
    bad_after: int
    units_after: int


def by_hand(tale: Tale, when: str, figures: Figures) -> None:
    """The result of a check whose before-period lies before the first record: its figures are entered by hand."""

    def do() -> None:
        check = EffectivenessCheck.objects.select_related("action").filter(nonconformance=tale.case).latest("pk")
        found = before_after(
            figures.bad_before, float(figures.units_before), figures.bad_after, float(figures.units_after)
        )
        ratio = found.ratio
        implemented = check.implemented_on or tale.instant(when).date()
        check.numbers = {
            "loop": 0,
            "unit": "units",
            "before": _side("2026-03-02", implemented, figures.bad_before, figures.units_before),
            "after": _side(implemented.isoformat(), tale.instant(when).date(), figures.bad_after, figures.units_after),
            "ratio": ratio.ratio,
            "low": ratio.low,
            "high": ratio.high,
            "p_value": ratio.p_value,
            "upper": found.upper,
            "lower": found.lower,
            "expected": figures.bad_before / figures.units_before * figures.units_after,
            "source": "figures of incoming inspection, entered by hand",
        }
        check.result, check.computed_at = EffectivenessCheck.Result(found.result), tale.instant(when)
        check.decided_by, check.due_at = people.of("sqe"), None
        check.save()
        data = {"check": check.pk, "result": ["not_yet", found.result], "numbers": check.numbers}
        events.write(
            by=people.of("sqe"),
            verb="action.effectiveness",
            subject=check.action,
            data=data,
            reason="The trouble began before Lineside was in use; figures of incoming inspection.",
            plant_id=tale.case.plant_id,
        )

    tale.then(when, "figures entered", do)


def _side(first: str, last: dt.date, incidents: int, units: int) -> dict[str, object]:
    return {"from": first, "until": last.isoformat(), "incidents": incidents, "exposure": float(units)}
