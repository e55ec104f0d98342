import django.db.models.deletion
import qc.clock
import qc.models.records
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('qc', '0006_cases'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80)),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('scope', models.CharField(choices=[('read', 'Read'), ('write', 'Read and write')], default='write', max_length=10)),
                ('created_at', models.DateTimeField(default=qc.clock.now, editable=False)),
                ('expires_at', models.DateTimeField()),
                ('last_used_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Counter',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('series', models.CharField(max_length=10)),
                ('year', models.PositiveSmallIntegerField()),
                ('value', models.PositiveBigIntegerField(default=0)),
            ],
            options={
                'ordering': ['series', 'year'],
                'constraints': [models.UniqueConstraint(models.F('series'), models.F('year'), name='counter_once_per_series_and_year')],
            },
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('parked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('error', models.TextField(blank=True, editable=False)),
                ('on', models.DateField()),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('to', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='digests', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-on'],
                'constraints': [models.UniqueConstraint(models.F('to'), models.F('on'), name='one_digest_per_person_and_day')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_label', models.CharField(max_length=60)),
                ('subject_pk', models.BigIntegerField()),
                ('key', models.CharField(help_text='What happened, once: a second notice with this key is dropped.', max_length=160)),
                ('text', models.CharField(max_length=300)),
                ('path', models.CharField(blank=True, help_text='The page that shows it.', max_length=300)),
                ('at', models.DateTimeField(default=qc.clock.now)),
                ('read_at', models.DateTimeField(blank=True, null=True)),
                ('digest', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='notices', to='qc.digest')),
                ('to', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to=settings.AUTH_USER_MODEL)),
                ('plant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='qc.plant')),
            ],
            options={
                'ordering': ['-at'],
                'indexes': [models.Index(fields=['to', 'read_at'], name='notice_unread')],
                'constraints': [models.UniqueConstraint(models.F('to'), models.F('key'), name='notice_once_per_person_and_event')],
            },
        ),
        migrations.CreateModel(
            name='Event',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_label', models.CharField(max_length=60)),
                ('subject_pk', models.BigIntegerField()),
                ('sequence', models.PositiveBigIntegerField(unique=True)),
                ('at', models.DateTimeField()),
                ('verb', models.CharField(max_length=60)),
                ('subject_text', models.CharField(blank=True, max_length=200)),
                ('data', models.JSONField(default=dict)),
                ('reason', models.TextField(blank=True)),
                ('previous_hash', models.CharField(max_length=64)),
                ('hash', models.CharField(max_length=64, unique=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to=settings.AUTH_USER_MODEL)),
                ('plant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='qc.plant')),
            ],
            options={
                'ordering': ['-sequence'],
                'indexes': [models.Index(fields=['subject_label', 'subject_pk', '-sequence'], name='event_subject_latest')],
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_label', models.CharField(max_length=60)),
                ('subject_pk', models.BigIntegerField()),
                ('text', models.TextField()),
                ('at', models.DateTimeField(default=qc.clock.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='qc.plant')),
            ],
            options={
                'ordering': ['at'],
                'indexes': [models.Index(fields=['subject_label', 'subject_pk'], name='comment_subject')],
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='comment_not_empty')],
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_label', models.CharField(max_length=60)),
                ('subject_pk', models.BigIntegerField()),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('file', models.FileField(upload_to=qc.models.records.attachment_path)),
                ('name', models.CharField(max_length=200)),
                ('content_type', models.CharField(max_length=80)),
                ('size', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('uploaded_at', models.DateTimeField(default=qc.clock.now)),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('plant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='qc.plant')),
            ],
            options={
                'ordering': ['uploaded_at'],
                'indexes': [models.Index(fields=['subject_label', 'subject_pk'], name='attachment_subject')],
            },
        ),
        migrations.CreateModel(
            name='Signature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('subject_label', models.CharField(max_length=60)),
                ('subject_pk', models.BigIntegerField()),
                ('at', models.DateTimeField(default=qc.clock.now)),
                ('meaning', models.CharField(max_length=120)),
                ('content_sha256', models.CharField(max_length=64)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to=settings.AUTH_USER_MODEL)),
                ('plant', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='qc.plant')),
            ],
            options={
                'ordering': ['at'],
                'constraints': [models.UniqueConstraint(models.F('subject_label'), models.F('subject_pk'), models.F('by'), models.F('meaning'), name='signature_once_per_meaning')],
            },
        ),
    ]
