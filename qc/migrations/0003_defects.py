import django.core.validators
import django.db.models.deletion
import qc.clock
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('qc', '0002_sources'),
    ]

    operations = [
        migrations.CreateModel(
            name='DefectType',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=160)),
                ('group', models.CharField(blank=True, max_length=80)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor')], default='major', max_length=10)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Defect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(editable=False, max_length=20, unique=True)),
                ('client_uuid', models.UUIDField(default=uuid.uuid4, help_text='Idempotency key of the sender.', unique=True)),
                ('status', models.CharField(choices=[('logged', 'Logged'), ('confirmed', 'Confirmed'), ('duplicate', 'Duplicate'), ('void', 'Void')], default='logged', max_length=10)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('severity', models.CharField(choices=[('critical', 'Critical'), ('major', 'Major'), ('minor', 'Minor')], max_length=10)),
                ('occurred_at', models.DateTimeField()),
                ('production_on', models.DateField(help_text='Day on which the shift started.')),
                ('quantity', models.DecimalField(decimal_places=3, default=Decimal('1'), max_digits=12, validators=[django.core.validators.MinValueValidator(0)])),
                ('detected_at', models.CharField(choices=[('incoming', 'Incoming inspection'), ('in_process', 'In process'), ('final', 'Final inspection'), ('outgoing', 'Outgoing'), ('customer', 'Customer'), ('field', 'Field'), ('audit', 'Audit')], default='in_process', max_length=12)),
                ('tool', models.CharField(blank=True, max_length=40)),
                ('cavity', models.CharField(blank=True, max_length=20)),
                ('serial', models.CharField(blank=True, max_length=80)),
                ('lot', models.CharField(blank=True, max_length=80, verbose_name='own lot')),
                ('lot_is_inferred', models.BooleanField(default=False, help_text='Supplier and lot come from lot use, not a person.')),
                ('inspector', models.CharField(blank=True, help_text='Who or what found it.', max_length=80)),
                ('note', models.TextField(blank=True)),
                ('void_reason', models.TextField(blank=True)),
                ('body_sha256', models.CharField(blank=True, editable=False, help_text='What the sender sent.', max_length=64)),
                ('external_id', models.CharField(blank=True, max_length=120)),
                ('recorded_at', models.DateTimeField(default=qc.clock.now, editable=False)),
                ('duplicate_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='duplicates', to='qc.defect')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='defects_recorded', to=settings.AUTH_USER_MODEL)),
                ('defect_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.defecttype')),
                ('machine', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.machine')),
                ('part', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.part')),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.plant')),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.product')),
                ('line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.productionline')),
                ('shift', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.shift')),
                ('station', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.station')),
                ('supplier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.supplier')),
                ('supplier_lot', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='defects', to='qc.supplierlot')),
            ],
            options={
                'ordering': ['-occurred_at', '-pk'],
                'indexes': [models.Index(fields=['plant', 'defect_type', 'production_on'], name='defect_type_by_day'), models.Index(fields=['plant', '-occurred_at', '-id'], name='defect_latest'), models.Index(fields=['line', '-occurred_at'], name='defect_line_latest'), models.Index(fields=['supplier', '-occurred_at'], name='defect_supplier_latest')],
                'constraints': [models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='defect_quantity_not_negative'), models.CheckConstraint(condition=models.Q(models.Q(('status', 'void'), _negated=True), models.Q(('void_reason', ''), _negated=True), _connector='OR'), name='defect_void_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('duplicate_of__isnull', False), ('status', 'duplicate')), models.Q(models.Q(('status', 'duplicate'), _negated=True), ('duplicate_of__isnull', True)), _connector='OR'), name='defect_duplicate_names_its_original'), models.CheckConstraint(condition=models.Q(('duplicate_of__isnull', True), models.Q(('duplicate_of', models.F('id')), _negated=True), _connector='OR'), name='defect_not_its_own_duplicate'), models.UniqueConstraint(models.F('recorded_by'), models.F('external_id'), condition=models.Q(('external_id', ''), _negated=True), name='defect_external_id_once'), models.CheckConstraint(condition=models.Q(('line__isnull', False), ('supplier__isnull', False), _connector='OR'), name='defect_has_a_line_or_a_supplier'), models.CheckConstraint(condition=models.Q(('supplier_lot__isnull', True), ('part__isnull', False), _connector='OR'), name='defect_lot_needs_a_part'), models.CheckConstraint(condition=models.Q(('part__isnull', True), ('supplier__isnull', False), _connector='OR'), name='defect_part_needs_a_supplier')],
            },
        ),
        migrations.CreateModel(
            name='DefectRevision',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField()),
                ('values', models.JSONField()),
                ('reason', models.TextField(blank=True)),
                ('replaced_at', models.DateTimeField(default=qc.clock.now)),
                ('defect', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='revisions', to='qc.defect')),
                ('replaced_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['defect', '-version'],
                'constraints': [models.UniqueConstraint(models.F('defect'), models.F('version'), name='defect_version_once')],
            },
        ),
    ]
