import django.core.validators
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.text
import qc.clock
import qc.models.entry
import uuid
from django.conf import settings
from django.db import migrations, models


def count_as_logged(apps, schema_editor):
    """Until a code is merged every record counts as what it was logged as."""
    defect = apps.get_model("qc", "Defect")
    defect.objects.using(schema_editor.connection.alias).update(counts_as=models.F("defect_type"))


class Migration(migrations.Migration):
    dependencies = [("qc", "0010_imports")]

    operations = [
        migrations.CreateModel(
            name="CodeExample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("caption", models.CharField(max_length=200)),
                ("is_acceptable", models.BooleanField(default=False, help_text="Shows what is still good.")),
                ("added_at", models.DateTimeField(default=qc.clock.now)),
            ],
            options={
                "ordering": ["defect_type", "is_acceptable", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DuplicatePolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("keep", "Keep both"),
                            ("mark", "Mark it for a person to decide"),
                            ("join", "Join it to the first one"),
                        ],
                        default="keep",
                        max_length=4,
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        default=10,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1440),
                        ],
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ["integration"],
            },
        ),
        migrations.CreateModel(
            name="KeptFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("key", models.UUIDField(db_index=True, help_text="The key of the form.")),
                ("file", models.FileField(upload_to=qc.models.entry.kept_path)),
                ("name", models.CharField(max_length=200)),
                ("content_type", models.CharField(max_length=80)),
                ("size", models.PositiveBigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("kept_at", models.DateTimeField(default=qc.clock.now)),
            ],
            options={
                "ordering": ["kept_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="PlaceOfUse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ],
            options={
                "ordering": ["defect_type", "pk"],
            },
        ),
        migrations.RemoveIndex(
            model_name="defect",
            name="defect_type_by_day",
        ),
        migrations.AddField(
            model_name="defect",
            name="actual_value",
            field=models.DecimalField(blank=True, decimal_places=6, max_digits=18, null=True),
        ),
        migrations.AddField(
            model_name="defect",
            name="characteristic",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="defect",
            name="counts_as",
            field=models.ForeignKey(
                null=True,
                help_text="The code that it is judged and charted under: its own, or the one that was merged into.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counted_defects",
                to="qc.defecttype",
            ),
        ),
        migrations.RunPython(count_as_logged, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="defect",
            name="counts_as",
            field=models.ForeignKey(
                help_text="The code that it is judged and charted under: its own, or the one that was merged into.",
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counted_defects",
                to="qc.defecttype",
            ),
        ),
        migrations.AddField(
            model_name="defect",
            name="customer",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="defect",
            name="customer_ref",
            field=models.CharField(blank=True, max_length=80, verbose_name="customer's reference"),
        ),
        migrations.AddField(
            model_name="defect",
            name="disposition",
            field=models.CharField(
                blank=True,
                choices=[
                    ("hold", "On hold"),
                    ("rework", "Rework"),
                    ("scrap", "Scrap"),
                    ("sort", "Sort"),
                    ("return_to_supplier", "Return to supplier"),
                ],
                max_length=20,
                verbose_name="disposition so far",
            ),
        ),
        migrations.AddField(
            model_name="defect",
            name="further_serials",
            field=models.TextField(blank=True, help_text="More units of this record, one in a line."),
        ),
        migrations.AddField(
            model_name="defect",
            name="hold_tag",
            field=models.CharField(blank=True, max_length=40),
        ),
        migrations.AddField(
            model_name="defect",
            name="is_distinct",
            field=models.BooleanField(
                default=False, editable=False, help_text="A person said that it is not a double entry."
            ),
        ),
        migrations.AddField(
            model_name="defect",
            name="looks_like",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                editable=False,
                help_text="Probably the same as this one; a person decides.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="lookalikes",
                to="qc.defect",
            ),
        ),
        migrations.AddField(
            model_name="defect",
            name="material_at",
            field=models.CharField(blank=True, max_length=80, verbose_name="location of the material"),
        ),
        migrations.AddField(
            model_name="defect",
            name="operation",
            field=models.CharField(blank=True, help_text="The step of the routing.", max_length=60),
        ),
        migrations.AddField(
            model_name="defect",
            name="product_revision",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="defect",
            name="purchase_order",
            field=models.CharField(blank=True, help_text="Number and line.", max_length=60),
        ),
        migrations.AddField(
            model_name="defect",
            name="receipt",
            field=models.CharField(blank=True, help_text="Goods receipt.", max_length=60),
        ),
        migrations.AddField(
            model_name="defect",
            name="requirement",
            field=models.CharField(blank=True, help_text="Specification or drawing that it violates.", max_length=120),
        ),
        migrations.AddField(
            model_name="defect",
            name="requirement_revision",
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name="defect",
            name="unit",
            field=models.CharField(blank=True, max_length=20, verbose_name="unit of measure"),
        ),
        migrations.AddField(
            model_name="defect",
            name="work_order",
            field=models.CharField(blank=True, max_length=60),
        ),
        migrations.AddField(
            model_name="defecttype",
            name="description",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="defecttype",
            name="is_limited",
            field=models.BooleanField(default=False, editable=False, help_text="Whether it has places of use."),
        ),
        migrations.AddField(
            model_name="defecttype",
            name="is_recounting",
            field=models.BooleanField(
                default=False,
                editable=False,
                help_text="A merge of many records is not carried out yet: a worker does it.",
            ),
        ),
        migrations.AddField(
            model_name="defecttype",
            name="merged_from_on",
            field=models.DateField(blank=True, help_text="First production date that counts there.", null=True),
        ),
        migrations.AddField(
            model_name="defecttype",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="merged",
                to="qc.defecttype",
            ),
        ),
        migrations.AddField(
            model_name="defecttype",
            name="tolerable",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Incidents in 90 days that are accepted. Empty: none set; critical codes none.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="defecttype",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddIndex(
            model_name="defect",
            index=models.Index(fields=["plant", "counts_as", "production_on"], name="defect_judged_by_day"),
        ),
        migrations.AddIndex(
            model_name="defect",
            index=models.Index(
                condition=models.Q(("looks_like__isnull", False)),
                fields=["plant", "-occurred_at"],
                name="defect_in_doubt",
            ),
        ),
        migrations.AddConstraint(
            model_name="defect",
            constraint=models.CheckConstraint(
                condition=models.Q(("further_serials", ""), models.Q(("serial", ""), _negated=True), _connector="OR"),
                name="defect_further_serials_follow_a_first",
            ),
        ),
        migrations.AddConstraint(
            model_name="defect",
            constraint=models.CheckConstraint(
                condition=models.Q(("unit", ""), ("actual_value__isnull", False), _connector="OR"),
                name="defect_unit_needs_a_value",
            ),
        ),
        migrations.AddConstraint(
            model_name="defect",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("requirement_revision", ""), models.Q(("requirement", ""), _negated=True), _connector="OR"
                ),
                name="defect_revision_needs_a_requirement",
            ),
        ),
        migrations.AddConstraint(
            model_name="defect",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("customer", ""), ("customer_ref", "")),
                    ("detected_at__in", ["customer", "field"]),
                    _connector="OR",
                ),
                name="defect_customer_found_it",
            ),
        ),
        migrations.AddConstraint(
            model_name="defect",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("looks_like__isnull", True),
                    models.Q(("duplicate_of__isnull", True), ("is_distinct", False)),
                    _connector="OR",
                ),
                name="defect_in_doubt_is_undecided",
            ),
        ),
        migrations.AddConstraint(
            model_name="defecttype",
            constraint=models.UniqueConstraint(
                django.db.models.functions.text.Lower("code"), name="defect_type_code_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="defecttype",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("merged_into__isnull", True),
                    models.Q(("merged_into", models.F("id")), _negated=True),
                    _connector="OR",
                ),
                name="defect_type_not_merged_into_itself",
            ),
        ),
        migrations.AddConstraint(
            model_name="defecttype",
            constraint=models.CheckConstraint(
                condition=models.Q(("merged_into__isnull", False), ("merged_from_on__isnull", True), _connector="OR"),
                name="defect_type_merge_day_needs_a_merge",
            ),
        ),
        migrations.AddField(
            model_name="codeexample",
            name="added_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="codeexample",
            name="defect_type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="examples", to="qc.defecttype"
            ),
        ),
        migrations.AddField(
            model_name="codeexample",
            name="photo",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="qc.attachment"
            ),
        ),
        migrations.AddField(
            model_name="duplicatepolicy",
            name="integration",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="duplicate_policy",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="keptfile",
            name="kept_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="placeofuse",
            name="defect_type",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="places", to="qc.defecttype"
            ),
        ),
        migrations.AddField(
            model_name="placeofuse",
            name="line",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="qc.productionline",
            ),
        ),
        migrations.AddField(
            model_name="placeofuse",
            name="product",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="qc.product"
            ),
        ),
        migrations.AddField(
            model_name="placeofuse",
            name="station",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="qc.station"
            ),
        ),
        migrations.AddConstraint(
            model_name="codeexample",
            constraint=models.CheckConstraint(
                condition=models.Q(("caption", ""), _negated=True), name="code_example_has_words"
            ),
        ),
        migrations.AddConstraint(
            model_name="duplicatepolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(("minutes__gte", 1), ("minutes__lte", 1440)), name="duplicate_policy_within_a_day"
            ),
        ),
        migrations.AddConstraint(
            model_name="keptfile",
            constraint=models.UniqueConstraint(
                models.F("kept_by"), models.F("key"), models.F("sha256"), name="kept_file_once_per_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="placeofuse",
            constraint=models.UniqueConstraint(
                models.F("defect_type"),
                django.db.models.functions.comparison.Coalesce("line_id", 0),
                django.db.models.functions.comparison.Coalesce("station_id", 0),
                django.db.models.functions.comparison.Coalesce("product_id", 0),
                name="place_of_use_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="placeofuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("line__isnull", False), ("product__isnull", True), ("station__isnull", True)),
                    models.Q(("line__isnull", True), ("product__isnull", True), ("station__isnull", False)),
                    models.Q(("line__isnull", True), ("product__isnull", False), ("station__isnull", True)),
                    _connector="OR",
                ),
                name="place_of_use_is_one_thing",
            ),
        ),
    ]
