"""What a supplier's figures are worth: parts, weights and bands. Plain numbers in, plain numbers out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from django.utils.translation import gettext_lazy as _

from qc.stats.rates import binomial_interval, poisson_interval

MILLION = 1_000_000
PARTS = {
    "ppm": _("Parts"),
    "answers": _("Answers on time"),
    "repeats": _("Requests that are no repeats"),
    "delivery": _("Deliveries on time"),
    "documents": _("Documents complete"),
}


@dataclass(frozen=True)
class Rules:
    """How much each part weighs, where the points of the ppm begin and end, and from which score a band begins."""

    weights: Mapping[str, int] = field(
        default_factory=lambda: {"ppm": 40, "answers": 20, "repeats": 15, "delivery": 15, "documents": 10}
    )
    ppm_full: int = 100
    ppm_none: int = 1100
    bands: Mapping[str, int] = field(default_factory=lambda: {"A": 85, "B": 70, "C": 50})

    def as_data(self) -> dict[str, object]:
        """The rules as they are stored with a score."""
        return asdict(self)

    def band(self, score: float) -> str:
        """The band of a score; the score counts as it is shown, with one decimal."""
        return next((name for name, least in self.bands.items() if round(score, 1) >= least), "D")


@dataclass(frozen=True)
class Totals:
    """Sums over months; what has no denominator is None, never 0."""

    units_received: int = 0
    units_rejected: int = 0
    answers_due: int = 0
    answers_on_time: int = 0
    requests_issued: int = 0
    repeat_requests: int = 0
    deliveries: int | None = None
    deliveries_on_time: int | None = None
    documents: int | None = None
    documents_complete: int | None = None
    costs: Mapping[str, int] = field(default_factory=dict)

    @property
    def ppm(self) -> float | None:
        """Rejected parts per million received; None when nothing was received."""
        return self.units_rejected / self.units_received * MILLION if self.units_received else None

    @property
    def ppm_interval(self) -> tuple[float, float] | None:
        """The exact 95 % interval of the ppm; None when nothing was received.

        More rejected than received (found on what came in earlier) is no proportion: then it is that of a count.

        >>> low, high = Totals(units_received=1240, units_rejected=3).ppm_interval
        >>> round(low), round(high)
        (499, 7054)
        """
        if not self.units_received:
            return None
        if self.units_rejected > self.units_received:
            found = poisson_interval(self.units_rejected, self.units_received)
            return found.low * MILLION, found.high * MILLION
        low, high = binomial_interval(self.units_rejected, self.units_received)
        return low * MILLION, high * MILLION

    @property
    def on_time_percent(self) -> float | None:
        """Answers on time in percent; None when none was due."""
        return _percent(self.answers_on_time, self.answers_due)

    @property
    def delivery_percent(self) -> float | None:
        """Deliveries on time in percent; None when nobody gave the figures."""
        return _percent(self.deliveries_on_time, self.deliveries)

    @property
    def documents_percent(self) -> float | None:
        """Complete documents in percent; None when nobody gave the figures."""
        return _percent(self.documents_complete, self.documents)

    @property
    def has_data(self) -> bool:
        """Whether anything happened that could be judged."""
        return any((self.units_received, self.answers_due, self.requests_issued, self.deliveries, self.documents))


@dataclass(frozen=True)
class Part:
    """One part of a score: its points of 100, and the weight it had in the end; both None when there is no data."""

    name: str
    weight: int
    points: float | None
    share: float | None

    @property
    def title(self) -> str:
        """The part in words."""
        return str(PARTS[self.name])


@dataclass(frozen=True)
class Score:
    """A score of 0 to 100 with its band and parts; None and empty without any data."""

    value: float | None
    band: str
    parts: tuple[Part, ...]

    @property
    def missing(self) -> list[Part]:
        """The parts without data, whose weight went to the others."""
        return [part for part in self.parts if part.points is None]


def score(totals: Totals, rules: Rules) -> Score:
    """The weighted mean of the parts that have data; the weight of a missing part goes to the others in proportion.

    >>> found = score(Totals(units_received=10_000, units_rejected=0, answers_due=4, answers_on_time=2), Rules())
    >>> round(found.value, 1), found.band, [part.name for part in found.missing]
    (86.7, 'A', ['delivery', 'documents'])
    """
    points = _points(totals, rules)
    there = {name: weight for name, weight in rules.weights.items() if points[name] is not None}
    total = sum(there.values())
    parts = tuple(
        Part(name, weight, points[name], weight / total * 100 if name in there and total else None)
        for name, weight in rules.weights.items()
    )
    if not total:
        return Score(None, "", parts)
    value = sum(weight * (points[name] or 0.0) for name, weight in there.items()) / total
    return Score(value, rules.band(value), parts)


def _points(totals: Totals, rules: Rules) -> dict[str, float | None]:
    ppm = totals.ppm
    span = rules.ppm_none - rules.ppm_full
    has_parts = bool(totals.units_received or totals.requests_issued)
    repeats = _percent(totals.requests_issued - totals.repeat_requests, totals.requests_issued)
    return {
        "ppm": None if ppm is None else min(100.0, max(0.0, (rules.ppm_none - ppm) / span * 100)),
        "answers": totals.on_time_percent,
        "repeats": repeats if repeats is not None else (100.0 if has_parts else None),
        "delivery": totals.delivery_percent,
        "documents": totals.documents_percent,
    }


def _percent(part: int | None, whole: int | None) -> float | None:
    return part / whole * 100 if part is not None and whole else None
