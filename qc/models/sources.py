"""Where a defect can come from: our plants and lines, and our suppliers' parts and lots."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo, available_timezones

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from qc.models.base import M, OrganisationQuerySet, ScopedQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from qc.models.people import User


def validate_time_zone(value: str) -> None:
    """Refuse a zone that the time zone database does not have."""
    if value not in available_timezones():
        raise ValidationError(f"{value!r} is not a time zone; use a name such as Europe/Berlin.")


class PlantQuerySet(ScopedQuerySet[M]):
    """Plants, scoped by their own key."""

    plant_path = "pk"


class LineScopedQuerySet(ScopedQuerySet[M]):
    """Rows that hang below a production line."""

    plant_path = "line__plant"


class MachineQuerySet(ScopedQuerySet[M]):
    """Machines, scoped by the plant of their station's line."""

    plant_path = "station__line__plant"


class SupplierQuerySet(OrganisationQuerySet[M]):
    """Suppliers. The one qc row that an outside user may see is the own supplier."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All suppliers for inside users; for outside users only their own."""
        if user.is_authenticated and user.is_active and user.is_outside:
            return self.filter(pk=user.supplier_id)
        return super().visible_to(user)


class Plant(models.Model):
    """A site with its own zone, currency and shifts."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=120)
    time_zone = models.CharField(max_length=60, default="UTC", validators=[validate_time_zone])
    currency = models.CharField(max_length=3, default="EUR")
    is_active = models.BooleanField(default=True)

    objects = PlantQuerySet.as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The plant's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def days_off(self) -> frozenset[dt.date]:
        """The plant's holidays."""
        return frozenset(self.holidays.values_list("on", flat=True))


class Shift(models.Model):
    """A working shift in plant time; one that ends before it starts runs over midnight."""

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="shifts")
    code = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    starts_at = models.TimeField()
    ends_at = models.TimeField()

    objects = ScopedQuerySet["Shift"].as_manager()

    class Meta:
        ordering = ["plant", "starts_at"]
        constraints = [models.UniqueConstraint("plant", "code", name="shift_code_once_per_plant")]

    def __str__(self) -> str:
        return f"Shift {self.code}"


class Holiday(models.Model):
    """A day on which a plant does not work; due dates in business days skip it."""

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="holidays")
    on = models.DateField()
    name = models.CharField(max_length=80, blank=True)

    objects = ScopedQuerySet["Holiday"].as_manager()

    class Meta:
        ordering = ["plant", "on"]
        constraints = [models.UniqueConstraint("plant", "on", name="holiday_once_per_plant")]

    def __str__(self) -> str:
        return f"{self.on} {self.name}".strip()


class ProductionLine(models.Model):
    """A production line of a plant."""

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="lines")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    objects = ScopedQuerySet["ProductionLine"].as_manager()

    class Meta:
        ordering = ["plant", "code"]
        constraints = [models.UniqueConstraint("plant", "code", name="line_code_once_per_plant")]

    def __str__(self) -> str:
        return self.code


class Station(models.Model):
    """A work centre of a line."""

    line = models.ForeignKey(ProductionLine, on_delete=models.PROTECT, related_name="stations")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)

    objects = LineScopedQuerySet["Station"].as_manager()

    class Meta:
        ordering = ["line", "code"]
        constraints = [models.UniqueConstraint("line", "code", name="station_code_once_per_line")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


class Machine(models.Model):
    """A machine at a station."""

    station = models.ForeignKey(Station, on_delete=models.PROTECT, related_name="machines")
    code = models.CharField(max_length=30)
    name = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField(default=True)

    objects = MachineQuerySet["Machine"].as_manager()

    class Meta:
        ordering = ["station", "code"]
        constraints = [models.UniqueConstraint("station", "code", name="machine_code_once_per_station")]

    def __str__(self) -> str:
        return self.code


class Supplier(models.Model):
    """A company that delivers parts to us."""

    class Status(models.TextChoices):
        """How far the supplier is approved."""

        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        QUALIFIED = "qualified", "Qualified"
        CONDITIONAL = "conditional", "Conditional"
        DISQUALIFIED = "disqualified", "Disqualified"
        ARCHIVED = "archived", "Archived"

    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=160)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.ACTIVE)

    objects = SupplierQuerySet["Supplier"].as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """What a line makes."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=160)
    revision = models.CharField(max_length=20, blank=True)
    is_active = models.BooleanField(default=True)

    objects = OrganisationQuerySet["Product"].as_manager()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class Part(models.Model):
    """A bought part, as one supplier delivers it."""

    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="parts")
    number = models.CharField(max_length=60)
    name = models.CharField(max_length=160, blank=True)
    is_active = models.BooleanField(default=True)

    objects = OrganisationQuerySet["Part"].as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint("supplier", "number", name="part_number_once_per_supplier")]

    def __str__(self) -> str:
        return f"{self.number} {self.name}".strip()


class SupplierLot(models.Model):
    """A delivered lot of a part, at the plant that received it."""

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="supplier_lots")
    part = models.ForeignKey(Part, on_delete=models.PROTECT, related_name="lots")
    code = models.CharField(max_length=80)
    received_on = models.DateField(null=True, blank=True)
    units = models.PositiveBigIntegerField(null=True, blank=True, help_text="Units received.")

    objects = ScopedQuerySet["SupplierLot"].as_manager()

    class Meta:
        ordering = ["-received_on", "code"]
        constraints = [
            models.UniqueConstraint("plant", "part", "code", name="lot_code_once_per_part_and_plant"),
            models.CheckConstraint(condition=~Q(code=""), name="lot_has_a_code"),
        ]

    def __str__(self) -> str:
        return self.code
