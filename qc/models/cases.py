"""The managed case: contain, dispose, find the cause, act, verify that the cause stays away."""

from __future__ import annotations

import datetime as dt
from typing import Self

from django.db import models
from django.db.models import F, Q

from qc import clock
from qc.models.base import M, ScopedQuerySet, Severity, Work, WorkQuerySet
from qc.models.case_facts import CaseFacts
from qc.models.defects import Defect, DefectType
from qc.models.findings import Finding
from qc.models.people import User
from qc.models.sources import Part, Plant, Product, ProductionLine, Supplier, SupplierLot


class NonconformanceQuerySet(ScopedQuerySet[M]):
    """Cases by state and due date."""

    def open(self) -> Self:
        """Cases that are neither closed nor cancelled."""
        return self.exclude(status__in=[Nonconformance.Status.CLOSED, Nonconformance.Status.CANCELLED])

    def overdue(self, *, on: dt.date) -> Self:
        """Open cases past their due date; no due date means no clock."""
        return self.open().filter(due_on__lt=on)

    def containment_late(self, *, at: dt.datetime) -> Self:
        """Cases whose containment should have been recorded by now; no due time means no clock."""
        return self.filter(status=Nonconformance.Status.OPEN, contain_due_at__lt=at)


class Nonconformance(CaseFacts):
    """A case that a person opened from findings or defects."""

    class Status(models.TextChoices):
        """Where the case stands; `qc.services.cases` says who may move it and what that needs."""

        OPEN = "open", "Open"
        CONTAINED = "contained", "Contained"
        IN_REVIEW = "in_review", "In material review"
        DISPOSITIONED = "dispositioned", "Dispositioned"
        INVESTIGATING = "investigating", "Investigating"
        ACTION_PLAN = "action_plan", "Action plan"
        VERIFYING = "verifying", "Verifying"
        CLOSED = "closed", "Closed"
        CANCELLED = "cancelled", "Cancelled"

    number = models.CharField(max_length=20, unique=True, editable=False)
    client_uuid = models.UUIDField(null=True, blank=True, unique=True, help_text="Idempotency key of the form.")
    version = models.PositiveIntegerField(default=1, editable=False)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="nonconformances")
    title = models.CharField(max_length=200)
    description = models.TextField()
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    verdict = models.CharField(max_length=12, choices=Finding.Verdict.choices, blank=True)
    defect_type = models.ForeignKey(
        DefectType, on_delete=models.PROTECT, null=True, blank=True, related_name="nonconformances"
    )
    finding = models.ForeignKey(
        Finding, on_delete=models.PROTECT, null=True, blank=True, related_name="nonconformances"
    )
    defects = models.ManyToManyField(Defect, blank=True, related_name="nonconformances")
    line = models.ForeignKey(
        ProductionLine, on_delete=models.PROTECT, null=True, blank=True, related_name="nonconformances"
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, null=True, blank=True, related_name="nonconformances"
    )
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="nonconformances"
    )
    part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="nonconformances")
    supplier_lots = models.ManyToManyField(SupplierLot, blank=True, related_name="nonconformances")
    suspect_quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cases_owned")
    due_on = models.DateField(null=True, blank=True)
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cases_opened")
    opened_at = models.DateTimeField(default=clock.now, editable=False)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.TextField(blank=True)
    loops = models.PositiveSmallIntegerField(default=0, help_text="How often a fix turned out not effective.")
    reopened_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="recurrences"
    )

    objects = NonconformanceQuerySet["Nonconformance"].as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["plant", "status", "-opened_at"], name="case_by_state")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="closed", closed_at__isnull=False, closed_by__isnull=False)
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
                name="case_closed_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(close_reason=""), name="case_cancelled_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(suspect_quantity__isnull=True) | Q(suspect_quantity__gte=0),
                name="case_suspect_quantity_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(defective_quantity__isnull=True)
                | Q(inspected_quantity__isnull=True)
                | Q(defective_quantity__lte=F("inspected_quantity")),
                name="case_defective_within_inspected",
            ),
            models.CheckConstraint(
                condition=Q(inspected_quantity__isnull=True)
                | Q(lot_quantity__isnull=True)
                | Q(inspected_quantity__lte=F("lot_quantity")),
                name="case_inspected_within_lot",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_open(self) -> bool:
        """Whether the case still needs somebody."""
        return self.status not in (self.Status.CLOSED, self.Status.CANCELLED)

    @property
    def waits_for_containment(self) -> bool:
        """Whether the clock of the containment still runs."""
        return self.status == self.Status.OPEN and self.contain_due_at is not None


class CaseScopedQuerySet(ScopedQuerySet[M]):
    """Rows that belong to a case."""

    plant_path = "nonconformance__plant"


class Containment(models.Model):
    """What keeps more bad parts from getting out, or why nothing is needed."""

    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="containments")
    none_needed = models.BooleanField(default=False)
    description = models.TextField(help_text="What was done and where; or why none is needed.")
    quantity_held = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(default=clock.now)

    objects = CaseScopedQuerySet["Containment"].as_manager()

    class Meta:
        ordering = ["done_at"]
        constraints = [models.CheckConstraint(condition=~Q(description=""), name="containment_is_described")]

    def __str__(self) -> str:
        return self.description[:80]


