"""Records about records: attachments, comments, events, notices, signatures, numbers.

A subject is named by model label and key ("qc.defect", 17), so that every app can use them without pointing upwards.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, NoReturn, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from qc import clock
from qc.models.base import M, OrganisationQuerySet, ScopedQuerySet, Work, WorkQuerySet
from qc.models.people import User
from qc.models.sources import Plant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

SHARED = ("qc.defecttype",)  # subjects without a plant that everybody inside reads


class SubjectQuerySet(ScopedQuerySet[M]):
    """Rows about a subject."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rows of the person's plants, and those about what the whole organisation shares."""
        if not user.is_authenticated or not user.is_active or user.is_outside or user.sees_all_plants:
            return super().visible_to(user)
        return self.filter(Q(plant__in=user.plant_ids) | Q(plant=None, subject_label__in=SHARED))

    def about(self, subject: models.Model) -> Self:
        """Rows about this very record."""
        return self.filter(subject_label=subject._meta.label_lower, subject_pk=subject.pk)


class Subject(models.Model):
    """Names the record that a row is about, and its plant for the scope."""

    subject_label = models.CharField(max_length=60)
    subject_pk = models.BigIntegerField()
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True


def attachment_path(attachment: Attachment, filename: str) -> str:
    """A random name outside the web root; the given name is kept in the row only."""
    return f"attachments/{attachment.uuid.hex[:2]}/{attachment.uuid.hex}"


class Attachment(Subject):
    """A file on a record, served only through an authorised view."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.FileField(upload_to=attachment_path)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=80)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=clock.now)

    objects = SubjectQuerySet["Attachment"].as_manager()

    class Meta:
        ordering = ["uploaded_at"]
        indexes = [models.Index(fields=["subject_label", "subject_pk"], name="attachment_subject")]

    def __str__(self) -> str:
        return self.name


class Comment(Subject):
    """A note by staff on a record. Never shown to suppliers: what they read are Messages."""

    text = models.TextField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    objects = SubjectQuerySet["Comment"].as_manager()

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["subject_label", "subject_pk"], name="comment_subject")]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="comment_not_empty")]

    def __str__(self) -> str:
        return self.text[:80]


class Event(Subject):
    """One line of the audit trail: who did what to which record, before and after. Append-only, hash-chained."""

    sequence = models.PositiveBigIntegerField(unique=True)
    at = models.DateTimeField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="events")
    verb = models.CharField(max_length=60)
    subject_text = models.CharField(max_length=200, blank=True)
    data = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    objects = SubjectQuerySet["Event"].as_manager()

    class Meta:
        ordering = ["-sequence"]
        indexes = [models.Index(fields=["subject_label", "subject_pk", "-sequence"], name="event_subject_latest")]

    def __str__(self) -> str:
        return f"{self.verb} {self.subject_text}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert only: history is not edited."""
        if self.pk is not None:
            raise ValidationError("The audit trail cannot be changed.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: history is not removed."""
        raise ValidationError("The audit trail cannot be changed.")


class NoticeQuerySet(OrganisationQuerySet[M]):
    """Notices belong to one person each."""

    def visible_to(self, user: Any) -> Self:
        """The person's own notices, inside or outside."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self.filter(to=user)

    def unread(self) -> Self:
        """What the person has not opened yet."""
        return self.filter(read_at__isnull=True)


class DigestQuerySet(WorkQuerySet[M]):
    """Digests belong to one person each; a quality manager sees all, to try those again that got stuck."""

    def visible_to(self, user: Any) -> Self:
        """The person's own digests, inside or outside; every digest for a quality manager."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        return self if user.role in (User.Role.MANAGER, User.Role.SYSTEM) else self.filter(to=user)


class Digest(Work):
    """The one mail that a person gets on a day, made of the notices of that day."""

    to = models.ForeignKey(User, on_delete=models.CASCADE, related_name="digests")
    on = models.DateField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = DigestQuerySet["Digest"].as_manager()

    class Meta:
        ordering = ["-on"]
        constraints = [models.UniqueConstraint("to", "on", name="one_digest_per_person_and_day")]

    def __str__(self) -> str:
        return f"{self.to_id} {self.on}"


class Notice(Subject):
    """Something a person should know. Shown in the inbox at once, mailed with the day's digest."""

    to = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    key = models.CharField(max_length=160, help_text="What happened, once: a second notice with this key is dropped.")
    text = models.CharField(max_length=300)
    path = models.CharField(max_length=300, blank=True, help_text="The page that shows it.")
    at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)
    digest = models.ForeignKey(Digest, on_delete=models.SET_NULL, null=True, blank=True, related_name="notices")

    objects = NoticeQuerySet["Notice"].as_manager()

    class Meta:
        ordering = ["-at"]
        indexes = [models.Index(fields=["to", "read_at"], name="notice_unread")]
        constraints = [models.UniqueConstraint("to", "key", name="notice_once_per_person_and_event")]

    def __str__(self) -> str:
        return self.text


class Signature(Subject):
    """An electronic signature: who, when, and what it means, over a digest of the content."""

    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    at = models.DateTimeField(default=clock.now)
    meaning = models.CharField(max_length=120)
    capacity = models.CharField(max_length=20, blank=True, help_text="The function for which the person signed.")
    proof = models.CharField(max_length=20, default="password", help_text="By what the person was recognised.")
    content_sha256 = models.CharField(max_length=64, help_text="Of what exactly was signed; a change voids it.")

    objects = SubjectQuerySet["Signature"].as_manager()

    class Meta:
        ordering = ["at"]
        indexes = [models.Index(fields=["subject_label", "subject_pk"], name="signature_subject")]
        constraints = [
            models.UniqueConstraint(
                "subject_label", "subject_pk", "by", "content_sha256", name="signature_once_per_person_and_content"
            )
        ]

    def __str__(self) -> str:
        return self.meaning


class Counter(models.Model):
    """The last number of a series in a year; taken last before commit, so there are no gaps."""

    series = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    value = models.PositiveBigIntegerField(default=0)

    objects = OrganisationQuerySet["Counter"].as_manager()

    class Meta:
        ordering = ["series", "year"]
        constraints = [models.UniqueConstraint("series", "year", name="counter_once_per_series_and_year")]

    def __str__(self) -> str:
        return f"{self.series}-{self.year}"
