"""The verbs of findings: people confirm, dismiss, override or watch what the analysis says."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from qc import clock
from qc.errors import Refused, Stale
from qc.models import Finding, User
from qc.permissions import require
from qc.services import events, identity
from qc.services.places import require_plant
from qc.services.wording import given, short


@transaction.atomic
def confirm(by: User, *, finding: Finding, reason: str = "", version: int | None = None) -> Finding:
    """Say that the engine is right. The confirmed verdict stays the person's, whatever the engine says later."""
    current = _locked(by, finding, version)
    reason = short(reason, "reason")
    decision = {"decision": Finding.Decision.CONFIRMED, "human_verdict": current.verdict, "decision_reason": reason}
    return _decide(by, current, "finding.confirm", decision)


@transaction.atomic
def dismiss(by: User, *, finding: Finding, reason: str, version: int | None = None) -> Finding:
    """Say that nothing has to be done about it. Refused without a reason."""
    current = _locked(by, finding, version)
    reason = _given(reason)
    decision = {"decision": Finding.Decision.DISMISSED, "human_verdict": "", "decision_reason": reason}
    return _decide(by, current, "finding.dismiss", decision)


@transaction.atomic
def override(by: User, *, finding: Finding, verdict: str, reason: str, version: int | None = None) -> Finding:
    """Put a person's verdict in place of the engine's. Refused without a reason or for an unknown verdict."""
    current = _locked(by, finding, version)
    if verdict not in Finding.Verdict.values:
        raise Refused("Unknown verdict.", fields={"verdict": f"{verdict!s:.40} is not a verdict."})
    decision = {
        "decision": Finding.Decision.OVERRIDDEN,
        "human_verdict": verdict,
        "decision_reason": _given(reason),
    }
    return _decide(by, current, "finding.override", decision)


@transaction.atomic
def reconsider(by: User, *, finding: Finding, reason: str) -> Finding:
    """Take a decision back: the finding waits for a person again. Refused when nothing was decided."""
    current = _locked(by, finding, None)
    if current.decision == Finding.Decision.NONE:
        raise Refused("Nothing was decided yet.")
    before = _decision(current)
    current.decision, current.human_verdict = Finding.Decision.NONE, ""
    current.decision_reason, current.decided_by, current.decided_at = "", None, None
    current.basis, current.objection, current.objected_at = {}, "", None
    return _save(by, current, "finding.reconsider", before, _given(reason))


@transaction.atomic
def watch(by: User, *, finding: Finding, watched: bool) -> Finding:
    """Set or take the watch flag, which stands beside a verdict and is not one."""
    current = _locked(by, finding, None)
    if current.is_watched == watched:
        return current
    current.is_watched = watched
    current.save(update_fields=["is_watched"])
    events.write(by=by, verb="finding.watch", subject=current, data={"is_watched": [not watched, watched]})
    return current


def _locked(by: User, finding: Finding, version: int | None) -> Finding:
    require(by, "finding.decide")
    current = Finding.objects.select_for_update().get(pk=finding.pk)
    require_plant(by, current.plant)
    if current.replaced_at is not None:
        raise Stale("The analysis replaced this finding meanwhile. Decide on the one that stands now.")
    if version is not None and current.version != version:
        raise Stale("Someone decided on this finding meanwhile. Look at it again.")
    return current


def _given(reason: str) -> str:
    return given(reason, "reason", "Say why: others will rely on it.")


def _decision(finding: Finding) -> dict[str, Any]:
    return {
        "decision": finding.decision,
        "human_verdict": finding.human_verdict,
        "decision_reason": finding.decision_reason,
    }


def _decide(by: User, finding: Finding, verb: str, decision: dict[str, str]) -> Finding:
    before = _decision(finding)
    for name, value in decision.items():
        setattr(finding, name, value)
    finding.decided_by, finding.decided_at = by, clock.now()
    finding.basis = identity.basis_of(finding)
    finding.objection, finding.objected_at = "", None
    return _save(by, finding, verb, before, decision["decision_reason"])


def _save(by: User, finding: Finding, verb: str, before: dict[str, Any], reason: str) -> Finding:
    finding.version += 1
    finding.save()
    events.write(by=by, verb=verb, subject=finding, data=events.changes(before, _decision(finding)), reason=reason)
    return finding
