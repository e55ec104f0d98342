"""What a case costs: internal and external failure, per row a quantity times a rate in the plant's currency."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models.base import M
from qc.models.cases import CaseScopedQuerySet, Nonconformance
from qc.models.people import User

# Digits after the point of a currency's minor unit (ISO 4217), where they are not two.
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "XAF": 0, "XOF": 0, "UGX": 0, "RWF": 0, "PYG": 0}
MINOR_DIGITS |= {"BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3}


def minor_digits(currency: str) -> int:
    """How many digits a currency has after the point."""
    return MINOR_DIGITS.get(currency, 2)


class CaseCostQuerySet(CaseScopedQuerySet[M]):
    """Costs of cases."""

    def counted(self) -> Self:
        """Rows that nobody has taken back."""
        return self.filter(removed_at__isnull=True)

    def recoverable(self) -> Self:
        """What the supplier may be asked to pay."""
        return self.counted().filter(is_recoverable=True)


class CaseCost(models.Model):
    """One row of what a failure costs. A mistake is taken back with a reason; the row stays."""

    class Kind(models.TextChoices):
        """Failure found by us, then failure found outside."""

        SCRAP = "scrap", "Scrap"
        REWORK = "rework", "Rework"
        REINSPECTION = "reinspection", "Re-inspection"
        SORT = "sort", "Sorting"
        DOWNTIME = "downtime", "Downtime"
        RETURNS = "returns", "Returns"
        WARRANTY = "warranty", "Warranty"
        FIELD = "field", "Field service"
        PREMIUM_FREIGHT = "premium_freight", "Premium freight"
        CLAIMS = "claims", "Claims"

    class Element(models.TextChoices):
        """What is paid for."""

        MATERIAL = "material", "Material"
        LABOUR = "labour", "Labour hours"
        MACHINE = "machine", "Machine hours"
        FREIGHT = "freight", "Freight"
        FEE = "fee", "Fee"

    INTERNAL = frozenset({Kind.SCRAP, Kind.REWORK, Kind.REINSPECTION, Kind.SORT, Kind.DOWNTIME})

    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="costs")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    element = models.CharField(max_length=10, choices=Element.choices)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    rate = models.DecimalField(max_digits=14, decimal_places=4, help_text="Per piece or hour, in the currency.")
    amount_minor = models.BigIntegerField(help_text="Quantity times rate in the currency's minor unit.")
    currency = models.CharField(max_length=3)
    is_recoverable = models.BooleanField(default=False, help_text="The supplier may be asked to pay it.")
    note = models.CharField(max_length=300, blank=True)
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)
    removed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    remove_reason = models.TextField(blank=True)

    objects = CaseCostQuerySet["CaseCost"].as_manager()

    class Meta:
        ordering = ["recorded_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="cost_quantity_above_zero"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="cost_rate_above_zero"),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="cost_not_negative"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | (Q(removed_by__isnull=False) & ~Q(remove_reason="")),
                name="cost_removed_says_why_and_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.amount_minor} {self.currency}"

    @property
    def is_internal(self) -> bool:
        """Whether the failure was found before it left us."""
        return self.kind in self.INTERNAL
