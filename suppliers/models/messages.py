"""What is said between us and the supplier, and how far each has read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models import User
from qc.models.base import M
from suppliers.models.requests import CorrectiveActionRequest, RequestScopedQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class Message(models.Model):
    """A question or an answer between us and the supplier."""

    request = models.ForeignKey(CorrectiveActionRequest, on_delete=models.PROTECT, related_name="messages")
    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = RequestScopedQuerySet["Message"].as_manager()

    class Meta:
        ordering = ["at"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="message_not_empty")]

    def __str__(self) -> str:
        return self.text[:80]


class MessageReadQuerySet(RequestScopedQuerySet[M]):
    """How far somebody has read, which is that person's own business."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The person's own rows, within the requests that the person may read."""
        return super().visible_to(user).filter(user_id=user.pk)


class MessageRead(models.Model):
    """Until when a person has read the messages of a request."""

    request = models.ForeignKey(CorrectiveActionRequest, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = MessageReadQuerySet["MessageRead"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint("request", "user", name="message_read_once_per_person")]

    def __str__(self) -> str:
        return f"{self.request_id} read by {self.user_id}"
