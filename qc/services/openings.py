"""Opening a case: from a finding, from defects, or from nothing but what a person saw."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _

from qc import clock
from qc.analysis.scope import matching
from qc.errors import Conflict, Refused
from qc.models import (
    Containment,
    Defect,
    DefectType,
    Event,
    Finding,
    Nonconformance,
    Part,
    Plant,
    Product,
    ProductionLine,
    Severity,
    Supplier,
    SupplierLot,
    User,
)
from qc.permissions import require
from qc.services import contain_clock, events, notices, numbers
from qc.services.scope import require_visible
from qc.services.wording import choice, given, short

MOST_DEFECTS = 5_000  # linked to one case; the finding itself counts them all
S = Nonconformance.Status


@dataclass
class _Source:
    """Where the case comes from: what is given, filled up from the finding."""

    plant: Plant
    finding: Finding | None
    defect_type: DefectType | None
    line: ProductionLine | None
    product: Product | None
    supplier: Supplier | None
    part: Part | None
    defects: list[Defect]
    lots: list[SupplierLot]
    owner: User

    def rows(self) -> list[models.Model | None]:
        """The rows that the person must be able to read."""
        return [self.plant, self.finding, self.defect_type, self.line, self.product, self.supplier, self.part]

    def everything(self) -> list[models.Model | None]:
        """Every row that makes up the case, for the idempotency key."""
        return [*self.rows(), *self.defects, *self.lots, self.owner]


@transaction.atomic
def open_case(
    by: User,
    *,
    plant: Plant,
    title: str,
    description: str,
    severity: str,
    finding: Finding | None = None,
    defects: Iterable[Defect] = (),
    defect_type: DefectType | None = None,
    line: ProductionLine | None = None,
    product: Product | None = None,
    supplier: Supplier | None = None,
    part: Part | None = None,
    supplier_lots: Iterable[SupplierLot] = (),
    containment: str = "",
    owner: User | None = None,
    client_uuid: uuid.UUID | None = None,
) -> Nonconformance:
    """Open a case and give it its number; with a containment it is contained at once.

    From a finding it takes over verdict, defect type, line, supplier and scope, links the defects of that scope, and
    names the closed case that it repeats. The same `client_uuid` with the same values returns the first case
    (Conflict with others). Refused beside the field; critical needs a containment; one open case per finding.
    """
    source = _Source(
        plant, finding, defect_type, line, product, supplier, part, list(defects), list(supplier_lots), owner or by
    )
    require(by, "case.open")
    texts = _texts(title, description, severity, containment)
    return _open(by, source, texts, client_uuid)


def _texts(title: str, description: str, severity: str, containment: str) -> dict[str, str]:
    return {
        "title": given(title, "title", _("Give the case a title."), longest=200),
        "description": given(description, "description", _("Say what is wrong, where and since when.")),
        "severity": choice(severity, Severity.values, "severity"),
        "containment": short(containment, "containment"),
    }


def _open(by: User, source: _Source, texts: dict[str, str], key: uuid.UUID | None) -> Nonconformance:
    require_visible(by, *source.rows())
    body = _digest({**texts, "by": by.pk, "rows": [row and [row._meta.label, row.pk] for row in source.everything()]})
    if key and (first := _known(key, body)):
        return first
    if texts["severity"] == Severity.CRITICAL and not texts["containment"]:
        text = _("Critical: say first what keeps more bad parts from getting out.")
        raise Refused(text, fields={"containment": text})
    keys = _fill(by, source)
    try:
        with transaction.atomic():
            case = _save(by, source, texts, key)
            link(case, keys)
    except IntegrityError:
        # Two posts with the same key at once: the other one was first.
        if key and (first := _known(key, body)):
            return first
        raise
    tell_owner(by, case)
    data = {
        "status": ["", case.status],
        "severity": case.severity,
        "verdict": case.verdict,
        "finding": case.finding_id,
        "defects": len(keys),
        "reopened_from": case.reopened_from and case.reopened_from.number,
        "containment": texts["containment"],
        "body_sha256": body,
    }
    events.write(by=by, verb="case.open", subject=case, data=data)
    return case


def _digest(values: dict[str, Any]) -> str:
    return hashlib.sha256(events.canonical(values).encode()).hexdigest()


def _known(key: uuid.UUID, body: str) -> Nonconformance | None:
    """The case that this key opened. Conflict when it was opened with other values."""
    case = Nonconformance.objects.filter(client_uuid=key).first()
    if case is None:
        return None
    opening = Event.objects.about(case).filter(verb="case.open").first()
    if opening is None or opening.data.get("body_sha256") != body:
        raise Conflict(_("This form was already sent with other values (%(number)s).") % {"number": case.number})
    return case


def _fill(by: User, source: _Source) -> list[int]:
    """Complete the source from its finding and refuse what does not fit together; returns the defects' keys."""
    finding = source.finding
    if finding is not None:
        if finding.plant_id != source.plant.pk:
            raise _misfit("finding", _("The finding is of another plant."))
        if running := Nonconformance.objects.filter(finding=finding).open().first():
            raise Refused(_("%(number)s is already open for this finding.") % {"number": running.number})
        source.defect_type = source.defect_type or finding.defect_type
        source.line = source.line or finding.line
        source.supplier = source.supplier or finding.supplier
        _from_scope(source, finding.where)
    if source.part:
        source.supplier = source.supplier or source.part.supplier
    _check_places(source)
    return _defects(by, source)


