import django.db.models.deletion
import qc.clock
import qc.models.lists
import uuid
from django.conf import settings
from django.db import migrations, models

from qc.models import fulltext


def build_text_index(apps, schema_editor):
    """Trigrams over numbers, lots, serials and notes; by the database's own means."""
    fulltext.build()


def drop_text_index(apps, schema_editor):
    fulltext.drop()


class Migration(migrations.Migration):
    dependencies = [("qc", "0011_catalogue")]

    operations = [
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('parked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('error', models.TextField(blank=True, editable=False)),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('list_name', models.CharField(max_length=40)),
                ('format', models.CharField(choices=[('csv', 'CSV'), ('xlsx', 'XLSX')], max_length=4)),
                ('query', models.TextField(blank=True, help_text='Filters, columns and order as they stood in the address.')),
                ('asked_at', models.DateTimeField(default=qc.clock.now, editable=False)),
                ('rows_done', models.PositiveBigIntegerField(default=0, editable=False)),
                ('file', models.FileField(blank=True, upload_to=qc.models.lists.export_path)),
                ('size', models.PositiveBigIntegerField(default=0, editable=False)),
                ('made_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('expires_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='exports', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-asked_at'],
            },
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('list_name', models.CharField(help_text='Which list it is a view of.', max_length=40)),
                ('name', models.CharField(max_length=80)),
                ('query', models.TextField(blank=True, help_text='The filters as they stand in the address.')),
                ('is_default', models.BooleanField(default=False, help_text='Shown when the list is opened without filters.')),
                ('made_at', models.DateTimeField(default=qc.clock.now, editable=False)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='saved_views', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['name'],
                'constraints': [
                    models.UniqueConstraint(models.F('owner'), models.F('list_name'), models.F('name'), name='saved_view_name_once'),
                    models.UniqueConstraint(models.F('owner'), models.F('list_name'), condition=models.Q(('is_default', True)), name='saved_view_one_default_per_list'),
                    models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='saved_view_has_a_name'),
                ],
            },
        ),
        migrations.RemoveIndex(
            model_name='defect',
            name='defect_latest',
        ),
        migrations.AlterField(
            model_name='defect',
            name='line',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.productionline'),
        ),
        migrations.AlterField(
            model_name='defect',
            name='plant',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.plant'),
        ),
        migrations.AlterField(
            model_name='defect',
            name='supplier',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.supplier'),
        ),
        migrations.AddIndex(
            model_name='defect',
            index=models.Index(fields=['-occurred_at', '-id'], name='defect_newest'),
        ),
        # After the last change of the table: SQLite rebuilds it for each, and a rebuild drops triggers.
        migrations.RunPython(build_text_index, drop_text_index, elidable=False),
    ]
