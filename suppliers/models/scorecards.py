"""What a supplier's month was worth, from sums, and the rules that say so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from qc import clock
from qc.models import Supplier, User
from qc.models.base import M, OrganisationQuerySet, ScopedQuerySet, Work, WorkQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ScorecardQuerySet(ScopedQuerySet[M]):
    """Scorecards: inside users all, a supplier its own."""

    plant_path = None

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The rows this person may read."""
        if user.is_authenticated and user.is_active and user.is_outside:
            is_own = user.supplier_id is not None and user.limited_to is None
            return self.filter(supplier_id=user.supplier_id) if is_own else self.none()
        return super().visible_to(user)


class ScoreMonthQuerySet(WorkQuerySet[M]):
    """Months, read by every inside user."""

    plant_path = None


class Scorecard(models.Model):
    """A supplier's month from sums, never from means of monthly figures."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="scorecards")
    month = models.DateField(help_text="First day of the month.")
    units_received = models.PositiveBigIntegerField(default=0)
    units_rejected = models.PositiveBigIntegerField(default=0)
    answers_due = models.PositiveIntegerField(default=0)
    answers_on_time = models.PositiveIntegerField(default=0)
    requests_issued = models.PositiveIntegerField(default=0)
    repeat_requests = models.PositiveIntegerField(default=0)
    costs = models.JSONField(default=dict, blank=True, help_text="What the supplier owes for the month, by currency.")
    deliveries = models.PositiveIntegerField(null=True, blank=True, help_text="Given by a person; empty: not given.")
    deliveries_on_time = models.PositiveIntegerField(null=True, blank=True)
    documents = models.PositiveIntegerField(null=True, blank=True, help_text="Documents asked for.")
    documents_complete = models.PositiveIntegerField(null=True, blank=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    score = models.FloatField(null=True, blank=True, help_text="0 to 100; empty: no data.")
    band = models.CharField(max_length=1, blank=True)
    rules = models.JSONField(default=dict, blank=True, help_text="The weights and bands that this score was made with.")
    computed_at = models.DateTimeField(default=clock.now)

    objects = ScorecardQuerySet["Scorecard"].as_manager()

    class Meta:
        ordering = ["-month", "supplier"]
        constraints = [
            models.UniqueConstraint("supplier", "month", name="scorecard_once_per_month"),
            models.CheckConstraint(condition=Q(month__day=1), name="scorecard_month_starts_on_the_first"),
            models.CheckConstraint(
                condition=Q(deliveries__isnull=True, deliveries_on_time__isnull=True)
                | Q(deliveries__isnull=False, deliveries_on_time__lte=F("deliveries")),
                name="scorecard_deliveries_add_up",
            ),
            models.CheckConstraint(
                condition=Q(documents__isnull=True, documents_complete__isnull=True)
                | Q(documents__isnull=False, documents_complete__lte=F("documents")),
                name="scorecard_documents_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.supplier_id} {self.month:%Y-%m}"


class ScoreRules(models.Model):
    """Weights and bands of the score. A change is a new row, so that it stays known what applied when."""

    ppm_weight = models.PositiveSmallIntegerField(default=40)
    answers_weight = models.PositiveSmallIntegerField(default=20)
    repeats_weight = models.PositiveSmallIntegerField(default=15)
    delivery_weight = models.PositiveSmallIntegerField(default=15)
    documents_weight = models.PositiveSmallIntegerField(default=10)
    ppm_full = models.PositiveIntegerField(default=100, help_text="Up to so many ppm: all points.")
    ppm_none = models.PositiveIntegerField(default=1100, help_text="From so many ppm: no points.")
    a_from = models.PositiveSmallIntegerField(default=85)
    b_from = models.PositiveSmallIntegerField(default=70)
    c_from = models.PositiveSmallIntegerField(default=50)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField(default=clock.now)

    objects = OrganisationQuerySet["ScoreRules"].as_manager()

    class Meta:
        ordering = ["-set_at", "-pk"]
        verbose_name_plural = "score rules"
        constraints = [
            models.CheckConstraint(condition=Q(ppm_none__gt=F("ppm_full")), name="score_ppm_limits_in_order"),
            models.CheckConstraint(
                condition=Q(a_from__gt=F("b_from"), b_from__gt=F("c_from"), a_from__lte=100),
                name="score_bands_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"Rules of {self.set_at:%Y-%m-%d}"


class ScoreMonth(Work):
    """A month whose scorecards are computed each night until it is over for a week."""

    month = models.DateField(unique=True, help_text="First day of the month.")

    objects = ScoreMonthQuerySet["ScoreMonth"].as_manager()

    class Meta:
        ordering = ["-month"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
