"""Why it happened, why it was not found, and why the system allowed both."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.errors import Refused
from qc.models import Cause, Nonconformance, User
from qc.services import steps
from qc.services.wording import choice, given, short

# Whoever blames a person has not asked why the process let it happen.
BLAME = re.compile(
    r"(the\s+)?(operator|human|worker|employee|inspector|person(al|nel)?|bediener|menschlich\w*|mensch)['’s]*\s*"
    r"(error|mistake|fault|failure|carelessness|inattention|fehler|versagen)s?",
    re.IGNORECASE,
)
FILLERS = re.compile(
    r"\b(was|is|were|due|to|by|an?|the|of|because|caused|root|cause|made|it|has|have|been|simple|just|only)\b",
    re.IGNORECASE,
)


@transaction.atomic
def add_cause(by: User, *, case: Nonconformance, leg: str, statement: str, evidence: str = "") -> Cause:
    """Record a suspected cause of one leg. Refused when it only blames a person as the cause of occurrence."""
    current = steps.begin(by, case, "add_cause")
    choice(leg, Cause.Leg.values, "leg")
    statement = given(statement, "statement", _("Say what the cause is."))
    if leg == Cause.Leg.OCCURRENCE and _only_blames(statement):
        text = _("Operator error is not a root cause. Ask once more: what in the process let the error happen?")
        raise Refused(text, fields={"statement": text})
    cause = Cause.objects.create(
        nonconformance=current,
        leg=leg,
        statement=statement,
        evidence=short(evidence, "evidence"),
        recorded_by=by,
        recorded_at=clock.now(),
    )
    steps.move(by, current, "add_cause", cause=cause.pk, leg=leg, statement=statement, evidence=cause.evidence)
    return cause


def _only_blames(statement: str) -> bool:
    """Whether nothing is left of the statement without the blame and filler words."""
    rest, blamed = BLAME.subn(" ", statement)
    return bool(blamed) and not re.sub(r"\W+", "", FILLERS.sub(" ", rest))


@transaction.atomic
def verify_cause(by: User, *, cause: Cause, verification: str, evidence: str = "") -> Cause:
    """Say how the cause was shown to be the cause (turned on and off again). Refused without method and evidence."""
    current = steps.begin(by, cause.nonconformance, "add_cause")
    cause = Cause.objects.select_for_update().get(pk=cause.pk)
    if cause.verified_at is not None:
        raise Refused(_("This cause is verified already."))
    before = {"evidence": cause.evidence, "verification": cause.verification}
    cause.verification = given(verification, "verification", _("Say how it was verified: turned on, turned off."))
    cause.evidence = given(evidence or cause.evidence, "evidence", _("Say what was seen: numbers, photos, records."))
    cause.verified_by, cause.verified_at = by, clock.now()
    cause.save()
    after = {"evidence": cause.evidence, "verification": cause.verification}
    steps.move(by, current, "verify_cause", cause=cause.pk, before=before, after=after)
    return cause
