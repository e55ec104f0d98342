from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("qc", "0013_integrations")]

    operations: list[object] = []
