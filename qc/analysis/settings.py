"""What people may set, with the reason for each default."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """Review horizon, levels and floors of a run. Nothing here depends on what the data say.

    horizon_days    H: "will it come back" means within this many days; 90 is the usual review of a corrective action
    alpha           level of intervals and of the false discovery rate over defect types
    seed            of every random draw, so that an auditor can repeat the run
    tolerable       incidents per horizon that people accept: one number, or a number per defect type; None = not set.
                    Only people can say this, so a steady rate is never called systemic without it.
    ratio_floor     smallest rate ratio worth a finding: below 1.7 times, natural differences of places explain most
    product_floor   the same for a product alone, higher because products differ by nature (size, number of joints)
    product_lower   and its exact lower bound must be above this
    least_by_hour   fewest records in one hour of the week: nobody counts units by the hour, so its share is an estimate
    lower_floor     the exact lower bound of the ratio must be above this: a big ratio of few records is not enough
    bar             nats by which a cause must beat no cause after its price; e^-bar bounds its chance under no cause
    second_bar      added for each further cause on the same type, because the first often leaves a shadow
    least           fewest records in a scope worth testing; with fewer no place can be told from chance
    max_causes      most causes searched on one type
    """

    horizon_days: int = 90
    alpha: float = 0.05
    seed: int = 1
    tolerable: float | Mapping[str, float] | None = None
    ratio_floor: float = 1.7
    product_floor: float = 3.0
    product_lower: float = 2.4
    least_by_hour: int = 25
    lower_floor: float = 1.15
    bar: float = 4.0
    second_bar: float = 2.0
    least: int = 5
    max_causes: int = 4

    def __post_init__(self) -> None:
        """Refuse what cannot mean anything, naming the value."""
        if self.horizon_days < 1:
            raise ValueError(f"horizon_days must be at least 1, not {self.horizon_days}")
        if not 0 < self.alpha < 0.5:
            raise ValueError(f"alpha must lie between 0 and 0.5, not {self.alpha}")
        limits = self.tolerable.values() if isinstance(self.tolerable, Mapping) else [self.tolerable or 0.0]
        if any(not limit >= 0 for limit in limits):
            raise ValueError(f"tolerable must be zero or more, not {self.tolerable}")

    def tolerable_for(self, defect_type: str) -> float | None:
        """The tolerable incidents per horizon of one type."""
        if isinstance(self.tolerable, Mapping):
            return self.tolerable.get(defect_type)
        return self.tolerable
