"""Factories of what is recorded about defects, cases, exposure and everything: rows that the constraints accept."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from qc import models as qc
from tests import factories as make


def _digest() -> str:
    return uuid.uuid4().hex * 2


class ApiTokenFactory(DjangoModelFactory[qc.ApiToken]):
    class Meta:
        model = qc.ApiToken

    user = factory.SubFactory(make.UserFactory, role="integration")
    name = "Vision system"
    digest = factory.LazyFunction(_digest)
    expires_at = make.NOON + dt.timedelta(days=365)


class HolidayFactory(DjangoModelFactory[qc.Holiday]):
    class Meta:
        model = qc.Holiday

    plant = factory.SubFactory(make.PlantFactory)
    on = dt.date(2026, 12, 25)


class IntegrationFactory(DjangoModelFactory[qc.Integration]):
    class Meta:
        model = qc.Integration
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"machine-{n}")
    password = "!"
    role = "integration"

    @factory.post_generation
    def plants(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted:
            self.plants.set(extracted)


class ApiCallFactory(DjangoModelFactory[qc.ApiCall]):
    class Meta:
        model = qc.ApiCall

    token = factory.SubFactory(ApiTokenFactory)
    method = "POST"
    path = "/api/v1/defects/"
    status = 201
    records = 1


class DuplicatePolicyFactory(DjangoModelFactory[qc.DuplicatePolicy]):
    class Meta:
        model = qc.DuplicatePolicy

    integration = factory.SubFactory(IntegrationFactory)


class KeptFileFactory(DjangoModelFactory[qc.KeptFile]):
    class Meta:
        model = qc.KeptFile

    key = factory.LazyFunction(uuid.uuid4)
    file = factory.django.FileField(data=b"%PDF-1.4", filename="photo.pdf")
    name = "photo.pdf"
    content_type = "application/pdf"
    size = 8
    sha256 = factory.LazyFunction(_digest)
    kept_by = factory.SubFactory(make.UserFactory)


class PlaceOfUseFactory(DjangoModelFactory[qc.PlaceOfUse]):
    class Meta:
        model = qc.PlaceOfUse

    defect_type = factory.SubFactory(make.DefectTypeFactory)
    line = factory.SubFactory(make.ProductionLineFactory)


class CodeExampleFactory(DjangoModelFactory[qc.CodeExample]):
    class Meta:
        model = qc.CodeExample

    defect_type = factory.SubFactory(make.DefectTypeFactory)
    caption = "A scratch longer than 2 mm"
    added_by = factory.SubFactory(make.UserFactory)


class SavedViewFactory(DjangoModelFactory[qc.SavedView]):
    class Meta:
        model = qc.SavedView

    owner = factory.SubFactory(make.UserFactory)
    list_name = "defects"
    name = factory.Sequence(lambda n: f"View {n}")


class ExportFactory(DjangoModelFactory[qc.Export]):
    class Meta:
        model = qc.Export

    owner = factory.SubFactory(make.UserFactory)
    list_name = "defects"
    format = "csv"


class ImportFactory(DjangoModelFactory[qc.Import]):
    class Meta:
        model = qc.Import

    kind = "defects"
    file = factory.django.FileField(data=b"Line\n", filename="defects.csv")
    name = "defects.csv"
    size = 5
    sha256 = factory.LazyFunction(_digest)
    by = factory.SubFactory(make.UserFactory)
    columns = factory.LazyFunction(lambda: [{"heading": "Line", "samples": []}])
    mapping = factory.LazyFunction(lambda: {"line": 0})
    answers = factory.LazyFunction(lambda: {"dates": "iso"})
    questions = factory.LazyFunction(lambda: [{"name": "plant"}])
    fixes = factory.LazyFunction(lambda: [{"field": "line"}])
    notes = factory.LazyFunction(lambda: ["Read as UTF-8."])
    to_create = factory.LazyFunction(lambda: {"line": ["L-9"]})
    result = factory.LazyFunction(lambda: {"new": 1})


class ImportProblemFactory(DjangoModelFactory[qc.ImportProblem]):
    class Meta:
        model = qc.ImportProblem

    file = factory.SubFactory(ImportFactory)
    position = 0
    reason = "There is no line L-9."
    rows = factory.LazyFunction(lambda: [2])


class PlantTargetFactory(DjangoModelFactory[qc.PlantTarget]):
    class Meta:
        model = qc.PlantTarget

    plant = factory.SubFactory(make.PlantFactory)


class DefectRevisionFactory(DjangoModelFactory[qc.DefectRevision]):
    class Meta:
        model = qc.DefectRevision

    defect = factory.SubFactory(make.DefectFactory, version=2)
    version = 1
    values = factory.LazyFunction(lambda: {"quantity": "1.000"})
    reason = "Counted again."
    replaced_by = factory.SelfAttribute("defect.recorded_by")


class ProductionCountFactory(DjangoModelFactory[qc.ProductionCount]):
    class Meta:
        model = qc.ProductionCount

    line = factory.SubFactory(make.ProductionLineFactory)
    production_on = make.NOON.date()
    units = 480
    recorded_by = factory.SubFactory(make.UserFactory)


class LotUseFactory(DjangoModelFactory[qc.LotUse]):
    class Meta:
        model = qc.LotUse

    line = factory.SubFactory(make.ProductionLineFactory)
    supplier_lot = factory.SubFactory(make.SupplierLotFactory, plant=factory.SelfAttribute("..line.plant"))
    first_on = make.NOON.date()


class ProductionRunFactory(DjangoModelFactory[qc.ProductionRun]):
    class Meta:
        model = qc.ProductionRun

    line = factory.SubFactory(make.ProductionLineFactory)
    product = factory.SubFactory(make.ProductFactory)
    started_at = make.NOON


class AnalysisTargetFactory(DjangoModelFactory[qc.AnalysisTarget]):
    class Meta:
        model = qc.AnalysisTarget

    plant = factory.SubFactory(make.PlantFactory)
    defect_type = factory.SubFactory(make.DefectTypeFactory)


class ContainmentFactory(DjangoModelFactory[qc.Containment]):
    class Meta:
        model = qc.Containment

    nonconformance = factory.SubFactory(make.NonconformanceFactory)
    description = "Stock in the warehouse is sorted."
    done_by = factory.SelfAttribute("nonconformance.owner")


class DispositionFactory(DjangoModelFactory[qc.Disposition]):
    class Meta:
        model = qc.Disposition

    nonconformance = factory.SubFactory(make.NonconformanceFactory)
    decision = "rework"
    quantity = Decimal(2)
    decided_by = factory.SelfAttribute("nonconformance.owner")


class LotHoldFactory(DjangoModelFactory[qc.LotHold]):
    class Meta:
        model = qc.LotHold

    nonconformance = factory.SubFactory(make.NonconformanceFactory)
    supplier_lot = factory.SubFactory(make.SupplierLotFactory, plant=factory.SelfAttribute("..nonconformance.plant"))
    placed_by = factory.SelfAttribute("nonconformance.owner")


class CaseCostFactory(DjangoModelFactory[qc.CaseCost]):
    class Meta:
        model = qc.CaseCost

    nonconformance = factory.SubFactory(make.NonconformanceFactory)
    kind = "scrap"
    element = "material"
    quantity = Decimal(4)
    rate = Decimal("2.5")
    amount_minor = 1000
    currency = "EUR"
    recorded_by = factory.SelfAttribute("nonconformance.owner")


class CaseLinkFactory(DjangoModelFactory[qc.CaseLink]):
    class Meta:
        model = qc.CaseLink

    case = factory.SubFactory(make.NonconformanceFactory)
    other = factory.SubFactory(make.NonconformanceFactory)
    kind = "related"
    made_by = factory.SelfAttribute("case.owner")


class CaseRuleFactory(DjangoModelFactory[qc.CaseRule]):
    class Meta:
        model = qc.CaseRule

    position = factory.Sequence(lambda n: 1000 + n)
    verdict = "systemic"
    outcome = "propose"


class CaseProposalFactory(DjangoModelFactory[qc.CaseProposal]):
    class Meta:
        model = qc.CaseProposal

    finding = factory.SubFactory(make.FindingFactory)
    rule_text = "Systemic: Propose a case"
    outcome = "propose"


class CauseFactory(DjangoModelFactory[qc.Cause]):
    class Meta:
        model = qc.Cause

    nonconformance = factory.SubFactory(make.NonconformanceFactory)
    leg = "occurrence"
    statement = "The stencil is worn."
    recorded_by = factory.SelfAttribute("nonconformance.owner")


class EffectivenessCheckFactory(DjangoModelFactory[qc.EffectivenessCheck]):
    class Meta:
        model = qc.EffectivenessCheck

    action = factory.SubFactory(make.CorrectiveActionFactory)
    nonconformance = factory.SelfAttribute("action.nonconformance")
    defect_type = factory.SubFactory(make.DefectTypeFactory)
    before_from = make.NOON.date() - dt.timedelta(days=90)
    planned_by = factory.SelfAttribute("nonconformance.owner")


class _AboutACase(DjangoModelFactory):  # type: ignore[type-arg]
    """Records that carry a label and a key instead of a foreign key; here they are about a case."""

    class Meta:
        abstract = True

    class Params:
        case = factory.SubFactory(make.NonconformanceFactory)

    subject_label = "qc.nonconformance"
    subject_pk = factory.SelfAttribute("case.pk")
    plant = factory.SelfAttribute("case.plant")


class AttachmentFactory(_AboutACase):
    class Meta:
        model = qc.Attachment

    file = factory.django.FileField(data=b"%PDF-1.4", filename="drawing.pdf")
    name = "drawing.pdf"
    content_type = "application/pdf"
    size = 8
    sha256 = factory.LazyFunction(_digest)
    uploaded_by = factory.SelfAttribute("case.owner")


class CommentFactory(_AboutACase):
    class Meta:
        model = qc.Comment

    text = "The stencil has arrived."
    by = factory.SelfAttribute("case.owner")


class EventFactory(_AboutACase):
    """A row for lists; `events.write` makes those that hang together in the chain."""

    class Meta:
        model = qc.Event

    sequence = factory.Sequence(lambda n: 1_000_000 + n)
    at = make.NOON
    by = factory.SelfAttribute("case.owner")
    verb = "case.open"
    data = factory.LazyFunction(lambda: {"status": "open"})
    previous_hash = factory.LazyFunction(_digest)
    hash = factory.LazyFunction(_digest)


class DigestFactory(DjangoModelFactory[qc.Digest]):
    class Meta:
        model = qc.Digest

    to = factory.SubFactory(make.UserFactory)
    on = make.NOON.date()


class NoticeFactory(_AboutACase):
    class Meta:
        model = qc.Notice

    to = factory.SelfAttribute("case.owner")
    key = factory.Sequence(lambda n: f"case.opened:{n}")
    text = "A case was opened."


class SignatureFactory(_AboutACase):
    class Meta:
        model = qc.Signature

    by = factory.SelfAttribute("case.owner")
    meaning = "Approved"
    content_sha256 = factory.LazyFunction(_digest)


class CounterFactory(DjangoModelFactory[qc.Counter]):
    class Meta:
        model = qc.Counter

    series = factory.Sequence(lambda n: f"S{n}")
    year = 2026
