"""The ladder of reminders that people edit, and the rounds of our own due dates."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0003_portal")]

    operations = [
        migrations.CreateModel(
            name="LadderRung",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "ladder",
                    models.CharField(
                        choices=[
                            ("answer", "A supplier's answer"),
                            ("review", "Our review of an answer"),
                            ("case", "A case"),
                            ("action", "An action"),
                            ("containment", "The containment of a case"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="Stays when the rung is moved: who was told is not told again.", max_length=20
                    ),
                ),
                ("amount", models.SmallIntegerField(help_text="From the due date; negative: before it.")),
                (
                    "unit",
                    models.CharField(
                        choices=[("hours", "hours"), ("days", "calendar days"), ("business_days", "business days")],
                        default="days",
                        max_length=14,
                    ),
                ),
                (
                    "severities",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "every severity"),
                            ("major", "major and critical"),
                            ("critical", "critical only"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("audiences", models.JSONField(default=list)),
                ("words", models.CharField(blank=True, max_length=160)),
                ("proposes_controlled_shipping", models.BooleanField(default=False)),
                (
                    "is_urgent",
                    models.BooleanField(default=False, help_text="Sent at once instead of in the morning's mail."),
                ),
            ],
            options={
                "ordering": ["plant", "ladder", "amount"],
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("parked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("error", models.TextField(blank=True, editable=False)),
            ],
            options={
                "verbose_name": "round of due dates",
                "verbose_name_plural": "rounds of due dates",
                "ordering": ["plant"],
            },
        ),
        migrations.AddField(
            model_name="ladderrung",
            name="plant",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="qc.plant"
            ),
        ),
        migrations.AddField(
            model_name="round",
            name="plant",
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="qc.plant"),
        ),
        migrations.AddConstraint(
            model_name="ladderrung",
            constraint=models.UniqueConstraint(
                models.F("plant"), models.F("ladder"), models.F("name"), name="rung_once_per_plant_and_ladder"
            ),
        ),
        migrations.AddConstraint(
            model_name="ladderrung",
            constraint=models.UniqueConstraint(
                models.F("ladder"),
                models.F("name"),
                condition=models.Q(("plant__isnull", True)),
                name="rung_once_per_ladder_for_all_plants",
            ),
        ),
    ]
