"""Factories of what suppliers and report readers get: rows that the constraints accept."""

from __future__ import annotations

import datetime as dt
import uuid

import factory
from factory.django import DjangoModelFactory

from reports import models as reports
from suppliers import models as suppliers
from tests import factories as make


def _digest() -> str:
    return uuid.uuid4().hex * 2


class StageFactory(DjangoModelFactory[suppliers.Stage]):
    class Meta:
        model = suppliers.Stage

    request = factory.SubFactory(make.RequestFactory)
    position = 1
    code = "containment"


class SubmissionFactory(DjangoModelFactory[suppliers.Submission]):
    class Meta:
        model = suppliers.Submission

    stage = factory.SubFactory(StageFactory)
    version = 1
    answers = factory.LazyFunction(lambda: {"method": "Sorted by hand."})
    submitted_by = factory.SubFactory(
        make.UserFactory, role="supplier", supplier=factory.SubFactory(make.SupplierFactory)
    )


class EvidenceFactory(DjangoModelFactory[suppliers.Evidence]):
    class Meta:
        model = suppliers.Evidence

    request = factory.SubFactory(make.RequestFactory)
    file = factory.django.FileField(data=b"%PDF-1.4", filename="report.pdf")
    name = "report.pdf"
    content_type = "application/pdf"
    size = 8
    sha256 = factory.LazyFunction(_digest)
    uploaded_by = factory.SelfAttribute("request.issued_by")


class MessageFactory(DjangoModelFactory[suppliers.Message]):
    class Meta:
        model = suppliers.Message

    request = factory.SubFactory(make.RequestFactory)
    text = "Which lots are affected?"
    by = factory.SelfAttribute("request.issued_by")


class MessageReadFactory(DjangoModelFactory[suppliers.MessageRead]):
    class Meta:
        model = suppliers.MessageRead

    request = factory.SubFactory(make.RequestFactory)
    user = factory.SelfAttribute("request.issued_by")


class SharedDefectFactory(DjangoModelFactory[suppliers.SharedDefect]):
    class Meta:
        model = suppliers.SharedDefect

    request = factory.SubFactory(make.RequestFactory)
    source = factory.SubFactory(make.DefectFactory)
    number = factory.SelfAttribute("source.number")
    found_on = make.NOON.date()
    what = "Cold solder joint"
    quantity = 3
    shared_by = factory.SelfAttribute("request.issued_by")


class ContactCardFactory(DjangoModelFactory[suppliers.ContactCard]):
    class Meta:
        model = suppliers.ContactCard

    user = factory.SubFactory(make.UserFactory, role="supplier", supplier=factory.SubFactory(make.SupplierFactory))


class AccessLinkFactory(DjangoModelFactory[suppliers.AccessLink]):
    class Meta:
        model = suppliers.AccessLink

    request = factory.SubFactory(make.RequestFactory)
    user = factory.SubFactory(make.UserFactory, role="supplier", supplier=factory.SelfAttribute("..request.supplier"))
    digest = factory.LazyFunction(_digest)
    created_by = factory.SelfAttribute("request.issued_by")
    expires_at = make.NOON + dt.timedelta(days=14)


class ScorecardFactory(DjangoModelFactory[suppliers.Scorecard]):
    class Meta:
        model = suppliers.Scorecard

    supplier = factory.SubFactory(make.SupplierFactory)
    month = make.NOON.date().replace(day=1)


class ScoreMonthFactory(DjangoModelFactory[suppliers.ScoreMonth]):
    class Meta:
        model = suppliers.ScoreMonth

    month = make.NOON.date().replace(day=1)


class ScoreRulesFactory(DjangoModelFactory[suppliers.ScoreRules]):
    class Meta:
        model = suppliers.ScoreRules

    set_by = factory.SubFactory(make.UserFactory)


class LadderRungFactory(DjangoModelFactory[suppliers.LadderRung]):
    class Meta:
        model = suppliers.LadderRung

    ladder = "answer"
    name = factory.Sequence("rung-{}".format)
    amount = 2
    audiences = factory.LazyFunction(lambda: ["contact"])


class RoundFactory(DjangoModelFactory[suppliers.Round]):
    class Meta:
        model = suppliers.Round

    plant = factory.SubFactory(make.PlantFactory)


class ScheduleFactory(DjangoModelFactory[reports.Schedule]):
    class Meta:
        model = reports.Schedule

    name = "Weekly summary"
    plant = factory.SubFactory(make.PlantFactory)
    local_time = dt.time(7)
    created_by = factory.SubFactory(make.UserFactory)


class RecipientFactory(DjangoModelFactory[reports.Recipient]):
    class Meta:
        model = reports.Recipient

    schedule = factory.SubFactory(ScheduleFactory)
    user = factory.SubFactory(make.UserFactory)


class ReportFactory(DjangoModelFactory[reports.Report]):
    class Meta:
        model = reports.Report

    schedule = factory.SubFactory(ScheduleFactory)
    plant = factory.SelfAttribute("schedule.plant")
    slot_at = make.NOON
    period_from = make.NOON.date() - dt.timedelta(days=7)
    period_until = make.NOON.date() - dt.timedelta(days=1)
    title = "Weekly summary"
    data = factory.LazyFunction(lambda: {"kind": "weekly"})


class DeliveryFactory(DjangoModelFactory[reports.Delivery]):
    class Meta:
        model = reports.Delivery

    report = factory.SubFactory(ReportFactory)
    recipient = factory.SubFactory(RecipientFactory, schedule=factory.SelfAttribute("..report.schedule"))


class ExtensionFactory(DjangoModelFactory[suppliers.Extension]):
    class Meta:
        model = suppliers.Extension

    stage = factory.SubFactory(StageFactory)
    reason = "The gauge is at calibration."
    wanted_on = make.NOON.date() + dt.timedelta(days=7)
    asked_by = factory.SelfAttribute("stage.request.issued_by")


class ControlledShippingFactory(DjangoModelFactory[suppliers.ControlledShipping]):
    class Meta:
        model = suppliers.ControlledShipping

    request = factory.SubFactory(make.RequestFactory)
    level = "cs1"
    part_number = "P-1"
    reason = "Bad parts came twice."
    clean_needed = 3
    started_on = make.NOON.date()
    started_by = factory.SelfAttribute("request.issued_by")


class SortResultFactory(DjangoModelFactory[suppliers.SortResult]):
    class Meta:
        model = suppliers.SortResult

    shipping = factory.SubFactory(ControlledShippingFactory)
    sorted_on = make.NOON.date()
    lot = "L-1"
    quantity_checked = 100
    quantity_bad = 0
    by = factory.SelfAttribute("shipping.started_by")


class CostClaimFactory(DjangoModelFactory[suppliers.CostClaim]):
    class Meta:
        model = suppliers.CostClaim

    request = factory.SubFactory(make.RequestFactory)
    currency = "EUR"
    amount_minor = 120_000
    basis = factory.LazyFunction(lambda: [{"cost": 1, "what": "sort", "amount": 120_000}])
    created_by = factory.SelfAttribute("request.issued_by")


class ClaimMoveFactory(DjangoModelFactory[suppliers.ClaimMove]):
    class Meta:
        model = suppliers.ClaimMove

    claim = factory.SubFactory(CostClaimFactory)
    status = "claimed"
    amount_minor = 120_000
    by = factory.SelfAttribute("claim.created_by")
