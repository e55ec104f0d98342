"""The verbs of the catalogue of causes: add, rename, retire, put back. Managers keep it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qc.errors import Refused, Stale
from qc.models import Category, CauseCode, User
from qc.permissions import require
from qc.services import events
from qc.services.wording import choice, given, short

FIELDS = ("name", "category", "description")
C = Category
# What most plants begin with; every name can be changed and every code retired.
USUAL: tuple[tuple[str, Any, Any], ...] = (
    ("MAN-QUALIF", C.MAN, gettext_lazy("Not qualified for the task")),
    ("MAN-LOAD", C.MAN, gettext_lazy("Too much at once, or too little time")),
    ("MAC-WEAR", C.MACHINE, gettext_lazy("Tool or part of the machine worn")),
    ("MAC-SETTING", C.MACHINE, gettext_lazy("Setting wrong or drifted")),
    ("MAC-MAINT", C.MACHINE, gettext_lazy("Maintenance missed or not planned")),
    ("MAC-PROGRAM", C.MACHINE, gettext_lazy("Wrong program or version")),
    ("MET-INSTR", C.METHOD, gettext_lazy("Instruction missing, unclear or out of date")),
    ("MET-SEQUENCE", C.METHOD, gettext_lazy("Steps can be left out or swapped")),
    ("MET-CHANGE", C.METHOD, gettext_lazy("Change introduced without release")),
    ("MET-HANDLING", C.METHOD, gettext_lazy("Handling, storage or transport")),
    ("MAT-SPEC", C.MATERIAL, gettext_lazy("Material outside its specification")),
    ("MAT-MIXED", C.MATERIAL, gettext_lazy("Wrong or mixed material")),
    ("MAT-DESIGN", C.MATERIAL, gettext_lazy("Design allows it")),
    ("MEA-METHOD", C.MEASUREMENT, gettext_lazy("Check cannot find it")),
    ("MEA-GAUGE", C.MEASUREMENT, gettext_lazy("Gauge worn, not calibrated or not capable")),
    ("MEA-SAMPLE", C.MEASUREMENT, gettext_lazy("Checked too seldom or too few")),
    ("ENV-CLIMATE", C.ENVIRONMENT, gettext_lazy("Temperature or humidity")),
    ("ENV-CLEAN", C.ENVIRONMENT, gettext_lazy("Dirt, dust or foreign bodies")),
)


@transaction.atomic
def create(by: User, *, code: str, name: str, category: str, description: str = "") -> CauseCode:
    """Add a code. Refused beside the field when it is there already."""
    require(by, "cause_code.edit")
    code = given(code, "code", _("Give the code."), longest=40)
    if CauseCode.objects.filter(code__iexact=code).exists():
        text = _("The code %(code)s is there already.") % {"code": code}
        raise Refused(text, fields={"code": text})
    row = CauseCode(code=code)
    _set(row, {"name": name, "category": category, "description": description})
    row.save()
    events.write(by=by, verb="cause_code.create", subject=row, data=_values(row))
    return row


@transaction.atomic
def add_usual(by: User) -> int:
    """Add the usual codes that are not there yet; returns how many."""
    require(by, "cause_code.edit")
    known = {code.casefold() for code in CauseCode.objects.values_list("code", flat=True)}
    missing = [each for each in USUAL if each[0].casefold() not in known]
    for code, category, name in missing:
        create(by, code=code, name=str(name), category=category)
    return len(missing)


@transaction.atomic
def edit(by: User, *, cause_code: CauseCode, version: int, **changes: Any) -> CauseCode:
    """Rename a code or put it into another group; the code itself stays. Stale when it was changed meanwhile."""
    require(by, "cause_code.edit")
    row = _locked(cause_code, version)
    before = _values(row)
    _set(row, changes)
    difference = events.changes(before, _values(row))
    if not difference:
        return row
    row.version += 1
    row.save()
    events.write(by=by, verb="cause_code.edit", subject=row, data=difference)
    return row


@transaction.atomic
def retire(by: User, *, cause_code: CauseCode, reason: str) -> CauseCode:
    """Take a code out of use: causes keep it, no new one gets it. Refused without a reason."""
    return _switch(by, cause_code, False, "cause_code.retire", given(reason, "reason", _("Say why it is retired.")))


@transaction.atomic
def reactivate(by: User, *, cause_code: CauseCode) -> CauseCode:
    """Put a retired code back into use."""
    return _switch(by, cause_code, True, "cause_code.reactivate", "")


def _switch(by: User, cause_code: CauseCode, active: bool, verb: str, reason: str) -> CauseCode:
    require(by, "cause_code.edit")
    row = _locked(cause_code)
    if row.is_active == active:
        return row
    row.is_active, row.version = active, row.version + 1
    row.save()
    events.write(by=by, verb=verb, subject=row, data={"is_active": [not active, active]}, reason=reason)
    return row


def _locked(cause_code: CauseCode, version: int | None = None) -> CauseCode:
    row = CauseCode.objects.select_for_update().get(pk=cause_code.pk)
    if version is not None and row.version != version:
        raise Stale(_("%(code)s was changed meanwhile. Look at it again.") % {"code": row.code})
    return row


def _set(row: CauseCode, values: dict[str, Any]) -> None:
    if unknown := set(values) - set(FIELDS):
        raise ValueError(f"a cause code has no field {sorted(unknown)[0]!r}")
    for name, value in values.items():
        setattr(row, name, value)
    row.name = given(row.name, "name", _("Give the code a name."), longest=160)
    row.category = choice(row.category, Category.values, "category")
    row.description = short(row.description, "description")


def _values(row: CauseCode) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("code", *FIELDS)}
