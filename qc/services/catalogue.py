"""The verbs of the defect catalogue: create, edit, retire, merge, and the ways back.

A merge changes no record: it sets anew what they count as, so that verdicts and charts follow the recode, and every
plant and code whose numbers change is due for analysis.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused, Stale
from qc.models import AnalysisTarget, Defect, DefectType, Severity, User
from qc.permissions import require
from qc.services import codes, events, usage
from qc.services.defects import EARLIEST
from qc.services.inputs import input_changed
from qc.services.wording import given, short

FIELDS = ("name", "group", "severity", "description", "tolerable")
JUDGED_BY = {"severity", "tolerable"}  # what the engine takes from the catalogue
MOST_TOLERABLE = 1_000_000


@transaction.atomic
def create(by: User, *, code: str, places: usage.Places | None = None, **values: Any) -> DefectType:
    """Add a code. `values` are FIELDS; `places` where it may be logged. Refused beside the field."""
    require(by, "catalogue.edit")
    code = given(code, "code", _("Give the code."), longest=40)
    if DefectType.objects.filter(code__iexact=code).exists():
        raise _misfit("code", _("The code %(code)s is there already.") % {"code": code})
    row = DefectType(code=code)
    _set(row, {"severity": Severity.MAJOR, **values})
    row.save()
    after = _values(row) | usage.put(by, row, places or usage.Places())
    events.write(by=by, verb="code.create", subject=row, data=after)
    return row


@transaction.atomic
def edit(
    by: User, *, defect_type: DefectType, version: int, places: usage.Places | None = None, **changes: Any
) -> DefectType:
    """Change what the catalogue says of a code; the code itself stays, for records and machines know it."""
    require(by, "catalogue.edit")
    row = _locked(defect_type, version)
    before = _values(row) | usage.shown(by, row)
    _set(row, changes)
    after = _values(row) | (usage.put(by, row, places) if places is not None else usage.shown(by, row))
    difference = events.changes(before, after)
    if not difference:
        return row
    row.version += 1
    row.save()
    if not JUDGED_BY.isdisjoint(difference):
        _due({row.pk})
    events.write(by=by, verb="code.edit", subject=row, data=difference)
    return row


@transaction.atomic
def rename_group(by: User, *, old: str, new: str) -> int:
    """Give a group of codes another name, or join it to one that is there. Returns how many codes it has touched."""
    require(by, "catalogue.edit")
    new = given(new, "new", _("Give the group's new name."), longest=80)
    rows = list(DefectType.objects.select_for_update().filter(group=old).exclude(group=new))
    for row in rows:
        row.group, row.version = new, row.version + 1
        row.save()
    for row in rows:
        events.write(by=by, verb="code.edit", subject=row, data={"group": [old, new]})
    return len(rows)


@transaction.atomic
def retire(by: User, *, defect_type: DefectType, reason: str) -> DefectType:
    """Take a code out of use: it stays in history and is refused for new records. Refused without a reason."""
    return _switch(by, defect_type, False, "code.retire", given(reason, "reason", _("Say why it is retired.")))


@transaction.atomic
def reactivate(by: User, *, defect_type: DefectType, reason: str = "") -> DefectType:
    """Put a retired code back into use."""
    return _switch(by, defect_type, True, "code.reactivate", short(reason, "reason"))


def _switch(by: User, defect_type: DefectType, active: bool, verb: str, reason: str) -> DefectType:
    require(by, "catalogue.edit")
    row = _locked(defect_type)
    if row.is_active == active:
        return row
    row.is_active, row.version = active, row.version + 1
    row.save()
    events.write(by=by, verb=verb, subject=row, data={"is_active": [not active, active]}, reason=reason)
    return row


@transaction.atomic
def merge(
    by: User, *, source: DefectType, into: DefectType, reason: str, from_on: dt.date | None = None, retire: bool = True
) -> DefectType:
    """Let the records of a code count as another one's, from a production date on or, without one, all of them.

    The records keep the code they were logged with. Refused for a code that is merged already, into a retired code,
    and where the two would count as each other.
    """
    require(by, "catalogue.edit")
    reason = given(reason, "reason", _("Say why they are the same."))
    rows = _both(source, into)
    row, heir = rows[source.pk], rows[into.pk]
    _require_mergeable(row, heir, from_on)
    was = _values(row)
    row.merged_into, row.merged_from_on = heir, from_on
    row.is_active = row.is_active and not retire
    row.version += 1
    row.save()
    moved = codes.recount_soon(row)
    said = events.changes(was, _values(row)) | {"records": moved}
    events.write(by=by, verb="code.merge", subject=row, data=said, reason=reason)
    events.write(by=by, verb="code.receive", subject=heir, data={"code": row.code, "records": moved}, reason=reason)
    return row


@transaction.atomic
def unmerge(by: User, *, source: DefectType, reason: str) -> DefectType:
    """Take a merge back: the records count as their own code again, and the code may be logged again."""
    require(by, "catalogue.edit")
    reason = given(reason, "reason", _("Say why they are not the same."))
    row = _locked(source)
    if row.merged_into is None:
        raise Refused(_("%(code)s is not merged into another code.") % {"code": row.code})
    heir, was = row.merged_into, _values(row)
    row.merged_into, row.merged_from_on, row.is_active = None, None, True
    row.version += 1
    row.save()
    moved = codes.recount_soon(row)
    said = events.changes(was, _values(row)) | {"records": moved}
    events.write(by=by, verb="code.unmerge", subject=row, data=said, reason=reason)
    events.write(by=by, verb="code.give_back", subject=heir, data={"code": row.code, "records": moved}, reason=reason)
    return row


def moving(source: DefectType, from_on: dt.date | None) -> models.QuerySet[Defect]:
    """The records that would count as another code; the caller scopes what of them it shows."""
    rows = Defect.objects.filter(counts_as=source)
    return rows.filter(production_on__gte=from_on) if from_on else rows


def _both(source: DefectType, into: DefectType) -> dict[int, DefectType]:
    """Both codes and every merged one, locked in one order: nobody merges them in a circle, nobody logs meanwhile."""
    wanted = Q(pk__in=[source.pk, into.pk]) | Q(merged_into__isnull=False)
    return {row.pk: row for row in DefectType.objects.select_for_update().filter(wanted).order_by("pk")}


def _require_mergeable(row: DefectType, heir: DefectType, from_on: dt.date | None) -> None:
    if row.merged_into_id:
        raise Refused(_("%(code)s is merged already: take that back first.") % {"code": row.code})
    if not heir.is_active:
        raise _misfit("into", _("%(code)s is retired; choose a code that is in use.") % {"code": heir.code})
    known, then = codes.merges(), heir.pk
    while then in known and then != row.pk:
        then = known[then][0]
    if then == row.pk:
        raise _misfit("into", _("%(code)s would count as itself.") % {"code": row.code})
    if from_on is not None and not EARLIEST.date() <= from_on <= clock.today() + dt.timedelta(days=366):
        raise _misfit("from_on", _("Give a day from 1990 to one year ahead."))


def _due(keys: Collection[int]) -> None:
    input_changed(set(AnalysisTarget.objects.filter(defect_type__in=keys).values_list("plant_id", "defect_type_id")))


def _locked(defect_type: DefectType, version: int | None = None) -> DefectType:
    row = DefectType.objects.select_for_update().get(pk=defect_type.pk)
    if version is not None and row.version != version:
        raise Stale(_("%(code)s was changed meanwhile. Look at it again.") % {"code": row.code})
    return row


def _set(row: DefectType, values: dict[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"a code has no field {sorted(unknown)[0]!r}")
    for name, value in values.items():
        setattr(row, name, value)
    row.name = given(row.name, "name", _("Give the code a name."), longest=160)
    row.group = short(row.group, "group", longest=80)
    row.description = short(row.description, "description")
    if row.severity not in Severity.values:
        raise _misfit("severity", _("Choose one of the list."))
    if row.tolerable is not None and not 0 <= row.tolerable <= MOST_TOLERABLE:
        raise _misfit("tolerable", _("A tolerable number is a whole number from 0 to 1,000,000."))


def _values(row: DefectType) -> dict[str, Any]:
    names = (*FIELDS, "is_active", "merged_from_on")
    values: dict[str, Any] = {name: getattr(row, name) for name in names if getattr(row, name) not in (None, "")}
    return values | ({"merged_into": row.merged_into.code} if row.merged_into else {})


def _misfit(field: str, sentence: str) -> Refused:
    return Refused(sentence, fields={field: sentence})
