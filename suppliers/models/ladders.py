"""The ladder of reminders as people edit it, and the hourly round of a plant's own due dates."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from qc.models import Plant
from qc.models.base import OrganisationQuerySet, Work, WorkQuerySet


class LadderRung(models.Model):
    """One rung: how long before or after the due date, whom to tell, and in which words.

    A ladder without rows is the built-in one; a plant without rows of its own climbs the one for all plants.
    """

    class Ladder(models.TextChoices):
        """What is due."""

        ANSWER = "answer", _("A supplier's answer")
        REVIEW = "review", _("Our review of an answer")
        CASE = "case", _("A case")
        ACTION = "action", _("An action")
        CONTAINMENT = "containment", _("The containment of a case")

    class Unit(models.TextChoices):
        """How the distance from the due date is counted."""

        HOURS = "hours", _("hours")
        DAYS = "days", _("calendar days")
        BUSINESS_DAYS = "business_days", _("business days")

    class Severities(models.TextChoices):
        """For which severities the rung is there."""

        EVERY = "", _("every severity")
        MAJOR = "major", _("major and critical")
        CRITICAL = "critical", _("critical only")

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    ladder = models.CharField(max_length=12, choices=Ladder.choices)
    name = models.CharField(max_length=20, help_text="Stays when the rung is moved: who was told is not told again.")
    amount = models.SmallIntegerField(help_text="From the due date; negative: before it.")
    unit = models.CharField(max_length=14, choices=Unit.choices, default=Unit.DAYS)
    severities = models.CharField(max_length=8, choices=Severities.choices, default=Severities.EVERY, blank=True)
    audiences = models.JSONField(default=list)
    words = models.CharField(max_length=160, blank=True)
    proposes_controlled_shipping = models.BooleanField(default=False)
    is_urgent = models.BooleanField(default=False, help_text="Sent at once instead of in the morning's mail.")

    objects = OrganisationQuerySet["LadderRung"].as_manager()

    class Meta:
        ordering = ["plant", "ladder", "amount"]
        constraints = [
            models.UniqueConstraint("plant", "ladder", "name", name="rung_once_per_plant_and_ladder"),
            models.UniqueConstraint(
                "ladder", "name", condition=Q(plant__isnull=True), name="rung_once_per_ladder_for_all_plants"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ladder} {self.name}"


class Round(Work):
    """A plant's own due dates are looked at when this is due: cases, actions and containments."""

    plant = models.OneToOneField(Plant, on_delete=models.CASCADE, related_name="+")

    objects = WorkQuerySet["Round"].as_manager()

    class Meta:
        ordering = ["plant"]
        verbose_name = "round of due dates"
        verbose_name_plural = "rounds of due dates"

    def __str__(self) -> str:
        return f"Due dates of {self.plant_id}"
