"""The list of defects: the one that grows to a million rows."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from qc.analysis.scope import matching
from qc.models import (
    Defect,
    DefectType,
    Finding,
    Machine,
    Nonconformance,
    Part,
    Plant,
    Product,
    ProductionLine,
    Severity,
    Shift,
    Station,
    Supplier,
    SupplierLot,
    User,
)
from qc.models.fulltext import SHORTEST, Says
from qc.services.listings.base import Column, Dimension, Listing, Order, period
from qc.services.listings.texts import saying

STATES = (("counted", _("Counted")), *Defect.Status.choices)
MOST_FINDINGS = 300
MOST_LOTS = 500  # of one code
VERDICTS = ("systemic", "one_off", "insufficient", "background")  # the more telling first


def _source(user: User) -> QuerySet[Defect]:
    return Defect.objects.visible_to(user)


def _code(rows: QuerySet[Any], user: User, key: int) -> QuerySet[Any]:
    """Logged as the code or counted as it, so that a merged code still finds its records."""
    return rows.filter(Q(defect_type=key) | Q(counts_as=key))


def _status(rows: Any, user: User, status: str) -> QuerySet[Any]:
    return rows.counted() if status == "counted" else rows.filter(status=status)  # type: ignore[no-any-return]


def _equal(column: str, text: str) -> Q:
    """The column says this, whatever its capitals; from three characters on the text index finds the rows."""
    same = Q(**{f"{column}__iexact": text})
    return Q(Says(text)) & same if len(text) >= SHORTEST and " " not in text else same


def _lot(rows: QuerySet[Any], user: User, code: str) -> QuerySet[Any]:
    lots = SupplierLot.objects.visible_to(user).filter(code__iexact=code).values_list("pk", flat=True)
    return rows.filter(_equal("lot", code) | Q(supplier_lot__in=list(lots[:MOST_LOTS])))


def _serial(rows: QuerySet[Any], user: User, serial: str) -> QuerySet[Any]:
    return rows.filter(_equal("serial", serial))


def _in_case(rows: QuerySet[Any], user: User, text: str) -> QuerySet[Any]:
    through = Nonconformance.defects.through.objects.filter(defect=OuterRef("pk"))
    return rows.filter(Exists(through) if text == "yes" else ~Exists(through))


def _covered(findings: Any) -> Q:
    covered = Q(pk=None)
    for each in findings:
        scope = Q(plant=each.plant_id, counts_as=each.defect_type_id) & matching(each.where, zone=each.plant.zone)
        if each.where and each.since:
            scope &= Q(production_on__gte=each.since)
        if each.where and each.until:
            scope &= Q(production_on__lte=each.until)
        covered |= scope
    return covered


def _verdict(rows: QuerySet[Any], user: User, verdict: str) -> QuerySet[Any]:
    """Records whose most telling current finding has this verdict."""
    findings = list(Finding.objects.visible_to(user).current().select_related("plant")[:MOST_FINDINGS])
    for stronger in VERDICTS[: VERDICTS.index(verdict)]:
        rows = rows.exclude(_covered(each for each in findings if each.standing == stronger))
    return rows.filter(_covered(each for each in findings if each.standing == verdict))


def _finding(rows: QuerySet[Any], user: User, key: int) -> QuerySet[Any]:
    found = Finding.objects.visible_to(user).filter(pk=key).select_related("plant")
    return rows.filter(_covered(found))


def _case(rows: QuerySet[Any], user: User, key: int) -> QuerySet[Any]:
    return rows.filter(nonconformances__in=Nonconformance.objects.visible_to(user).filter(pk=key))


def _picked(rows: QuerySet[Any], user: User, text: str) -> QuerySet[Any]:
    keys = [int(key) for key in text.split(",") if key.isascii() and key.isdigit() and len(key) < 19]
    return rows.filter(pk__in=keys)


def _group(rows: QuerySet[Any], user: User, name: str) -> QuerySet[Any]:
    return rows.filter(counts_as__in=list(DefectType.objects.filter(group__iexact=name).values_list("pk", flat=True)))


def with_case(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Rows with number and key of their newest case."""
    links = Nonconformance.defects.through.objects.filter(defect=OuterRef("pk")).order_by("-nonconformance_id")
    with_them: QuerySet[Any] = rows.annotate(
        case_number=Subquery(links.values("nonconformance__number")[:1]),
        case_key=Subquery(links.values("nonconformance_id")[:1]),
    )
    return with_them


