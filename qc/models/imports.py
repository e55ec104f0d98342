"""An import: a file, how it was read, what it would change, what it changed, and whether that was taken back."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from qc import clock
from qc.models.base import M, ScopedQuerySet, Work, WorkQuerySet
from qc.models.people import User
from qc.models.sources import Plant

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class ImportQuerySet(WorkQuerySet[M]):
    """Imports of one's plants and one's own; those of several plants are for who reads every plant."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The imports that this person may read; none for strangers and outside users."""
        if not user.is_authenticated or not user.is_active or user.is_outside:
            return self.none()
        if user.sees_all_plants:
            return self.all()
        return self.filter(Q(plant__in=user.plant_ids) | Q(by=user))


class ImportProblemQuerySet(ScopedQuerySet[M]):
    """What is wrong with a file, seen by whoever sees the import."""

    plant_path = None

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Problems of the imports that this person may read."""
        return super().visible_to(user).filter(file__in=Import.objects.visible_to(user))


def import_path(row: Import, filename: str) -> str:
    """A random name outside the web root; the given name is kept in the row only."""
    return f"imports/{row.uuid.hex[:2]}/{row.uuid.hex}/source"


class Import(Work):
    """One file on its way into the records. Its plant is empty while it is unknown or when there are several."""

    class Kind(models.TextChoices):
        """What the rows of the file are."""

        DEFECTS = "defects", "Defects"
        COUNTS = "counts", "Production counts"
        LOTS = "lots", "Lots, receipts and their use"
        LINES = "lines", "Lines, stations and machines"
        PRODUCTS = "products", "Products"
        SUPPLIERS = "suppliers", "Suppliers and parts"
        DEFECT_TYPES = "defect_types", "Defect codes"

    class Status(models.TextChoices):
        """Where it stands."""

        READING = "reading", "Reading the file"
        ASKING = "asking", "Needs an answer"
        READY = "ready", "Preview"
        APPLYING = "applying", "Saving"
        APPLIED = "applied", "Applied"
        UNDOING = "undoing", "Taking it back"
        UNDONE = "undone", "Taken back"
        REFUSED = "refused", "Cannot be read"

    WORKING = frozenset({Status.READING, Status.APPLYING, Status.UNDOING})

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, help_text="Idempotency key of the upload.")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.READING)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, null=True, blank=True, related_name="imports")
    file = models.FileField(upload_to=import_path)
    name = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="imports")
    at = models.DateTimeField(default=clock.now)

    columns = models.JSONField(default=list, help_text="Headings of the file with three values each.")
    signature = models.CharField(max_length=64, blank=True, help_text="Digest of the headings: the same source again.")
    mapping = models.JSONField(default=dict, help_text="Which column is which.")
    is_mapped = models.BooleanField(default=False, help_text="A person has looked at the mapping.")
    answers = models.JSONField(
        default=dict, help_text="What the file leaves open: order of dates, decimal mark, plant."
    )
    questions = models.JSONField(default=list, help_text="What has to be answered before rows can be read.")
    fixes = models.JSONField(default=list, help_text="Values replaced by a person, in place of a new file.")
    notes = models.JSONField(default=list, help_text="What is worth knowing about how the file was read.")

    step = models.CharField(max_length=80, blank=True)
    done = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    same = models.PositiveIntegerField(default=0)
    errors = models.PositiveIntegerField(default=0)
    to_create = models.JSONField(default=dict, help_text="Master data that the rows name and nobody knows yet.")

    revision = models.PositiveIntegerField(default=1, help_text="Rises with every new preview.")
    result = models.JSONField(default=dict, help_text="Numbers and digest of what was saved.")
    applied_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was taken back.")
    refusal = models.TextField(blank=True, help_text="The sentence that says why it could not be done.")

    objects = ImportQuerySet["Import"].as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["kind", "signature", "-at"], name="import_same_source")]
        constraints = [
            models.CheckConstraint(condition=~Q(status="undone") | ~Q(reason=""), name="import_undone_has_a_reason"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_working(self) -> bool:
        """Whether a worker has it, or will."""
        return self.status in self.WORKING


class ImportProblem(models.Model):
    """A value that cannot be used, with the rows that have it."""

    file = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    position = models.PositiveIntegerField()
    field = models.CharField(max_length=40, blank=True)
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300)
    hint = models.CharField(max_length=300, blank=True)
    count = models.PositiveIntegerField(default=1)
    rows = models.JSONField(default=list, help_text="The first rows that have it, counted as a spreadsheet does.")
    creates = models.CharField(max_length=20, blank=True, help_text="The kind of record that could be created instead.")
    is_fixable = models.BooleanField(default=True)
    by_row = models.BooleanField(default=False, help_text="The value is wrong in these rows only.")

    objects = ImportProblemQuerySet["ImportProblem"].as_manager()

    class Meta:
        ordering = ["file", "position"]
        constraints = [models.UniqueConstraint("file", "position", name="import_problem_once")]

    def __str__(self) -> str:
        return f"{self.column}: {self.value} {self.reason}"[:200]
