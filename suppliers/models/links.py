"""Links that act as one contact of a supplier, limited to one request."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models import User
from qc.models.base import M
from suppliers.models.requests import CorrectiveActionRequest, RequestScopedQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class AccessLinkQuerySet(RequestScopedQuerySet[M]):
    """Links, seen by our own people and by the supplier's administrators; never by whoever came in through one."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The rows this person may read."""
        rows = super().visible_to(user)
        if user.is_authenticated and user.is_outside and (user.limited_to is not None or not user.is_supplier_admin):
            return rows.none()
        return rows

    def usable(self, *, at: dt.datetime) -> Self:
        """Links that still open their request, as far as the link itself goes."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=at)


class AccessLink(models.Model):
    """A link that acts as one contact, limited to one request; stored hashed, expires, can be revoked."""

    class Kind(models.TextChoices):
        """How it came to the contact."""

        GIVEN = "given", "Made by hand"
        MAIL = "mail", "In a mail"

    request = models.ForeignKey(CorrectiveActionRequest, on_delete=models.CASCADE, related_name="access_links")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_links")
    kind = models.CharField(max_length=8, choices=Kind.choices, default=Kind.GIVEN)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    uses = models.PositiveIntegerField(default=0, help_text="How often it was opened.")
    last_used_at = models.DateTimeField(null=True, blank=True)
    last_used_from = models.CharField(max_length=64, blank=True, help_text="The network address.")

    objects = AccessLinkQuerySet["AccessLink"].as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revoked_by__isnull=True) | Q(revoked_at__isnull=False), name="link_revoked_says_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request_id} for {self.user_id}"

    def refusal(self, *, at: dt.datetime) -> str:
        """Why it does not open its request now: "revoked", "expired" or "closed"; empty when it does."""
        person, request = self.user, self.request
        if self.revoked_at is not None:
            return "revoked"
        if self.expires_at <= at:
            return "expired"
        works_there = person.is_active and person.supplier_id == request.supplier_id
        is_there = request.issued_at is not None and request.status != CorrectiveActionRequest.Status.DRAFT
        return "" if works_there and is_there else "closed"
