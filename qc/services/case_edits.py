"""Changing what a case says of itself: its head, and the facts of the full record."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import Finding, Nonconformance, Severity, User
from qc.models.case_facts import CaseFacts
from qc.services import contain_clock, dispositions, events, openings, steps, wording
from qc.services.wording import choice, given, short

HEAD = ("title", "description", "severity", "verdict", "owner", "due_on")
WORDS = (
    "requirement", "actual_value", "own_lot", "work_order", "customer", "customer_reference", "material_location",
    "unit",
)  # fmt: skip
QUANTITIES = ("lot_quantity", "inspected_quantity", "defective_quantity")
CHOICES = ("kind", "detected_at", "priority")
EDITABLE = (*HEAD, *CHOICES, *WORDS, *QUANTITIES)


@transaction.atomic
def edit(by: User, *, case: Nonconformance, version: int, reason: str = "", **changes: Any) -> Nonconformance:
    """Change the head or the facts of an open case; a new severity sets the clock of the containment anew.

    Stale when someone else changed it meanwhile; Refused beside the field: critical needs a containment first, a due
    date is not in the past, and the quantities add up.
    """
    steps.begin_beside(by, case, "case.edit")
    current = steps.locked(case, version)
    before = {name: _plain(getattr(current, name)) for name in EDITABLE}
    for name, value in changes.items():
        setattr(current, name, _edited(current, name, value))
    difference = events.changes(before, {name: _plain(getattr(current, name)) for name in EDITABLE})
    if not difference:
        return current
    if set(difference) & set(QUANTITIES):
        dispositions.add_up(current)
    if "severity" in difference:
        contain_clock.reset(current)
    if "owner" in difference:
        openings.tell_owner(by, current)
    return steps.move(by, current, "edit", reason=reason.strip(), **difference)


def _edited(case: Nonconformance, name: str, value: Any) -> Any:
    """The new value of a field, checked."""
    if name in WORDS:
        return short(str(value), name, longest=_field(name).max_length or wording.LONGEST)
    if name in QUANTITIES:
        return None if value in (None, "") else wording.quantity(value, name)
    if name in CHOICES:
        allowed = [str(each) for each, _label in _field(name).choices or ()]
        return choice(value, allowed if name == "priority" else ["", *allowed], name)
    return _head(case, name, value)


def _field(name: str) -> Any:
    return CaseFacts._meta.get_field(name)


def _head(case: Nonconformance, name: str, value: Any) -> Any:
    if name == "title":
        return given(value, name, _("Give the case a title."), longest=200)
    if name == "description":
        return given(value, name, _("Say what is wrong, where and since when."))
    if name == "severity":
        return _severity(case, value)
    if name == "verdict":
        return choice(value, ["", *Finding.Verdict.values], name)
    if name == "owner":
        openings.check_owner(value, case.plant)
        return value
    if name == "due_on":
        return _due(case, value)
    raise ValueError(f"a case has no field {name!r} that can be edited")


def _severity(case: Nonconformance, value: str) -> str:
    choice(value, Severity.values, "severity")
    if value == Severity.CRITICAL and not case.containments.filter(none_needed=False).exists():
        text = _("Critical: record first what keeps more bad parts from getting out.")
        raise Refused(text, fields={"severity": text})
    return value


def _due(case: Nonconformance, value: dt.date | None) -> dt.date | None:
    """A new due date is today or later; the one that is there may have passed."""
    if value is not None and value != case.due_on and value < clock.today(case.plant.time_zone):
        text = _("This day is over: a due date is today or later.")
        raise Refused(text, fields={"due_on": text})
    return value


def _plain(value: object) -> object:
    return value.pk if isinstance(value, User) else value