DIMENSIONS = (
    Dimension("q", _("Search"), condition=saying),
    Dimension("plant", _("Plant"), "plant", Plant, empty=_("All plants")),
    Dimension("line", _("Line"), "line", ProductionLine, empty=_("All lines")),
    Dimension("station", _("Station"), "station", Station),
    Dimension("machine", _("Machine"), "machine", Machine),
    Dimension("shift", _("Shift"), "shift", Shift),
    Dimension("product", _("Product"), "product", Product),
    Dimension("code", _("Code"), model=DefectType, condition=_code, empty=_("All codes")),
    Dimension("group", _("Group of codes"), condition=_group),
    Dimension("severity", _("Severity"), "severity", choices=tuple(Severity.choices)),
    Dimension("detected", _("Found at"), "detected_at", choices=tuple(Defect.DetectedAt.choices)),
    Dimension("supplier", _("Supplier"), "supplier", Supplier, empty=_("All suppliers")),
    Dimension("part", _("Bought part"), "part", Part),
    Dimension("lot", _("Lot"), condition=_lot),
    Dimension("serial", _("Serial number"), condition=_serial),
    Dimension("inspector", _("Found by"), "inspector"),
    Dimension("status", _("State"), choices=STATES, condition=_status),
    Dimension("verdict", _("Verdict"), choices=tuple(Finding.Verdict.choices), condition=_verdict),
    Dimension("in_case", _("Case"), choices=(("yes", _("In a case")), ("no", _("In no case"))), condition=_in_case),
    Dimension("case", _("Records of case"), model=Nonconformance, condition=_case),
    Dimension("finding", _("Records of finding"), model=Finding, condition=_finding),
    Dimension("picked", _("Ticked records"), condition=_picked, longest=4000),
    *period("production_on", moment="occurred_at"),
)


def _kept(name: str, label: Any, path: str, cell: str = "text") -> Column:
    return Column(name, label, (path,), cell, ((name, path),), is_usual=False)


COLUMNS = (
    Column("number", _("Number"), ("number",), "record", (("number", "number"),)),
    Column(
        "when", _("When"), ("occurred_at", "shift__name"), "moment",
        (("occurred_at", "occurred_at"), ("shift", "shift__code")),
    ),
    Column(
        "what", _("What"), ("defect_type__name", "defect_type__code"), "code", (("defect_type", "defect_type__code"),)
    ),
    Column(
        "where", _("Where"), ("line__code", "station__code", "machine__code", "plant__name"), "place",
        (("plant", "plant__code"), ("line", "line__code"), ("station", "station__code"), ("machine", "machine__code")),
    ),
    Column(
        "supplier", _("Supplier lot"), ("supplier__name", "supplier_lot__code", "lot_is_inferred"), "supplier",
        (("supplier", "supplier__code"), ("part", "part__number"), ("supplier_lot", "supplier_lot__code")),
    ),
    Column("quantity", _("Qty"), ("quantity",), "number", (("quantity", "quantity"),)),
    Column("verdict", _("Verdict"), (), "verdict"),
    Column("case", _("Case"), ("case_number", "case_key"), "case", (("case", "case_number"),)),
    _kept("severity", _("Severity"), "severity", "severity"),
    Column("status", _("State"), ("status",), "choice", (("status", "status"),), dict(Defect.Status.choices), False),
    Column(
        "detected", _("Found at"), ("detected_at",), "choice", (("detected_at", "detected_at"),),
        dict(Defect.DetectedAt.choices), False,
    ),
    Column("plant", _("Plant"), ("plant__name",), "text", (("plant", "plant__code"),), is_usual=False),
    _kept("product", _("Product"), "product__code"),
    _kept("lot", _("Own lot"), "lot", "mono"),
    _kept("serial", _("Serial number"), "serial", "mono"),
    Column("part", _("Bought part"), ("part__number",), "mono", (("part", "part__number"),), is_usual=False),
    _kept("tool", _("Tool"), "tool"),
    _kept("cavity", _("Cavity"), "cavity"),
    _kept("inspector", _("Found by"), "inspector"),
    _kept("note", _("Note"), "note", "long"),
    _kept("external_id", _("External id"), "external_id", "mono"),
    _kept("product_revision", _("Product revision"), "product_revision"),
    _kept("work_order", _("Work order"), "work_order"),
    _kept("operation", _("Operation"), "operation"),
    _kept("further_serials", _("Further serials"), "further_serials", "long"),
    _kept("purchase_order", _("Purchase order"), "purchase_order"),
    _kept("receipt", _("Receipt"), "receipt"),
    _kept("requirement", _("Requirement"), "requirement"),
    _kept("requirement_revision", _("Requirement revision"), "requirement_revision"),
    _kept("characteristic", _("Characteristic"), "characteristic"),
    _kept("actual_value", _("Actual value"), "actual_value"),
    _kept("unit", _("Unit of measure"), "unit"),
    Column(
        "disposition", _("Disposition so far"), ("disposition",), "choice", (("disposition", "disposition"),),
        dict(Defect.Disposition.choices), False,
    ),
    _kept("material_at", _("Location of the material"), "material_at"),
    _kept("hold_tag", _("Hold tag"), "hold_tag"),
    _kept("customer", _("Customer"), "customer"),
    _kept("customer_ref", _("Customer's reference"), "customer_ref"),
    Column("recorded", _("Recorded"), ("recorded_at", "recorded_by__username"), "moment", is_usual=False),
)  # fmt: skip

ORDERS = (
    Order("newest", _("Newest first"), ("-occurred_at", "-pk")),
    Order("oldest", _("Oldest first"), ("occurred_at", "pk")),
    Order("recorded", _("Last recorded first"), ("-pk",)),
    Order("number", _("By number"), ("number",)),
)

DEFECTS = Listing("defects", _("Defects"), _source, DIMENSIONS, COLUMNS, ORDERS, "plant__time_zone", with_case)
