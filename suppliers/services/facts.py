"""What a request starts from: the facts of a case that a supplier may know, and nothing of our own notes.

The words are a first text in the language of whoever issues the request: a person reads and completes them, and they
are not translated for the supplier.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Max, Min, Q, QuerySet, Sum
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from qc.models import Attachment, Defect, Nonconformance, Part, Supplier, SupplierLot, User
from suppliers import due


@dataclass(frozen=True)
class Facts:
    """The fields of a request, filled from records; a person reads and completes them before they are sent."""

    supplier: Supplier | None
    title: str
    problem: str
    expected: str
    part_number: str
    lots: str
    quantity_affected: Decimal | None


def from_case(by: User, case: Nonconformance, supplier: Supplier | None = None) -> Facts:
    """The facts of a case for one supplier: its part and lots only, counts and dates, what is wrong by its code."""
    supplier = supplier or case.supplier or (case.part.supplier if case.part else None)
    defects = Defect.objects.visible_to(by).counted().filter(nonconformances=case)
    if supplier is not None:
        defects = defects.filter(Q(supplier=supplier) | Q(supplier__isnull=True))
    part = _part(case, supplier, defects)
    sums = defects.aggregate(quantity=Sum("quantity"), first=Min("production_on"), last=Max("production_on"))
    what = str(case.defect_type) if case.defect_type else ""
    title = (_("%(what)s on %(part)s") % {"what": what, "part": part}) if what and part else what
    return Facts(
        supplier=supplier,
        title=title[:200],
        problem=_problem(what, part, sums),
        expected=expectation(case.severity),
        part_number=str(part)[:120] if part else "",
        lots="\n".join(_lots(by, case, supplier, defects)),
        quantity_affected=sums["quantity"],
    )


def _part(case: Nonconformance, supplier: Supplier | None, defects: QuerySet[Defect]) -> Part | None:
    if case.part is not None and (supplier is None or case.part.supplier_id == supplier.pk):
        return case.part
    row = defects.filter(part__isnull=False, part__supplier=supplier).select_related("part").first()
    return row.part if row else None


def _problem(what: str, part: Part | None, sums: dict[str, object]) -> str:
    if not what:
        return ""
    subject = _("%(what)s on your part %(part)s.") % {"what": what, "part": part} if part else f"{what}."
    quantity, first, last = sums["quantity"], sums["first"], sums["last"]
    if not isinstance(quantity, Decimal):
        return subject
    days = {
        name: date_format(day, "j F Y") for name, day in (("first", first), ("last", last)) if isinstance(day, dt.date)
    }
    found = _("Found at our site: %(quantity)s pieces between %(first)s and %(last)s.")
    if first == last:
        found = _("Found at our site: %(quantity)s pieces on %(first)s.")
    return f"{subject} {found % {'quantity': f'{quantity:,.0f}', **days}}"


def _lots(by: User, case: Nonconformance, supplier: Supplier | None, defects: QuerySet[Defect]) -> list[str]:
    if supplier is None:
        return []
    own = SupplierLot.objects.visible_to(by).filter(part__supplier=supplier)
    named = own.filter(Q(nonconformances=case) | Q(defects__in=defects)).distinct()
    return sorted(named.values_list("code", flat=True)[:200])


def expectation(severity: str) -> str:
    """What we expect, in a sentence, from the table of terms."""
    units = {due.HOURS: _("hours"), due.BUSINESS_DAYS: _("working days"), due.DAYS: _("days")}
    terms = due.TERMS[severity]
    said = {name: f"{terms[name].amount} {units[terms[name].unit]}" for name in ("containment", "root_cause", "plan")}
    return (
        _(
            "Stop bad parts within %(containment)s, find the root cause within %(root_cause)s, "
            "and tell us your corrective action within %(plan)s."
        )
        % said
    )


def attachments(by: User, case: Nonconformance, supplier: Supplier) -> QuerySet[Attachment]:
    """Files that can be shared with a supplier: of the case, and of those of its defects that are no other's."""
    defects = case.defects.filter(Q(supplier=supplier) | Q(supplier__isnull=True)).values("pk")
    return Attachment.objects.visible_to(by).filter(
        Q(subject_label="qc.nonconformance", subject_pk=case.pk) | Q(subject_label="qc.defect", subject_pk__in=defects)
    )
