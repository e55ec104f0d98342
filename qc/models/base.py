"""What every model shares: who may see a row, and rows that wait for background work."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import F, Q

from qc import clock

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from qc.models.people import User

M = TypeVar("M", bound=models.Model)

MAX_TRIES = 3


class ScopedQuerySet(models.QuerySet[M]):
    """Rows that are fetched only through `visible_to`, which fails closed.

    `plant_path` is the lookup from the row to its plant; None means that the row belongs to the whole
    organisation and every inside user may read it. Outside users see nothing unless a subclass says so.
    """

    plant_path: ClassVar[str | None] = "plant"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The rows that this person may read; none for strangers and outside users."""
        if not user.is_authenticated or not user.is_active or user.is_outside:
            return self.none()
        if self.plant_path is None or user.sees_all_plants:
            return self.all()
        return self.filter(**{f"{self.plant_path}__in": user.plant_ids})


class OrganisationQuerySet(ScopedQuerySet[M]):
    """Rows without a plant: every inside user reads them."""

    plant_path = None


class WorkQuerySet(ScopedQuerySet[M]):
    """Rows that may be due. A claim is one conditional UPDATE, so two workers never hold the same row."""

    def due(self, at: dt.datetime | None = None) -> Self:
        """Rows whose work is due, not leased to a living worker and not parked."""
        instant = at or clock.now()
        free = Q(lease_until__isnull=True) | Q(lease_until__lte=instant)
        return self.filter(free, due_at__lte=instant, parked_at__isnull=True)

    def parked(self) -> Self:
        """Rows that failed three times and wait for a person."""
        return self.filter(parked_at__isnull=False)

    def claim(self, pk: int, *, minutes: float = 10) -> bool:
        """Lease one due row to the caller and count the try. False: someone else has it, or nothing is due."""
        instant = clock.now()
        until = instant + dt.timedelta(minutes=minutes)
        taken = self.due(instant).filter(pk=pk, tries__lt=MAX_TRIES)
        if taken.update(lease_until=until, tries=F("tries") + 1):
            return True
        worn_out = self.due(instant).filter(pk=pk, tries__gte=MAX_TRIES)
        worn_out.update(parked_at=instant, lease_until=None, error="stopped: three tries ended without a result")
        return False

    def release(self, pk: int, *, error: str, wait: dt.timedelta = dt.timedelta(0)) -> None:
        """Give a claimed row back after a failure; the third failure parks it, visible on the system page."""
        instant = clock.now()
        mine = self.filter(pk=pk)
        mine.filter(tries__gte=MAX_TRIES).update(parked_at=instant)
        mine.update(lease_until=None, error=error[:2000], due_at=instant + wait)


class Work(models.Model):
    """A row that waits for background work: due_at says since when; null means nothing to do."""

    due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    parked_at = models.DateTimeField(null=True, blank=True, editable=False)
    error = models.TextField(blank=True, editable=False)

    class Meta:
        abstract = True

    @property
    def is_parked(self) -> bool:
        """Whether the row failed three times and waits for a person."""
        return self.parked_at is not None


class Severity(models.TextChoices):
    """What the defect does to the product (not the order in which we work: that is priority)."""

    CRITICAL = "critical", "Critical"
    MAJOR = "major", "Major"
    MINOR = "minor", "Minor"
