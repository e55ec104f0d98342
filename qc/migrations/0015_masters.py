import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("qc", "0014_stations")]

    operations = [
        *(
            migrations.AddField(model_name=name, name="is_active", field=models.BooleanField(default=True))
            for name in ("station", "machine", "product", "part")
        ),
        migrations.CreateModel(
            name="Holiday",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("name", models.CharField(blank=True, max_length=80)),
                (
                    "plant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="holidays", to="qc.plant"
                    ),
                ),
            ],
            options={
                "ordering": ["plant", "on"],
                "constraints": [
                    models.UniqueConstraint(models.F("plant"), models.F("on"), name="holiday_once_per_plant")
                ],
            },
        ),
    ]
