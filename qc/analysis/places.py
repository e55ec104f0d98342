"""A place with a window that may hold a cause."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

REPORTERS = ("operator", "inspector")  # people who record what they see: part of the measurement, not of the process


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place (`where`: dimension -> code), a window of days and how much better they explain the records."""

    where: tuple[tuple[str, int], ...]
    family: str
    start: int
    stop: int
    gain: float
    price: float
    count: float
    mean: float
    fitted: bool = True  # False where a dimension has no units, so that only the quick gain exists
    bad: tuple[int, ...] = ()  # days (or lots) that recur

    @property
    def net(self) -> float:
        """Gain less what it costs to name this place and window among all."""
        return self.gain - self.price

    @property
    def dimensions(self) -> tuple[str, ...]:
        """The names of the scope's dimensions."""
        return tuple(name for name, _ in self.where)


def own_factors(dimensions: Collection[str]) -> set[str]:
    """Factors of the background whose multipliers are a place's own: they would take its cause for nature."""
    own = set(dimensions)
    own |= {"machine"} if "line" in own else set()
    return own | ({"supplier_lot"} if "supplier" in own else set())
