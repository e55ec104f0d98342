"""Lots that a case keeps from being used: placed on hold with a tag, released with a reason."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models.base import M
from qc.models.cases import CaseScopedQuerySet, Nonconformance
from qc.models.people import User
from qc.models.sources import Product, SupplierLot


class LotHoldQuerySet(CaseScopedQuerySet[M]):
    """Holds by whether they still stand."""

    def standing(self) -> Self:
        """What nobody has released yet."""
        return self.filter(released_at__isnull=True)

    def of_lots(self, *, supplier_lot: int | None = None, own_lot: str = "", plant: int | None = None) -> Self:
        """Holds of a supplier's lot or, at a plant, of one of our own."""
        wanted = Q(pk=None)
        if supplier_lot is not None:
            wanted |= Q(supplier_lot=supplier_lot)
        if own_lot and plant is not None:
            wanted |= Q(own_lot__iexact=own_lot, nonconformance__plant=plant)
        return self.filter(wanted)


class LotHold(models.Model):
    """A supplier's lot, or one of our own, that must not be used because of a case."""

    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="holds")
    supplier_lot = models.ForeignKey(SupplierLot, on_delete=models.PROTECT, null=True, blank=True, related_name="holds")
    own_lot = models.CharField(max_length=80, blank=True)
    product = models.ForeignKey(Product, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    quantity = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    location = models.CharField(max_length=120, blank=True)
    tag = models.CharField(max_length=40, blank=True, help_text="Number of the hold tag on the material.")
    placed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=clock.now)
    released_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    release_reason = models.TextField(blank=True)

    objects = LotHoldQuerySet["LotHold"].as_manager()

    class Meta:
        ordering = ["placed_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(supplier_lot__isnull=False, own_lot="") | (Q(supplier_lot__isnull=True) & ~Q(own_lot="")),
                name="hold_names_one_lot",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True, released_by__isnull=True)
                | (Q(released_at__isnull=False, released_by__isnull=False) & ~Q(release_reason="")),
                name="hold_released_says_why_and_by_whom",
            ),
            models.CheckConstraint(condition=Q(quantity__isnull=True) | Q(quantity__gt=0), name="hold_above_zero"),
            models.UniqueConstraint(
                "nonconformance",
                "supplier_lot",
                condition=Q(released_at__isnull=True, supplier_lot__isnull=False),
                name="hold_once_per_case_and_supplier_lot",
            ),
        ]

    def __str__(self) -> str:
        return self.lot_code

    @property
    def lot_code(self) -> str:
        """The code of the lot, a supplier's or our own."""
        return self.supplier_lot.code if self.supplier_lot else self.own_lot
