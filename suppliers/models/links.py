"""Links that act as one contact of a supplier, limited to one request."""

from __future__ import annotations

from django.db import models

from qc import clock
from qc.models import User
from suppliers.models.requests import CorrectiveActionRequest, RequestScopedQuerySet


class AccessLink(models.Model):
    """A link that acts as one contact, limited to one request; stored hashed, expires, can be revoked."""

    request = models.ForeignKey(CorrectiveActionRequest, on_delete=models.CASCADE, related_name="access_links")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="access_links")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = RequestScopedQuerySet["AccessLink"].as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.request_id} for {self.user_id}"
