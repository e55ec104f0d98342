import django.db.models.deletion
import qc.clock
import reports.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('qc', '0007_records'),
        ('qc', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='Schedule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('parked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('error', models.TextField(blank=True, editable=False)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('weekly_summary', 'Weekly quality summary')], default='weekly_summary', max_length=20)),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], default=0)),
                ('local_time', models.TimeField(help_text="In the plant's zone.")),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(default=qc.clock.now, editable=False)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='schedules', to='qc.plant')),
            ],
            options={
                'ordering': ['plant', 'name'],
                'constraints': [models.UniqueConstraint(models.F('plant'), models.F('name'), name='schedule_name_once_per_plant')],
            },
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('slot_at', models.DateTimeField(help_text='The moment it was due.')),
                ('period_from', models.DateField()),
                ('period_until', models.DateField()),
                ('title', models.CharField(max_length=200)),
                ('data', models.JSONField(help_text='The summary as it stood.')),
                ('pdf', models.FileField(blank=True, upload_to=reports.models.report_path)),
                ('produced_at', models.DateTimeField(default=qc.clock.now)),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='qc.plant')),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='reports.schedule')),
            ],
            options={
                'ordering': ['-slot_at'],
                'constraints': [models.UniqueConstraint(models.F('schedule'), models.F('slot_at'), name='report_once_per_slot'), models.CheckConstraint(condition=models.Q(('period_until__gte', models.F('period_from'))), name='report_period_in_order')],
            },
        ),
        migrations.CreateModel(
            name='Recipient',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unsubscribed_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='report_recipients', to=settings.AUTH_USER_MODEL)),
                ('schedule', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='recipients', to='reports.schedule')),
            ],
            options={
                'ordering': ['schedule', 'user'],
                'constraints': [models.UniqueConstraint(models.F('schedule'), models.F('user'), name='recipient_once_per_schedule')],
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('parked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('error', models.TextField(blank=True, editable=False)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('recipient', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='reports.recipient')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='reports.report')),
            ],
            options={
                'verbose_name_plural': 'deliveries',
                'ordering': ['report', 'recipient'],
                'constraints': [models.UniqueConstraint(models.F('report'), models.F('recipient'), name='delivery_once_per_report_and_recipient')],
            },
        ),
    ]
