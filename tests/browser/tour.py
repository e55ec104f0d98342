"""Every page worth a picture: its name, who looks at it, and its address with the data that are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import Count

from qc.models import (
    CauseCode,
    CorrectiveAction,
    Defect,
    DefectType,
    Disposition,
    Export,
    Finding,
    Import,
    Integration,
    LotHold,
    LotUse,
    Nonconformance,
    Plant,
    ProductionLine,
    Station,
    Supplier,
    User,
)
from qc.web.master_kinds import MASTERS
from suppliers.models import ControlledShipping, CostClaim, Scorecard
from suppliers.services.ranking import PARTS
from tests.browser.portal_tour import portal_stops

Stop = tuple[str, str, str]


def person(role: str) -> User | None:
    """The first active person with a role, and a plant if any of them has one."""
    people = User.objects.filter(role=role, is_active=True)
    if role == "supplier":  # one who has something to answer shows the most
        people = people.filter(pk__in=people.filter(supplier__requests__status="open")) or people
    return people.filter(plants__isnull=False).order_by("pk").first() or people.order_by("pk").first()


def stops() -> Iterator[Stop]:
    """Name, role and path of every picture."""
    yield "login", "", "/accounts/login/"
    for role in ("manager", "engineer", "inspector", "auditor", "plant_manager", "purchasing", "supplier"):
        yield f"home-{role}", role, "/"
    yield from _at_the_line()
    yield from _lists()
    yield from _findings()
    yield from _records()
    yield from _masters()
    yield from _office()
    yield from portal_stops(person("supplier"))
    yield from _supply()
    yield from _agreed()


def _row(model: type[Any], **asked: Any) -> Any:
    return model._default_manager.filter(**asked).order_by("pk").last()


def _at_the_line() -> Iterator[Stop]:
    someone = person("inspector")
    if someone is None:
        return
    yield "quick-list", "inspector", "/log/"
    yield "quick-waiting", "inspector", "/log/waiting/"
    station = Station.objects.visible_to(someone).filter(is_active=True).first()
    if station:
        yield "quick-log", "inspector", f"/log/{station.pk}/"
        yield "quick-all", "inspector", f"/log/{station.pk}/?all=1"
        yield "quick-sheet", "engineer", f"/lines/{station.line_id}/sheet/"
        yield "counts-week", "inspector", f"/lines/{station.line_id}/counts/"
        yield "line-inspector", "inspector", f"/lines/{station.line_id}/"
    saved = Defect.objects.visible_to(someone).filter(recorded_by=someone).first()
    if saved:
        yield "quick-saved", "inspector", f"/log/saved/{saved.pk}/"
        yield "defect-inspector", "inspector", f"/defects/{saved.pk}/"
        yield "defect-correct-inspector", "inspector", f"/defects/{saved.pk}/correct/"
    for name, path in (
        ("code-sheet", "/codes/sheet/"),
        ("runs-inspector", "/runs/"),
        ("counts-inspector", "/counts/"),
        ("defect-form", "/defects/new/"),
        ("defects-inspector", "/defects/"),
        ("catalogue-inspector", "/catalogue/"),
        ("findings-inspector", "/findings/"),
    ):
        yield name, "inspector", path


def _lists() -> Iterator[Stop]:
    for name in ("defects", "findings", "cases", "lines", "suppliers", "counts", "runs", "inbox", "exports", "imports"):
        yield f"{name}-list", "manager", f"/{name}/"
    for name in ("actions", "cause-codes"):
        yield f"{name}-list", "manager", f"/{name}/"
    for role in ("engineer", "auditor"):
        for name in ("defects", "cases", "requests", "reports"):
            yield f"{name}-{role}", role, f"/{name}/"
    for role in ("manager", "engineer", "purchasing", "plant_manager"):
        yield f"work-{role}", role, "/work/"
    yield "work-ageing", "manager", "/work/ageing/"
    yield "case-board", "manager", "/cases/board/"
    yield "comparison", "manager", "/analysis/compare/"
    row = Defect.objects.first()
    if row:
        yield "defects-beside", "manager", f"/defects/?open={row.pk}"
    yield "defects-filtered", "engineer", "/defects/?period=30&severity=major&q=solder"
    yield "defects-filters", "engineer", "/defects/filters/"
    yield "defects-none", "engineer", "/defects/?q=nothingatall"
    yield "selection", "engineer", "/defects/selection/?all=1&period=7"
    yield "duplicates", "manager", "/defects/duplicates/"
    yield "search", "auditor", "/search/?q=solder"
    yield "search-empty", "auditor", "/search/"
    yield "search-none", "auditor", "/search/?q=nothingatall"
    yield "audit", "auditor", "/audit/"
    yield "imports-auditor", "auditor", "/imports/"


def _findings() -> Iterator[Stop]:
    found = Finding.objects.current()
    chosen = {
        "finding": found.filter(verdict="systemic").order_by("-rate_ratio").first(),
        "finding-one-off": found.filter(verdict="one_off").first(),
        "finding-unsure": found.filter(verdict="insufficient").first(),
    }
    for name, row in chosen.items():
        if row:
            yield name, "manager", f"/findings/{row.pk}/"
    if row := chosen["finding"]:
        yield "finding-auditor", "auditor", f"/findings/{row.pk}/"
        yield "finding-plant-manager", "plant_manager", f"/findings/{row.pk}/"
        yield "case-form", "manager", f"/cases/new/?finding={row.pk}"


def _records() -> Iterator[Stop]:
    yield from _cases()
    for name, model, path in (
        ("defect", Defect, "/defects/{}/"),
        ("defect-correct", Defect, "/defects/{}/correct/"),
        ("code", DefectType, "/catalogue/{}/"),
        ("code-edit", DefectType, "/catalogue/{}/edit/"),
        ("code-merge", DefectType, "/catalogue/{}/merge/"),
        ("line", ProductionLine, "/lines/{}/"),
        ("counts-week-manager", ProductionLine, "/lines/{}/counts/"),
        ("supplier", Supplier, "/suppliers/{}/"),
        ("action", CorrectiveAction, "/actions/{}/"),
        ("cause-code", CauseCode, "/cause-codes/{}/"),
    ):
        if row := model._default_manager.first():
            yield name, "manager", path.format(row.pk)


def _cases() -> Iterator[Stop]:
    """A case in each state, and of its other pages those that have something to show."""
    for status in Nonconformance.Status.values:
        if case := _row(Nonconformance, status=status):
            yield f"case-{status}", "manager", f"/cases/{case.pk}/"
    if case := _row(Nonconformance, status="verifying"):
        yield "case-auditor", "auditor", f"/cases/{case.pk}/"
    thought = Nonconformance.objects.annotate(n=Count("causes")).order_by("-n", "-pk").first()
    if thought:
        yield "case-causes", "engineer", f"/cases/{thought.pk}/causes/"
        if cause := thought.causes.first():
            yield "case-causes-one", "engineer", f"/cases/{thought.pk}/causes/?cause={cause.pk}#cause-{cause.pk}"
        yield "case-history", "manager", f"/cases/{thought.pk}/history/"
    if case := _row(Nonconformance, costs__isnull=False):
        yield "case-costs", "manager", f"/cases/{case.pk}/costs/"
    if hold := _row(LotHold, released_at=None, supplier_lot__isnull=False):
        yield "case-material", "manager", f"/cases/{hold.nonconformance_id}/material/"
        yield "lot-on-hold", "manager", f"/lots/{hold.supplier_lot_id}/"
        yield "lot-on-hold-inspector", "inspector", f"/lots/{hold.supplier_lot_id}/"
    if disposition := _row(Disposition, withdrawn_at=None):
        yield "case-material-signed", "manager", f"/cases/{disposition.nonconformance_id}/material/"
    yield "case-rules", "manager", "/case-rules/"
    yield "case-rule-new", "manager", "/case-rules/new/"


def _masters() -> Iterator[Stop]:
    yield "master-data", "manager", "/master-data/"
    yield "master-data-auditor", "auditor", "/master-data/"
    for noun, kind in MASTERS.items():
        if noun not in ("line", "supplier"):
            yield f"master-{noun}-list", "manager", f"/{noun}s/"
        yield f"master-{noun}-new", "manager", f"/{noun}s/new/"
        row = kind.model._default_manager.first()
        if row and noun in ("plant", "station", "machine", "product", "part", "lot"):
            yield f"master-{noun}", "manager", f"/{noun}s/{row.pk}/"
    if use := LotUse.objects.first():
        yield "master-lot-used", "auditor", f"/lots/{use.supplier_lot_id}/"
    if plant := Plant.objects.first():
        yield "master-plant-edit", "manager", f"/plants/{plant.pk}/edit/"
    yield "master-none", "engineer", "/stations/?q=nothingatall"


def _office() -> Iterator[Stop]:
    for name, path in (
        ("catalogue", "/catalogue/?state=all"),
        ("code-new", "/catalogue/new/"),
        ("people", "/people/"),
        ("people-new", "/people/new/"),
        ("people-contact", "/people/new-contact/"),
        ("integrations", "/integrations/"),
        ("integration-new", "/integrations/new/"),
        ("requests-list", "/requests/"),
        ("reports-list", "/reports/"),
        ("schedules", "/reports/schedules/"),
        ("system", "/system/"),
    ):
        yield name, "manager", path
    someone = person("engineer")
    if someone:
        yield "people-one", "manager", f"/people/{someone.pk}/"
    if machine := _row(Integration):
        yield "integration", "manager", f"/integrations/{machine.pk}/"
        yield "integration-duplicates", "manager", f"/integrations/{machine.pk}/duplicates/"
    for status in Import.Status.values:
        if row := _row(Import, status=status):
            yield f"import-{status}", "manager", f"/imports/{row.pk}/"
    if Export.objects.exists():
        yield "exports-made", "manager", "/exports/"


def _supply() -> Iterator[Stop]:
    """Reminders and scorecards, ours and the supplier's."""
    yield from (
        ("ladders", "manager", "/requests/ladders/"),
        ("ladders-inspector", "inspector", "/requests/ladders/"),
        ("ladder-edit", "manager", "/requests/ladders/answer/"),
        ("ladder-forecast", "manager", "/requests/ladders/forecast/?days=30"),
        ("scorecards", "manager", "/requests/scorecards/"),
        ("scorecards-auditor", "auditor", "/requests/scorecards/?sort=name"),
        ("scorecard-rules", "manager", "/requests/scorecards/rules/"),
    )
    if plant := Plant.objects.first():
        yield "ladder-plant", "manager", f"/requests/ladders/answer/plants/{plant.pk}/"
    if card := Scorecard.objects.order_by("score").first():
        yield "scorecard-one", "manager", f"/requests/scorecards/suppliers/{card.supplier_id}/"
        for part in PARTS:
            yield f"scorecard-behind-{part}", "manager", f"/requests/scorecards/{card.pk}/{part}/"
        yield "supplier-scored", "manager", f"/suppliers/{card.supplier_id}/"
    people = User.objects.filter(supplier__isnull=False)
    if contact := people.filter(bounced_at__isnull=False).first() or people.first():
        yield "people-contact-one", "manager", f"/people/{contact.pk}/"
        yield "supplier-contacts", "purchasing", f"/suppliers/{contact.supplier_id}/"


def _agreed() -> Iterator[Stop]:
    """Controlled shipping and cost claims, and the request that they belong to."""
    if row := ControlledShipping.objects.first():
        yield "shipping-one", "manager", f"/requests/controlled-shipping/{row.pk}/"
        yield "shipping-new", "manager", f"/requests/{row.request_id}/controlled-shipping/"
        yield "request-agreed", "manager", f"/requests/{row.request_id}/"
    if claim := CostClaim.objects.first():
        yield "claim-one", "purchasing", f"/requests/claims/{claim.pk}/"
        yield "claim-new", "purchasing", f"/requests/{claim.request_id}/claim/"
