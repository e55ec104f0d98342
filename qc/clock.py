"""The one clock. Everything that is due is due by this clock, so that the demo and tests can move it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

_seen: dict[Path, int] = {}  # when the file of the moved clock was last read
_frozen: ContextVar[dt.datetime | None] = ContextVar("frozen", default=None)


def now() -> dt.datetime:
    """This instant, aware, in UTC; shifted by `LINESIDE_CLOCK` (an instant at which the process's clock starts)."""
    frozen = _frozen.get()
    if frozen is not None:
        return frozen
    return dt.datetime.now(dt.UTC) + offset()


def offset() -> dt.timedelta:
    """How far this installation's clock is from the real one. A demo that is moved moves at once in every process."""
    path = Path(settings.HOME) / "clock_offset"
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return settings.CLOCK_OFFSET
    if _seen.get(path) not in (None, changed):
        settings.CLOCK_OFFSET = dt.timedelta(seconds=float(path.read_text(encoding="ascii")))
    _seen[path] = changed
    return settings.CLOCK_OFFSET


def today(zone: str = "UTC") -> dt.date:
    """The calendar day of this instant in a plant's zone."""
    return now().astimezone(ZoneInfo(zone)).date()


@contextmanager
def frozen_at(instant: dt.datetime) -> Iterator[None]:
    """Let the clock stand at an aware instant (tests, demo)."""
    if instant.tzinfo is None:
        raise ValueError(f"the clock needs an aware instant, got {instant!r}")
    token = _frozen.set(instant.astimezone(dt.UTC))
    try:
        yield
    finally:
        _frozen.reset(token)
