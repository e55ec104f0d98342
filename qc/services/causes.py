"""Why it happened, why it was not found, and why the system allowed both: causes suspected, verified, ruled out."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused, Stale
from qc.models import Category, Cause, CauseCode, Nonconformance, User
from qc.permissions import require
from qc.services import events, steps
from qc.services.blame import blames_only_a_person
from qc.services.scope import require_visible
from qc.services.wording import choice, given, short

FIELDS = ("leg", "category", "statement", "evidence", "code")


@transaction.atomic
def add_cause(
    by: User,
    *,
    case: Nonconformance,
    leg: str,
    statement: str,
    evidence: str = "",
    category: str = "",
    code: CauseCode | None = None,
) -> Cause:
    """Record a suspected cause of one leg; its 6 M group is the code's when none is given.

    Refused beside the field: a statement that only blames a person, or a retired code.
    """
    current = steps.begin(by, case, "add_cause")
    cause = Cause(nonconformance=current, recorded_by=by, recorded_at=clock.now())
    _set(cause, {"leg": leg, "statement": statement, "evidence": evidence, "category": category, "code": code})
    cause.save()
    steps.move(by, current, "add_cause", cause=cause.pk, **_values(cause))
    return cause


@transaction.atomic
def edit_cause(by: User, *, cause: Cause, version: int, **changes: Any) -> Cause:
    """Say a cause better. Stale when someone else changed it; refused once it is verified: take that back first."""
    current, row = _begin(by, cause, version)
    if row.verified_at is not None:
        raise Refused(_("This cause is verified. Take the verification back before you change it."))
    before = _values(row)
    _set(row, changes)
    difference: dict[str, Any] = events.changes(before, _values(row))
    if not difference:
        return row
    return _saved(by, current, row, "edit_cause", **difference)


@transaction.atomic
def verify_cause(by: User, *, cause: Cause, verification: str, evidence: str = "") -> Cause:
    """Say how the cause was shown to be the cause (turned on and off again). Refused without method and evidence."""
    current, row = _begin(by, cause)
    if row.verified_at is not None:
        raise Refused(_("This cause is verified already."))
    if row.ruled_out_at is not None:
        raise Refused(_("This cause is ruled out. Bring it back first."))
    before = {"evidence": row.evidence, "verification": row.verification}
    row.verification = given(verification, "verification", _("Say how it was verified: turned on, turned off."))
    row.evidence = given(evidence or row.evidence, "evidence", _("Say what was seen: numbers, photos, records."))
    row.verified_by, row.verified_at = by, clock.now()
    after = {"evidence": row.evidence, "verification": row.verification}
    return _saved(by, current, row, "verify_cause", before=before, after=after)


@transaction.atomic
def doubt_cause(by: User, *, cause: Cause, reason: str) -> Cause:
    """Take a verification back: what showed the cause turned out not to. Method and evidence stay to be read."""
    current, row = _begin(by, cause)
    if row.verified_at is None:
        raise Refused(_("This cause is not verified."))
    reason = given(reason, "reason", _("Say what speaks against it."))
    row.verified_by, row.verified_at = None, None
    return _saved(by, current, row, "doubt_cause", reason=reason)


@transaction.atomic
def rule_out(by: User, *, cause: Cause, reason: str) -> Cause:
    """Say why a possible cause is none. Refused without a reason, and for a verified one."""
    current, row = _begin(by, cause)
    if row.verified_at is not None:
        raise Refused(_("This cause is verified. Take the verification back first."))
    if row.ruled_out_at is not None:
        raise Refused(_("This cause is ruled out already."))
    row.ruled_out_reason = given(reason, "reason", _("Say what rules it out: a number, a trial, a record."))
    row.ruled_out_by, row.ruled_out_at = by, clock.now()
    return _saved(by, current, row, "rule_out", reason=row.ruled_out_reason)


@transaction.atomic
def bring_back(by: User, *, cause: Cause) -> Cause:
    """A cause that was ruled out is possible again."""
    current, row = _begin(by, cause)
    if row.ruled_out_at is None:
        raise Refused(_("This cause is not ruled out."))
    was, row.ruled_out_reason = row.ruled_out_reason, ""
    row.ruled_out_by, row.ruled_out_at = None, None
    return _saved(by, current, row, "bring_back_cause", was=was)


@transaction.atomic
def thinking_on(by: User, case: Nonconformance) -> Nonconformance:
    """The locked open case whose workspace a person writes in; thinking may begin before the investigation does."""
    require(by, "case.edit")
    require_visible(by, case)
    current = steps.locked(case)
    if not current.is_open:
        raise Refused(_("%(number)s is finished and stays as it is.") % {"number": current.number})
    return current


def checked_statement(text: str, field: str) -> str:
    """A text that may stand as a cause. Refused beside the field when it only blames a person."""
    text = given(text, field, _("Say what the cause is."))
    if blames_only_a_person(text):
        refusal = _("Operator error is not a root cause. Ask once more: what in the process let the error happen?")
        raise Refused(refusal, fields={field: refusal})
    return text


def _begin(by: User, cause: Cause, version: int | None = None) -> tuple[Nonconformance, Cause]:
    current = steps.begin(by, cause.nonconformance, "add_cause")
    row = Cause.objects.select_for_update(of=("self",)).select_related("code").get(pk=cause.pk)
    if version is not None and row.version != version:
        raise Stale(_("This cause was changed by someone else meanwhile. Look at it again."))
    return current, row


def _set(cause: Cause, values: dict[str, Any]) -> None:
    unknown = set(values) - set(FIELDS)
    if unknown:
        raise ValueError(f"a cause has no field {sorted(unknown)[0]!r}")
    if "leg" in values:
        cause.leg = choice(values["leg"], Cause.Leg.values, "leg")
    if "statement" in values:
        cause.statement = checked_statement(values["statement"], "statement")
    if "evidence" in values:
        cause.evidence = short(values["evidence"], "evidence")
    if "code" in values:
        code = values["code"]
        if code is not None and not code.is_active and code.pk != cause.code_id:
            text = _("%(code)s is retired. Choose a code that is in use.") % {"code": code.code}
            raise Refused(text, fields={"code": text})
        cause.code = code
    if "category" in values:
        cause.category = choice(values["category"], ["", *Category.values], "category")
    if not cause.category and cause.code is not None:
        cause.category = cause.code.category


def _values(cause: Cause) -> dict[str, Any]:
    plain = {name: getattr(cause, name) for name in ("leg", "category", "statement", "evidence")}
    return plain | {"code": cause.code.code if cause.code else ""}


def _saved(by: User, case: Nonconformance, cause: Cause, verb: str, *, reason: str = "", **data: Any) -> Cause:
    cause.version += 1
    cause.save()
    steps.move(by, case, verb, reason=reason, cause=cause.pk, **data)
    return cause
