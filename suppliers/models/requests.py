"""The request to a supplier, its stages and the supplier's answers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Case, Exists, F, Min, OuterRef, Prefetch, Q, When
from django.utils.translation import gettext_lazy as _

from qc import clock
from qc.models import CorrectiveAction, Nonconformance, Plant, Severity, Supplier, User
from qc.models.base import M, ScopedQuerySet, Work, WorkQuerySet

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class RequestScopedQuerySet(ScopedQuerySet[M]):
    """Rows of a request: inside users by plant, outside users only by their own supplier, never what was not issued."""

    request_path: ClassVar[str] = "request__"
    plant_path = "request__plant"

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The rows this person may read."""
        if user.is_authenticated and user.is_active and user.is_outside:
            if user.supplier_id is None:
                return self.none()
            own = {
                f"{self.request_path}supplier_id": user.supplier_id,
                f"{self.request_path}issued_at__isnull": False,
            }
            rows = self.filter(**own).exclude(**{f"{self.request_path}status": "draft"})
            # Somebody who came in through a link: its one request and nothing else.
            return rows if user.limited_to is None else rows.filter(**{f"{self.request_path}pk": user.limited_to})
        return super().visible_to(user)


class CorrectiveActionRequestQuerySet(RequestScopedQuerySet[M]):
    """Requests by state."""

    request_path = ""
    plant_path = "plant"

    def open(self) -> Self:
        """Issued requests that still wait for somebody."""
        return self.filter(status__in=["open", "disputed", "verifying"])

    def overdue(self, *, at: dt.datetime) -> Self:
        """Open requests with an answer past its date; no date means no clock."""
        late = Stage.objects.filter(request=OuterRef("pk")).overdue(at=at)
        return self.filter(Exists(late))

    def with_stages(self, user: User | AnonymousUser) -> Self:
        """With the stages in order and their answers, newest first, within what the person may read."""
        answers = Submission.objects.visible_to(user).select_related("submitted_by", "decided_by").order_by("-version")
        stages = Stage.objects.visible_to(user).order_by("position").prefetch_related(Prefetch("submissions", answers))
        return self.prefetch_related(Prefetch("stages", stages))

    def with_what_is_there(self) -> Self:
        """With what a page needs not ask for: whether there are messages, links, files, later dates and so on."""
        extensions = Stage.objects.filter(request=OuterRef("pk"), extensions__isnull=False)
        names = {"messages": "messages", "links": "access_links", "shippings": "shippings", "claims": "claims"}
        names |= {"shared": "shared_defects", "files": "evidence"}
        there = {
            f"has_{name}": Exists(self.model._base_manager.filter(pk=OuterRef("pk"), **{f"{path}__isnull": False}))
            for name, path in names.items()
        }
        return self.annotate(has_extensions=Exists(extensions), **there)

    def by_urgency(self) -> Self:
        """Open requests first, the next due date first; then the newest."""
        waits = Q(stages__status__in=["pending", "returned"])
        is_open = Case(When(status__in=["open", "disputed"], then=0), When(status="draft", then=1), default=2)
        rows = self.annotate(next_due_at=Min("stages__answer_due_at", filter=waits), urgency=is_open)
        return rows.order_by("urgency", F("next_due_at").asc(nulls_last=True), "-pk")


