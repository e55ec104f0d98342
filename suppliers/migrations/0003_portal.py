"""Links, contacts, messages and shared defects of the portal."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qc.clock


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0002_agreements")]

    operations = [
        migrations.CreateModel(
            name='ContactCard',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('function', models.CharField(choices=[('quality', 'Quality'), ('production', 'Production'), ('logistics', 'Logistics'), ('sales', 'Sales'), ('management', 'Management')], default='quality', max_length=12)),
                ('invited_at', models.DateTimeField(blank=True, help_text='When the last invitation was sent.', null=True)),
            ],
            options={
                'ordering': ['user'],
            },
        ),
        migrations.CreateModel(
            name='MessageRead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(default=qc.clock.now)),
            ],
        ),
        migrations.CreateModel(
            name='SharedDefect',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=20)),
                ('found_on', models.DateField()),
                ('what', models.CharField(max_length=160)),
                ('part_number', models.CharField(blank=True, max_length=120)),
                ('lot', models.CharField(blank=True, max_length=80)),
                ('serial', models.CharField(blank=True, max_length=80)),
                ('quantity', models.DecimalField(decimal_places=3, max_digits=12)),
                ('measured', models.CharField(blank=True, help_text='The characteristic and its actual value.', max_length=200)),
                ('shared_at', models.DateTimeField(default=qc.clock.now)),
            ],
            options={
                'ordering': ['-found_on', '-number'],
            },
        ),
        migrations.AlterModelOptions(
            name='accesslink',
            options={'ordering': ['-created_at', '-pk']},
        ),
        migrations.AddField(
            model_name='accesslink',
            name='kind',
            field=models.CharField(choices=[('given', 'Made by hand'), ('mail', 'In a mail')], default='given', max_length=8),
        ),
        migrations.AddField(
            model_name='accesslink',
            name='last_used_from',
            field=models.CharField(blank=True, help_text='The network address.', max_length=64),
        ),
        migrations.AddField(
            model_name='accesslink',
            name='revoked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='accesslink',
            name='uses',
            field=models.PositiveIntegerField(default=0, help_text='How often it was opened.'),
        ),
        migrations.AddField(
            model_name='evidence',
            name='message',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='files', to='suppliers.message'),
        ),
        migrations.AddConstraint(
            model_name='accesslink',
            constraint=models.CheckConstraint(condition=models.Q(('revoked_by__isnull', True), ('revoked_at__isnull', False), _connector='OR'), name='link_revoked_says_when'),
        ),
        migrations.AddField(
            model_name='contactcard',
            name='invited_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='contactcard',
            name='user',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='contact_card', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='messageread',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='suppliers.correctiveactionrequest'),
        ),
        migrations.AddField(
            model_name='messageread',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='shareddefect',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shared_defects', to='suppliers.correctiveactionrequest'),
        ),
        migrations.AddField(
            model_name='shareddefect',
            name='shared_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='shareddefect',
            name='source',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='qc.defect'),
        ),
        migrations.AddField(
            model_name='evidence',
            name='defect',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='photos', to='suppliers.shareddefect'),
        ),
        migrations.AddConstraint(
            model_name='evidence',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('message__isnull', True), ('stage__isnull', True)), models.Q(('defect__isnull', True), ('stage__isnull', True)), models.Q(('defect__isnull', True), ('message__isnull', True)), _connector='OR'), name='evidence_belongs_to_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='messageread',
            constraint=models.UniqueConstraint(models.F('request'), models.F('user'), name='message_read_once_per_person'),
        ),
        migrations.AddConstraint(
            model_name='shareddefect',
            constraint=models.UniqueConstraint(models.F('request'), models.F('source'), name='defect_shared_once_per_request'),
        ),
        migrations.AddConstraint(
            model_name='shareddefect',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='shared_quantity_not_negative'),
        ),
    ]

