import django.db.models.deletion
from django.db import migrations, models

import qc.clock


class Migration(migrations.Migration):
    dependencies = [("qc", "0012_lists")]

    operations = [
        migrations.CreateModel(
            name="Integration",
            fields=[],
            options={"ordering": ["username"], "proxy": True, "indexes": [], "constraints": []},
            bases=("qc.user",),
        ),
        migrations.CreateModel(
            name="ApiCall",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=qc.clock.now)),
                ("method", models.CharField(max_length=8)),
                ("path", models.CharField(max_length=200)),
                ("status", models.PositiveSmallIntegerField()),
                ("records", models.PositiveIntegerField(default=0, help_text="Records that were sent.")),
                (
                    "refused",
                    models.PositiveIntegerField(default=0, help_text="Records of them that were not taken."),
                ),
                (
                    "errors",
                    models.JSONField(
                        blank=True, default=list, help_text="The first of the errors, as they were answered."
                    ),
                ),
                (
                    "token",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="qc.apitoken"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [models.Index(fields=["token", "-at"], name="api_call_latest_of_token")],
            },
        ),
    ]
