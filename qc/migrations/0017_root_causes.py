"""Is and is not, whys, the catalogue of causes, and which cause an action treats."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import qc.clock


class Migration(migrations.Migration):
    dependencies = [("qc", "0016_material_review")]
    operations = [
        migrations.CreateModel(
            name="Contrast",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "question",
                    models.CharField(
                        help_text="what, where, when, how_many, or a dimension of the records.", max_length=20
                    ),
                ),
                ("seen", models.JSONField(blank=True, default=list, help_text="From the records: what shows it.")),
                (
                    "unseen",
                    models.JSONField(
                        blank=True, default=list, help_text="From the records: what does not, and could have."
                    ),
                ),
                (
                    "basis",
                    models.JSONField(
                        blank=True, default=dict, help_text="Period, unit and level that the numbers rest on."
                    ),
                ),
                ("filled_at", models.DateTimeField(default=qc.clock.now)),
                ("is_text", models.TextField(blank=True)),
                ("is_not_text", models.TextField(blank=True)),
                ("distinction", models.TextField(blank=True, help_text="What is different about what shows it?")),
                ("change", models.TextField(blank=True, help_text="What changed there, and when?")),
                ("typed_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ["nonconformance", "pk"],
            },
        ),
        migrations.CreateModel(
            name="Why",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "leg",
                    models.CharField(
                        choices=[("occurrence", "Occurrence"), ("escape", "Escape"), ("systemic", "Systemic")],
                        max_length=12,
                    ),
                ),
                ("text", models.TextField()),
                ("evidence", models.TextField(blank=True)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                ("recorded_at", models.DateTimeField(default=qc.clock.now)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ["leg", "recorded_at", "pk"],
            },
        ),
        migrations.AddField(
            model_name="cause",
            name="category",
            field=models.CharField(
                blank=True,
                choices=[
                    ("man", "People"),
                    ("machine", "Machine"),
                    ("method", "Method"),
                    ("material", "Material"),
                    ("measurement", "Measurement"),
                    ("environment", "Environment"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="cause",
            name="ruled_out_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="cause",
            name="ruled_out_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="cause",
            name="ruled_out_reason",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="cause",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="correctiveaction",
            name="cause",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="actions",
                to="qc.cause",
            ),
        ),
        migrations.CreateModel(
            name="CauseCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=160)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("man", "People"),
                            ("machine", "Machine"),
                            ("method", "Method"),
                            ("material", "Material"),
                            ("measurement", "Measurement"),
                            ("environment", "Environment"),
                        ],
                        max_length=12,
                    ),
                ),
                ("description", models.TextField(blank=True)),
                ("is_active", models.BooleanField(default=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ["category", "code"],
                "constraints": [
                    models.UniqueConstraint(django.db.models.functions.text.Lower("code"), name="cause_code_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("code", ""), _negated=True), models.Q(("name", ""), _negated=True)
                        ),
                        name="cause_code_has_a_name",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="cause",
            name="code",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="causes",
                to="qc.causecode",
            ),
        ),
        migrations.AddConstraint(
            model_name="cause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ruled_out_at__isnull", True),
                    models.Q(
                        ("ruled_out_by__isnull", False),
                        models.Q(("ruled_out_reason", ""), _negated=True),
                        ("verified_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="cause_ruled_out_has_a_reason",
            ),
        ),
        migrations.AddField(
            model_name="contrast",
            name="filled_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="contrast",
            name="nonconformance",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="contrasts", to="qc.nonconformance"
            ),
        ),
        migrations.AddField(
            model_name="contrast",
            name="typed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="why",
            name="cause",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="whys", to="qc.cause"
            ),
        ),
        migrations.AddField(
            model_name="why",
            name="nonconformance",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="whys", to="qc.nonconformance"
            ),
        ),
        migrations.AddField(
            model_name="why",
            name="parent",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="qc.why"
            ),
        ),
        migrations.AddField(
            model_name="why",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="why",
            name="retired_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="contrast",
            constraint=models.UniqueConstraint(
                models.F("nonconformance"), models.F("question"), name="contrast_once_per_question"
            ),
        ),
        migrations.AddConstraint(
            model_name="why",
            constraint=models.CheckConstraint(
                condition=models.Q(("text", ""), _negated=True), name="why_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="why",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("parent__isnull", True), models.Q(("parent", models.F("id")), _negated=True), _connector="OR"
                ),
                name="why_not_its_own_answer",
            ),
        ),
    ]
