"""The five whys as a tree with three legs: answers are added, said better, moved, taken away and brought back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused, Stale
from qc.models import Cause, CauseCode, Nonconformance, User, Why
from qc.services import causes, events
from qc.services.wording import choice, given, short

MOST = 200  # answers in one case
DEEP = 5  # from here on a hint says that the cause may be found


@transaction.atomic
def add(
    by: User, *, case: Nonconformance, text: str, leg: str = "", parent: Why | None = None, evidence: str = ""
) -> Why:
    """Answer "why?": of the trouble itself (then say which leg), or of an answer (then it is the answer's leg)."""
    current = causes.thinking_on(by, case)
    text = given(text, "text", _("Say why."))
    leg = choice(leg, Cause.Leg.values, "leg") if parent is None else _standing(current, parent).leg
    if current.whys.standing().count() >= MOST:
        raise Refused(_("A case holds at most 200 answers. Take some away first."))
    why = Why.objects.create(
        nonconformance=current,
        parent=parent,
        leg=leg,
        text=text,
        evidence=short(evidence, "evidence"),
        recorded_by=by,
        recorded_at=clock.now(),
    )
    _written(by, why, "add_why", leg=leg, text=text, parent=parent.pk if parent else None)
    return why


@transaction.atomic
def edit(by: User, *, why: Why, version: int, text: str, evidence: str = "") -> Why:
    """Say an answer better. Stale when someone else changed it meanwhile."""
    row = _begin(by, why, version)
    before = {"text": row.text, "evidence": row.evidence}
    row.text, row.evidence = given(text, "text", _("Say why.")), short(evidence, "evidence")
    difference: dict[str, Any] = events.changes(before, {"text": row.text, "evidence": row.evidence})
    return _saved(by, row, "edit_why", **difference) if difference else row


@transaction.atomic
def move(by: User, *, why: Why, version: int, parent: Why | None = None, leg: str = "") -> Why:
    """Hang an answer, with all that hangs on it, under another one or at the top of a leg.

    Refused below itself: the tree would fall off.
    """
    row = _begin(by, why, version)
    rows = list(row.nonconformance.whys.all())
    under = below(row, rows)
    if parent is not None and (parent.pk == row.pk or parent.pk in {each.pk for each in under}):
        text = _("An answer cannot hang below itself. Choose another place.")
        raise Refused(text, fields={"parent": text})
    to = _standing(row.nonconformance, parent).leg if parent else choice(leg or row.leg, Cause.Leg.values, "leg")
    if row.parent_id == (parent.pk if parent else None) and row.leg == to:
        return row
    was = {"parent": row.parent_id, "leg": row.leg}
    row.parent, row.leg = parent, to
    for each in under:
        each.leg = to
    Why.objects.bulk_update(under, ["leg"])
    return _saved(by, row, "move_why", **events.changes(was, {"parent": row.parent_id, "leg": to}))


@transaction.atomic
def retire(by: User, *, why: Why) -> Why:
    """Take an answer away, with all that hangs on it; it can be brought back."""
    row = _begin(by, why)
    if row.retired_at is not None:
        return row
    now, gone = clock.now(), [row, *below(row, list(row.nonconformance.whys.standing()))]
    Why.objects.filter(pk__in=[each.pk for each in gone]).update(retired_at=now, retired_by=by)
    row.retired_at, row.retired_by = now, by
    return _saved(by, row, "retire_why", text=row.text, answers=len(gone))


@transaction.atomic
def restore(by: User, *, why: Why) -> Why:
    """Bring an answer back with what was taken away with it. Refused while the answer above it is away."""
    row = _begin(by, why)
    if row.retired_at is None:
        return row
    if row.parent is not None and row.parent.retired_at is not None:
        raise Refused(_("The answer above it was taken away too: bring that back."))
    together = row.nonconformance.whys.filter(retired_at=row.retired_at)
    back = [row, *below(row, list(together))]
    Why.objects.filter(pk__in=[each.pk for each in back]).update(retired_at=None, retired_by=None)
    row.retired_at = row.retired_by = None
    return _saved(by, row, "restore_why", text=row.text, answers=len(back))


@transaction.atomic
def promote(by: User, *, why: Why, category: str = "", code: CauseCode | None = None) -> Cause:
    """Take the last answer of a chain for a suspected cause of its leg.

    Refused for an answer that has answers itself, and for one that only blames a person.
    """
    row = _begin(by, why)
    if row.retired_at is not None:
        raise Refused(_("This answer was taken away."))
    if row.cause_id is not None:
        raise Refused(_("This answer is a cause already."))
    if row.answers.filter(retired_at__isnull=True).exists():
        raise Refused(_("Somebody asked why once more: the last answer of the chain is the cause."))
    causes.checked_statement(row.text, "category")
    cause = causes.add_cause(
        by,
        case=row.nonconformance,
        leg=row.leg,
        statement=row.text,
        evidence=row.evidence,
        category=category,
        code=code,
    )
    row.cause, row.version = cause, row.version + 1
    row.save()
    return cause


def _begin(by: User, why: Why, version: int | None = None) -> Why:
    case = causes.thinking_on(by, why.nonconformance)
    row = Why.objects.select_for_update(of=("self",)).select_related("parent").get(pk=why.pk)
    row.nonconformance = case
    if version is not None and row.version != version:
        raise Stale(_("This answer was changed by someone else meanwhile. Look at it again."))
    return row


def _standing(case: Nonconformance, parent: Why) -> Why:
    found = case.whys.standing().filter(pk=parent.pk).first()
    if found is None:
        text = _("The answer above is not there any more.")
        raise Refused(text, fields={"parent": text})
    return found


def below(top: Why, rows: Sequence[Why]) -> list[Why]:
    """Everything that hangs on an answer."""
    found: list[Why] = []
    keys = {top.pk}
    while more := [row for row in rows if row.parent_id in keys and row.pk not in {each.pk for each in found}]:
        found += more
        keys = {row.pk for row in more}
    return found


def _saved(by: User, why: Why, verb: str, **data: Any) -> Why:
    why.version += 1
    why.save()
    _written(by, why, verb, **data)
    return why


def _written(by: User, why: Why, verb: str, **data: Any) -> None:
    events.write(by=by, verb=f"case.{verb}", subject=why.nonconformance, data={"why": why.pk} | data)
