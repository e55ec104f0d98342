"""What a supplier's month was worth, from sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models import Supplier, User
from qc.models.base import M, ScopedQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ScorecardQuerySet(ScopedQuerySet[M]):
    """Scorecards: inside users all, a supplier its own."""

    plant_path = None

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The rows this person may read."""
        if user.is_authenticated and user.is_active and user.is_outside:
            return self.filter(supplier_id=user.supplier_id) if user.supplier_id else self.none()
        return super().visible_to(user)


class Scorecard(models.Model):
    """A supplier's month from sums, never from means of monthly figures."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="scorecards")
    month = models.DateField(help_text="First day of the month.")
    units_received = models.PositiveBigIntegerField(default=0)
    units_rejected = models.PositiveBigIntegerField(default=0)
    answers_due = models.PositiveIntegerField(default=0)
    answers_on_time = models.PositiveIntegerField(default=0)
    repeat_requests = models.PositiveIntegerField(default=0)
    computed_at = models.DateTimeField(default=clock.now)

    objects = ScorecardQuerySet["Scorecard"].as_manager()

    class Meta:
        ordering = ["-month", "supplier"]
        constraints = [
            models.UniqueConstraint("supplier", "month", name="scorecard_once_per_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="scorecard_month_starts_on_the_first"),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.month:%Y-%m}"