class DispositionQuerySet(CaseScopedQuerySet[M]):
    """Dispositions by whether they stand."""

    def standing(self) -> Self:
        """What nobody has taken back."""
        return self.filter(withdrawn_at__isnull=True)


class Disposition(models.Model):
    """What happens to a quantity of suspect material; pending until the review board has signed it."""

    class Decision(models.TextChoices):
        """The field's words for it."""

        USE_AS_IS = "use_as_is", "Use as is"
        REWORK = "rework", "Rework"
        REPAIR = "repair", "Repair"
        SCRAP = "scrap", "Scrap"
        RETURN = "return_to_supplier", "Return to supplier"
        SORT = "sort", "Sort"
        REGRADE = "regrade", "Regrade"
        HOLD = "hold", "Hold"

    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="dispositions")
    decision = models.CharField(max_length=20, choices=Decision.choices)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    instruction = models.TextField(blank=True)
    reference = models.CharField(max_length=80, blank=True, help_text="Concession of the customer, return number.")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(default=clock.now)
    withdrawn_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DispositionQuerySet["Disposition"].as_manager()

    class Meta:
        ordering = ["decided_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="disposition_quantity_above_zero"),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | (Q(withdrawn_by__isnull=False) & ~Q(withdraw_reason="")),
                name="disposition_withdrawn_says_why_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()} {self.quantity}"


class CorrectiveActionQuerySet(CaseScopedQuerySet[M]):
    """Actions by state and due date."""

    def open(self) -> Self:
        """Actions that still wait for somebody."""
        return self.exclude(status__in=[CorrectiveAction.Status.VERIFIED, CorrectiveAction.Status.CANCELLED])

    def overdue(self, *, on: dt.date) -> Self:
        """Open actions past their due date; no due date means no clock."""
        return self.open().filter(due_on__lt=on)


class CorrectiveAction(models.Model):
    """Something that somebody does about a case, verified by someone else."""

    class Kind(models.TextChoices):
        """Containment and correction treat the item; corrective removes the cause; preventive a potential one."""

        CONTAINMENT = "containment", "Containment"
        CORRECTION = "correction", "Correction"
        CORRECTIVE = "corrective", "Corrective action"
        PREVENTIVE = "preventive", "Preventive action"

    class Status(models.TextChoices):
        """Life of an action."""

        OPEN = "open", "Open"
        IN_PROGRESS = "in_progress", "In progress"
        DONE = "done", "Done"
        VERIFIED = "verified", "Verified"
        REJECTED = "rejected", "Rejected"
        CANCELLED = "cancelled", "Cancelled"

    class Strength(models.TextChoices):
        """How well this kind of action holds; training is weak."""

        ELIMINATE = "eliminate", "Eliminate"
        POKA_YOKE = "poka_yoke", "Error-proof"
        DETECT = "detect", "Detect"
        PROCEDURE = "procedure", "Procedure"
        TRAINING = "training", "Training"

    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="actions")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.CORRECTIVE)
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.OPEN)
    strength = models.CharField(max_length=12, choices=Strength.choices, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="actions_owned")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="actions")
    cause = models.ForeignKey("qc.Cause", on_delete=models.PROTECT, null=True, blank=True, related_name="actions")
    due_on = models.DateField(null=True, blank=True)
    implemented_on = models.DateField(null=True, blank=True)
    evidence = models.TextField(blank=True)
    done_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    verified_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    verified_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.TextField(blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = CorrectiveActionQuerySet["CorrectiveAction"].as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(supplier__isnull=False),
                name="action_has_an_owner_or_a_supplier",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "verified"])
                | (Q(done_by__isnull=False) & Q(implemented_on__isnull=False) & ~Q(evidence="")),
                name="action_done_has_evidence_date_and_person",
            ),
            models.CheckConstraint(
                condition=~Q(status="verified") | (Q(verified_by__isnull=False) & ~Q(verified_by=F("done_by"))),
                name="action_verified_by_someone_else",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(cancel_reason=""), name="action_cancelled_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class EffectivenessCheckQuerySet(WorkQuerySet[M]):
    """Checks, scoped by the plant of their case."""

    plant_path = "nonconformance__plant"


class EffectivenessCheck(Work):
    """The plan fixed before the fix, and what the numbers said after it.

    `due_at` is when the sweep computes it next; after an effective fix it goes on to watch for the trouble's return.
    Rates are incidents per unit of exposure (or per day without counts).
    """

    class Result(models.TextChoices):
        """What the exact before/after test says."""

        NOT_YET = "not_yet", "Not yet"
        EFFECTIVE = "effective", "Effective"
        NOT_EFFECTIVE = "not_effective", "Not effective"
        WAIVED = "waived", "Waived"

    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="effectiveness_checks")
    action = models.ForeignKey(CorrectiveAction, on_delete=models.PROTECT, related_name="effectiveness_checks")
    defect_type = models.ForeignKey(DefectType, on_delete=models.PROTECT, related_name="+")
    where = models.JSONField(default=dict, blank=True)
    before_from = models.DateField()
    implemented_on = models.DateField(null=True, blank=True, help_text="Set when the action is implemented.")
    window_days = models.PositiveIntegerField(default=90)
    target_ratio = models.FloatField(default=1.0, help_text="Effective: the rate is surely below this part of before.")
    allowed = models.PositiveIntegerField(default=0, help_text="Incidents after the fix that still prove it.")
    exposure_needed = models.FloatField(null=True, blank=True, help_text="As planned, with so many allowed.")
    plan = models.JSONField(default=dict, blank=True, help_text="The numbers that the plan was made from.")
    result = models.CharField(max_length=14, choices=Result.choices, default=Result.NOT_YET)
    numbers = models.JSONField(default=dict, blank=True)
    computed_at = models.DateTimeField(null=True, blank=True)
    came_back_on = models.DateField(null=True, blank=True, help_text="Since when an effective fix no longer holds.")
    waive_reason = models.TextField(blank=True)
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = EffectivenessCheckQuerySet["EffectivenessCheck"].as_manager()

    class Meta:
        ordering = ["-planned_at"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(result="waived") | ~Q(waive_reason=""), name="check_waived_has_a_reason"
            ),
            models.CheckConstraint(condition=Q(target_ratio__gt=0), name="check_target_above_zero"),
        ]

    def __str__(self) -> str:
        return f"{self.get_result_display()} ({self.nonconformance_id})"
