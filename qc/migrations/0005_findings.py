import django.db.models.deletion
import qc.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('qc', '0004_exposure'),
    ]

    operations = [
        migrations.CreateModel(
            name='AnalysisRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('method_version', models.CharField(max_length=40)),
                ('parameters', models.JSONField()),
                ('seed', models.BigIntegerField()),
                ('data_digest', models.CharField(max_length=64)),
                ('input_version', models.PositiveBigIntegerField(default=0)),
                ('rows', models.PositiveBigIntegerField()),
                ('exposure', models.CharField(max_length=20)),
                ('started_at', models.DateTimeField()),
                ('finished_at', models.DateTimeField(default=qc.clock.now)),
                ('defect_type', models.ForeignKey(blank=True, help_text='Empty: a full run of the plant.', null=True, on_delete=django.db.models.deletion.PROTECT, to='qc.defecttype')),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='analysis_runs', to='qc.plant')),
            ],
            options={
                'ordering': ['-finished_at'],
                'indexes': [models.Index(fields=['plant', 'defect_type', '-finished_at'], name='run_latest_of_type')],
            },
        ),
        migrations.CreateModel(
            name='Finding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verdict', models.CharField(choices=[('systemic', 'Systemic'), ('one_off', 'One-off'), ('background', 'Background'), ('insufficient', 'Not enough data')], max_length=12)),
                ('kind', models.CharField(blank=True, max_length=20)),
                ('where', models.JSONField(blank=True, default=dict)),
                ('where_key', models.CharField(blank=True, help_text='Canonical text of the scope: its identity.', max_length=400)),
                ('origin', models.CharField(choices=[('line', 'Our line'), ('supplier', 'Supplier'), ('product', 'Product'), ('unknown', 'Unknown')], default='unknown', max_length=10)),
                ('since', models.DateField(blank=True, null=True)),
                ('until', models.DateField(blank=True, null=True)),
                ('incidents', models.PositiveIntegerField()),
                ('expected', models.FloatField(blank=True, null=True)),
                ('rate_ratio', models.FloatField(blank=True, null=True)),
                ('ratio_low', models.FloatField(blank=True, null=True)),
                ('ratio_high', models.FloatField(blank=True, null=True)),
                ('p_value', models.FloatField(blank=True, null=True)),
                ('q_value', models.FloatField(blank=True, null=True)),
                ('aliases', models.JSONField(blank=True, default=list)),
                ('ruled_out', models.JSONField(blank=True, default=list)),
                ('needs', models.TextField(blank=True)),
                ('explanation', models.TextField()),
                ('first_seen_at', models.DateTimeField(default=qc.clock.now)),
                ('changed_at', models.DateTimeField(default=qc.clock.now)),
                ('replaced_at', models.DateTimeField(blank=True, null=True)),
                ('decision', models.CharField(choices=[('none', 'Not decided'), ('confirmed', 'Confirmed'), ('dismissed', 'Dismissed'), ('overridden', 'Overridden')], default='none', max_length=12)),
                ('human_verdict', models.CharField(blank=True, choices=[('systemic', 'Systemic'), ('one_off', 'One-off'), ('background', 'Background'), ('insufficient', 'Not enough data')], max_length=12)),
                ('decision_reason', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('is_watched', models.BooleanField(default=False)),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('defect_type', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='qc.defecttype')),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='qc.analysisrun')),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='qc.plant')),
                ('line', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='qc.productionline')),
                ('supplier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='findings', to='qc.supplier')),
            ],
            options={
                'ordering': ['-changed_at'],
                'indexes': [models.Index(fields=['plant', 'verdict', '-changed_at'], name='finding_latest_by_verdict')],
                'constraints': [models.UniqueConstraint(models.F('plant'), models.F('defect_type'), models.F('where_key'), models.F('kind'), condition=models.Q(('replaced_at__isnull', True)), name='finding_once_per_type_scope_and_kind'), models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', True), ('decision', 'none')), models.Q(models.Q(('decision', 'none'), _negated=True), ('decided_by__isnull', False)), _connector='OR'), name='finding_decision_names_its_person'), models.CheckConstraint(condition=models.Q(models.Q(('decision__in', ['dismissed', 'overridden']), _negated=True), models.Q(('decision_reason', ''), _negated=True), _connector='OR'), name='finding_decision_has_a_reason'), models.CheckConstraint(condition=models.Q(models.Q(('decision', 'overridden'), models.Q(('human_verdict', ''), _negated=True)), models.Q(('decision', 'overridden'), _negated=True), _connector='OR'), name='finding_override_says_a_verdict'), models.CheckConstraint(condition=models.Q(('since__isnull', True), ('until__isnull', True), ('until__gte', models.F('since')), _connector='OR'), name='finding_until_after_since')],
            },
        ),
        migrations.CreateModel(
            name='AnalysisTarget',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('due_at', models.DateTimeField(blank=True, db_index=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, editable=False, null=True)),
                ('tries', models.PositiveSmallIntegerField(default=0, editable=False)),
                ('parked_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('error', models.TextField(blank=True, editable=False)),
                ('input_version', models.PositiveBigIntegerField(default=0)),
                ('judged_version', models.PositiveBigIntegerField(default=0)),
                ('defect_type', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='analysis_targets', to='qc.defecttype')),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='analysis_targets', to='qc.plant')),
            ],
            options={
                'ordering': ['plant', 'defect_type'],
                'constraints': [models.UniqueConstraint(models.F('plant'), models.F('defect_type'), name='analysis_target_once'), models.CheckConstraint(condition=models.Q(('judged_version__lte', models.F('input_version'))), name='analysis_target_never_ahead_of_its_input')],
            },
        ),
    ]
