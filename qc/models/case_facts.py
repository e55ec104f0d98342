"""What a full nonconformance record says beside the head of its case: where it was found, against what, how much."""

from __future__ import annotations

from django.db import models

from qc.models.defects import Defect


class CaseFacts(models.Model):
    """Facts that may be said of a case. All are optional; the quantities have to add up."""

    class Kind(models.TextChoices):
        """Where in the flow of material the case belongs."""

        RECEIVING = "receiving", "Receiving"
        IN_PROCESS = "in_process", "In process"
        FINAL = "final", "Final"
        FIELD = "field", "Field"
        CUSTOMER = "customer", "Customer"
        DEVIATION = "deviation", "Deviation"

    class Priority(models.TextChoices):
        """The order in which we work; what the defect does to the product is the severity."""

        HIGH = "high", "High"
        NORMAL = "normal", "Normal"
        LOW = "low", "Low"

    kind = models.CharField(max_length=12, choices=Kind.choices, blank=True)
    detected_at = models.CharField(max_length=12, choices=Defect.DetectedAt.choices, blank=True)
    priority = models.CharField(max_length=8, choices=Priority.choices, default=Priority.NORMAL)
    requirement = models.CharField(max_length=300, blank=True, help_text="Drawing, revision and characteristic.")
    actual_value = models.CharField(max_length=120, blank=True, help_text="What was found, with its unit.")
    own_lot = models.CharField(max_length=80, blank=True)
    work_order = models.CharField(max_length=80, blank=True)
    customer = models.CharField(max_length=120, blank=True)
    customer_reference = models.CharField(max_length=80, blank=True)
    material_location = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=12, blank=True, help_text="What quantities are counted in; empty: pieces.")
    lot_quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    inspected_quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    defective_quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    contain_due_at = models.DateTimeField(
        null=True, blank=True, help_text="Until when something has to keep more bad parts from getting out."
    )

    class Meta:
        abstract = True
