import django.contrib.auth.models
import django.contrib.auth.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
import qc.models.sources
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='Plant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('time_zone', models.CharField(default='UTC', max_length=60, validators=[qc.models.sources.validate_time_zone])),
                ('currency', models.CharField(default='EUR', max_length=3)),
                ('is_active', models.BooleanField(default=True)),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='Supplier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=30, unique=True)),
                ('name', models.CharField(max_length=160)),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('active', 'Active'), ('qualified', 'Qualified'), ('conditional', 'Conditional'), ('disqualified', 'Disqualified'), ('archived', 'Archived')], default='active', max_length=20)),
            ],
            options={
                'ordering': ['code'],
            },
        ),
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('role', models.CharField(choices=[('inspector', 'Inspector'), ('engineer', 'Quality engineer'), ('manager', 'Quality manager'), ('plant_manager', 'Plant manager'), ('purchasing', 'Purchasing'), ('auditor', 'Auditor'), ('supplier', 'Supplier'), ('integration', 'Integration'), ('system', 'System')], max_length=20)),
                ('is_mrb_member', models.BooleanField(default=False, verbose_name='member of the material review board')),
                ('is_supplier_quality_engineer', models.BooleanField(default=False)),
                ('is_supplier_admin', models.BooleanField(default=False, verbose_name='administrator at the supplier')),
                ('language', models.CharField(default='en', max_length=8)),
                ('bounced_at', models.DateTimeField(blank=True, help_text='When mail to this person last came back.', null=True)),
                ('backup', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='backup_for', to=settings.AUTH_USER_MODEL)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
                ('plants', models.ManyToManyField(blank=True, related_name='people', to='qc.plant')),
                ('supplier', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='qc.supplier')),
            ],
            options={
                'ordering': ['username'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('role', 'supplier'), ('supplier__isnull', False)), models.Q(models.Q(('role', 'supplier'), _negated=True), ('supplier__isnull', True)), _connector='OR'), name='user_of_a_supplier_has_the_supplier_role'), models.CheckConstraint(condition=models.Q(('supplier__isnull', True), models.Q(('is_staff', False), ('is_superuser', False)), _connector='OR'), name='user_of_a_supplier_is_never_staff'), models.UniqueConstraint(django.db.models.functions.text.Lower('username'), name='user_name_once'), models.UniqueConstraint(django.db.models.functions.text.Lower('email'), condition=models.Q(('email', ''), _negated=True), name='user_email_once')],
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
    ]
