"""Why it happened, why it was not found, and why the system allowed both: what a search for causes leaves behind."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from qc import clock
from qc.models.base import M, OrganisationQuerySet
from qc.models.cases import CaseScopedQuerySet, Nonconformance
from qc.models.people import User


class Category(models.TextChoices):
    """The six M of Ishikawa: where a cause lies."""

    MAN = "man", "People"
    MACHINE = "machine", "Machine"
    METHOD = "method", "Method"
    MATERIAL = "material", "Material"
    MEASUREMENT = "measurement", "Measurement"
    ENVIRONMENT = "environment", "Environment"


class CauseCodeQuerySet(OrganisationQuerySet[M]):
    """Codes by whether they may be chosen."""

    def usable(self) -> Self:
        """Codes that a cause may be given now; the others stay in history."""
        return self.filter(is_active=True)


class CauseCode(models.Model):
    """A kind of cause, so that causes of many cases can be counted and what cured them be found again."""

    code = models.CharField(max_length=40)
    name = models.CharField(max_length=160)
    category = models.CharField(max_length=12, choices=Category.choices)
    description = models.TextField(blank=True)
    is_active = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CauseCodeQuerySet["CauseCode"].as_manager()

    class Meta:
        ordering = ["category", "code"]
        constraints = [
            models.UniqueConstraint(Lower("code"), name="cause_code_once"),
            models.CheckConstraint(condition=~Q(code="") & ~Q(name=""), name="cause_code_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Cause(models.Model):
    """Why it happened (occurrence), why it was not found (escape), why the system allowed both (systemic)."""

    class Leg(models.TextChoices):
        """The three legs of a root cause."""

        OCCURRENCE = "occurrence", "Occurrence"
        ESCAPE = "escape", "Escape"
        SYSTEMIC = "systemic", "Systemic"

    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="causes")
    leg = models.CharField(max_length=12, choices=Leg.choices)
    category = models.CharField(max_length=12, choices=Category.choices, blank=True)
    code = models.ForeignKey(CauseCode, on_delete=models.PROTECT, null=True, blank=True, related_name="causes")
    statement = models.TextField()
    evidence = models.TextField(blank=True)
    verification = models.TextField(blank=True, help_text="How it was verified: turned on, turned off.")
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    ruled_out_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ruled_out_at = models.DateTimeField(null=True, blank=True)
    ruled_out_reason = models.TextField(blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CaseScopedQuerySet["Cause"].as_manager()

    class Meta:
        ordering = ["leg", "recorded_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(verified_at__isnull=True) | (~Q(evidence="") & ~Q(verification="")),
                name="cause_verified_has_evidence_and_method",
            ),
            models.CheckConstraint(
                condition=Q(ruled_out_at__isnull=True)
                | (Q(ruled_out_by__isnull=False) & ~Q(ruled_out_reason="") & Q(verified_at__isnull=True)),
                name="cause_ruled_out_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.statement[:80]

    @property
    def status(self) -> str:
        """Possible, verified or ruled_out."""
        return "verified" if self.verified_at else "ruled_out" if self.ruled_out_at else "possible"


class WhyQuerySet(CaseScopedQuerySet[M]):
    """Answers to why, those in use and those taken away."""

    def standing(self) -> Self:
        """Answers that were not taken away."""
        return self.filter(retired_at__isnull=True)


class Why(models.Model):
    """An answer to "why?" in the tree of one leg. What was taken away keeps its row and can be brought back."""

    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="whys")
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="answers")
    leg = models.CharField(max_length=12, choices=Cause.Leg.choices)
    text = models.TextField()
    evidence = models.TextField(blank=True)
    cause = models.ForeignKey(Cause, on_delete=models.PROTECT, null=True, blank=True, related_name="whys")
    retired_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    retired_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = WhyQuerySet["Why"].as_manager()

    class Meta:
        ordering = ["leg", "recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="why_says_something"),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="why_not_its_own_answer"
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Contrast(models.Model):
    """A row of the is / is-not matrix: what the records say and what people say; neither overwrites the other."""

    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="contrasts")
    question = models.CharField(max_length=20, help_text="what, where, when, how_many, or a dimension of the records.")
    seen = models.JSONField(default=list, blank=True, help_text="From the records: what shows it.")
    unseen = models.JSONField(default=list, blank=True, help_text="From the records: what does not, and could have.")
    basis = models.JSONField(default=dict, blank=True, help_text="Period, unit and level that the numbers rest on.")
    filled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    filled_at = models.DateTimeField(default=clock.now)
    is_text = models.TextField(blank=True)
    is_not_text = models.TextField(blank=True)
    distinction = models.TextField(blank=True, help_text="What is different about what shows it?")
    change = models.TextField(blank=True, help_text="What changed there, and when?")
    typed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    typed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CaseScopedQuerySet["Contrast"].as_manager()

    class Meta:
        ordering = ["nonconformance", "pk"]
        constraints = [models.UniqueConstraint("nonconformance", "question", name="contrast_once_per_question")]

    def __str__(self) -> str:
        return self.question
