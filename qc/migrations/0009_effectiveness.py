from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("qc", "0008_verdicts")]

    operations = [
        migrations.AddField(
            model_name="effectivenesscheck",
            name="allowed",
            field=models.PositiveIntegerField(default=0, help_text="Incidents after the fix that still prove it."),
        ),
        migrations.AddField(
            model_name="effectivenesscheck",
            name="plan",
            field=models.JSONField(blank=True, default=dict, help_text="The numbers that the plan was made from."),
        ),
        migrations.AddField(
            model_name="effectivenesscheck",
            name="came_back_on",
            field=models.DateField(
                blank=True, help_text="Since when an effective fix no longer holds.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="effectivenesscheck",
            name="exposure_needed",
            field=models.FloatField(
                blank=True, help_text="As planned, with so many allowed.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="effectivenesscheck",
            name="target_ratio",
            field=models.FloatField(
                default=1.0, help_text="Effective: the rate is surely below this part of before."
            ),
        ),
    ]
