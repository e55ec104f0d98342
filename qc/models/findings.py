"""What the analysis says of a defect type, and the numbers that said so."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from qc import clock
from qc.models.base import ScopedQuerySet, Work, WorkQuerySet
from qc.models.defects import DefectType
from qc.models.people import User
from qc.models.sources import Plant, ProductionLine, Supplier


class AnalysisTarget(Work):
    """A defect type of a plant that is judged. Every change of its input raises `input_version` and makes it due."""

    plant = models.ForeignKey(Plant, on_delete=models.CASCADE, related_name="analysis_targets")
    defect_type = models.ForeignKey(DefectType, on_delete=models.CASCADE, related_name="analysis_targets")
    input_version = models.PositiveBigIntegerField(default=0)
    judged_version = models.PositiveBigIntegerField(default=0)

    objects = WorkQuerySet["AnalysisTarget"].as_manager()

    class Meta:
        ordering = ["plant", "defect_type"]
        constraints = [
            models.UniqueConstraint("plant", "defect_type", name="analysis_target_once"),
            models.CheckConstraint(
                condition=Q(judged_version__lte=F("input_version")),
                name="analysis_target_never_ahead_of_its_input",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plant_id} {self.defect_type_id}"


class PlantTarget(Work):
    """A plant whose full run is due: what no single type can know alone is learnt again, and every type is judged.

    `input_version` rises with every change of what all types share (units made, lots used); `rewrites` with every bulk
    change of records that does not raise their versions, so that no process goes on with columns it read before.
    """

    plant = models.OneToOneField(Plant, on_delete=models.CASCADE, related_name="analysis_target")
    input_version = models.PositiveBigIntegerField(default=0)
    judged_version = models.PositiveBigIntegerField(default=0)
    rewrites = models.PositiveBigIntegerField(default=0)

    objects = WorkQuerySet["PlantTarget"].as_manager()

    class Meta:
        ordering = ["plant"]

    def __str__(self) -> str:
        return f"{self.plant_id}"


class AnalysisRun(models.Model):
    """One run of the engine, complete enough for an auditor to repeat it.

    A full run learns the plant's background and keeps it; a run of one type names the full run whose background it
    used. `qc.services.audits.repeat` does a run again and compares.
    """

    class Occasion(models.TextChoices):
        """Why it ran."""

        RECORDS = "records", "Records changed"
        FIRST = "first", "First run"
        METHOD = "method", "New method or settings"
        GROWN = "grown", "Many records changed"
        COUNTS = "counts", "Units or lots changed"
        NIGHT = "night", "Nightly"

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="analysis_runs")
    defect_type = models.ForeignKey(
        DefectType,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text="Empty: a full run of the plant.",
    )
    method_version = models.CharField(max_length=40)
    parameters = models.JSONField()
    seed = models.BigIntegerField()
    data_digest = models.CharField(max_length=64)
    input_version = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField()
    exposure = models.CharField(max_length=20)
    occasion = models.CharField(max_length=10, choices=Occasion.choices, default=Occasion.RECORDS)
    background = models.JSONField(
        null=True, blank=True, help_text="What a full run learnt; empty in a run of one type."
    )
    background_version = models.CharField(max_length=16, blank=True)
    full_run = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="type_runs",
        help_text="Whose background a run of one type used.",
    )
    findings_digest = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(default=clock.now)

    objects = ScopedQuerySet["AnalysisRun"].as_manager()

    class Meta:
        ordering = ["-finished_at"]
        indexes = [models.Index(fields=["plant", "defect_type", "-finished_at"], name="run_latest_of_type")]
        constraints = [
            models.CheckConstraint(
                condition=Q(full_run__isnull=True) | Q(defect_type__isnull=False, background__isnull=True),
                name="run_with_a_foreign_background_is_of_one_type",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.method_version} {self.finished_at:%Y-%m-%d %H:%M}"


class FindingQuerySet(ScopedQuerySet["Finding"]):
    """Findings by what a person has to do with them."""

    def current(self) -> FindingQuerySet:
        """What the analysis says now; replaced findings stay for the record."""
        return self.filter(replaced_at__isnull=True)

    def systemic(self) -> FindingQuerySet:
        """Systemic by a person's word, or by the engine's where nobody said otherwise."""
        judged = Q(human_verdict="systemic") | Q(human_verdict="", verdict="systemic")
        return self.filter(judged).exclude(decision="dismissed")

    def undecided(self) -> FindingQuerySet:
        """Findings that wait for a person's word."""
        return self.filter(decision="none")


