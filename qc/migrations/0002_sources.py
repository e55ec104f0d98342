import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('qc', '0001_people'),
    ]

    operations = [
        migrations.CreateModel(
            name='Part',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=60)),
                ('name', models.CharField(blank=True, max_length=160)),
                ('supplier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='parts', to='qc.supplier')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(models.F('supplier'), models.F('number'), name='part_number_once_per_supplier')],
            },
        ),
        migrations.CreateModel(
            name='Product',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=160)),
                ('revision', models.CharField(blank=True, max_length=20)),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='ProductionLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30)),
                ('name', models.CharField(max_length=120)),
                ('is_active', models.BooleanField(default=True)),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='qc.plant')),
            ],
            options={
                'ordering': ['plant', 'code'],
                'constraints': [models.UniqueConstraint(models.F('plant'), models.F('code'), name='line_code_once_per_plant')],
            },
        ),
        migrations.CreateModel(
            name='Shift',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=10)),
                ('name', models.CharField(max_length=60)),
                ('starts_at', models.TimeField()),
                ('ends_at', models.TimeField()),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='shifts', to='qc.plant')),
            ],
            options={
                'ordering': ['plant', 'starts_at'],
                'constraints': [models.UniqueConstraint(models.F('plant'), models.F('code'), name='shift_code_once_per_plant')],
            },
        ),
        migrations.CreateModel(
            name='Station',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='stations', to='qc.productionline')),
            ],
            options={
                'ordering': ['line', 'code'],
                'constraints': [models.UniqueConstraint(models.F('line'), models.F('code'), name='station_code_once_per_line')],
            },
        ),
        migrations.CreateModel(
            name='Machine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('station', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='machines', to='qc.station')),
            ],
            options={
                'ordering': ['station', 'code'],
                'constraints': [models.UniqueConstraint(models.F('station'), models.F('code'), name='machine_code_once_per_station')],
            },
        ),
        migrations.CreateModel(
            name='SupplierLot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=80)),
                ('received_on', models.DateField(blank=True, null=True)),
                ('units', models.PositiveBigIntegerField(blank=True, help_text='Units received.', null=True)),
                ('part', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lots', to='qc.part')),
                ('plant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='supplier_lots', to='qc.plant')),
            ],
            options={
                'ordering': ['-received_on', 'code'],
                'constraints': [models.UniqueConstraint(models.F('plant'), models.F('part'), models.F('code'), name='lot_code_once_per_part_and_plant'), models.CheckConstraint(condition=models.Q(('code', ''), _negated=True), name='lot_has_a_code')],
            },
        ),
    ]
