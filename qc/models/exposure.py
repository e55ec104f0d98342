"""The denominators: what was made, which lots were used, what runs now."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from qc import clock
from qc.models.people import User
from qc.models.sources import LineScopedQuerySet, Product, ProductionLine, Shift, SupplierLot


class ProductionCount(models.Model):
    """Units that a line made on a production date, by shift and product where known."""

    line = models.ForeignKey(ProductionLine, on_delete=models.PROTECT, related_name="counts")
    production_on = models.DateField()
    shift = models.ForeignKey(Shift, on_delete=models.PROTECT, null=True, blank=True, related_name="counts")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="counts")
    units = models.PositiveBigIntegerField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now, editable=False)

    objects = LineScopedQuerySet["ProductionCount"].as_manager()

    class Meta:
        ordering = ["-production_on", "line", "shift"]
        indexes = [models.Index(fields=["line", "production_on"], name="count_line_by_day")]
        constraints = [
            models.UniqueConstraint(
                "line",
                "production_on",
                Coalesce("shift_id", 0),
                Coalesce("product_id", 0),
                name="count_once_per_line_day_shift_product",
            ),
            models.CheckConstraint(condition=Q(units__gte=0), name="count_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.line_id} {self.production_on}: {self.units}"


class LotUse(models.Model):
    """A supplier lot that fed a line from one production date to another."""

    supplier_lot = models.ForeignKey(SupplierLot, on_delete=models.PROTECT, related_name="uses")
    line = models.ForeignKey(ProductionLine, on_delete=models.PROTECT, related_name="lot_uses")
    first_on = models.DateField()
    last_on = models.DateField(null=True, blank=True, help_text="Empty while the lot is still in use.")
    units = models.PositiveBigIntegerField(null=True, blank=True)

    objects = LineScopedQuerySet["LotUse"].as_manager()

    class Meta:
        ordering = ["-first_on"]
        indexes = [models.Index(fields=["line", "first_on"], name="lot_use_line_by_day")]
        constraints = [
            models.UniqueConstraint("supplier_lot", "line", "first_on", name="lot_use_once"),
            models.CheckConstraint(
                condition=Q(last_on__isnull=True) | Q(last_on__gte=F("first_on")),
                name="lot_use_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_lot_id} on {self.line_id}"


class ProductionRun(models.Model):
    """What a line makes now, and made before."""

    line = models.ForeignKey(ProductionLine, on_delete=models.PROTECT, related_name="runs")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="runs")
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = LineScopedQuerySet["ProductionRun"].as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint("line", condition=Q(ended_at__isnull=True), name="one_running_product_per_line"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
                name="run_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} on {self.line_id}"
