"""A defect is an observation at a time and place. It keeps its row and number; a correction keeps the old values."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

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


class DefectTypeQuerySet(OrganisationQuerySet[M]):
    """Codes by whether they may be used."""

    def loggable(self) -> Self:
        """Codes that new records may have; the others stay in history."""
        return self.filter(is_active=True)


class DefectType(models.Model):
    """A code of the defect catalogue.

    A code that is merged into another keeps its records as they were logged; from `merged_from_on` on (empty: all of
    them) they count as the other's. Who did what and why is in the audit trail.
    """

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    group = models.CharField(max_length=80, blank=True)
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.MAJOR)
    description = models.TextField(blank=True)
    tolerable = models.PositiveIntegerField(
        null=True, blank=True, help_text="Incidents in 90 days that are accepted. Empty: none set; critical codes none."
    )
    is_active = models.BooleanField(default=True)
    is_limited = models.BooleanField(default=False, editable=False, help_text="Whether it has places of use.")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged")
    merged_from_on = models.DateField(null=True, blank=True, help_text="First production date that counts there.")
    is_recounting = models.BooleanField(
        default=False, editable=False, help_text="A merge of many records is not carried out yet: a worker does it."
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = DefectTypeQuerySet["DefectType"].as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(Lower("code"), name="defect_type_code_once"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="defect_type_not_merged_into_itself",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=False) | Q(merged_from_on__isnull=True),
                name="defect_type_merge_day_needs_a_merge",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DefectQuerySet(ScopedQuerySet[M]):
    """Defects by what they count for."""

    def counted(self) -> Self:
        """Records that count in analyses and reports: neither void nor a duplicate."""
        return self.exclude(status__in=[Defect.Status.VOID, Defect.Status.DUPLICATE])

    def judged_as(self, defect_type: DefectType) -> Self:
        """Records that count as a code, or as what it was merged into: what its verdicts and charts are about."""
        heirs, seen = defect_type, {defect_type.pk}
        while heirs.merged_into is not None and heirs.merged_into.pk not in seen:
            heirs = heirs.merged_into
            seen.add(heirs.pk)
        return self.filter(counts_as__in=seen) if len(seen) > 1 else self.filter(counts_as=defect_type)

    def doubtful(self) -> Self:
        """Records that look like another one, until a person says whether they are the same."""
        return self.counted().filter(looks_like__isnull=False)


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

    class Disposition(models.TextChoices):
        """What was done with the material so far. What needs signatures (use as is, repair, regrade) needs a case."""

        HOLD = "hold", "On hold"
        REWORK = "rework", "Rework"
        SCRAP = "scrap", "Scrap"
        SORT = "sort", "Sort"
        RETURN = "return_to_supplier", "Return to supplier"

    OUTSIDE = (DetectedAt.CUSTOMER, DetectedAt.FIELD)

    number = models.CharField(max_length=20, unique=True, editable=False)
    client_uuid = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Idempotency key of the sender.")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.LOGGED)
    version = models.PositiveIntegerField(default=1, editable=False)

    # Plant, line and supplier lead indexes below: one of their own would only slow down every insert.
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="defects", db_index=False)
    defect_type = models.ForeignKey(DefectType, on_delete=models.PROTECT, related_name="defects")
    counts_as = models.ForeignKey(
        DefectType,
        on_delete=models.PROTECT,
        related_name="counted_defects",
        help_text="The code that it is judged and charted under: its own, or the one that was merged into.",
    )
    severity = models.CharField(max_length=10, choices=Severity.choices)
    occurred_at = models.DateTimeField()
    production_on = models.DateField(help_text="Day on which the shift started.")
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    quantity = models.DecimalField(
        max_digits=12, decimal_places=3, default=Decimal(1), validators=[MinValueValidator(0)]
    )
    detected_at = models.CharField(max_length=12, choices=DetectedAt.choices, default=DetectedAt.IN_PROCESS)

    line = models.ForeignKey(
        ProductionLine, on_delete=models.PROTECT, null=True, blank=True, related_name="defects", db_index=False
    )
    station = models.ForeignKey(Station, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    tool = models.CharField(max_length=40, blank=True)
    cavity = models.CharField(max_length=20, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    product_revision = models.CharField(max_length=20, blank=True)
    work_order = models.CharField(max_length=60, blank=True)
    operation = models.CharField(max_length=60, blank=True, help_text="The step of the routing.")
    serial = models.CharField(max_length=80, blank=True)
    further_serials = models.TextField(blank=True, help_text="More units of this record, one in a line.")
    lot = models.CharField("own lot", max_length=80, blank=True)
    part = models.ForeignKey(Part, on_delete=models.PROTECT, null=True, blank=True, related_name="defects")
    supplier = models.ForeignKey(
        Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="defects", db_index=False
    )
    supplier_lot = models.ForeignKey(
        SupplierLot, on_delete=models.PROTECT, null=True, blank=True, related_name="defects"
    )
    purchase_order = models.CharField(max_length=60, blank=True, help_text="Number and line.")
    receipt = models.CharField(max_length=60, blank=True, help_text="Goods receipt.")
    lot_is_inferred = models.BooleanField(default=False, help_text="Supplier and lot come from lot use, not a person.")
    inspector = models.CharField(max_length=80, blank=True, help_text="Who or what found it.")
    note = models.TextField(blank=True)
    requirement = models.CharField(max_length=120, blank=True, help_text="Specification or drawing that it violates.")
    requirement_revision = models.CharField(max_length=20, blank=True)
    characteristic = models.CharField(max_length=120, blank=True)
    actual_value = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    unit = models.CharField("unit of measure", max_length=20, blank=True)
    disposition = models.CharField("disposition so far", max_length=20, choices=Disposition.choices, blank=True)
    material_at = models.CharField("location of the material", max_length=80, blank=True)
    hold_tag = models.CharField(max_length=40, blank=True)
    customer = models.CharField(max_length=120, blank=True)
    customer_ref = models.CharField("customer's reference", max_length=80, blank=True)

    looks_like = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="lookalikes",
        help_text="Probably the same as this one; a person decides.",
    )
    is_distinct = models.BooleanField(
        default=False, editable=False, help_text="A person said that it is not a double entry."
    )
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
            models.Index(fields=["plant", "counts_as", "production_on"], name="defect_judged_by_day"),
            models.Index(fields=["-occurred_at", "-id"], name="defect_newest"),
            models.Index(fields=["plant", "id", "version"], name="defect_versions"),
            models.Index(
                fields=["plant", "-occurred_at"], condition=Q(looks_like__isnull=False), name="defect_in_doubt"
            ),
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
            models.CheckConstraint(
                condition=Q(further_serials="") | ~Q(serial=""), name="defect_further_serials_follow_a_first"
            ),
            models.CheckConstraint(
                condition=Q(unit="") | Q(actual_value__isnull=False), name="defect_unit_needs_a_value"
            ),
            models.CheckConstraint(
                condition=Q(requirement_revision="") | ~Q(requirement=""), name="defect_revision_needs_a_requirement"
            ),
            models.CheckConstraint(
                condition=Q(customer="", customer_ref="") | Q(detected_at__in=["customer", "field"]),
                name="defect_customer_found_it",
            ),
            models.CheckConstraint(
                condition=Q(looks_like__isnull=True) | Q(is_distinct=False, duplicate_of__isnull=True),
                name="defect_in_doubt_is_undecided",
            ),
            models.UniqueConstraint(
                "recorded_by", "external_id", condition=~Q(external_id=""), name="defect_external_id_once"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def serials(self) -> list[str]:
        """The serial numbers of all its units."""
        return [one for one in (self.serial, *self.further_serials.split("\n")) if one]

    @property
    def measured(self) -> str:
        """The actual value with its unit, without needless decimals."""
        return "" if self.actual_value is None else f"{self.actual_value.normalize():f} {self.unit}".strip()

    @property
    def is_counted(self) -> bool:
        """Whether it counts in analyses and reports."""
        return self.status not in (self.Status.VOID, self.Status.DUPLICATE)


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
