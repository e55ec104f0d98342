"""What entry of records needs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("qc", "0017_root_causes")]
    operations: list[object] = []
