import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qc.clock
import qc.models.imports


class Migration(migrations.Migration):
    dependencies = [("qc", "0009_effectiveness")]

    operations = [
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("parked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("error", models.TextField(blank=True, editable=False)),
                ("uuid", models.UUIDField(default=uuid.uuid4, help_text="Idempotency key of the upload.", unique=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("defects", "Defects"),
                            ("counts", "Production counts"),
                            ("lots", "Lots, receipts and their use"),
                            ("lines", "Lines, stations and machines"),
                            ("products", "Products"),
                            ("suppliers", "Suppliers and parts"),
                            ("defect_types", "Defect codes"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("reading", "Reading the file"),
                            ("asking", "Needs an answer"),
                            ("ready", "Preview"),
                            ("applying", "Saving"),
                            ("applied", "Applied"),
                            ("undoing", "Taking it back"),
                            ("undone", "Taken back"),
                            ("refused", "Cannot be read"),
                        ],
                        default="reading",
                        max_length=10,
                    ),
                ),
                ("file", models.FileField(upload_to=qc.models.imports.import_path)),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField(default=qc.clock.now)),
                ("columns", models.JSONField(default=list, help_text="Headings of the file with three values each.")),
                (
                    "signature",
                    models.CharField(
                        blank=True, help_text="Digest of the headings: the same source again.", max_length=64
                    ),
                ),
                ("mapping", models.JSONField(default=dict, help_text="Which column is which.")),
                ("is_mapped", models.BooleanField(default=False, help_text="A person has looked at the mapping.")),
                (
                    "answers",
                    models.JSONField(
                        default=dict, help_text="What the file leaves open: order of dates, decimal mark, plant."
                    ),
                ),
                (
                    "questions",
                    models.JSONField(default=list, help_text="What has to be answered before rows can be read."),
                ),
                (
                    "fixes",
                    models.JSONField(default=list, help_text="Values replaced by a person, in place of a new file."),
                ),
                (
                    "notes",
                    models.JSONField(default=list, help_text="What is worth knowing about how the file was read."),
                ),
                ("step", models.CharField(blank=True, max_length=80)),
                ("done", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField(default=0)),
                ("new", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("same", models.PositiveIntegerField(default=0)),
                ("errors", models.PositiveIntegerField(default=0)),
                (
                    "to_create",
                    models.JSONField(default=dict, help_text="Master data that the rows name and nobody knows yet."),
                ),
                ("revision", models.PositiveIntegerField(default=1, help_text="Rises with every new preview.")),
                ("result", models.JSONField(default=dict, help_text="Numbers and digest of what was saved.")),
                ("applied_at", models.DateTimeField(blank=True, null=True)),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.TextField(blank=True, help_text="Why it was taken back.")),
                ("refusal", models.TextField(blank=True, help_text="The sentence that says why it could not be done.")),
                (
                    "applied_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="imports", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "plant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imports",
                        to="qc.plant",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="ImportProblem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("field", models.CharField(blank=True, max_length=40)),
                ("column", models.CharField(blank=True, max_length=200)),
                ("value", models.CharField(blank=True, max_length=200)),
                ("reason", models.CharField(max_length=300)),
                ("hint", models.CharField(blank=True, max_length=300)),
                ("count", models.PositiveIntegerField(default=1)),
                (
                    "rows",
                    models.JSONField(
                        default=list, help_text="The first rows that have it, counted as a spreadsheet does."
                    ),
                ),
                (
                    "creates",
                    models.CharField(
                        blank=True, help_text="The kind of record that could be created instead.", max_length=20
                    ),
                ),
                ("is_fixable", models.BooleanField(default=True)),
                ("by_row", models.BooleanField(default=False, help_text="The value is wrong in these rows only.")),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="problems", to="qc.import"
                    ),
                ),
            ],
            options={
                "ordering": ["file", "position"],
            },
        ),
        migrations.AddIndex(
            model_name="import",
            index=models.Index(fields=["kind", "signature", "-at"], name="import_same_source"),
        ),
        migrations.AddConstraint(
            model_name="import",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "undone"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="import_undone_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="importproblem",
            constraint=models.UniqueConstraint(models.F("file"), models.F("position"), name="import_problem_once"),
        ),
    ]
