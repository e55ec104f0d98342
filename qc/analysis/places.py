"""A place with a window that may hold a cause, and all places of one set of dimensions."""

from __future__ import annotations

from dataclasses import dataclass

from qc.analysis.data import Floats, Ints

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


@dataclass(slots=True)
class Places:
    """All scopes of one set of dimensions that hold enough records, as series over days."""

    dimensions: tuple[str, ...]
    codes: Ints  # places x dimensions
    count: Floats  # places x days
    mean: Floats
    spread: Floats
    of_record: Ints  # place of each covered record, -1 for none
    alternatives: int  # how many places of these dimensions exist
