"""A defect is an observation at a time and place. It keeps its row and number; a correction keeps the old values."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

from qc import clock
from qc.models.base import M, OrganisationQuerySet, ScopedQuerySet, Severity
from qc.models.people import User
from qc.models.sources import (
    Machine,
    Part,
    Plant,
    Product,
    ProductionLine,
    Shift,
    Station,
    Supplier,
    SupplierLot,
)


class DefectType(models.Model):
    """A code of the defect catalogue."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    group = models.CharField(max_length=80, blank=True)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.MAJOR)
    is_active = models.BooleanField(default=True)

    objects = OrganisationQuerySet["DefectType"].as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class DefectQuerySet(ScopedQuerySet[M]):
    """Defects by what they count for."""

    def counted(self) -> Self:
        """Records that count in analyses and reports: neither void nor a duplicate."""
        return self.exclude(status__in=[Defect.Status.VOID, Defect.Status.DUPLICATE])


class Defect(models.Model):
    """One observed nonfulfilment: when, where, which code, how many."""

    class Status(models.TextChoices):
        """Life of the record. Void and duplicate rows stay, and count nowhere."""

        LOGGED = "logged", "Logged"
        CONFIRMED = "confirmed", "Confirmed"
        DUPLICATE = "duplicate", "Duplicate"
        VOID = "void", "Void"

    class DetectedAt(models.TextChoices):
        """The point that found it; later than the point that should have is an escape."""

        INCOMING = "incoming", "Incoming inspection"
        IN_PROCESS = "in_process", "In process"
        FINAL = "final", "Final inspection"
        OUTGOING = "outgoing", "Outgoing"
        CUSTOMER = "customer", "Customer"
        FIELD = "field", "Field"
        AUDIT = "audit", "Audit"

    number = models.CharField(max_length=20, unique=True, editable=False)
    client_uuid = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Idempotency key of the sender.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.LOGGED)
    version = models.PositiveIntegerField(default=1, editable=False)

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="defects")
    defect_type = models.ForeignKey(DefectType, on_delete=models.PROTECT, related_name="defects")
    severity = models.CharField(max_length=10, choices=Severity.choices)
    occurred_at = models.DateTimeField()
    production_on = models.DateField(help_text="Day on which the shift started.")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    quantity = models.DecimalField(
        max_digits=12, decimal_places=3, default=Decimal(1), validators=[MinValueValidator(0)]
    )
    detected_at = models.CharField(max_length=12, choices=DetectedAt.choices, default=DetectedAt.IN_PROCESS)

    line = models.ForeignKey(ProductionLine, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    tool = models.CharField(max_length=40, blank=True)
    cavity = models.CharField(max_length=20, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    serial = models.CharField(max_length=80, blank=True)
    lot = models.CharField("own lot", max_length=80, blank=True)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    supplier_lot = models.ForeignKey(
        SupplierLot, on_delete=models.PROTECT, null=True, blank=True, related_name="defects"
    )
    lot_is_inferred = models.BooleanField(default=False, help_text="Supplier and lot come from lot use, not a person.")
    inspector = models.CharField(max_length=80, blank=True, help_text="Who or what found it.")
    note = models.TextField(blank=True)

    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="duplicates")
    void_reason = models.TextField(blank=True)
    body_sha256 = models.CharField(max_length=64, blank=True, editable=False, help_text="What the sender sent.")
    external_id = models.CharField(max_length=120, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="defects_recorded")
    recorded_at = models.DateTimeField(default=clock.now, editable=False)

    objects = DefectQuerySet["Defect"].as_manager()

    class Meta:
        ordering = ["-occurred_at", "-pk"]
        indexes = [
            models.Index(fields=["plant", "defect_type", "production_on"], name="defect_type_by_day"),
            models.Index(fields=["plant", "-occurred_at", "-id"], name="defect_latest"),
            models.Index(fields=["line", "-occurred_at"], name="defect_line_latest"),
            models.Index(fields=["supplier", "-occurred_at"], name="defect_supplier_latest"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=0), name="defect_quantity_not_negative"),
            models.CheckConstraint(
                condition=Q(line__isnull=False) | Q(supplier__isnull=False),
                name="defect_has_a_line_or_a_supplier",
            ),
            models.CheckConstraint(
                condition=Q(supplier_lot__isnull=True) | Q(part__isnull=False), name="defect_lot_needs_a_part"
            ),
            models.CheckConstraint(
                condition=Q(part__isnull=True) | Q(supplier__isnull=False),
                name="defect_part_needs_a_supplier",
            ),
            models.CheckConstraint(condition=~Q(status="void") | ~Q(void_reason=""), name="defect_void_has_a_reason"),
            models.CheckConstraint(
                condition=Q(status="duplicate", duplicate_of__isnull=False)
                | (~Q(status="duplicate") & Q(duplicate_of__isnull=True)),
                name="defect_duplicate_names_its_original",
            ),
            models.CheckConstraint(
                condition=Q(duplicate_of__isnull=True) | ~Q(duplicate_of=F("id")),
                name="defect_not_its_own_duplicate",
            ),
            models.UniqueConstraint(
                "recorded_by", "external_id", condition=~Q(external_id=""), name="defect_external_id_once"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class DefectRevisionQuerySet(ScopedQuerySet[M]):
    """Old values, scoped by the defect's plant."""

    plant_path = "defect__plant"


class DefectRevision(models.Model):
    """The values that a correction replaced."""

    defect = models.ForeignKey(Defect, on_delete=models.PROTECT, related_name="revisions")
    version = models.PositiveIntegerField()
    values = models.JSONField()
    reason = models.TextField(blank=True)
    replaced_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    replaced_at = models.DateTimeField(default=clock.now)

    objects = DefectRevisionQuerySet["DefectRevision"].as_manager()

    class Meta:
        ordering = ["defect", "-version"]
        constraints = [models.UniqueConstraint("defect", "version", name="defect_version_once")]

    def __str__(self) -> str:
        return f"{self.defect_id} v{self.version}"
