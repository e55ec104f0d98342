import django.db.models.deletion
import django.db.models.functions.comparison
import qc.clock
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('qc', '0003_defects'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductionRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('started_at', models.DateTimeField(default=qc.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='qc.productionline')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='runs', to='qc.product')),
            ],
            options={
                'ordering': ['-started_at'],
                'constraints': [models.UniqueConstraint(models.F('line'), condition=models.Q(('ended_at__isnull', True)), name='one_running_product_per_line'), models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), ('ended_at__gte', models.F('started_at')), _connector='OR'), name='run_ends_after_start')],
            },
        ),
        migrations.CreateModel(
            name='ProductionCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('production_on', models.DateField()),
                ('units', models.PositiveBigIntegerField()),
                ('recorded_at', models.DateTimeField(default=qc.clock.now, editable=False)),
                ('product', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='qc.product')),
                ('recorded_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='qc.productionline')),
                ('shift', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='counts', to='qc.shift')),
            ],
            options={
                'ordering': ['-production_on', 'line', 'shift'],
                'indexes': [models.Index(fields=['line', 'production_on'], name='count_line_by_day')],
                'constraints': [models.UniqueConstraint(models.F('line'), models.F('production_on'), django.db.models.functions.comparison.Coalesce('shift_id', 0), django.db.models.functions.comparison.Coalesce('product_id', 0), name='count_once_per_line_day_shift_product'), models.CheckConstraint(condition=models.Q(('units__gte', 0)), name='count_not_negative')],
            },
        ),
        migrations.CreateModel(
            name='LotUse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('first_on', models.DateField()),
                ('last_on', models.DateField(blank=True, help_text='Empty while the lot is still in use.', null=True)),
                ('units', models.PositiveBigIntegerField(blank=True, null=True)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lot_uses', to='qc.productionline')),
                ('supplier_lot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='uses', to='qc.supplierlot')),
            ],
            options={
                'ordering': ['-first_on'],
                'indexes': [models.Index(fields=['line', 'first_on'], name='lot_use_line_by_day')],
                'constraints': [models.UniqueConstraint(models.F('supplier_lot'), models.F('line'), models.F('first_on'), name='lot_use_once'), models.CheckConstraint(condition=models.Q(('last_on__isnull', True), ('last_on__gte', models.F('first_on')), _connector='OR'), name='lot_use_ends_after_start')],
            },
        ),
    ]