class Finding(models.Model):
    """A verdict on a defect type in a scope, the same row from run to run. People confirm, dismiss or override it."""

    class Verdict(models.TextChoices):
        """The four answers; each is a claim that has to be earned."""

        SYSTEMIC = "systemic", "Systemic"
        ONE_OFF = "one_off", "One-off"
        BACKGROUND = "background", "Background"
        INSUFFICIENT = "insufficient", "Not enough data"

    class Origin(models.TextChoices):
        """Who makes it."""

        LINE = "line", "Our line"
        SUPPLIER = "supplier", "Supplier"
        PRODUCT = "product", "Product"
        UNKNOWN = "unknown", "Unknown"

    class Decision(models.TextChoices):
        """A person's word on it, never overwritten by the machine."""

        NONE = "none", "Not decided"
        CONFIRMED = "confirmed", "Confirmed"
        DISMISSED = "dismissed", "Dismissed"
        OVERRIDDEN = "overridden", "Overridden"

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="findings")
    defect_type = models.ForeignKey(DefectType, on_delete=models.PROTECT, related_name="findings")
    run = models.ForeignKey(AnalysisRun, on_delete=models.PROTECT, related_name="findings")
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    kind = models.CharField(max_length=20, blank=True)
    where = models.JSONField(default=dict, blank=True)
    where_key = models.CharField(max_length=400, blank=True, help_text="Canonical text of the scope: its identity.")
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.UNKNOWN)
    line = models.ForeignKey(ProductionLine, on_delete=models.PROTECT, null=True, blank=True, related_name="findings")
    supplier = models.ForeignKey(Supplier, on_delete=models.PROTECT, null=True, blank=True, related_name="findings")
    since = models.DateField(null=True, blank=True)
    since_interval = models.JSONField(default=list, blank=True, help_text="Earliest and latest day, 90 % sure.")
    until = models.DateField(null=True, blank=True)
    incidents = models.PositiveIntegerField()
    expected = models.FloatField(null=True, blank=True)
    rate_ratio = models.FloatField(null=True, blank=True)
    ratio_low = models.FloatField(null=True, blank=True)
    ratio_high = models.FloatField(null=True, blank=True)
    p_value = models.FloatField(null=True, blank=True)
    q_value = models.FloatField(null=True, blank=True)
    aliases = models.JSONField(default=list, blank=True)
    rivals = models.JSONField(default=list, blank=True, help_text="The scope against its parts and its rivals.")
    ruled_out = models.JSONField(default=list, blank=True)
    needs = models.TextField(blank=True)
    explanation = models.TextField()
    first_seen_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    replaced_at = models.DateTimeField(null=True, blank=True)

    decision = models.CharField(max_length=12, choices=Decision.choices, default=Decision.NONE)
    human_verdict = models.CharField(max_length=12, choices=Verdict.choices, blank=True)
    decision_reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    basis = models.JSONField(default=dict, blank=True, help_text="What the engine said when the person decided.")
    objection = models.TextField(blank=True, help_text="What the engine says against the decision now; empty: nothing.")
    objected_at = models.DateTimeField(null=True, blank=True)
    recurrence_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="recurrences",
        help_text="The finding whose closed cause has come back; its own clock stays.",
    )
    closed_case = models.ForeignKey(
        "qc.Nonconformance",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="came_back_as",
        help_text="The case that was closed for it before it came back.",
    )
    is_watched = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1, editable=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        ordering = ["-changed_at"]
        indexes = [models.Index(fields=["plant", "verdict", "-changed_at"], name="finding_latest_by_verdict")]
        constraints = [
            models.UniqueConstraint(
                "plant",
                "defect_type",
                "where_key",
                "kind",
                condition=Q(replaced_at__isnull=True),
                name="finding_once_per_type_scope_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(decision="none", decided_by__isnull=True)
                | (~Q(decision="none") & Q(decided_by__isnull=False)),
                name="finding_decision_names_its_person",
            ),
            models.CheckConstraint(
                condition=~Q(decision__in=["dismissed", "overridden"]) | ~Q(decision_reason=""),
                name="finding_decision_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(decision="overridden") & ~Q(human_verdict="") | ~Q(decision="overridden"),
                name="finding_override_says_a_verdict",
            ),
            models.CheckConstraint(
                condition=Q(recurrence_of__isnull=True) | ~Q(recurrence_of=F("id")),
                name="finding_not_its_own_recurrence",
            ),
            models.CheckConstraint(
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gte=F("since")),
                name="finding_until_after_since",
            ),
        ]

    def __str__(self) -> str:
        return self.explanation

    @property
    def standing(self) -> str:
        """The verdict that counts: a person's where there is one, else the engine's."""
        return self.human_verdict or self.verdict

    @property
    def is_quiet(self) -> bool:
        """Whether a person has set it aside: it speaks up only when it gets surely worse."""
        return self.decision in (self.Decision.DISMISSED, self.Decision.OVERRIDDEN)

    @property
    def disagrees(self) -> bool:
        """Whether the engine now says something else than the person who decided."""
        return bool(self.human_verdict) and self.human_verdict != self.verdict
