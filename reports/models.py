"""Scheduled reports: who gets what, when; what was produced; what was delivered."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models import Plant, User
from qc.models.base import M, ScopedQuerySet, Work, WorkQuerySet


class Schedule(Work):
    """A report that is due again and again. `due_at` (Work) is the next slot."""

    class Kind(models.TextChoices):
        """What is reported."""

        WEEKLY_SUMMARY = "weekly_summary", "Weekly quality summary"

    class Weekday(models.IntegerChoices):
        """Day of the week in the plant's zone."""

        MONDAY = 0, "Monday"
        TUESDAY = 1, "Tuesday"
        WEDNESDAY = 2, "Wednesday"
        THURSDAY = 3, "Thursday"
        FRIDAY = 4, "Friday"
        SATURDAY = 5, "Saturday"
        SUNDAY = 6, "Sunday"

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.WEEKLY_SUMMARY)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="schedules")
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices, default=Weekday.MONDAY)
    local_time = models.TimeField(help_text="In the plant's zone.")
    is_active = models.BooleanField(default=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects = WorkQuerySet["Schedule"].as_manager()

    class Meta:
        ordering = ["plant", "name"]
        constraints = [models.UniqueConstraint("plant", "name", name="schedule_name_once_per_plant")]

    def __str__(self) -> str:
        return self.name


class RecipientQuerySet(ScopedQuerySet[M]):
    """Recipients, scoped by the plant of their schedule."""

    plant_path = "schedule__plant"


class Recipient(models.Model):
    """A person who gets the report; each sees only what their rights allow."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="recipients")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="report_recipients")
    unsubscribed_at = models.DateTimeField(null=True, blank=True)

    objects = RecipientQuerySet["Recipient"].as_manager()

    class Meta:
        ordering = ["schedule", "user"]
        constraints = [models.UniqueConstraint("schedule", "user", name="recipient_once_per_schedule")]

    def __str__(self) -> str:
        return str(self.user)


def report_path(report: Report, filename: str) -> str:
    """A random name outside the web root."""
    return f"reports/{report.uuid.hex}.pdf"


class Report(models.Model):
    """One issue of a schedule: its numbers never change afterwards."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="reports")
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="reports")
    slot_at = models.DateTimeField(help_text="The moment it was due.")
    period_from = models.DateField()
    period_until = models.DateField()
    title = models.CharField(max_length=200)
    data = models.JSONField(help_text="The summary as it stood.")
    pdf = models.FileField(upload_to=report_path, blank=True)
    produced_at = models.DateTimeField(default=clock.now)

    objects = ScopedQuerySet["Report"].as_manager()

    class Meta:
        ordering = ["-slot_at"]
        constraints = [
            models.UniqueConstraint("schedule", "slot_at", name="report_once_per_slot"),
            models.CheckConstraint(
                condition=Q(period_until__gte=models.F("period_from")), name="report_period_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class DeliveryQuerySet(WorkQuerySet[M]):
    """Deliveries, scoped by the plant of their report."""

    plant_path = "report__plant"


class Delivery(Work):
    """A report on its way to one recipient, sent once."""

    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="deliveries")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="deliveries")
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet["Delivery"].as_manager()

    class Meta:
        ordering = ["report", "recipient"]
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint("report", "recipient", name="delivery_once_per_report_and_recipient")]

    def __str__(self) -> str:
        return f"{self.report_id} to {self.recipient_id}"
