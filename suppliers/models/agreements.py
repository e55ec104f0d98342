"""What both sides agree on beside the answers: later dates, controlled shipping, and who pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from qc import clock
from qc.models import User
from qc.models.base import M
from suppliers.models.requests import CorrectiveActionRequest, RequestScopedQuerySet, Stage, StageScopedQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Extension(models.Model):
    """The supplier asks for a later date for a stage; the clock moves only when we grant it."""

    class Status(models.TextChoices):
        """An extension is over when it was decided, or when the stage is."""

        OPEN = "open", _("Asked for")
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")
        MOOT = "moot", _("Not needed any more")

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="extensions")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    reason = models.TextField()
    wanted_on = models.DateField()
    due_before_at = models.DateTimeField(null=True, blank=True, help_text="The date as it was when it was asked for.")
    granted_on = models.DateField(null=True, blank=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True, help_text="What the supplier was told about the decision.")

    objects = StageScopedQuerySet["Extension"].as_manager()

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint("stage", condition=Q(status="open"), name="extension_one_open_per_stage"),
            models.CheckConstraint(
                condition=~Q(status="granted") | Q(granted_on__isnull=False), name="extension_granted_says_until_when"
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(answer=""), name="extension_refused_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage_id} until {self.wanted_on}"


class ControlledShippingQuerySet(RequestScopedQuerySet[M]):
    """Controlled shipping by state."""

    def active(self) -> Self:
        """What is not over."""
        return self.filter(ended_at__isnull=True)


class ControlledShipping(models.Model):
    """Everything of a part is sorted before it reaches us, until the exit criterion is met and we end it."""

    class Level(models.TextChoices):
        """Who sorts."""

        CS1 = "cs1", _("CS1: the supplier sorts, in addition to its own process")
        CS2 = "cs2", _("CS2: a third party sorts")

    class Criterion(models.TextChoices):
        """What is counted until the exit: sorted without a bad part, in a row."""

        SHIPMENTS = "shipments", _("clean shipments in a row")
        DAYS = "days", _("clean days in a row")

    request = models.ForeignKey(CorrectiveActionRequest, on_delete=models.PROTECT, related_name="shippings")
    level = models.CharField(max_length=3, choices=Level.choices)
    part_number = models.CharField(max_length=120)
    sorter = models.CharField(max_length=200, blank=True, help_text="Who sorts, for CS2.")
    reason = models.TextField()
    criterion = models.CharField(max_length=10, choices=Criterion.choices, default=Criterion.SHIPMENTS)
    clean_needed = models.PositiveSmallIntegerField()
    started_on = models.DateField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=clock.now)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)

    objects = ControlledShippingQuerySet["ControlledShipping"].as_manager()

    class Meta:
        ordering = ["-started_on", "-pk"]
        verbose_name_plural = "controlled shipping"
        constraints = [
            models.UniqueConstraint(
                "request",
                "part_number",
                condition=Q(ended_at__isnull=True),
                name="controlled_shipping_once_per_part",
            ),
            models.CheckConstraint(condition=Q(clean_needed__gte=1), name="controlled_shipping_has_an_exit"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | ~Q(end_reason=""), name="controlled_shipping_end_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level.upper()} {self.part_number}"


class SortResultQuerySet(RequestScopedQuerySet[M]):
    """Results of sorting."""

    request_path = "shipping__request__"
    plant_path = "shipping__request__plant"


class SortResult(models.Model):
    """One shipment that was sorted: how many were looked at, how many were bad. A mistake is struck, never removed."""

    shipping = models.ForeignKey(ControlledShipping, on_delete=models.PROTECT, related_name="results")
    sorted_on = models.DateField()
    lot = models.CharField(max_length=120)
    quantity_checked = models.PositiveIntegerField()
    quantity_bad = models.PositiveIntegerField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    struck_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    struck_at = models.DateTimeField(null=True, blank=True)

    objects = SortResultQuerySet["SortResult"].as_manager()

    class Meta:
        ordering = ["-sorted_on", "-at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity_checked__gte=1), name="sort_result_looked_at_something"),
            models.CheckConstraint(
                condition=Q(quantity_bad__lte=F("quantity_checked")), name="sort_result_bad_within_checked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sorted_on} {self.lot}"


class CostClaimQuerySet(RequestScopedQuerySet[M]):
    """Claims; the supplier sees them from the day on which they were claimed."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The rows this person may read."""
        rows = super().visible_to(user)
        if user.is_authenticated and user.is_outside:
            return rows.filter(claimed_at__isnull=False)
        return rows


class CostClaim(models.Model):
    """What the supplier should pay: an amount, what it is made of, and what became of it."""

    class Status(models.TextChoices):
        """Who has to move: a draft and a dispute us, a claim the supplier."""

        DRAFT = "draft", _("Draft")
        CLAIMED = "claimed", _("Claimed")
        DISPUTED = "disputed", _("Disputed")
        AGREED = "agreed", _("Agreed")
        CREDITED = "credited", _("Credited")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    request = models.ForeignKey(CorrectiveActionRequest, on_delete=models.PROTECT, related_name="claims")
    version = models.PositiveIntegerField(default=1, editable=False)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    currency = models.CharField(max_length=3, help_text="ISO 4217 code.")
    amount_minor = models.PositiveBigIntegerField(help_text="In the smallest unit of the currency.")
    agreed_minor = models.PositiveBigIntegerField(null=True, blank=True)
    basis = models.JSONField(default=list, help_text="What it is made of: cost (its key in the case), what, amount.")
    note = models.TextField(blank=True, help_text="What the supplier reads beside the amount.")
    credit_note = models.CharField(max_length=60, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    agreed_at = models.DateTimeField(null=True, blank=True)
    credited_on = models.DateField(null=True, blank=True)

    objects = CostClaimQuerySet["CostClaim"].as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                "request",
                condition=Q(status__in=["draft", "claimed", "disputed", "agreed"]),
                name="cost_claim_one_at_a_time",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=1), name="cost_claim_has_an_amount"),
            models.CheckConstraint(
                condition=Q(status__in=["draft", "withdrawn"]) | Q(claimed_at__isnull=False),
                name="cost_claim_claimed_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["agreed", "credited"]) | Q(agreed_minor__isnull=False),
                name="cost_claim_agreed_says_how_much",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.currency} {self.amount_minor} ({self.get_status_display()})"


class ClaimMoveQuerySet(RequestScopedQuerySet[M]):
    """The history of claims: both sides read it."""

    request_path = "claim__request__"
    plant_path = "claim__request__plant"


class ClaimMove(models.Model):
    """A step of a claim from the day on which the supplier saw it: who said what, and about how much."""

    claim = models.ForeignKey(CostClaim, on_delete=models.PROTECT, related_name="moves")
    status = models.CharField(max_length=10, choices=CostClaim.Status.choices)
    amount_minor = models.PositiveBigIntegerField(null=True, blank=True)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = ClaimMoveQuerySet["ClaimMove"].as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.claim_id} {self.status}"
