"""A supplier's answers, stage by stage, from the few facts that differ from case to case."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Facts:
    """What one supplier found and did."""

    measure: str
    checked: int
    bad: int
    cause: str
    cause_evidence: str
    escape: str
    escape_evidence: str
    systemic: str
    action: str
    escape_action: str
    trial: str
    responsible: str
    first_lot: str
    look_across: str
    results: str = "No bad part found since the change."
    strength: str = "poka_yoke"
    places: list[str] = field(default_factory=lambda: ["own_stock", "in_process"])

    def containment(self) -> dict[str, Any]:
        """D3."""
        return {
            "measure": self.measure,
            "places": self.places,
            "quantity_checked": str(self.checked),
            "quantity_bad": str(self.bad),
            "method": "Full check by two people, results on the sheet attached.",
            "clean_mark": "Green dot on the box label.",
            "clean_lot": self.first_lot,
        }

    def root_cause(self, cause: str = "") -> dict[str, Any]:
        """D4; `cause` in place of what it really was."""
        return {
            "occurrence_cause": cause or self.cause,
            "occurrence_evidence": self.cause_evidence,
            "escape_cause": self.escape,
            "escape_evidence": self.escape_evidence,
            "systemic_cause": self.systemic,
            "systemic_evidence": "FMEA and maintenance plan as they stood, attached.",
        }

    def plan(self, implement_on: str) -> dict[str, Any]:
        """D5."""
        return {
            "action_occurrence": self.action,
            "action_escape": self.escape_action,
            "strength": self.strength,
            "trial": self.trial,
            "expected_percent": "95",
            "responsible": self.responsible,
            "implement_on": f"2026-{implement_on}",
        }

    def implementation(self, on: str) -> dict[str, Any]:
        """D6."""
        return {
            "done": f"{self.action} {self.escape_action}",
            "implemented_on": f"2026-{on}",
            "first_lot": self.first_lot,
            "validation": self.trial,
        }

    def prevention(self) -> dict[str, Any]:
        """D7."""
        return {"documents": ["pfmea", "control_plan"], "look_across": self.look_across}

    def closure(self) -> dict[str, Any]:
        """D8."""
        return {"results": self.results}

    def table(self) -> str:
        """The result of the full check, as a small table."""
        return f"checked,bad\n{self.checked},{self.bad}\n"
