"""Files of a request."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models import User
from qc.models.base import M
from suppliers.models.messages import Message
from suppliers.models.requests import CorrectiveActionRequest, RequestScopedQuerySet, Stage, Submission
from suppliers.models.sharing import SharedDefect

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


def evidence_path(evidence: Evidence, filename: str) -> str:
    """A random name outside the web root; the given name is kept in the row only."""
    return f"evidence/{evidence.uuid.hex[:2]}/{evidence.uuid.hex}"


class EvidenceQuerySet(RequestScopedQuerySet[M]):
    """Files of a request. What a supplier attached to a draft is read by that supplier only."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The rows this person may read."""
        rows = super().visible_to(user)
        if user.is_authenticated and user.is_outside:
            return rows
        return rows.filter(Q(stage__isnull=True) | Q(submission__isnull=False))

    def shared(self) -> Self:
        """What we shared beside the facts: neither part of an answer or a message nor the photo of a defect."""
        return self.filter(stage__isnull=True, message__isnull=True, defect__isnull=True)


class Evidence(models.Model):
    """A file of a request. `stage` set: of the supplier's answer (no submission yet: a draft); `message` set: attached
    to it; `defect` set: a photo of that defect; none of them: shared by us.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(CorrectiveActionRequest, on_delete=models.PROTECT, related_name="evidence")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, blank=True, related_name="files")
    defect = models.ForeignKey(SharedDefect, on_delete=models.PROTECT, null=True, blank=True, related_name="photos")
    file = models.FileField(upload_to=evidence_path)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)

    objects = EvidenceQuerySet["Evidence"].as_manager()

    class Meta:
        ordering = ["uploaded_at"]
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(submission__isnull=True) | Q(stage__isnull=False), name="evidence_of_an_answer_has_a_stage"
            ),
            models.CheckConstraint(
                condition=Q(stage__isnull=True, message__isnull=True)
                | Q(stage__isnull=True, defect__isnull=True)
                | Q(message__isnull=True, defect__isnull=True),
                name="evidence_belongs_to_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return self.name
