"""Extensions, controlled shipping, cost claims."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qc.clock


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0001_requests")]

    operations = [
        migrations.AddField(
            model_name='correctiveactionrequest',
            name='responsibility',
            field=models.CharField(blank=True, choices=[('supplier', 'With the supplier'), ('ours', 'With us'), ('elsewhere', 'With somebody else')], help_text='What came out of an objection.', max_length=10),
        ),
        migrations.CreateModel(
            name='ControlledShipping',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.CharField(choices=[('cs1', 'CS1: the supplier sorts, in addition to its own process'), ('cs2', 'CS2: a third party sorts')], max_length=3)),
                ('part_number', models.CharField(max_length=120)),
                ('sorter', models.CharField(blank=True, help_text='Who sorts, for CS2.', max_length=200)),
                ('reason', models.TextField()),
                ('criterion', models.CharField(choices=[('shipments', 'clean shipments in a row'), ('days', 'clean days in a row')], default='shipments', max_length=10)),
                ('clean_needed', models.PositiveSmallIntegerField()),
                ('started_on', models.DateField()),
                ('started_at', models.DateTimeField(default=qc.clock.now)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('end_reason', models.TextField(blank=True)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shippings', to='suppliers.correctiveactionrequest')),
                ('started_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'controlled shipping',
                'ordering': ['-started_on', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='CostClaim',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.PositiveIntegerField(default=1, editable=False)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('claimed', 'Claimed'), ('disputed', 'Disputed'), ('agreed', 'Agreed'), ('credited', 'Credited'), ('withdrawn', 'Withdrawn')], default='draft', max_length=10)),
                ('currency', models.CharField(help_text='ISO 4217 code.', max_length=3)),
                ('amount_minor', models.PositiveBigIntegerField(help_text='In the smallest unit of the currency.')),
                ('agreed_minor', models.PositiveBigIntegerField(blank=True, null=True)),
                ('basis', models.JSONField(default=list, help_text='What it is made of: cost (its key in the case), what, amount.')),
                ('note', models.TextField(blank=True, help_text='What the supplier reads beside the amount.')),
                ('credit_note', models.CharField(blank=True, max_length=60)),
                ('created_at', models.DateTimeField(default=qc.clock.now)),
                ('claimed_at', models.DateTimeField(blank=True, null=True)),
                ('agreed_at', models.DateTimeField(blank=True, null=True)),
                ('credited_on', models.DateField(blank=True, null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claims', to='suppliers.correctiveactionrequest')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='ClaimMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('claimed', 'Claimed'), ('disputed', 'Disputed'), ('agreed', 'Agreed'), ('credited', 'Credited'), ('withdrawn', 'Withdrawn')], max_length=10)),
                ('amount_minor', models.PositiveBigIntegerField(blank=True, null=True)),
                ('reason', models.TextField(blank=True)),
                ('at', models.DateTimeField(default=qc.clock.now)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('claim', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='moves', to='suppliers.costclaim')),
            ],
            options={
                'ordering': ['at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='Extension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('open', 'Asked for'), ('granted', 'Granted'), ('refused', 'Refused'), ('moot', 'Not needed any more')], default='open', max_length=8)),
                ('reason', models.TextField()),
                ('wanted_on', models.DateField()),
                ('due_before_at', models.DateTimeField(blank=True, help_text='The date as it was when it was asked for.', null=True)),
                ('granted_on', models.DateField(blank=True, null=True)),
                ('asked_at', models.DateTimeField(default=qc.clock.now)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.TextField(blank=True, help_text='What the supplier was told about the decision.')),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decided_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('stage', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='extensions', to='suppliers.stage')),
            ],
            options={
                'ordering': ['-asked_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='SortResult',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sorted_on', models.DateField()),
                ('lot', models.CharField(max_length=120)),
                ('quantity_checked', models.PositiveIntegerField()),
                ('quantity_bad', models.PositiveIntegerField()),
                ('at', models.DateTimeField(default=qc.clock.now)),
                ('struck_at', models.DateTimeField(blank=True, null=True)),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('shipping', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='results', to='suppliers.controlledshipping')),
                ('struck_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-sorted_on', '-at', '-pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='controlledshipping',
            constraint=models.UniqueConstraint(models.F('request'), models.F('part_number'), condition=models.Q(('ended_at__isnull', True)), name='controlled_shipping_once_per_part'),
        ),
        migrations.AddConstraint(
            model_name='controlledshipping',
            constraint=models.CheckConstraint(condition=models.Q(('clean_needed__gte', 1)), name='controlled_shipping_has_an_exit'),
        ),
        migrations.AddConstraint(
            model_name='controlledshipping',
            constraint=models.CheckConstraint(condition=models.Q(('ended_at__isnull', True), models.Q(('end_reason', ''), _negated=True), _connector='OR'), name='controlled_shipping_end_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='costclaim',
            constraint=models.UniqueConstraint(models.F('request'), condition=models.Q(('status__in', ['draft', 'claimed', 'disputed', 'agreed'])), name='cost_claim_one_at_a_time'),
        ),
        migrations.AddConstraint(
            model_name='costclaim',
            constraint=models.CheckConstraint(condition=models.Q(('amount_minor__gte', 1)), name='cost_claim_has_an_amount'),
        ),
        migrations.AddConstraint(
            model_name='costclaim',
            constraint=models.CheckConstraint(condition=models.Q(('status__in', ['draft', 'withdrawn']), ('claimed_at__isnull', False), _connector='OR'), name='cost_claim_claimed_says_when'),
        ),
        migrations.AddConstraint(
            model_name='costclaim',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status__in', ['agreed', 'credited']), _negated=True), ('agreed_minor__isnull', False), _connector='OR'), name='cost_claim_agreed_says_how_much'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.UniqueConstraint(models.F('stage'), condition=models.Q(('status', 'open')), name='extension_one_open_per_stage'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'granted'), _negated=True), ('granted_on__isnull', False), _connector='OR'), name='extension_granted_says_until_when'),
        ),
        migrations.AddConstraint(
            model_name='extension',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'refused'), _negated=True), models.Q(('answer', ''), _negated=True), _connector='OR'), name='extension_refused_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='sortresult',
            constraint=models.CheckConstraint(condition=models.Q(('quantity_checked__gte', 1)), name='sort_result_looked_at_something'),
        ),
        migrations.AddConstraint(
            model_name='sortresult',
            constraint=models.CheckConstraint(condition=models.Q(('quantity_bad__lte', models.F('quantity_checked'))), name='sort_result_bad_within_checked'),
        ),
    ]
