"""When a case is opened at all: rules that people edit, and what they made of each finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models.base import M, ScopedQuerySet, Severity
from qc.models.cases import Nonconformance
from qc.models.findings import Finding
from qc.models.people import User
from qc.models.sources import Plant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class CaseRuleQuerySet(ScopedQuerySet[M]):
    """Rules of one plant or of all."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rules of the whole organisation and of the person's plants."""
        if not user.is_authenticated or not user.is_active or user.is_outside:
            return self.none()
        if user.sees_all_plants:
            return self.all()
        return self.filter(Q(plant=None) | Q(plant__in=user.plant_ids))


class CaseRule(models.Model):
    """One line of the table. Read from the top; the first that fits a finding decides."""

    class Outcome(models.TextChoices):
        """What becomes of a finding."""

        OPEN = "open", "Open a case"
        PROPOSE = "propose", "Propose a case"
        NONE = "none", "No case"

    class Repeat(models.TextChoices):
        """Whether the same trouble had a case before."""

        ANY = "any", "Whether it repeats or not"
        REPEAT = "repeat", "Only a repeat"
        FIRST = "first", "Only the first time"

    position = models.PositiveIntegerField()
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, null=True, blank=True, related_name="case_rules")
    verdict = models.CharField(max_length=12, choices=Finding.Verdict.choices, blank=True)
    severity = models.CharField(max_length=10, choices=Severity.choices, blank=True)
    repeat = models.CharField(max_length=8, choices=Repeat.choices, default=Repeat.ANY)
    within_days = models.PositiveIntegerField(default=90, help_text="How far back a case makes it a repeat.")
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    owner = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Who gets an opened case."
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CaseRuleQuerySet["CaseRule"].as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(outcome="open", severity="critical"), name="case_rule_opens_nothing_critical"
            ),
            models.CheckConstraint(
                condition=Q(within_days__gte=1, within_days__lte=3650), name="case_rule_looks_back_some_days"
            ),
        ]

    def __str__(self) -> str:
        named = (self.get_verdict_display(), self.get_severity_display(), self.plant.code if self.plant else "")
        return f"{', '.join(filter(None, named)) or 'anything'}: {self.get_outcome_display()}"


class CaseProposalQuerySet(ScopedQuerySet[M]):
    """What the rules said of findings."""

    plant_path = "finding__plant"

    def waiting(self) -> Self:
        """Proposals that nobody has answered, about findings that still stand."""
        return self.filter(
            outcome=CaseRule.Outcome.PROPOSE,
            case__isnull=True,
            declined_at__isnull=True,
            finding__replaced_at__isnull=True,
        ).exclude(finding__decision__in=[Finding.Decision.DISMISSED, Finding.Decision.OVERRIDDEN])


class CaseProposal(models.Model):
    """What the table said of a finding, once for each; a person answers a proposal."""

    finding = models.OneToOneField(Finding, on_delete=models.CASCADE, related_name="case_proposal")
    rule = models.ForeignKey(CaseRule, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    rule_text = models.CharField(max_length=200, help_text="The rule as it read then.")
    outcome = models.CharField(max_length=8, choices=CaseRule.Outcome.choices)
    reason = models.CharField(max_length=300, blank=True, help_text="Why it is proposed and not opened.")
    at = models.DateTimeField(default=clock.now)
    case = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    declined_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    declined_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(blank=True)

    objects = CaseProposalQuerySet["CaseProposal"].as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(declined_at__isnull=True) | (Q(declined_by__isnull=False) & ~Q(decline_reason="")),
                name="case_proposal_declined_says_why",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_outcome_display()}: {self.rule_text}"
