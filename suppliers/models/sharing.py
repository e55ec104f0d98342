"""Defects of a case as a supplier may see them: facts that were copied, never our own records."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models import Defect, User
from suppliers.models.requests import CorrectiveActionRequest, RequestScopedQuerySet


class SharedDefect(models.Model):
    """One defect of the case, copied into the request for the supplier to read. `source` is for our side only."""

    request = models.ForeignKey(CorrectiveActionRequest, on_delete=models.PROTECT, related_name="shared_defects")
    source = models.ForeignKey(Defect, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    found_on = models.DateField()
    what = models.CharField(max_length=160)
    part_number = models.CharField(max_length=120, blank=True)
    lot = models.CharField(max_length=80, blank=True)
    serial = models.CharField(max_length=80, blank=True)
    quantity = models.DecimalField(max_digits=12, decimal_places=3)
    measured = models.CharField(max_length=200, blank=True, help_text="The characteristic and its actual value.")
    shared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    shared_at = models.DateTimeField(default=clock.now)

    objects = RequestScopedQuerySet["SharedDefect"].as_manager()

    class Meta:
        ordering = ["-found_on", "-number"]
        constraints = [
            models.UniqueConstraint("request", "source", name="defect_shared_once_per_request"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="shared_quantity_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.what}"
