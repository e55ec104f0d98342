"""What the catalogue says of a code: where it is used, and what it looks like."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce

from qc import clock
from qc.models.base import M, OrganisationQuerySet
from qc.models.defects import DefectType
from qc.models.people import User
from qc.models.records import Attachment
from qc.models.sources import Product, ProductionLine, Station

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class PlaceOfUseQuerySet(OrganisationQuerySet[M]):
    """Places of use: lines and stations only of the plants that the person may read."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Products for every inside user; lines and stations by their plant."""
        rows = super().visible_to(user)
        if not user.is_authenticated or user.sees_all_plants:
            return rows
        mine = Q(line__plant__in=user.plant_ids) | Q(station__line__plant__in=user.plant_ids)
        return rows.filter(mine | Q(product__isnull=False))


class PlaceOfUse(models.Model):
    """A line, a station or a product for which a code may be logged. A code without any may be logged everywhere."""

    defect_type = models.ForeignKey(DefectType, on_delete=models.CASCADE, related_name="places")
    line = models.ForeignKey(ProductionLine, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    station = models.ForeignKey(Station, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    product = models.ForeignKey(Product, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    objects = PlaceOfUseQuerySet["PlaceOfUse"].as_manager()

    class Meta:
        ordering = ["defect_type", "pk"]
        constraints = [
            models.UniqueConstraint(
                "defect_type",
                Coalesce("line_id", 0),
                Coalesce("station_id", 0),
                Coalesce("product_id", 0),
                name="place_of_use_once",
            ),
            models.CheckConstraint(
                condition=Q(line__isnull=False, station__isnull=True, product__isnull=True)
                | Q(line__isnull=True, station__isnull=False, product__isnull=True)
                | Q(line__isnull=True, station__isnull=True, product__isnull=False),
                name="place_of_use_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return str(self.line or self.station or self.product)


class CodeExample(models.Model):
    """What a code looks like: words, a photo, and on which side of the limit it lies."""

    defect_type = models.ForeignKey(DefectType, on_delete=models.CASCADE, related_name="examples")
    caption = models.CharField(max_length=200)
    is_acceptable = models.BooleanField(default=False, help_text="Shows what is still good.")
    photo = models.ForeignKey(Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=clock.now)

    objects = OrganisationQuerySet["CodeExample"].as_manager()

    class Meta:
        ordering = ["defect_type", "is_acceptable", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(caption=""), name="code_example_has_words")]

    def __str__(self) -> str:
        return self.caption
