"""Weights and bands of the score, and what a scorecard keeps of them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qc.clock


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0004_ladders")]

    operations = [
        migrations.CreateModel(
            name="ScoreMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(blank=True, db_index=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("tries", models.PositiveSmallIntegerField(default=0, editable=False)),
                ("parked_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("error", models.TextField(blank=True, editable=False)),
                ("month", models.DateField(help_text="First day of the month.", unique=True)),
            ],
            options={
                "ordering": ["-month"],
            },
        ),
        migrations.CreateModel(
            name="ScoreRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ppm_weight", models.PositiveSmallIntegerField(default=40)),
                ("answers_weight", models.PositiveSmallIntegerField(default=20)),
                ("repeats_weight", models.PositiveSmallIntegerField(default=15)),
                ("delivery_weight", models.PositiveSmallIntegerField(default=15)),
                ("documents_weight", models.PositiveSmallIntegerField(default=10)),
                ("ppm_full", models.PositiveIntegerField(default=100, help_text="Up to so many ppm: all points.")),
                ("ppm_none", models.PositiveIntegerField(default=1100, help_text="From so many ppm: no points.")),
                ("a_from", models.PositiveSmallIntegerField(default=85)),
                ("b_from", models.PositiveSmallIntegerField(default=70)),
                ("c_from", models.PositiveSmallIntegerField(default=50)),
                ("set_at", models.DateTimeField(default=qc.clock.now)),
            ],
            options={
                "verbose_name_plural": "score rules",
                "ordering": ["-set_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="scorecard",
            name="band",
            field=models.CharField(blank=True, max_length=1),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="costs",
            field=models.JSONField(
                blank=True, default=dict, help_text="What the supplier owes for the month, by currency."
            ),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="deliveries",
            field=models.PositiveIntegerField(blank=True, help_text="Given by a person; empty: not given.", null=True),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="deliveries_on_time",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="documents",
            field=models.PositiveIntegerField(blank=True, help_text="Documents asked for.", null=True),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="documents_complete",
            field=models.PositiveIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="given_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="requests_issued",
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="rules",
            field=models.JSONField(
                blank=True, default=dict, help_text="The weights and bands that this score was made with."
            ),
        ),
        migrations.AddField(
            model_name="scorecard",
            name="score",
            field=models.FloatField(blank=True, help_text="0 to 100; empty: no data.", null=True),
        ),
        migrations.AddConstraint(
            model_name="scorecard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("deliveries__isnull", True), ("deliveries_on_time__isnull", True)),
                    models.Q(("deliveries__isnull", False), ("deliveries_on_time__lte", models.F("deliveries"))),
                    _connector="OR",
                ),
                name="scorecard_deliveries_add_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="scorecard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("documents__isnull", True), ("documents_complete__isnull", True)),
                    models.Q(("documents__isnull", False), ("documents_complete__lte", models.F("documents"))),
                    _connector="OR",
                ),
                name="scorecard_documents_add_up",
            ),
        ),
        migrations.AddField(
            model_name="scorerules",
            name="set_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="scorerules",
            constraint=models.CheckConstraint(
                condition=models.Q(("ppm_none__gt", models.F("ppm_full"))), name="score_ppm_limits_in_order"
            ),
        ),
        migrations.AddConstraint(
            model_name="scorerules",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("a_from__gt", models.F("b_from")), ("a_from__lte", 100), ("b_from__gt", models.F("c_from"))
                ),
                name="score_bands_in_order",
            ),
        ),
    ]
