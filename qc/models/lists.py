"""What people keep of their lists: views with a name, and files made of what a list showed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models.base import M, ScopedQuerySet, Work, WorkQuerySet
from qc.models.people import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class OwnQuerySet(ScopedQuerySet[M]):
    """Rows that belong to one of our own people each."""

    plant_path = None

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The person's own rows; none for strangers and outside users."""
        return super().visible_to(user).filter(owner_id=user.pk)


class SavedView(models.Model):
    """A list as a person wants to find it again: its filters, columns and order, as the address says them."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    list_name = models.CharField(max_length=40, help_text="Which list it is a view of.")
    name = models.CharField(max_length=80)
    query = models.TextField(blank=True, help_text="The filters as they stand in the address.")
    is_default = models.BooleanField(default=False, help_text="Shown when the list is opened without filters.")
    made_at = models.DateTimeField(default=clock.now, editable=False)

    objects = OwnQuerySet["SavedView"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint("owner", "list_name", "name", name="saved_view_name_once"),
            models.UniqueConstraint(
                "owner", "list_name", condition=Q(is_default=True), name="saved_view_one_default_per_list"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name


class ExportQuerySet(WorkQuerySet[M]):
    """Exports, each for the person who asked for it."""

    plant_path = None

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The person's own exports; none for strangers and outside users."""
        return super().visible_to(user).filter(owner_id=user.pk)


def export_path(export: Export, filename: str) -> str:
    """A random name outside the web root."""
    return f"exports/{export.uuid.hex[:2]}/{export.uuid.hex}"


class Export(Work):
    """A large list on its way into a file, made in the background for one person and kept for a week."""

    class Format(models.TextChoices):
        """What kind of file."""

        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="exports")
    list_name = models.CharField(max_length=40)
    format = models.CharField(max_length=4, choices=Format.choices)
    query = models.TextField(blank=True, help_text="Filters, columns and order as they stood in the address.")
    asked_at = models.DateTimeField(default=clock.now, editable=False)
    rows_done = models.PositiveBigIntegerField(default=0, editable=False)
    file = models.FileField(upload_to=export_path, blank=True)
    size = models.PositiveBigIntegerField(default=0, editable=False)
    made_at = models.DateTimeField(null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ExportQuerySet["Export"].as_manager()

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"{self.list_name}.{self.format}"

    @property
    def is_ready(self) -> bool:
        """Whether the file is there and may still be fetched."""
        return bool(self.file) and self.expires_at is not None and clock.now() < self.expires_at

    @property
    def is_gone(self) -> bool:
        """Whether the file was there and its time is over."""
        return self.made_at is not None and not self.is_ready

    def filename(self) -> str:
        """The name under which the file is saved."""
        return f"{self.list_name}-{self.asked_at:%Y-%m-%d}.{self.format}"
