"""A column of a file as numbers while it is read: each different text is kept and parsed once, a cell is a number."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qc.ingest import values

NULLS = frozenset({"", "nan", "null", "none", "n/a", "na", "#n/a", "-", "nat"})
DAY = 10  # characters; what follows them is the clock
POSITIVE = 2**63 - 1
_DAY = re.compile(r"\d{4}([./-])\d\d\1\d\d|\d\d([./-])\d\d\2\d{4}", re.ASCII)
_CLOCK = re.compile(r"[ T]([01]\d|2[0-3]):([0-5]\d)(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)

Array = NDArray[Any]
Reasons = dict[int, str]  # by the number of a text: why it cannot be used
Bad = Iterator[tuple[int, str, str]]  # position of a cell, its text, why it cannot be used


class _Numbered(dict[str, int]):
    """Texts in the order in which they came; a new one gets the next number."""

    def __missing__(self, text: str) -> int:
        number = self[text] = len(self)
        return number


class Texts:
    """Cells as numbers of their different texts."""

    def __init__(self) -> None:
        self.known = _Numbered()
        self._parts: list[Array] = []

    def add(self, cells: Sequence[str]) -> None:
        """More cells."""
        self._parts.append(np.fromiter(map(self.known.__getitem__, cells), np.int32, len(cells)))

    def codes(self) -> NDArray[np.int32]:
        """All cells; afterwards the parts are gone."""
        whole = np.concatenate([*self._parts, np.zeros(0, dtype=np.int32)])
        self._parts.clear()
        return whole


class Names(Texts):
    """A column of names: `different` are the names that occur, "" where there is none."""

    different: list[str]

    def read(self, *, is_needed: bool) -> tuple[Array, Bad]:
        """The number of each cell's name, and the cells that cannot be used."""
        self.different, reasons = _meanings(self.known, values.name, is_needed=is_needed, missing="")
        codes = self.codes()
        return codes, _bad(codes, reasons, list(self.known))


class Numbers(Texts):
    """A column of numbers of zero or more."""

    def read(self, *, is_needed: bool) -> tuple[Array, Bad]:
        """The number in each cell, NaN where there is none, and the cells that cannot be used."""
        found, reasons = _meanings(self.known, values.not_negative, is_needed=is_needed, missing=np.nan)
        for code, text in enumerate(self.known):
            if text.strip() and code not in reasons and np.isnan(found[code]):
                reasons[code] = "is not a number"
        codes = self.codes()
        return np.array(found, dtype=np.float64)[codes], _bad(codes, reasons, list(self.known))


class Times:
    """A column of times. Days and clocks repeat much more than times do, so they are kept apart."""

    def __init__(self) -> None:
        self._days, self._clocks = Texts(), Texts()

    def add(self, cells: Sequence[str]) -> None:
        """More cells."""
        self._days.add([text[:DAY] for text in cells])
        self._clocks.add([text[DAY:] for text in cells])

    def read(self, *, is_needed: bool) -> tuple[Array, Bad]:
        """The minute since 1970 in each cell, and the cells that cannot be used."""
        day, clock = self._days.codes(), self._clocks.codes()
        days, clocks = list(self._days.known), list(self._clocks.known)
        minute = np.array([_minute(text) for text in clocks], dtype=np.int64)[clock]
        is_plain = np.array([bool(_DAY.fullmatch(text)) for text in days], dtype=np.bool_)[day] & (minute >= 0)
        used, of_plain = np.unique(day[is_plain], return_inverse=True)
        pairs, of_odd = np.unique(day[~is_plain] * np.int64(len(clocks)) + clock[~is_plain], return_inverse=True)
        texts = [days[at] for at in used.tolist()]
        texts += [days[pair // len(clocks)] + clocks[pair % len(clocks)] for pair in pairs.tolist()]
        codes = np.empty(len(day), dtype=np.int64)
        codes[is_plain], codes[~is_plain] = of_plain, of_odd + len(used)
        parse = partial(values.moment, dayfirst=values.day_first(texts))
        found, reasons = _meanings(texts, parse, is_needed=is_needed, missing=None)
        start = np.array(found, dtype="datetime64[m]").astype(np.int64)
        bad = ((at, days[day[at]] + clocks[clock[at]], reason) for at, _, reason in _bad(codes, reasons, texts))
        return start[codes] + np.where(is_plain, minute, 0), bad


class Keys:
    """A column that tells units apart, such as serial numbers: most cells differ, and only whether they do is kept.

    A key has 63 bits, so that two of a million differing cells share one with a chance of 1 in 10^7.
    """

    def __init__(self) -> None:
        self._parts: list[Array] = []

    def add(self, cells: Sequence[str]) -> None:
        """More cells."""
        self._parts.append(np.fromiter(map(_key, cells), np.int64, len(cells)))

    def read(self, *, is_needed: bool) -> tuple[Array, Bad]:
        """A key for each cell, -1 where it is empty; every cell can be used."""
        hashed = np.concatenate([*self._parts, np.zeros(0, dtype=np.int64)])
        return np.where(hashed == -1, -1, hashed & POSITIVE), iter(())


def _key(text: str) -> int:
    name = values.name(text).casefold()
    if not name or (name in NULLS and text.strip().casefold() in NULLS):
        return -1  # which `hash` never gives
    return hash(name)


def _minute(clock: str) -> int:
    """The minute of the day, 0 where no clock is named, -1 for a clock that needs a closer look."""
    parts = _CLOCK.fullmatch(clock)
    if parts is None:
        return -1 if clock else 0
    return int(parts[1]) * 60 + int(parts[2])


def _meanings(
    texts: Iterable[str], parse: Callable[[str], Any], *, is_needed: bool, missing: object
) -> tuple[list[Any], Reasons]:
    meanings: list[Any] = []
    reasons: Reasons = {}
    for code, text in enumerate(texts):
        meaning = missing
        if text.strip().casefold() not in NULLS:
            try:
                meaning = parse(text)
            except ValueError as error:
                reasons[code] = str(error)
        if is_needed and (meaning is missing or meaning == ""):  # or nothing but characters that nobody sees
            reasons.setdefault(code, "is needed and missing")
        meanings.append(meaning)
    return meanings, reasons


def _bad(codes: Array, reasons: Reasons, texts: Sequence[str]) -> Bad:
    if not reasons:
        return
    is_bad = np.zeros(len(texts), dtype=np.bool_)
    is_bad[list(reasons)] = True
    for at in np.flatnonzero(is_bad[codes]).tolist():
        yield at, texts[codes[at]], reasons[int(codes[at])]
