"""Wall clock readings of a plant become instants, production dates and shifts: whole columns at once.

A column of seconds since 1970 as the wall shows them. On days without a change of the clocks an offset and a table of
1,440 minutes answer for all rows; the few readings around a change are asked one by one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from qc.models.shifts import Hours, shift_at

Ints = NDArray[np.int64]
DAY = 86_400
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
WALL_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001  (what a wall clock shows has no zone)
FIRST_DAY, LAST_DAY = -36_500, 73_000  # 1870 to 2169
NO_SHIFT = -1


class PlantClock:
    """The clock and the shifts of one plant."""

    def __init__(self, zone: ZoneInfo, shifts: Sequence[Hours]) -> None:
        self.zone, self.shifts = zone, list(shifts)
        self._offsets: dict[int, int | None] = {}
        self._by_minute = all(each.starts_at.second == each.ends_at.second == 0 for each in self.shifts)
        self._table: tuple[Ints, Ints] | None = None

    def _offset_at(self, wall: int) -> int:
        local = WALL_EPOCH + dt.timedelta(seconds=wall)
        offset = local.replace(tzinfo=self.zone).utcoffset()
        return int(offset.total_seconds()) if offset else 0

    def offset_of(self, day: int) -> int | None:
        """Seconds east of UTC on a local day (counted from 1970); None when the clocks change on it."""
        if not FIRST_DAY < day < LAST_DAY:
            return 0  # refused anyway
        if day not in self._offsets:
            first, last = self._offset_at(day * DAY), self._offset_at((day + 1) * DAY)
            self._offsets[day] = first if first == last else None
        return self._offsets[day]

    def utc(self, wall: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Instants of wall clock readings, and which of them do not exist. The hour that comes twice is its first."""
        days, inverse = np.unique(wall // DAY, return_inverse=True)
        offsets = [self.offset_of(int(day)) for day in days]
        known = np.array([offset is not None for offset in offsets], dtype=bool)[inverse]
        answer = wall - np.array([offset or 0 for offset in offsets], dtype=np.int64)[inverse]
        missing = np.zeros(len(wall), dtype=bool)
        for at in np.flatnonzero(~known):
            reading = WALL_EPOCH + dt.timedelta(seconds=int(wall[at]))
            instant = reading.replace(tzinfo=self.zone).astimezone(dt.UTC)
            missing[at] = instant.astimezone(self.zone).replace(tzinfo=None) != reading
            answer[at] = int((instant - EPOCH).total_seconds())
        return answer, missing

    def wall(self, utc: int) -> int:
        """What the clock shows at an instant."""
        local = (EPOCH + dt.timedelta(seconds=utc)).astimezone(self.zone).replace(tzinfo=None)
        return int((local - WALL_EPOCH).total_seconds())

    def placed(self, wall: Ints, utc: Ints) -> tuple[Ints, Ints]:
        """Production days (from 1970) and positions of shifts (`NO_SHIFT` outside of every shift)."""
        days, minutes = wall // DAY, (wall % DAY) // 60
        late, shift = self._minutes()
        around, inverse = np.unique(days, return_inverse=True)
        calm = np.array([self._is_calm(int(day)) for day in around], dtype=bool)[inverse]
        day_of, shift_of = days - late[minutes], shift[minutes]
        for at in np.flatnonzero(~calm):
            day_of[at], shift_of[at] = self._place(int(utc[at]))
        return day_of, shift_of

    def _is_calm(self, day: int) -> bool:
        """Whether the table holds: no change of the clocks from the day before to the day after."""
        around = {self.offset_of(each) for each in (day - 1, day, day + 1)}
        return self._by_minute and len(around) == 1 and None not in around

    def _place(self, utc: int) -> tuple[int, int]:
        day, shift = shift_at(EPOCH + dt.timedelta(seconds=utc), self.zone, self.shifts)
        position = next((at for at, each in enumerate(self.shifts) if each is shift), NO_SHIFT)
        return day.toordinal() - EPOCH.toordinal(), position

    def _minutes(self) -> tuple[Ints, Ints]:
        """For every minute of a calm day: how many days earlier its shift started, and which it is."""
        if self._table is None:
            late, shift = np.zeros(1440, dtype=np.int64), np.full(1440, NO_SHIFT, dtype=np.int64)
            base = dt.datetime(2000, 6, 15, tzinfo=dt.UTC)
            for minute in range(1440):
                instant = base + dt.timedelta(minutes=minute)
                day, found = shift_at(instant, ZoneInfo("UTC"), self.shifts)
                late[minute] = (instant.date() - day).days
                shift[minute] = next((at for at, each in enumerate(self.shifts) if each is found), NO_SHIFT)
            self._table = late, shift
        return self._table

    def start_of(self, day: int, position: int | None) -> int:
        """The wall clock at which a shift starts on a production day; of the first shift, or noon, for None."""
        if position is None and not self.shifts:
            return day * DAY + DAY // 2
        shift = self.shifts[position] if position is not None else min(self.shifts, key=lambda each: each.starts_at)
        start = shift.starts_at
        return day * DAY + start.hour * 3600 + start.minute * 60 + start.second
