"""Holds, signatures, costs and the rules that open a case."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import qc.clock

# (verdict, severity, repeat, outcome): read from the top, the first that fits decides; what none fits needs no case.
FIRST_RULES = (
    ("one_off", "", "any", "none"),
    ("systemic", "critical", "any", "propose"),
    ("systemic", "major", "any", "propose"),
    ("systemic", "minor", "repeat", "propose"),
    ("systemic", "minor", "first", "none"),
)


def first_rules(apps, schema_editor):
    rule = apps.get_model("qc", "CaseRule")
    names = ("verdict", "severity", "repeat", "outcome")
    rows = [rule(position=10 * n, **dict(zip(names, row, strict=True))) for n, row in enumerate(FIRST_RULES, start=1)]
    rule.objects.bulk_create(rows)


class Migration(migrations.Migration):
    dependencies = [("qc", "0015_masters")]

    operations = [
        migrations.CreateModel(
            name="CaseCost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("scrap", "Scrap"),
                            ("rework", "Rework"),
                            ("reinspection", "Re-inspection"),
                            ("sort", "Sorting"),
                            ("downtime", "Downtime"),
                            ("returns", "Returns"),
                            ("warranty", "Warranty"),
                            ("field", "Field service"),
                            ("premium_freight", "Premium freight"),
                            ("claims", "Claims"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "element",
                    models.CharField(
                        choices=[
                            ("material", "Material"),
                            ("labour", "Labour hours"),
                            ("machine", "Machine hours"),
                            ("freight", "Freight"),
                            ("fee", "Fee"),
                        ],
                        max_length=10,
                    ),
                ),
                ("quantity", models.DecimalField(decimal_places=3, max_digits=12)),
                (
                    "rate",
                    models.DecimalField(
                        decimal_places=4, help_text="Per piece or hour, in the currency.", max_digits=14
                    ),
                ),
                ("amount_minor", models.BigIntegerField(help_text="Quantity times rate in the currency's minor unit.")),
                ("currency", models.CharField(max_length=3)),
                (
                    "is_recoverable",
                    models.BooleanField(default=False, help_text="The supplier may be asked to pay it."),
                ),
                ("note", models.CharField(blank=True, max_length=300)),
                ("recorded_at", models.DateTimeField(default=qc.clock.now)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("remove_reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["recorded_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="CaseLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("related", "Related to"),
                            ("caused_by", "Caused by"),
                            ("duplicate_of", "Duplicate of"),
                        ],
                        max_length=14,
                    ),
                ),
                ("made_at", models.DateTimeField(default=qc.clock.now)),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="CaseProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule_text", models.CharField(help_text="The rule as it read then.", max_length=200)),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "Open a case"), ("propose", "Propose a case"), ("none", "No case")],
                        max_length=8,
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, help_text="Why it is proposed and not opened.", max_length=300),
                ),
                ("at", models.DateTimeField(default=qc.clock.now)),
                ("declined_at", models.DateTimeField(blank=True, null=True)),
                ("decline_reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["-at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="CaseRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("systemic", "Systemic"),
                            ("one_off", "One-off"),
                            ("background", "Background"),
                            ("insufficient", "Not enough data"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        blank=True,
                        choices=[("critical", "Critical"), ("major", "Major"), ("minor", "Minor")],
                        max_length=10,
                    ),
                ),
                (
                    "repeat",
                    models.CharField(
                        choices=[
                            ("any", "Whether it repeats or not"),
                            ("repeat", "Only a repeat"),
                            ("first", "Only the first time"),
                        ],
                        default="any",
                        max_length=8,
                    ),
                ),
                (
                    "within_days",
                    models.PositiveIntegerField(default=90, help_text="How far back a case makes it a repeat."),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[("open", "Open a case"), ("propose", "Propose a case"), ("none", "No case")],
                        max_length=8,
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="LotHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("own_lot", models.CharField(blank=True, max_length=80)),
                ("quantity", models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True)),
                ("location", models.CharField(blank=True, max_length=120)),
                (
                    "tag",
                    models.CharField(blank=True, help_text="Number of the hold tag on the material.", max_length=40),
                ),
                ("placed_at", models.DateTimeField(default=qc.clock.now)),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                ("release_reason", models.TextField(blank=True)),
            ],
            options={
                "ordering": ["placed_at", "pk"],
            },
        ),
        migrations.AlterModelOptions(
            name="disposition",
            options={"ordering": ["decided_at", "pk"]},
        ),
        migrations.RemoveConstraint(
            model_name="signature",
            name="signature_once_per_meaning",
        ),
        migrations.AddField(
            model_name="disposition",
            name="reference",
            field=models.CharField(blank=True, help_text="Concession of the customer, return number.", max_length=80),
        ),
        migrations.AddField(
            model_name="disposition",
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        migrations.AddField(
            model_name="disposition",
            name="withdraw_reason",
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name="disposition",
            name="withdrawn_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="disposition",
            name="withdrawn_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="actual_value",
            field=models.CharField(blank=True, help_text="What was found, with its unit.", max_length=120),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="contain_due_at",
            field=models.DateTimeField(
                blank=True, help_text="Until when something has to keep more bad parts from getting out.", null=True
            ),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="customer",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="customer_reference",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="defective_quantity",
            field=models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="detected_at",
            field=models.CharField(
                blank=True,
                choices=[
                    ("incoming", "Incoming inspection"),
                    ("in_process", "In process"),
                    ("final", "Final inspection"),
                    ("outgoing", "Outgoing"),
                    ("customer", "Customer"),
                    ("field", "Field"),
                    ("audit", "Audit"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="inspected_quantity",
            field=models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[
                    ("receiving", "Receiving"),
                    ("in_process", "In process"),
                    ("final", "Final"),
                    ("field", "Field"),
                    ("customer", "Customer"),
                    ("deviation", "Deviation"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="lot_quantity",
            field=models.DecimalField(blank=True, decimal_places=3, max_digits=12, null=True),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="material_location",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="own_lot",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="priority",
            field=models.CharField(
                choices=[("high", "High"), ("normal", "Normal"), ("low", "Low")], default="normal", max_length=8
            ),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="requirement",
            field=models.CharField(blank=True, help_text="Drawing, revision and characteristic.", max_length=300),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="unit",
            field=models.CharField(
                blank=True, help_text="What quantities are counted in; empty: pieces.", max_length=12
            ),
        ),
        migrations.AddField(
            model_name="nonconformance",
            name="work_order",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="signature",
            name="capacity",
            field=models.CharField(blank=True, help_text="The function for which the person signed.", max_length=20),
        ),
        migrations.AddField(
            model_name="signature",
            name="proof",
            field=models.CharField(default="password", help_text="By what the person was recognised.", max_length=20),
        ),
        migrations.AddField(
            model_name="user",
            name="mrb_function",
            field=models.CharField(
                blank=True,
                choices=[
                    ("engineering", "Engineering"),
                    ("quality", "Quality"),
                    ("production", "Production"),
                    ("purchasing", "Purchasing"),
                ],
                max_length=12,
                verbose_name="function in the material review board",
            ),
        ),
        migrations.AlterField(
            model_name="signature",
            name="content_sha256",
            field=models.CharField(help_text="Of what exactly was signed; a change voids it.", max_length=64),
        ),
        migrations.AddIndex(
            model_name="signature",
            index=models.Index(fields=["subject_label", "subject_pk"], name="signature_subject"),
        ),
        migrations.AddConstraint(
            model_name="disposition",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("withdrawn_at__isnull", True),
                    models.Q(("withdrawn_by__isnull", False), models.Q(("withdraw_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="disposition_withdrawn_says_why_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="nonconformance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("defective_quantity__isnull", True),
                    ("inspected_quantity__isnull", True),
                    ("defective_quantity__lte", models.F("inspected_quantity")),
                    _connector="OR",
                ),
                name="case_defective_within_inspected",
            ),
        ),
        migrations.AddConstraint(
            model_name="nonconformance",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("inspected_quantity__isnull", True),
                    ("lot_quantity__isnull", True),
                    ("inspected_quantity__lte", models.F("lot_quantity")),
                    _connector="OR",
                ),
                name="case_inspected_within_lot",
            ),
        ),
        migrations.AddConstraint(
            model_name="signature",
            constraint=models.UniqueConstraint(
                models.F("subject_label"),
                models.F("subject_pk"),
                models.F("by"),
                models.F("content_sha256"),
                name="signature_once_per_person_and_content",
            ),
        ),
        migrations.AddField(
            model_name="casecost",
            name="nonconformance",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="costs", to="qc.nonconformance"
            ),
        ),
        migrations.AddField(
            model_name="casecost",
            name="recorded_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="casecost",
            name="removed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="caselink",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="links", to="qc.nonconformance"
            ),
        ),
        migrations.AddField(
            model_name="caselink",
            name="made_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="caselink",
            name="other",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="links_to_it", to="qc.nonconformance"
            ),
        ),
        migrations.AddField(
            model_name="caseproposal",
            name="case",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="qc.nonconformance",
            ),
        ),
        migrations.AddField(
            model_name="caseproposal",
            name="declined_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="caseproposal",
            name="finding",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="case_proposal", to="qc.finding"
            ),
        ),
        migrations.AddField(
            model_name="caserule",
            name="owner",
            field=models.ForeignKey(
                blank=True,
                help_text="Who gets an opened case.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="caserule",
            name="plant",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="case_rules",
                to="qc.plant",
            ),
        ),
        migrations.AddField(
            model_name="caseproposal",
            name="rule",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="qc.caserule"
            ),
        ),
        migrations.AddField(
            model_name="lothold",
            name="nonconformance",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="holds", to="qc.nonconformance"
            ),
        ),
        migrations.AddField(
            model_name="lothold",
            name="placed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="lothold",
            name="product",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="qc.product"
            ),
        ),
        migrations.AddField(
            model_name="lothold",
            name="released_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="lothold",
            name="supplier_lot",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="holds",
                to="qc.supplierlot",
            ),
        ),
        migrations.AddConstraint(
            model_name="casecost",
            constraint=models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="cost_quantity_above_zero"),
        ),
        migrations.AddConstraint(
            model_name="casecost",
            constraint=models.CheckConstraint(condition=models.Q(("rate__gt", 0)), name="cost_rate_above_zero"),
        ),
        migrations.AddConstraint(
            model_name="casecost",
            constraint=models.CheckConstraint(condition=models.Q(("amount_minor__gte", 0)), name="cost_not_negative"),
        ),
        migrations.AddConstraint(
            model_name="casecost",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("removed_at__isnull", True),
                    models.Q(("removed_by__isnull", False), models.Q(("remove_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="cost_removed_says_why_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="caselink",
            constraint=models.UniqueConstraint(models.F("case"), models.F("other"), name="case_link_once"),
        ),
        migrations.AddConstraint(
            model_name="caselink",
            constraint=models.CheckConstraint(
                condition=models.Q(("case", models.F("other")), _negated=True), name="case_link_not_to_itself"
            ),
        ),
        migrations.AddConstraint(
            model_name="caserule",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome", "open"), ("severity", "critical"), _negated=True),
                name="case_rule_opens_nothing_critical",
            ),
        ),
        migrations.AddConstraint(
            model_name="caserule",
            constraint=models.CheckConstraint(
                condition=models.Q(("within_days__gte", 1), ("within_days__lte", 3650)),
                name="case_rule_looks_back_some_days",
            ),
        ),
        migrations.AddConstraint(
            model_name="caseproposal",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("declined_at__isnull", True),
                    models.Q(("declined_by__isnull", False), models.Q(("decline_reason", ""), _negated=True)),
                    _connector="OR",
                ),
                name="case_proposal_declined_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="lothold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("own_lot", ""), ("supplier_lot__isnull", False)),
                    models.Q(("supplier_lot__isnull", True), models.Q(("own_lot", ""), _negated=True)),
                    _connector="OR",
                ),
                name="hold_names_one_lot",
            ),
        ),
        migrations.AddConstraint(
            model_name="lothold",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at__isnull", True), ("released_by__isnull", True)),
                    models.Q(
                        ("released_at__isnull", False),
                        ("released_by__isnull", False),
                        models.Q(("release_reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="hold_released_says_why_and_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="lothold",
            constraint=models.CheckConstraint(
                condition=models.Q(("quantity__isnull", True), ("quantity__gt", 0), _connector="OR"),
                name="hold_above_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="lothold",
            constraint=models.UniqueConstraint(
                models.F("nonconformance"),
                models.F("supplier_lot"),
                condition=models.Q(("released_at__isnull", True), ("supplier_lot__isnull", False)),
                name="hold_once_per_case_and_supplier_lot",
            ),
        ),
        migrations.RunPython(first_rules, migrations.RunPython.noop),
    ]
