"""Small plants for tests: every factory makes a row that the constraints accept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from qc import models as qc
from qc.services import numbers
from suppliers import models as suppliers

PASSWORD = "correct horse battery"
NOON = dt.datetime(2026, 11, 20, 11, 0, tzinfo=dt.UTC)


class PlantFactory(DjangoModelFactory[qc.Plant]):
    class Meta:
        model = qc.Plant

    code = factory.Sequence(lambda n: f"PLANT-{n}")
    name = factory.LazyAttribute(lambda o: f"Plant {o.code}")
    time_zone = "Europe/Berlin"


class ShiftFactory(DjangoModelFactory[qc.Shift]):
    class Meta:
        model = qc.Shift

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"S{n}")
    name = factory.LazyAttribute(lambda o: f"Shift {o.code}")
    starts_at = dt.time(6)
    ends_at = dt.time(14)


class ProductionLineFactory(DjangoModelFactory[qc.ProductionLine]):
    class Meta:
        model = qc.ProductionLine

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"L{n}")
    name = factory.LazyAttribute(lambda o: f"Line {o.code}")


class StationFactory(DjangoModelFactory[qc.Station]):
    class Meta:
        model = qc.Station

    line = factory.SubFactory(ProductionLineFactory)
    code = factory.Sequence(lambda n: f"ST-{n}")


class MachineFactory(DjangoModelFactory[qc.Machine]):
    class Meta:
        model = qc.Machine

    station = factory.SubFactory(StationFactory)
    code = factory.Sequence(lambda n: f"M-{n}")


class SupplierFactory(DjangoModelFactory[qc.Supplier]):
    class Meta:
        model = qc.Supplier

    code = factory.Sequence(lambda n: f"S-{n}")
    name = factory.LazyAttribute(lambda o: f"Supplier {o.code}")


class ProductFactory(DjangoModelFactory[qc.Product]):
    class Meta:
        model = qc.Product

    code = factory.Sequence(lambda n: f"PR-{n}")
    name = factory.LazyAttribute(lambda o: f"Product {o.code}")


class PartFactory(DjangoModelFactory[qc.Part]):
    class Meta:
        model = qc.Part

    supplier = factory.SubFactory(SupplierFactory)
    number = factory.Sequence(lambda n: f"7-{n}")


class SupplierLotFactory(DjangoModelFactory[qc.SupplierLot]):
    class Meta:
        model = qc.SupplierLot

    plant = factory.SubFactory(PlantFactory)
    part = factory.SubFactory(PartFactory)
    code = factory.Sequence(lambda n: f"LOT-{n}")


class UserFactory(DjangoModelFactory[qc.User]):
    class Meta:
        model = qc.User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    email = factory.LazyAttribute(lambda o: f"{o.username}@example.com")
    role = qc.User.Role.MANAGER

    @factory.post_generation
    def password(self: Any, create: bool, extracted: str | None, **kwargs: Any) -> None:
        self.set_password(extracted or PASSWORD)
        self.save(update_fields=["password"])

    @factory.post_generation
    def plants(self: Any, create: bool, extracted: Any, **kwargs: Any) -> None:
        if extracted:
            self.plants.set(extracted)


class DefectTypeFactory(DjangoModelFactory[qc.DefectType]):
    class Meta:
        model = qc.DefectType

    code = factory.Sequence(lambda n: f"CODE-{n}")
    name = factory.LazyAttribute(lambda o: f"Defect {o.code}")


class DefectFactory(DjangoModelFactory[qc.Defect]):
    class Meta:
        model = qc.Defect

    number = factory.LazyFunction(lambda: numbers.take("D", 2026))
    line = factory.SubFactory(ProductionLineFactory)
    plant = factory.LazyAttribute(lambda o: o.line.plant)
    defect_type = factory.SubFactory(DefectTypeFactory)
    counts_as = factory.SelfAttribute("defect_type")
    severity = factory.LazyAttribute(lambda o: o.defect_type.severity)
    occurred_at = NOON
    production_on = factory.LazyAttribute(lambda o: o.occurred_at.date())
    recorded_by = factory.SubFactory(UserFactory)


class AnalysisRunFactory(DjangoModelFactory[qc.AnalysisRun]):
    class Meta:
        model = qc.AnalysisRun

    plant = factory.SubFactory(PlantFactory)
    defect_type = factory.SubFactory(DefectTypeFactory)
    method_version = "test"
    parameters = factory.LazyFunction(lambda: {"horizon_days": 90})
    seed = 1
    data_digest = "0" * 64
    rows = 10
    exposure = "calendar"
    started_at = NOON


class FindingFactory(DjangoModelFactory[qc.Finding]):
    class Meta:
        model = qc.Finding

    plant = factory.SubFactory(PlantFactory)
    defect_type = factory.SubFactory(DefectTypeFactory)
    run = factory.SubFactory(
        AnalysisRunFactory, plant=factory.SelfAttribute("..plant"), defect_type=factory.SelfAttribute("..defect_type")
    )
    verdict = "systemic"
    kind = "escalating"
    where_key = factory.Sequence(lambda n: f"scope-{n}")
    incidents = 30
    expected = 10.0
    explanation = "Systemic: thirty against ten expected."


class NonconformanceFactory(DjangoModelFactory[qc.Nonconformance]):
    class Meta:
        model = qc.Nonconformance

    number = factory.LazyFunction(lambda: numbers.take("NCR", 2026))
    plant = factory.SubFactory(PlantFactory)
    title = factory.Sequence(lambda n: f"Case {n}")
    description = "What is wrong, where and since when."
    severity = "major"
    owner = factory.SubFactory(UserFactory)
    opened_by = factory.SelfAttribute("owner")


class CorrectiveActionFactory(DjangoModelFactory[qc.CorrectiveAction]):
    class Meta:
        model = qc.CorrectiveAction

    nonconformance = factory.SubFactory(NonconformanceFactory)
    title = "Change the tool"
    owner = factory.SelfAttribute("nonconformance.owner")
    created_by = factory.SelfAttribute("nonconformance.owner")


class RequestFactory(DjangoModelFactory[suppliers.CorrectiveActionRequest]):
    class Meta:
        model = suppliers.CorrectiveActionRequest

    number = factory.LazyFunction(lambda: numbers.take("SCAR", 2026))
    nonconformance = factory.SubFactory(NonconformanceFactory)
    plant = factory.SelfAttribute("nonconformance.plant")
    supplier = factory.SubFactory(SupplierFactory)
    action = factory.SubFactory(
        CorrectiveActionFactory,
        nonconformance=factory.SelfAttribute("..nonconformance"),
        supplier=factory.SelfAttribute("..supplier"),
    )
    status = "open"
    severity = "major"
    title = "Connectors are not coplanar"
    problem = "Pins stand off by 0.2 mm."
    issued_by = factory.SelfAttribute("nonconformance.owner")
    issued_at = NOON
