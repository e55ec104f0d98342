"""What judging needs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("qc", "0018_entry")]
    operations: list[object] = []
