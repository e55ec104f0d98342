"""The verbs of the rule table: managers write a rule, change it, move it, take it out."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from qc.errors import Refused, Stale
from qc.models import CaseRule, Finding, Severity, User
from qc.permissions import is_inside, require
from qc.services import events
from qc.services.openings import check_owner
from qc.services.scope import require_visible
from qc.services.wording import choice

FIELDS = ("plant", "verdict", "severity", "repeat", "within_days", "outcome", "owner")
STEP = 10


@transaction.atomic
def add(by: User, **values: Any) -> CaseRule:
    """Write a rule at the end of the table. Refused beside the field, and for opening critical cases by itself."""
    require(by, "case.rules")
    _lock()
    last = CaseRule.objects.aggregate(last=Max("position"))["last"] or 0
    rule = checked(CaseRule(position=last + STEP), by, values)
    rule.save()
    events.write(by=by, verb="rule.add", subject=rule, data=state(rule), plant_id=rule.plant_id)
    return rule


@transaction.atomic
def change(by: User, *, rule: CaseRule, version: int | None = None, **values: Any) -> CaseRule:
    """Change a rule. Refused as above; Stale when someone else changed it meanwhile."""
    require(by, "case.rules")
    require_visible(by, rule)
    _lock()
    row = CaseRule.objects.get(pk=rule.pk)
    if version is not None and row.version != version:
        raise Stale(_("This rule was changed by someone else meanwhile. Look at it again."))
    before = state(row)
    difference = events.changes(before, state(checked(row, by, values)))
    if difference:
        row.version += 1
        row.save()
        events.write(by=by, verb="rule.change", subject=row, data=difference, plant_id=row.plant_id)
    return row


@transaction.atomic
def move(by: User, *, rule: CaseRule, up: bool) -> CaseRule:
    """Move a rule one place up or down; at the end nothing happens."""
    require(by, "case.rules")
    require_visible(by, rule)
    _lock()
    rows = list(CaseRule.objects.order_by("position", "pk"))
    here = next(place for place, row in enumerate(rows) if row.pk == rule.pk)
    there = here + (-1 if up else 1)
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
        for place, row in enumerate(rows, start=1):
            CaseRule.objects.filter(pk=row.pk).update(position=STEP * place)
        data = {"place": [here + 1, there + 1]}
        events.write(by=by, verb="rule.move", subject=rule, data=data, plant_id=rule.plant_id)
    return CaseRule.objects.get(pk=rule.pk)


@transaction.atomic
def remove(by: User, *, rule: CaseRule) -> None:
    """Take a rule out of the table; what it has said stays with its words."""
    require(by, "case.rules")
    require_visible(by, rule)
    _lock()
    events.write(by=by, verb="rule.remove", subject=rule, data=state(rule), plant_id=rule.plant_id)
    rule.delete()


def checked(rule: CaseRule, by: User, values: dict[str, Any]) -> CaseRule:
    """The rule with its new values, not saved yet. Refused beside the field; an unknown field is an error."""
    for name, value in values.items():
        if name not in FIELDS:
            raise ValueError(f"a rule has no field {name!r} to write")
        setattr(rule, name, value)
    require_visible(by, rule.plant)
    choice(rule.verdict, ["", *Finding.Verdict.values], "verdict")
    choice(rule.severity, ["", *Severity.values], "severity")
    choice(rule.repeat, CaseRule.Repeat.values, "repeat")
    choice(rule.outcome, CaseRule.Outcome.values, "outcome")
    if not 1 <= rule.within_days <= 3650:
        raise _wrong("within_days", _("Between 1 and 3,650 days."))
    if rule.outcome == CaseRule.Outcome.OPEN and rule.severity == Severity.CRITICAL:
        text = _("A critical case needs a containment, which only a person can say: propose it instead.")
        raise _wrong("outcome", text)
    if rule.owner is not None and rule.plant is not None:
        check_owner(rule.owner, rule.plant)
    elif rule.owner is not None and not is_inside(rule.owner):
        raise _wrong("owner", _("The owner has to be one of our people."))
    return rule


def state(rule: CaseRule) -> dict[str, Any]:
    """What a rule says, as the trail keeps it."""
    words = {name: getattr(rule, name) for name in FIELDS if name not in ("plant", "owner")}
    return {**words, "plant": rule.plant and rule.plant.code, "owner": rule.owner and rule.owner.username}


def _lock() -> None:
    """One change of the table at a time, in one order."""
    list(CaseRule.objects.select_for_update().order_by("pk"))


def _wrong(field: str, sentence: str) -> Refused:
    return Refused(sentence, fields={field: sentence})