class CorrectiveActionRequest(models.Model):
    """A SCAR: the request to a supplier that belongs to a case. Facts are copied in, never linked."""

    class Status(models.TextChoices):
        """Header state; the stages carry the work."""

        DRAFT = "draft", _("Draft")
        OPEN = "open", _("Open")
        DISPUTED = "disputed", _("Disputed")
        VERIFYING = "verifying", _("Verifying")
        CLOSED = "closed", _("Closed")
        CANCELLED = "cancelled", _("Cancelled")

    class Responsibility(models.TextChoices):
        """With whom the cause is, once the supplier objected and we decided."""

        SUPPLIER = "supplier", _("With the supplier")
        OURS = "ours", _("With us")
        ELSEWHERE = "elsewhere", _("With somebody else")

    number = models.CharField(max_length=20, unique=True, editable=False)
    client_uuid = models.UUIDField(null=True, blank=True, unique=True, help_text="Idempotency key of the form.")
    version = models.PositiveIntegerField(default=1, editable=False)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="requests")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, related_name="requests")
    nonconformance = models.ForeignKey(Nonconformance, on_delete=models.PROTECT, related_name="requests")
    action = models.OneToOneField(CorrectiveAction, on_delete=models.PROTECT, related_name="request")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    title = models.CharField(max_length=200)
    problem = models.TextField(help_text="What is wrong with what: the facts the supplier needs.")
    expected = models.TextField(blank=True, help_text="What we expect, and by when.")
    part_number = models.CharField(max_length=120, blank=True)
    lots = models.TextField(blank=True, help_text="Affected lots, one a line.")
    quantity_affected = models.DecimalField(max_digits=12, decimal_places=3, null=True, blank=True)
    contact = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="requests_held")
    issued_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)
    dispute_reason = models.TextField(blank=True)
    responsibility = models.CharField(
        max_length=10, choices=Responsibility.choices, blank=True, help_text="What came out of an objection."
    )
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    close_reason = models.TextField(blank=True)

    objects = CorrectiveActionRequestQuerySet["CorrectiveActionRequest"].as_manager()

    class Meta:
        verbose_name = "supplier corrective action request"
        ordering = ["-issued_at", "-pk"]
        indexes = [models.Index(fields=["supplier", "status"], name="request_by_supplier")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "cancelled"]) | Q(issued_at__isnull=False, issued_by__isnull=False),
                name="request_issued_says_when_and_by_whom",
            ),
            models.CheckConstraint(
                condition=~Q(status="cancelled") | ~Q(close_reason=""), name="request_cancelled_has_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(status="disputed") | ~Q(dispute_reason=""), name="request_disputed_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    @property
    def is_open(self) -> bool:
        """Whether the request still waits for somebody."""
        return self.status in (self.Status.OPEN, self.Status.DISPUTED, self.Status.VERIFYING)


class StageQuerySet(RequestScopedQuerySet["Stage"], WorkQuerySet["Stage"]):  # type: ignore[override]  # as_manager
    """Stages, which are due like any other work."""

    def overdue(self, *, at: dt.datetime) -> Self:
        """Stages of open requests that wait for the supplier past their date; no date means no clock."""
        return self.filter(request__status="open", status__in=["pending", "returned"], answer_due_at__lt=at)


class Stage(Work):
    """A step of the 8D with its own due date. `due_at` (Work) is the next reminder; `answer_due_at` the date agreed."""

    class Code(models.TextChoices):
        """The steps in their order."""

        ACKNOWLEDGE = "acknowledge", _("Acknowledge (D0 to D2)")
        CONTAINMENT = "containment", _("Containment (D3)")
        ROOT_CAUSE = "root_cause", _("Root cause (D4)")
        PLAN = "plan", _("Corrective action plan (D5)")
        IMPLEMENTATION = "implementation", _("Implementation (D6)")
        PREVENTION = "prevention", _("Prevention (D7)")
        CLOSURE = "closure", _("Closure (D8)")

    class Status(models.TextChoices):
        """Who has to move: pending and returned the supplier, submitted us."""

        PENDING = "pending", _("Waiting for the supplier")
        SUBMITTED = "submitted", _("To be reviewed")
        RETURNED = "returned", _("Returned")
        ACCEPTED = "accepted", _("Accepted")
        WAIVED = "waived", _("Waived")

    request = models.ForeignKey(CorrectiveActionRequest, on_delete=models.PROTECT, related_name="stages")
    position = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=16, choices=Code.choices)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    answer_due_at = models.DateTimeField(null=True, blank=True)
    draft = models.JSONField(default=dict, blank=True, help_text="The supplier's answer before it is sent.")

    objects = StageQuerySet.as_manager()

    class Meta:
        ordering = ["request", "position"]
        constraints = [
            models.UniqueConstraint("request", "code", name="stage_once_per_request"),
            models.UniqueConstraint("request", "position", name="stage_position_once_per_request"),
        ]

    def __str__(self) -> str:
        return self.get_code_display()


class StageScopedQuerySet(RequestScopedQuerySet[M]):
    """Rows of a stage."""

    request_path = "stage__request__"
    plant_path = "stage__request__plant"


class Submission(models.Model):
    """One version of a supplier's answer to a stage, and our decision on it."""

    class Decision(models.TextChoices):
        """Only we decide."""

        OPEN = "open", _("To be reviewed")
        ACCEPTED = "accepted", _("Accepted")
        RETURNED = "returned", _("Returned")

    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="submissions")
    version = models.PositiveIntegerField()
    answers = models.JSONField()
    answer_due_at = models.DateTimeField(null=True, blank=True, help_text="The date that this answer had to meet.")
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(default=clock.now)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.OPEN)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(blank=True)

    objects = StageScopedQuerySet["Submission"].as_manager()

    class Meta:
        ordering = ["stage", "-version"]
        constraints = [
            models.UniqueConstraint("stage", "version", name="submission_version_once"),
            models.CheckConstraint(
                condition=~Q(decision="returned") | ~Q(reason=""), name="submission_returned_has_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(decision="open") | Q(decided_by__isnull=False, decided_at__isnull=False),
                name="submission_decided_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage_id} v{self.version}"
