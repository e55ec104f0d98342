"""When a case is opened at all: the rule table, read from the top; the first rule that fits a finding decides.

The rules look at findings after each run of the analysis. They open cases as the system, or propose them to the quality
people of the plant; what a rule has said of a finding is kept, so that a second run does nothing twice. A critical
case is never opened by the machine: it needs a containment, which only a person can say.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from qc import clock
from qc.analysis import explain
from qc.errors import Refused
from qc.models import CaseProposal, CaseRule, DefectType, Finding, Nonconformance, Plant, Severity, User
from qc.permissions import require
from qc.services import events, notices, openings, people
from qc.services.scope import require_visible
from qc.services.wording import given

logger = logging.getLogger(__name__)
Outcome, Repeat = CaseRule.Outcome, CaseRule.Repeat
LOOK_BACK = 90  # days that a rehearsal covers
RANK = {Outcome.NONE: 0, Outcome.PROPOSE: 1, Outcome.OPEN: 2}


@dataclass(frozen=True)
class Rehearsal:
    """What the table would have done with the findings of the last days."""

    findings: int
    outcomes: dict[str, int]
    by_rule: dict[int | None, int] = field(default_factory=dict)


@dataclass
class _Past:
    """The earlier cases that make a finding a repeat, read once for many findings."""

    cases: list[Nonconformance]

    def days_since(self, finding: Finding) -> int | None:
        """Days between the last case of the same trouble and this finding; None when there was none."""
        day = finding.first_seen_at
        if finding.closed_case is not None and finding.closed_case.closed_at is not None:
            return max(0, (day - finding.closed_case.closed_at).days)
        before = [case for case in self.cases if _same_trouble(case, finding) and case.opened_at < day]
        ends = [case.closed_at if case.closed_at and case.closed_at < day else case.opened_at for case in before]
        return min(((day - end).days for end in ends), default=None)


def _same_trouble(case: Nonconformance, finding: Finding) -> bool:
    """The same type at the same plant, and the same supplier or line where both name one."""
    if (case.plant_id, case.defect_type_id) != (finding.plant_id, finding.defect_type_id):
        return False
    if case.finding_id == finding.pk:
        return False
    if case.supplier_id and finding.supplier_id:
        return case.supplier_id == finding.supplier_id
    return not (case.line_id and finding.line_id) or case.line_id == finding.line_id


def _past(findings: Collection[Finding]) -> _Past:
    types = {each.defect_type_id for each in findings}
    cases = Nonconformance.objects.filter(defect_type__in=types, plant__in={each.plant_id for each in findings})
    return _Past(list(cases.exclude(status=Nonconformance.Status.CANCELLED)))


def first_fit(rules: Iterable[CaseRule], finding: Finding, past: _Past) -> CaseRule | None:
    """The rule that decides on a finding; None when none fits, which means no case."""
    return next((rule for rule in rules if _fits(rule, finding, past)), None)


def _fits(rule: CaseRule, finding: Finding, past: _Past) -> bool:
    if rule.plant_id not in (None, finding.plant_id):
        return False
    if rule.verdict not in ("", finding.standing) or rule.severity not in ("", finding.defect_type.severity):
        return False
    if rule.repeat == Repeat.ANY:
        return True
    days = past.days_since(finding)
    is_repeat = days is not None and days <= rule.within_days
    return is_repeat == (rule.repeat == Repeat.REPEAT)


def apply(plant: Plant, types: Collection[DefectType]) -> None:
    """Open or propose what the table says of the current findings of some types. Safe to run again or at once.

    What people set aside, and what has an open case, is left alone.
    """
    rules = list(CaseRule.objects.filter(Q(plant=None) | Q(plant=plant)).select_related("owner", "plant"))
    if not rules:
        return
    rows = Finding.objects.current().filter(plant=plant, defect_type__in=[each.pk for each in types])
    findings = [each for each in rows.select_related("plant", "defect_type", "closed_case") if not each.is_quiet]
    if not findings:
        return
    known = dict(CaseProposal.objects.filter(finding__in=findings).values_list("finding_id", "outcome"))
    covered = Nonconformance.objects.filter(finding__in=findings).open().values_list("finding_id", flat=True)
    taken, past = set(covered), _past(findings)
    for finding in findings:
        rule = first_fit(rules, finding, past)
        if rule is None or finding.pk in taken or rule.outcome == Outcome.NONE:
            continue
        if RANK[Outcome(rule.outcome)] > RANK[Outcome(known.get(finding.pk, Outcome.NONE))]:
            try:
                _decide(finding, rule)
            except Exception:  # what is judged stays judged; the next run tries again
                logger.exception("The rules failed for finding %s.", finding.pk)


@transaction.atomic
def _decide(finding: Finding, rule: CaseRule) -> None:
    """Keep what the rule says of the finding and do it, once: a second worker waits at the finding and sees it."""
    current = Finding.objects.select_for_update().get(pk=finding.pk)
    if current.is_quiet or current.replaced_at:
        return  # somebody set it aside, or a newer run told it anew, since it was read
    row = CaseProposal.objects.filter(finding=finding).first() or CaseProposal(finding=finding)
    is_known = row.pk is not None and RANK[Outcome(row.outcome)] >= RANK[Outcome(rule.outcome)]
    if is_known or row.declined_at or Nonconformance.objects.filter(finding=finding).open().exists():
        return
    row.rule, row.rule_text, row.at = rule, str(rule)[:200], clock.now()
    owner, row.reason = _owner(finding, rule) if rule.outcome == Outcome.OPEN else (None, "")
    if owner is not None:
        try:
            row.case = _open(finding, owner)
        except Refused as refusal:  # then a person decides
            owner, row.reason = None, refusal.message[:300]
    row.outcome = Outcome.OPEN if owner else Outcome.PROPOSE
    was_proposed = CaseProposal.objects.filter(finding=finding, outcome=Outcome.PROPOSE).exists()
    row.save()
    if owner is None and not was_proposed:
        _tell(finding, row)


def _owner(finding: Finding, rule: CaseRule) -> tuple[User | None, str]:
    """Who gets the case, or why it is only proposed."""
    if finding.defect_type.severity == Severity.CRITICAL:
        return None, _("A critical case needs a containment, which only a person can say.")
    if running := _running(finding):
        return None, _("%(case)s is open for the same trouble, told of another place.") % {"case": running.number}
    if rule.owner is not None and rule.owner.is_active and _sees(rule.owner, finding.plant):
        return rule.owner, ""
    engineers = User.objects.filter(role=User.Role.ENGINEER, plants=finding.plant, is_active=True, supplier=None)
    closed = [Nonconformance.Status.CLOSED, Nonconformance.Status.CANCELLED]
    load = Count("cases_owned", filter=~Q(cases_owned__status__in=closed))
    least = engineers.annotate(load=load).order_by("load", "pk").first()
    return least, "" if least else _("The plant has no quality engineer who could own the case.")


def _running(finding: Finding) -> Nonconformance | None:
    """An open case of this trouble whose own finding a later run told otherwise."""
    cases = Nonconformance.objects.filter(plant=finding.plant, defect_type=finding.defect_type).open()
    told_anew = cases.filter(finding__replaced_at__isnull=False).order_by("pk")
    return next((case for case in told_anew if _same_trouble(case, finding)), None)


def _sees(user: User, plant: Plant) -> bool:
    return Plant.objects.visible_to(user).filter(pk=plant.pk).exists()


def _open(finding: Finding, owner: User) -> Nonconformance:
    place = explain.place(finding.where) if finding.where else finding.plant.name
    return openings.open_case(
        people.system(),
        plant=finding.plant,
        finding=finding,
        title=f"{finding.defect_type.name}: {place}"[:200],
        description=finding.explanation,
        severity=finding.defect_type.severity,
        owner=owner,
    )


def _tell(finding: Finding, row: CaseProposal) -> None:
    quality = Q(role=User.Role.MANAGER) | Q(role=User.Role.ENGINEER, plants=finding.plant)
    to = User.objects.filter(quality, is_active=True, supplier=None).distinct()
    text = _("A case is proposed: %(what)s") % {"what": finding.explanation}
    urgent = finding.defect_type.severity == Severity.CRITICAL
    path = f"/findings/{finding.pk}/#next"
    notices.tell(to=to, key=f"case.propose:{finding.pk}", text=text, path=path, subject=finding, urgent=urgent)


@transaction.atomic
def decline(by: User, *, proposal: CaseProposal, reason: str) -> CaseProposal:
    """Say that a proposed case is not needed, and why. The finding stands; the rules do not propose it again."""
    require(by, "finding.decide")
    require_visible(by, proposal)
    row = CaseProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    row.decline_reason = given(reason, "reason", _("Say why no case is needed."))
    if row.declined_at is None:
        row.declined_by, row.declined_at = by, clock.now()
        row.save()
        notes = {"rule": row.rule_text, "reason": row.decline_reason}
        events.write(by=by, verb="finding.decline_case", subject=row.finding, data=notes, reason=row.decline_reason)
    return row


def rehearse(viewer: User, rules: Sequence[CaseRule], *, days: int = LOOK_BACK) -> Rehearsal:
    """What these rules would have done with the findings that were first seen in the last days."""
    since = clock.now() - dt.timedelta(days=days)
    rows = Finding.objects.visible_to(viewer).filter(first_seen_at__gte=since)
    findings = list(rows.select_related("defect_type", "closed_case"))
    past, by_rule, outcomes = _past(findings), Counter[int | None](), Counter[str]()
    for finding in findings:
        rule = first_fit(rules, finding, past)
        by_rule[rule.pk if rule else None] += 1
        outcome = rule.outcome if rule else Outcome.NONE
        is_critical = outcome == Outcome.OPEN and finding.defect_type.severity == Severity.CRITICAL
        outcomes[Outcome.PROPOSE if is_critical else outcome] += 1
    return Rehearsal(len(findings), {name: outcomes[name] for name in Outcome.values}, dict(by_rule))
