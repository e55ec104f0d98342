"""Which cases belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import F, Q

from qc import clock
from qc.models.base import M, ScopedQuerySet
from qc.models.cases import Nonconformance
from qc.models.people import User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class CaseLinkQuerySet(ScopedQuerySet[M]):
    """Links between cases."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Links whose two cases the person may read."""
        if not user.is_authenticated or not user.is_active or user.is_outside:
            return self.none()
        if user.sees_all_plants:
            return self.all()
        return self.filter(case__plant__in=user.plant_ids, other__plant__in=user.plant_ids)


class CaseLink(models.Model):
    """`case` is related to, caused by or a duplicate of `other`."""

    class Kind(models.TextChoices):
        """How `case` stands to `other`."""

        RELATED = "related", "Related to"
        CAUSED_BY = "caused_by", "Caused by"
        DUPLICATE_OF = "duplicate_of", "Duplicate of"

    case = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="links_to_it")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)

    objects = CaseLinkQuerySet["CaseLink"].as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint("case", "other", name="case_link_once"),
            models.CheckConstraint(condition=~Q(case=F("other")), name="case_link_not_to_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.other_id}"
