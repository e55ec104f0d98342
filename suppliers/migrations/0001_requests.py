import django.db.models.deletion
import qc.clock
import suppliers.models
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
            name='CorrectiveActionRequest',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=20, unique=True)),
                ('client_uuid', models.UUIDField(blank=True, help_text='Idempotency key of the form.', null=True, unique=True)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('open', 'Open'), ('disputed', 'Disputed'), ('verifying', 'Verifying'), ('closed', 'Closed'), ('cancelled', 'Cancelled')], default='draft', max_length=10)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor')], max_length=10)),
                ('title', models.CharField(max_length=200)),
                ('problem', models.TextField(help_text='What is wrong with what: the facts the supplier needs.')),
                ('expected', models.TextField(blank=True, help_text='What we expect, and by when.')),
                ('part_number', models.CharField(blank=True, max_length=120)),
                ('lots', models.TextField(blank=True, help_text='Affected lots, one a line.')),
                ('quantity_affected', models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True)),
                ('issued_at', models.DateTimeField(blank=True, null=True)),
                ('dispute_reason', models.TextField(blank=True)),
                ('closed_at', models.DateTimeField(blank=True, null=True)),
                ('close_reason', models.TextField(blank=True)),
                ('action', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='request', to='qc.correctiveaction')),
                ('closed_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('contact', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='requests_held', to=settings.AUTH_USER_MODEL)),
                ('issued_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('nonconformance', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='qc.nonconformance')),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='qc.plant')),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='requests', to='qc.supplier')),
            ],
            options={
                'verbose_name': 'supplier corrective action request',
                'ordering': ['-issued_at', '-pk'],
                'indexes': [models.Index(fields=['supplier', 'status'], name='request_by_supplier')],
                'constraints': [models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'cancelled']), models.Q(('issued_at__isnull', False), ('issued_by__isnull', False)), _connector='OR'), name='request_issued_says_when_and_by_whom'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'cancelled'), _negated=True), models.Q(('close_reason', ''), _negated=True), _connector='OR'), name='request_cancelled_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'disputed'), _negated=True), models.Q(('dispute_reason', ''), _negated=True), _connector='OR'), name='request_disputed_has_a_reason')],
            },
        ),
        migrations.CreateModel(
            name='AccessLink',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('created_at', models.DateTimeField(default=qc.clock.now)),
                ('expires_at', models.DateTimeField()),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='access_links', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='access_links', to='suppliers.correctiveactionrequest')),
            ],
            options={
                'ordering': ['-created_at'],
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('text', models.TextField()),
                ('at', models.DateTimeField(default=qc.clock.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='messages', to='suppliers.correctiveactionrequest')),
            ],
            options={
                'ordering': ['at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='message_not_empty')],
            },
        ),
        migrations.CreateModel(
            name='Scorecard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='First day of the month.')),
                ('units_received', models.PositiveBigIntegerField(default=0)),
                ('units_rejected', models.PositiveBigIntegerField(default=0)),
                ('answers_due', models.PositiveIntegerField(default=0)),
                ('answers_on_time', models.PositiveIntegerField(default=0)),
                ('repeat_requests', models.PositiveIntegerField(default=0)),
                ('computed_at', models.DateTimeField(default=qc.clock.now)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='scorecards', to='qc.supplier')),
            ],
            options={
                'ordering': ['-month', 'supplier'],
                'constraints': [models.UniqueConstraint(models.F('supplier'), models.F('month'), name='scorecard_once_per_month'), models.CheckConstraint(condition=models.Q(('month__day', 1)), name='scorecard_month_starts_on_the_first')],
            },
        ),
        migrations.CreateModel(
            name='Stage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('parked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('error', models.TextField(blank=True, editable=False)),
                ('position', models.PositiveSmallIntegerField()),
                ('code', models.CharField(choices=[('acknowledge', 'Acknowledge (D0 to D2)'), ('containment', 'Containment (D3)'), ('root_cause', 'Root cause (D4)'), ('plan', 'Corrective action plan (D5)'), ('implementation', 'Implementation (D6)'), ('prevention', 'Prevention (D7)'), ('closure', 'Closure (D8)')], max_length=16)),
                ('status', models.CharField(choices=[('pending', 'Waiting for the supplier'), ('submitted', 'To be reviewed'), ('returned', 'Returned'), ('accepted', 'Accepted'), ('waived', 'Waived')], default='pending', max_length=10)),
                ('answer_due_at', models.DateTimeField(blank=True, null=True)),
                ('draft', models.JSONField(blank=True, default=dict, help_text="The supplier's answer before it is sent.")),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stages', to='suppliers.correctiveactionrequest')),
            ],
            options={
                'ordering': ['request', 'position'],
                'constraints': [models.UniqueConstraint(models.F('request'), models.F('code'), name='stage_once_per_request'), models.UniqueConstraint(models.F('request'), models.F('position'), name='stage_position_once_per_request')],
            },
        ),
        migrations.CreateModel(
            name='Submission',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('answers', models.JSONField()),
                ('answer_due_at', models.DateTimeField(blank=True, help_text='The date that this answer had to meet.', null=True)),
                ('submitted_at', models.DateTimeField(default=qc.clock.now)),
                ('decision', models.CharField(choices=[('open', 'To be reviewed'), ('accepted', 'Accepted'), ('returned', 'Returned')], default='open', max_length=10)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='submissions', to='suppliers.stage')),
                ('submitted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['stage', '-version'],
                'constraints': [models.UniqueConstraint(models.F('stage'), models.F('version'), name='submission_version_once'), models.CheckConstraint(condition=models.Q(models.Q(('decision', 'returned'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='submission_returned_has_a_reason'), models.CheckConstraint(condition=models.Q(('decision', 'open'), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False)), _connector='OR'), name='submission_decided_says_by_whom')],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uuid', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('file', models.FileField(upload_to=suppliers.models.evidence_path)),
                ('name', models.CharField(max_length=200)),
                ('content_type', models.CharField(max_length=80)),
                ('size', models.PositiveBigIntegerField()),
                ('sha256', models.CharField(max_length=64)),
                ('uploaded_at', models.DateTimeField(default=qc.clock.now)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='suppliers.correctiveactionrequest')),
                ('uploaded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stage', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='suppliers.stage')),
                ('submission', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='suppliers.submission')),
            ],
            options={
                'verbose_name_plural': 'evidence',
                'ordering': ['uploaded_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('submission__isnull', True), ('stage__isnull', False), _connector='OR'), name='evidence_of_an_answer_has_a_stage')],
            },
        ),
    ]
