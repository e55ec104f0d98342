"""Runs that keep the plant's background, findings that keep their rivals, objections and what came back."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("qc", "0007_records")]

    operations = [
        migrations.CreateModel(
            name="PlantTarget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("parked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("error", models.TextField(blank=True, editable=False)),
                (
                    "plant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="analysis_target", to="qc.plant"
                    ),
                ),
                ("input_version", models.PositiveBigIntegerField(default=0)),
                ("judged_version", models.PositiveBigIntegerField(default=0)),
                ("rewrites", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "ordering": ["plant"],
            },
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="background",
            field=models.JSONField(
                blank=True, help_text="What a full run learnt; empty in a run of one type.", null=True
            ),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="background_version",
            field=models.CharField(blank=True, max_length=16),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="findings_digest",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="full_run",
            field=models.ForeignKey(
                blank=True,
                help_text="Whose background a run of one type used.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="type_runs",
                to="qc.analysisrun",
            ),
        ),
        migrations.AddField(
            model_name="analysisrun",
            name="occasion",
            field=models.CharField(
                choices=[
                    ("records", "Records changed"),
                    ("first", "First run"),
                    ("method", "New method or settings"),
                    ("grown", "Many records changed"),
                    ("counts", "Units or lots changed"),
                    ("night", "Nightly"),
                ],
                default="records",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="basis",
            field=models.JSONField(blank=True, default=dict, help_text="What the engine said when the person decided."),
        ),
        migrations.AddField(
            model_name="finding",
            name="closed_case",
            field=models.ForeignKey(
                blank=True,
                help_text="The case that was closed for it before it came back.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="came_back_as",
                to="qc.nonconformance",
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="objected_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="finding",
            name="objection",
            field=models.TextField(
                blank=True, help_text="What the engine says against the decision now; empty: nothing."
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="recurrence_of",
            field=models.ForeignKey(
                blank=True,
                help_text="The finding whose closed cause has come back; its own clock stays.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="recurrences",
                to="qc.finding",
            ),
        ),
        migrations.AddField(
            model_name="finding",
            name="rivals",
            field=models.JSONField(blank=True, default=list, help_text="The scope against its parts and its rivals."),
        ),
        migrations.AddField(
            model_name="finding",
            name="since_interval",
            field=models.JSONField(blank=True, default=list, help_text="Earliest and latest day, 90 % sure."),
        ),
        migrations.AddIndex(
            model_name="defect",
            index=models.Index(fields=["plant", "id", "version"], name="defect_versions"),
        ),
        migrations.AddConstraint(
            model_name="analysisrun",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("full_run__isnull", True),
                    models.Q(("background__isnull", True), ("defect_type__isnull", False)),
                    _connector="OR",
                ),
                name="run_with_a_foreign_background_is_of_one_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="finding",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recurrence_of__isnull", True),
                    models.Q(("recurrence_of", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="finding_not_its_own_recurrence",
            ),
        ),
    ]
