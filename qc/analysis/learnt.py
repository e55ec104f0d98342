"""What one defect type cannot know alone: the plant's learnt differences and the family of p-values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from qc.analysis.background import Spreads
from qc.stats.multiplicity import benjamini_hochberg


@dataclass(frozen=True, slots=True)
class Background:
    """What a full run of a plant learns, frozen, so that single types can be judged by it later.

    `spreads` is how much lines, machines, products, lots and days differ by nature, learnt from all types together;
    `p_values` is the family in which each type's p-value is corrected. It is plain data and survives JSON unchanged:
    the same background, records and settings give the same findings.
    """

    method_version: str
    data_digest: str
    spreads: Spreads
    p_values: Mapping[str, float]

    @property
    def version(self) -> str:
        """What names it: the first 16 hex digits of the SHA-256 of its content."""
        text = json.dumps(self.as_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def q_value(self, name: str, p: float) -> float:
        """Benjamini-Hochberg over the family in which one type has a new p-value."""
        family = {**self.p_values, name: p}
        names = sorted(family)
        return float(benjamini_hochberg([family[one] for one in names])[names.index(name)])

    def as_dict(self) -> dict[str, Any]:
        """As plain data."""
        return {
            "method_version": self.method_version,
            "data_digest": self.data_digest,
            "spreads": asdict(self.spreads),
            "p_values": dict(sorted(self.p_values.items())),
        }

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> Background:
        """Read what `as_dict` wrote. ValueError names what is missing or not known."""
        names = {one.name for one in fields(cls)}
        if set(stored) != names:
            raise ValueError(f"a background has {sorted(names)}, not {sorted(stored)}")
        return cls(**{**stored, "spreads": Spreads(**stored["spreads"])})