def _from_scope(source: _Source, where: dict[str, Any]) -> None:
    """Product, part and lots that the scope names."""
    if (code := where.get("product")) and source.product is None and isinstance(code, str):
        source.product = Product.objects.filter(code=code).first()
    supplier = source.supplier
    if (number := where.get("part")) and source.part is None and supplier and isinstance(number, str):
        source.part = Part.objects.filter(supplier=supplier, number=number).first()
    if (lots := where.get("supplier_lot")) and not source.lots:
        codes = lots if isinstance(lots, list) else [lots]
        found = SupplierLot.objects.filter(plant=source.plant, code__in=codes)
        source.lots = list(found.filter(part__supplier=supplier) if supplier else found)


def _check_places(source: _Source) -> None:
    if source.line and source.line.plant_id != source.plant.pk:
        raise _misfit("line", _("The line is in another plant."))
    if source.part and source.supplier and source.part.supplier_id != source.supplier.pk:
        raise _misfit("part", _("The part is of another supplier."))
    if any(lot.plant_id != source.plant.pk for lot in source.lots):
        raise _misfit("supplier_lots", _("A lot was received by another plant."))
    check_owner(source.owner, source.plant)


def check_owner(owner: User, plant: Plant) -> None:
    """Refuse an owner from outside or one who cannot see the plant."""
    if not Plant.objects.visible_to(owner).filter(pk=plant.pk).exists():
        raise _misfit("owner", _("The owner has to be one of our people who works with this plant."))


def _misfit(field: str, sentence: str) -> Refused:
    return Refused(sentence, fields={field: sentence})


def _defects(by: User, source: _Source) -> list[int]:
    """Keys of the defects that belong to the case: the chosen ones and those in the finding's scope."""
    mine = Defect.objects.visible_to(by).filter(plant=source.plant)
    keys = [defect.pk for defect in source.defects]
    if len(set(mine.filter(pk__in=keys).values_list("pk", flat=True))) != len(set(keys)):
        raise _misfit("defects", _("A defect is of another plant."))
    if source.finding is None:
        return keys
    finding = source.finding
    inside = mine.counted().filter(matching(finding.where, zone=source.plant.zone), counts_as=finding.defect_type)
    if finding.since:
        inside = inside.filter(production_on__gte=finding.since)
    if finding.until:
        inside = inside.filter(production_on__lte=finding.until)
    latest = inside.order_by("-production_on", "-pk").values_list("pk", flat=True)
    return list(dict.fromkeys([*keys, *latest[:MOST_DEFECTS]]))


def _save(by: User, source: _Source, texts: dict[str, str], key: uuid.UUID | None) -> Nonconformance:
    finding = source.finding
    containment = texts["containment"]
    case = Nonconformance(
        client_uuid=key,
        plant=source.plant,
        title=texts["title"],
        description=texts["description"],
        severity=texts["severity"],
        status=S.CONTAINED if containment else S.OPEN,
        verdict=finding.standing if finding else "",
        finding=finding,
        defect_type=source.defect_type,
        line=source.line,
        product=source.product,
        supplier=source.supplier,
        part=source.part,
        owner=source.owner,
        opened_by=by,
        opened_at=clock.now(),
        reopened_from=_earlier(finding) if finding else None,
    )
    case.contain_due_at = contain_clock.due_at(case.severity, case.opened_at)
    case.number = numbers.take("NCR", clock.today(source.plant.time_zone).year)
    case.save(force_insert=True)
    case.supplier_lots.set(source.lots)
    if containment:
        Containment.objects.create(nonconformance=case, description=containment, done_by=by, done_at=clock.now())
    return case


def link(case: Nonconformance, keys: list[int]) -> None:
    """Link defects to a case in bulk; those that are linked already stay."""
    through = Nonconformance.defects.through
    rows = [through(nonconformance_id=case.pk, defect_id=pk) for pk in keys]
    through._default_manager.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def _earlier(finding: Finding) -> Nonconformance | None:
    """The last closed case on the same defect type and scope: this one repeats it."""
    if finding.closed_case is not None:
        return finding.closed_case
    same = {"finding__where_key": finding.where_key, "defect_type": finding.defect_type, "plant": finding.plant}
    return Nonconformance.objects.filter(status=S.CLOSED, **same).order_by("-closed_at").first()


def tell_owner(by: User, case: Nonconformance) -> None:
    """Tell the owner that the case is theirs now."""
    if case.owner_id == by.pk:
        return
    notices.tell(
        to=[case.owner],
        key=f"case.owner:{case.pk}:{case.version}",
        text=_("%(by)s gave you %(case)s.") % {"by": by, "case": case},
        path=f"/cases/{case.pk}/",
        subject=case,
        urgent=case.severity == Severity.CRITICAL,
    )
