"""The verbs of the ladder: changed by a quality manager, set back to the built-in one. What was climbed stays so."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused, Stale
from qc.models import Plant, User
from qc.permissions import require
from qc.services import events
from qc.services.events import canonical
from qc.services.people import system
from qc.services.scope import require_visible
from suppliers import ladder
from suppliers.ladder import AUDIENCES, DEFAULTS, Rung
from suppliers.models import LadderRung, Stage
from suppliers.services import clocks
from suppliers.services.clocks import Calendars, as_rung

MOST_RUNGS = 12
FURTHEST = {"hours": 240, "days": 180, "business_days": 120}
LONGEST_WORDS = 160


def rows_of(plant: Plant | None, name: str) -> list[Rung]:
    """The rungs that people set for a plant, or for all of them; empty when nobody has."""
    return [as_rung(row) for row in LadderRung.objects.filter(plant=plant, ladder=name).order_by("unit", "amount")]


def climbed_at(plant: Plant | None, name: str) -> tuple[Rung, ...]:
    """The rungs that are climbed: the plant's own, else those for all plants, else the built-in ones."""
    return tuple(rows_of(plant, name) if plant else ()) or tuple(rows_of(None, name)) or DEFAULTS[name]


def mark_of(rungs: Sequence[Rung]) -> str:
    """A short mark of what a ladder says, by which a change by somebody else is noticed."""
    return hashlib.sha256(canonical([_told(rung) for rung in rungs]).encode()).hexdigest()[:16]


@transaction.atomic
def change(by: User, *, plant: Plant | None, name: str, rungs: Sequence[Rung], mark: str) -> list[LadderRung]:
    """Set the rungs of a ladder, for one plant or for all. A rung without a name is new.

    A rung that keeps its name keeps who was told. Refused without a rung, with two at the same distance for the same
    severity, without anybody to tell; Stale when somebody else changed it meanwhile.
    """
    before = _hold(by, plant, name, mark)
    checked = [_checked(name, rung, position) for position, rung in enumerate(rungs)]
    _check_together(checked)
    return _store(by, plant, name, before, checked)


@transaction.atomic
def reset(by: User, *, plant: Plant | None, name: str, mark: str) -> None:
    """Climb the built-in ladder again (a plant: the one for all plants). Stale when it was changed meanwhile."""
    before = _hold(by, plant, name, mark)
    _store(by, plant, name, before, [])


def _hold(by: User, plant: Plant | None, name: str, mark: str) -> tuple[Rung, ...]:
    require(by, "ladder.edit")
    require_visible(by, plant)
    if name not in DEFAULTS:
        raise Refused(_("There is no such ladder."))
    list(LadderRung.objects.select_for_update(of=("self",)).filter(plant=plant, ladder=name))
    found = climbed_at(plant, name)
    if mark_of(found) != mark:
        raise Stale(_("Somebody else changed this ladder meanwhile. Look at it first."))
    return found


def _store(by: User, plant: Plant | None, name: str, before: Sequence[Rung], rungs: Sequence[Rung]) -> list[LadderRung]:
    LadderRung.objects.filter(plant=plant, ladder=name).delete()
    rows = [LadderRung(plant=plant, ladder=name, **_values(rung)) for rung in rungs]
    made = LadderRung.objects.bulk_create(rows)
    if name in ("answer", "review"):
        reschedule(plant)
    data = {
        "ladder": name,
        "plant": plant.code if plant else "",
        "rungs": [[_told(rung) for rung in before], [_told(rung) for rung in rungs]],
    }
    verb = "ladder.change" if rungs else "ladder.reset"
    events.write(by=by, verb=verb, subject=plant or system(), data=data, plant_id=plant.pk if plant else None)
    return made


def reschedule(plant: Plant | None) -> None:
    """Set when each open stage is looked at next, by the ladder as it is now; a rung that is behind stays behind."""
    rows = clocks.running()
    stages = list(rows.filter(request__plant=plant) if plant else rows)
    calendars, now = Calendars(), clock.now()
    for stage in stages:
        running = calendars.of_stage(stage)
        if running and stage.due_at and stage.due_at <= now:
            continue  # reached and not told yet: a worker is about to
        stage.due_at = ladder.next_after(running, now) if running else None
    Stage.objects.bulk_update(stages, ["due_at"], batch_size=200)


def _told(rung: Rung) -> dict[str, Any]:
    return asdict(rung) | {"words": str(rung.words)}


def _values(rung: Rung) -> dict[str, Any]:
    return _told(rung) | {"audiences": list(rung.audiences)}


def _checked(name: str, rung: Rung, position: int) -> Rung:
    """The rung, named. Refused beside its own field, `rungs-<position>-<field>`."""
    words = str(rung.words).replace("\x00", "").strip()
    wrong = ""
    if rung.unit not in FURTHEST or abs(rung.amount) > FURTHEST[rung.unit]:
        wrong, field = _("This is too far from the due date."), "amount"
    elif name == "review" and rung.amount < 1:
        wrong, field = _("Here the days are counted from the answer: 1 or more."), "amount"
    elif not rung.audiences or set(rung.audiences) - set(AUDIENCES[name]):
        wrong, field = _("Choose at least one person to tell."), "audiences"
    elif len(words) > LONGEST_WORDS:
        wrong, field = _("At most 160 characters."), "words"
    if wrong:
        raise Refused(wrong, fields={f"rungs-{position}-{field}": wrong})
    fresh = rung.name or f"r-{uuid.uuid4().hex[:12]}"
    return replace(rung, words=words, name=fresh, audiences=tuple(dict.fromkeys(rung.audiences)))


def _check_together(rungs: Sequence[Rung]) -> None:
    if not rungs:
        raise Refused(_("A ladder needs at least one rung. To go back to the built-in one, reset it."))
    if len(rungs) > MOST_RUNGS:
        raise Refused(_("A ladder has at most %(most)d rungs.") % {"most": MOST_RUNGS})
    seen: set[tuple[int, str, str]] = set()
    for position, rung in enumerate(rungs):
        here = (rung.amount, rung.unit, rung.severities)
        if here in seen:
            text = _("There is a rung at this distance already.")
            raise Refused(text, fields={f"rungs-{position}-amount": text})
        seen.add(here)
    if len({rung.name for rung in rungs}) < len(rungs):
        raise Refused(_("Two rungs have the same name. Load the page again."))
