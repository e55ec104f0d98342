"""Loading the demonstration: accounts at once, everything else step by step with visible progress."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path

from django.conf import settings

from qc import clock, queue
from qc.errors import Refused
from qc.management.demo import around, deliveries, finish, people, plants, proven, running, settled, steps, supplied
from qc.management.demo.story import tell
from qc.management.demo.tales import all_steps
from qc.management.demo.world import SITES, STANDS_AT
from qc.models import Plant

Say = Callable[[str], None]


def accounts() -> dict[str, str]:
    """Plants, catalogue and people; the clock is set to where the demonstration stands. Again: changes nothing."""
    codes = {site.code for site in SITES}
    there = set(Plant.objects.values_list("code", flat=True))
    if there and not there & codes:
        raise Refused("This home holds plants of its own. Give the demonstration an empty one (LINESIDE_HOME).")
    set_clock()
    plants.create()
    return people.create()


def set_clock() -> None:
    """Let the clock of this home start at the demonstration's present; from there it goes on by itself."""
    path = Path(settings.HOME) / "clock_offset"
    if not path.exists():
        offset = STANDS_AT - (clock.now() - settings.CLOCK_OFFSET)
        path.write_text(f"{offset.total_seconds():.0f}", encoding="ascii")
    settings.CLOCK_OFFSET = dt.timedelta(seconds=float(path.read_text(encoding="ascii")))


def move_clock(to: dt.datetime) -> dt.datetime:
    """Move this home's clock forward to an instant; every process of it follows. Returns where it stood.

    Refused outside of the demonstration, and backwards: what was told at a later time would be told again.
    """
    path = Path(settings.HOME) / "clock_offset"
    if not path.exists():
        raise Refused("Only the clock of a demonstration can be moved. Load one first: manage.py demo --accounts")
    stands_at = clock.now()
    if to <= stands_at:
        raise Refused(f"The clock stands at {stands_at:%Y-%m-%dT%H:%M} already; it only goes forward.")
    offset = to - (stands_at - settings.CLOCK_OFFSET)
    fresh = path.with_suffix(".new")
    fresh.write_text(f"{offset.total_seconds():.0f}", encoding="ascii")
    fresh.replace(path)
    settings.CLOCK_OFFSET = dt.timedelta(seconds=float(path.read_text(encoding="ascii")))
    return stands_at


def timeline() -> list[steps.Step]:
    """Every step of the load."""
    return [
        *deliveries.steps(tell()),
        *all_steps(settled.tales() + running.tales() + proven.tales() + supplied.tales() + around.tales()),
        *around.steps(),
        *finish.steps(),
    ]


def is_loaded() -> bool:
    """Whether the last step is done; without a database in reach: no."""
    return steps.done() > 0 and steps.done() >= len(timeline())


def everything(say: Say) -> int:
    """Load what is left; returns how many steps that were. Progress goes to `say` and to the home's progress file."""
    path = Path(settings.HOME) / "demo_progress.json"
    shown = -1

    def report(done: int, total: int, text: str) -> None:
        nonlocal shown
        _write(path, done, total, text)
        if done * 20 // total != shown:
            shown = done * 20 // total
            say(f"{done} of {total}: {text}")

    sender = queue.sender
    queue.sender = queue.Sender(_drop)  # nothing of the story's past is work; what is due at its end the sweep finds
    try:
        return steps.play(timeline(), tell=report)
    finally:
        queue.sender = sender
        path.unlink(missing_ok=True)


def _drop(message: queue.Message) -> None:
    """Wake nobody."""


def _write(path: Path, done: int, total: int, text: str) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps({"done": done, "total": total, "step": text}), encoding="utf-8")
    fresh.replace(path)
