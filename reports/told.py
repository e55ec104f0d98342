"""How everything that waits is told: a title, why it waits, until when, and where it is done."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, cast

from django.urls import reverse
from django.utils.translation import gettext as _

from qc import clock
from qc.analysis import explain
from qc.models import CaseProposal, CorrectiveAction, Disposition, Finding, Import, Nonconformance, Plant
from suppliers.models import CorrectiveActionRequest, CostClaim, Extension, Stage

SEVERITIES = {"critical": 0, "major": 1, "minor": 2}


@dataclass(frozen=True)
class Waiting:
    """Something that waits, why, and until when; `days_late` is zero before its day."""

    icon: str
    url: str
    title: str
    why: str
    plant: Plant | None = None
    due_on: dt.date | None = None
    days_late: int = 0
    is_late: bool = False
    severity: str = ""
    verdict: str = ""

    @property
    def urgency(self) -> tuple[Any, ...]:
        """Late before due, the longest late first; then the more severe, the sooner due."""
        severity = SEVERITIES.get(self.severity, len(SEVERITIES))
        return (not self.is_late, -self.days_late, severity, self.due_on or dt.date.max, self.title)


def case(case: Nonconformance) -> Waiting:
    why = _("Your case: %(state)s.") % {"state": case.get_status_display().lower()}
    return _dated(case.plant, case.due_on, "briefcase", _case(case), str(case), why, severity=case.severity)


def orphan(case: Nonconformance) -> Waiting:
    why = _("Its owner, %(owner)s, does not work here any more: name another one.") % {"owner": case.owner}
    return _dated(case.plant, case.due_on, "people", _case(case), str(case), why, severity=case.severity)


def late_case(case: Nonconformance) -> Waiting:
    why = _("The case is overdue; owner %(owner)s.") % {"owner": case.owner}
    return _dated(case.plant, case.due_on, "briefcase", _case(case), str(case), why, severity=case.severity)


def action(action: CorrectiveAction) -> Waiting:
    case = action.nonconformance
    why = _("To do for %(case)s.") % {"case": case.number}
    if action.status == CorrectiveAction.Status.REJECTED:
        why = _("Not accepted as done, for %(case)s.") % {"case": case.number}
    return _dated(case.plant, action.due_on, "wrench", _action(action), action.title, why, severity=case.severity)


def late_action(action: CorrectiveAction) -> Waiting:
    case = action.nonconformance
    why = _("%(who)s should have done it, for %(case)s.")
    why %= {"who": action.owner or action.supplier, "case": case.number}
    return _dated(case.plant, action.due_on, "wrench", _action(action), action.title, why, severity=case.severity)


def done(action: CorrectiveAction) -> Waiting:
    why = _("%(who)s says it is done; a second person has to see it.") % {"who": action.done_by}
    case = action.nonconformance
    return Waiting("check2-square", _action(action), action.title, why, case.plant, severity=case.severity)


def answer(stage: Stage) -> Waiting:
    request = stage.request
    why = _("%(number)s: the answer “%(stage)s” waits for your review.")
    why %= {"number": request.number, "stage": stage.get_code_display()}
    url = reverse("suppliers:stage-detail", args=[stage.pk])
    return Waiting("send", url, _request_title(request), why, request.plant, severity=request.severity)


def silence(request: Any) -> Waiting:
    plant: Plant = request.plant
    why = _("%(number)s: the supplier has not answered.") % {"number": request.number}
    due_on = request.late_since.astimezone(plant.zone).date()
    late = max(0, (clock.today(plant.time_zone) - due_on).days)
    url = reverse("suppliers:request-detail", args=[request.pk])
    title = _request_title(request)
    return Waiting("clock", url, title, why, plant, due_on, late, is_late=True, severity=request.severity)


def draft(request: CorrectiveActionRequest) -> Waiting:
    why = _("%(number)s is a draft: the supplier does not see it yet.") % {"number": request.number}
    url = reverse("suppliers:request-detail", args=[request.pk])
    return Waiting("send", url, _request_title(request), why, request.plant, severity=request.severity)


def finding(finding: Finding) -> Waiting:
    place = explain.place(finding.where) if finding.where else str(finding.plant)
    known = finding.expected  # none where the records alone say that it is too much
    why = _("%(found)s found. Is the analysis right?")
    if known:
        why = _("%(found)s found, %(expected)s expected. Is the analysis right?")
    why %= {"found": finding.incidents, "expected": round(known or 0, 1)}
    url = reverse("qc:finding-detail", args=[finding.pk])
    title = f"{finding.defect_type.name}: {place}"
    severity = finding.defect_type.severity
    return Waiting("graph-up-arrow", url, title, why, finding.plant, severity=severity, verdict="systemic")


def uncontained(case: Nonconformance) -> Waiting:
    plant, due_at = case.plant, cast("dt.datetime", case.contain_due_at)
    due_on = due_at.astimezone(plant.zone).date()
    late = max(0, (clock.today(plant.time_zone) - due_on).days)
    why = _("Nothing keeps more bad parts from getting out: record the containment.")
    return Waiting("exclamation-triangle", _case(case), str(case), why, plant, due_on, late, True, case.severity)


def proposal(proposal: CaseProposal) -> Waiting:
    finding = proposal.finding
    url = f"{reverse('qc:case-create')}?finding={finding.pk}"
    why = _("A case is proposed by the rules: %(rule)s.") % {"rule": proposal.rule_text}
    return Waiting("briefcase", url, str(finding.defect_type.name), why, finding.plant, verdict="systemic")


def extension(extension: Extension) -> Waiting:
    request = extension.stage.request
    why = _("%(number)s: asks for “%(stage)s” until %(day)s.")
    day = f"{extension.wanted_on:%-d %b %Y}"
    why %= {"number": request.number, "stage": extension.stage.get_code_display(), "day": day}
    url = reverse("suppliers:request-detail", args=[request.pk])
    return Waiting("calendar-check", url, _request_title(request), why, request.plant, severity=request.severity)


def claim(claim: CostClaim) -> Waiting:
    request = claim.request
    why = _("%(number)s: the supplier does not accept the cost claim.") % {"number": request.number}
    url = reverse("suppliers:claim-detail", args=[claim.pk])
    return Waiting("file-earmark", url, _request_title(request), why, request.plant, severity=request.severity)


def signature(row: Disposition) -> Waiting:
    case = row.nonconformance
    why = _("%(number)s: %(decision)s of %(quantity)s waits for your signature.")
    decision = row.get_decision_display().lower()
    why %= {"number": case.number, "decision": decision, "quantity": f"{row.quantity.normalize():f}"}
    return Waiting("pen", f"{_case(case)}material/", case.title, why, case.plant, severity=case.severity)


def file(row: Import) -> Waiting:
    why = _("The preview is ready: nothing is saved before you say so.")
    if row.status == Import.Status.ASKING:
        why = _("The file was read; it needs an answer from you.")
    return Waiting("upload", reverse("qc:import-detail", args=[row.pk]), row.name, why)


def _dated(
    plant: Plant, due_on: dt.date | None, icon: str, url: str, title: str, why: str, *, severity: str
) -> Waiting:
    late = max(0, (clock.today(plant.time_zone) - due_on).days) if due_on else 0
    return Waiting(icon, url, title, why, plant, due_on, late, is_late=late > 0, severity=severity)


def _case(case: Nonconformance) -> str:
    return reverse("qc:case-detail", args=[case.pk])


def _action(action: CorrectiveAction) -> str:
    return f"{_case(action.nonconformance)}#action-{action.pk}"


def _request_title(request: CorrectiveActionRequest) -> str:
    return f"{request.supplier}: {request.title}"
