"""The times of a chunk of defects: read, put into the plant's zone, given a production date and a shift."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qc import clock
from qc.ingest import cells as reading
from qc.services.defects import EARLIEST, FUTURE
from qc.services.imports.cells import Cells
from qc.services.imports.instants import DAY, EPOCH, NO_SHIFT, WALL_EPOCH, Ints, PlantClock
from qc.services.imports.lookups import Codes

GAP = ("does not exist: the clocks went forward in that hour", "Write the time before or after the change.")
LONG = {16, 19}  # 2026-11-20 14:05 and with seconds


@dataclass(frozen=True, slots=True)
class Moments:
    """Instants in seconds, production days (both from 1970), shifts (0 for none); `is_exact` says to the second."""

    utc: Ints
    days: Ints
    shifts: Ints
    is_exact: bool


class Times:
    """Reads the times of all chunks of a file."""

    def __init__(self, codes: Codes, answers: dict[str, Any]) -> None:
        self.codes, self.answers = codes, answers
        self.clocks: dict[int, PlantClock] = {}

    def clock_of(self, plant: int) -> PlantClock:
        """The clock of a plant of the person."""
        if plant not in self.clocks:
            row = self.codes.zones[plant]
            self.clocks[plant] = PlantClock(row.zone, self.codes.shifts.get(plant, []))
        return self.clocks[plant]

    def read(self, cells: Cells, plants: Ints) -> Moments:
        """The moments of a chunk; rows whose time cannot be used are marked."""
        count = len(cells)
        wall, kinds = self._walls(cells)
        shifts = self._given_shifts(cells, plants)
        utc, days, found = np.zeros(count, np.int64), np.zeros(count, np.int64), np.zeros(count, np.int64)
        for plant in np.unique(plants[plants > 0]):
            here = np.flatnonzero((plants == plant) & (kinds != BAD))
            if len(here):
                answer = self._at(cells, int(plant), here, wall[here], kinds[here], shifts[here])
                utc[here], days[here], found[here] = answer
        self._refuse_odd(cells, utc, (plants > 0) & (kinds != BAD))
        exact = cells.has("time") or any(len(text) > 16 for text in cells.texts("occurred_at")[:200])
        return Moments(utc, days, found, exact)

    def _walls(self, cells: Cells) -> tuple[Ints, NDArray[np.int8]]:
        """Seconds on the wall, or instants where the text names an offset; and what each of them is."""
        texts = cells.texts("occurred_at")
        if not cells.has("time"):
            quick = _quick(texts)
            if quick is not None:
                return quick, np.full(len(texts), WALL, np.int8)
        first = self.answers.get("day_first")
        bare_is_midnight = bool(self.answers.get("has_times")) and not cells.has("time")
        read = cells.each("occurred_at", lambda text: _read(text, first, bare_is_midnight), needed=True)
        wall = np.array([each[0] if each else 0 for each in read], dtype=np.int64)
        kinds = np.array([each[1] if each else BAD for each in read], dtype=np.int8)
        if cells.has("time"):
            times = cells.each("time", lambda text: _seconds(reading.time_of_day(text)))
            for at, seconds in enumerate(times):
                if seconds is not None and kinds[at] != BAD:
                    wall[at], kinds[at] = wall[at] // DAY * DAY + seconds, WALL
        return wall, kinds

    def _given_shifts(self, cells: Cells, plants: Ints) -> Ints:
        """Positions of the shifts that the file names, among those of the plant."""
        count = len(cells)
        if not cells.has("shift"):
            return np.full(count, NO_SHIFT, np.int64)
        texts = cells.texts("shift")
        known: dict[tuple[int, str], int] = {}
        wrong: dict[str, list[int]] = {}
        answer = np.full(count, NO_SHIFT, np.int64)
        for at, (text, plant) in enumerate(zip(texts, plants.tolist(), strict=True)):
            key = (plant, text)
            if plant <= 0 or text.strip().casefold() in reading.EMPTY:
                continue
            if key not in known:
                known[key] = _position(text, self.codes.shifts.get(plant, []))
            answer[at] = known[key]
            if known[key] == NO_SHIFT:
                wrong.setdefault(text, []).append(at)
        for text, rows in wrong.items():
            cells.mark(rows, "shift", text, "is not a shift of the plant", "Correct it, or leave the column out.")
        return answer

    def _at(
        self, cells: Cells, plant: int, here: NDArray[np.intp], wall: Ints, kinds: NDArray[np.int8], shifts: Ints
    ) -> tuple[Ints, Ints, Ints]:
        """Instants, production days and shifts of the rows of one plant."""
        place = self.clock_of(plant)
        aware = kinds == AWARE
        wall = wall.copy()
        for at in np.flatnonzero(kinds == DATE):  # a date alone is a production date
            wall[at] = place.start_of(int(wall[at] // DAY), int(shifts[at]) if shifts[at] != NO_SHIFT else None)
        instants = wall.copy()
        for at in np.flatnonzero(aware):
            wall[at] = place.wall(int(wall[at]))
        instants[~aware], gaps = place.utc(wall[~aware])
        if gaps.any():
            self._mark(cells, here[np.flatnonzero(~aware)[gaps]], *GAP)
        days, found = place.placed(wall, instants)
        if cells.has("shift"):
            named = shifts != NO_SHIFT
            if self.answers.get("night") == "shift":
                instants, days, found = self._next_day(place, wall, instants, days, found, shifts, named & ~aware)
            other = here[named & (found != shifts)]
            if len(other):
                hint = "Correct the time or the shift, or leave the column of shifts out."
                self._mark(cells, other, "does not lie in the shift that the row names", hint)
        pks = [each.pk for each in self.codes.shifts.get(plant, [])]
        return instants, days, np.array([*pks, 0], dtype=np.int64)[found]

    def _next_day(
        self, place: PlantClock, wall: Ints, utc: Ints, days: Ints, found: Ints, shifts: Ints, named: NDArray[np.bool_]
    ) -> tuple[Ints, Ints, Ints]:
        """The file writes the day on which a night shift started beside the hours after midnight."""
        late = named & (found == shifts) & (days < wall // DAY)
        if late.any():
            utc, days = utc.copy(), days.copy()
            utc[late], _gaps = place.utc(wall[late] + DAY)
            days[late] += 1
        return utc, days, found

    def _refuse_odd(self, cells: Cells, utc: Ints, usable: NDArray[np.bool_]) -> None:
        latest = int((clock.now() + FUTURE - EPOCH).total_seconds())
        self._mark(cells, np.flatnonzero(usable & (utc > latest)), "lies in the future", "Correct the date.")
        earliest = int((EARLIEST - EPOCH).total_seconds())
        self._mark(cells, np.flatnonzero(usable & (utc < earliest)), "is too long ago to be true", "Correct the date.")

    def _mark(self, cells: Cells, rows: NDArray[np.intp], reason: str, hint: str) -> None:
        texts = cells.texts("occurred_at") if len(rows) else []
        times = cells.texts("time") if len(rows) and cells.has("time") else None
        for at in rows.tolist():
            if at not in cells.marks:
                text = f"{texts[at]} {times[at]}" if times else texts[at]
                cells.mark([at], "occurred_at", text, reason, hint, is_fixable=times is None)


BAD, WALL, DATE, AWARE = 0, 1, 2, 3


def _quick(texts: Sequence[str]) -> Ints | None:
    """A whole column of `2026-11-20 14:05`, or None when it holds anything else."""
    if not texts or not {len(text) for text in texts} <= LONG:
        return None
    if not all(text[4] == "-" == text[7] and text[13] == ":" and text[10] in " T" for text in texts):
        return None
    try:
        return np.array(texts, dtype="datetime64[s]").astype(np.int64)
    except ValueError:
        return None


def _read(text: str, day_first: bool | None, bare_is_midnight: bool) -> tuple[int, int]:
    moment, has_time = reading.moment(text, day_first)
    if moment.tzinfo is not None:
        return int((moment - EPOCH).total_seconds()), AWARE
    kind = WALL if has_time or bare_is_midnight else DATE
    return int((moment - WALL_EPOCH).total_seconds()), kind


def _seconds(time: dt.time) -> int:
    return time.hour * 3600 + time.minute * 60 + time.second


def _position(text: str, shifts: Sequence[Any]) -> int:
    key = " ".join(text.split()).casefold()
    for at, each in enumerate(shifts):
        if key in (each.code.casefold(), each.name.casefold(), f"shift {each.code}".casefold()):
            return at
    return NO_SHIFT
