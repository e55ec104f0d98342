"""What helps to get records in: what becomes of a machine's double entries, and files that wait for their record."""

from __future__ import annotations

import uuid
from typing import Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from qc import clock
from qc.models.base import M, OrganisationQuerySet
from qc.models.people import User


class DuplicatePolicy(models.Model):
    """What becomes of a record of an integration that has the serial and code of another one minutes away."""

    class Action(models.TextChoices):
        """Without a policy an integration's records are kept."""

        KEEP = "keep", "Keep both"
        MARK = "mark", "Mark it for a person to decide"
        JOIN = "join", "Join it to the first one"

    MOST_MINUTES = 1440

    integration = models.OneToOneField(User, on_delete=models.CASCADE, related_name="duplicate_policy")
    action = models.CharField(max_length=4, choices=Action.choices, default=Action.KEEP)
    minutes = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)]
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = OrganisationQuerySet["DuplicatePolicy"].as_manager()

    class Meta:
        ordering = ["integration"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gte=1, minutes__lte=1440), name="duplicate_policy_within_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.integration_id}: {self.action} within {self.minutes} min"


class KeptFileQuerySet(OrganisationQuerySet[M]):
    """Files that wait belong to whoever sent them."""

    def visible_to(self, user: Any) -> Self:
        """The person's own files."""
        return super().visible_to(user).filter(kept_by=user.pk)


def kept_path(kept: KeptFile, filename: str) -> str:
    """A random name outside the web root."""
    return f"kept/{kept.uuid.hex[:2]}/{kept.uuid.hex}"


class KeptFile(models.Model):
    """A checked file of a form that could not be saved yet, so that nobody has to choose it again."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    key = models.UUIDField(db_index=True, help_text="The key of the form.")
    file = models.FileField(upload_to=kept_path)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    kept_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kept_at = models.DateTimeField(default=clock.now)

    objects = KeptFileQuerySet["KeptFile"].as_manager()

    class Meta:
        ordering = ["kept_at", "pk"]
        constraints = [models.UniqueConstraint("kept_by", "key", "sha256", name="kept_file_once_per_form")]

    def __str__(self) -> str:
        return self.name
